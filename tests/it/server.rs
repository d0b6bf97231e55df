//! SMTP servers that we did not write, and one that only listens.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Postfix's smtp-sink, which keeps every message in a file.
pub struct SmtpSink {
    child: Child,
    pub port: u16,
    folder: tempfile::TempDir,
}

impl SmtpSink {
    pub fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let port = free_port();
        let program = ["/usr/sbin/smtp-sink", "/usr/bin/smtp-sink", "/usr/local/sbin/smtp-sink"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .expect("smtp-sink is missing: install the package `postfix`");
        let mut command = Command::new(program);
        if fs::metadata("/proc/self").is_ok_and(|own| {
            use std::os::unix::fs::MetadataExt as _;
            own.uid() == 0
        }) {
            command.args(["-u", "nobody"]);
        }
        let child = command
            .args(args)
            .arg("-d")
            .arg(folder.path().join("%H%M%S."))
            .args([format!("127.0.0.1:{port}"), "100".to_owned()])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let sink = Self { child, port, folder };
        until("smtp-sink answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        sink
    }

    /// The folder with its messages; empty files are connections without mail.
    pub fn folder(&self) -> &Path {
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if fs::metadata(&path).unwrap().len() == 0 {
                fs::remove_file(path).unwrap();
            }
        }
        self.folder.path()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of somebody else's: it greets, takes everything, and notes every command.
pub struct Stranger {
    pub port: u16,
    commands: Arc<Mutex<Vec<String>>>,
    stopping: Arc<std::sync::atomic::AtomicBool>,
}

impl Stranger {
    /// Listens at a port, and offers these extensions.
    pub fn start(port: u16, extensions: &'static [&'static str]) -> Self {
        // Another test's inbox may have the port for a moment.
        let started = Instant::now();
        let listener = loop {
            match TcpListener::bind(("127.0.0.1", port)) {
                Ok(listener) => break listener,
                Err(error) => {
                    assert!(started.elapsed() < Duration::from_secs(60), "{port}: {error}")
                }
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let port = listener.local_addr().unwrap().port();
        let commands = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&commands);
        let stopping = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let stops = Arc::clone(&stopping);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stops.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let noted = Arc::clone(&noted);
                std::thread::spawn(move || Self::talk(&stream, extensions, &noted));
            }
        });
        Self { port, commands, stopping }
    }

    fn talk(stream: &TcpStream, extensions: &[&str], noted: &Mutex<Vec<String>>) {
        let mut out = stream;
        let _ = out.write_all(b"220 stranger.example ESMTP\r\n");
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            noted.lock().unwrap().push(line);
            let reply = match verb.as_str() {
                "EHLO" => {
                    let mut lines = vec!["250-stranger.example".to_owned()];
                    lines.extend(extensions.iter().map(|word| format!("250-{word}")));
                    format!("{}\r\n250 HELP", lines.join("\r\n"))
                }
                "DATA" => "354 go on".to_owned(),
                "QUIT" => "221 bye".to_owned(),
                _ => "250 ok".to_owned(),
            };
            if out.write_all(format!("{reply}\r\n").as_bytes()).is_err() {
                return;
            }
        }
    }

    /// Stops listening, so that the port is free again.
    pub fn stop(self) {
        self.stopping.store(true, std::sync::atomic::Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }

    /// What was said to it.
    pub fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Waits until something holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
