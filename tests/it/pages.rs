//! A page of ours as it is served: the program runs until it is dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::press::Press;

/// A running `preview` or `inbox`, with the address of its page.
pub struct Served {
    child: Child,
    /// The page's address.
    pub url: String,
}

impl Served {
    /// Starts a verb that serves a page, and waits until it says where.
    pub fn start(press: &Press, args: &[&str]) -> Self {
        let mut command = press.command(&[&["--json"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        let said: serde_json::Value = loop {
            assert!(lines.read_line(&mut text).unwrap() > 0, "it ended: {text}");
            if let Ok(said) = serde_json::from_str(&text) {
                break said;
            }
        };
        Self { child, url: said["web"].as_str().unwrap().to_owned() }
    }

    /// The page's address without its path: `127.0.0.1:8226`.
    pub fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap().split('/').next().unwrap()
    }

    /// Asks for a path as another program would, with any Host header.
    pub fn ask(&self, method: &str, path: &str, host: &str) -> String {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        let request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
