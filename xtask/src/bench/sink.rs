//! The server that takes everybody's mail and throws it away: Postfix's smtp-sink.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::packages;

/// Connections that may wait at its door.
const BACKLOG: &str = "1000";
/// How often it is knocked at, and how long is waited between.
const KNOCKS: (u32, Duration) = (100, Duration::from_millis(50));

/// A running smtp-sink, which ends with its owner.
pub struct Sink {
    child: Child,
    /// The port on 127.0.0.1 where it takes mail.
    pub port: u16,
}

impl Sink {
    /// Starts one on a free port.
    pub fn start() -> Result<Self, String> {
        let port = free_port()?;
        let mut command = Command::new(packages::sbin("smtp-sink"));
        // It refuses to stay root.
        if packages::is_root() {
            command.args(["-u", "nobody"]);
        }
        command.args([&format!("127.0.0.1:{port}"), BACKLOG]).stdin(Stdio::null());
        let child = command.spawn().map_err(|error| format!("smtp-sink: {error}"))?;
        let sink = Self { child, port };
        for _ in 0..KNOCKS.0 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(sink);
            }
            thread::sleep(KNOCKS.1);
        }
        Err("smtp-sink does not answer".to_owned())
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}
