//! A relay that plays a script, and remembers all that it saw.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Where in a session the relay is asked what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Connect,
    Ehlo,
    StartTls,
    Auth,
    Proof,
    Mail,
    Rcpt,
    Data,
    /// Some bytes of the text have come.
    Body,
    Dot,
}

/// What it does instead of what is usual.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Usual,
    Say(&'static str),
    /// Says something and hangs up.
    Bye(&'static str),
    Drop,
    /// Never answers.
    Stall,
}

/// A copy that the relay took, or that it had when it hung up.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) connection: usize,
}

/// What the relay saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Each command, with the number of its connection.
    pub(crate) commands: Vec<(usize, String)>,
    /// Each message whose dot came.
    pub(crate) taken: Vec<Taken>,
}

impl Seen {
    pub(crate) fn count(&self, verb: &str) -> usize {
        self.commands.iter().filter(|(_, command)| command.starts_with(verb)).count()
    }

    pub(crate) fn connections(&self) -> usize {
        self.count("EHLO")
    }

    /// The recipients of what was taken, sorted.
    pub(crate) fn recipients(&self) -> Vec<String> {
        let mut list: Vec<_> = self.taken.iter().map(|taken| taken.to.clone()).collect();
        list.sort();
        list
    }
}

type Script = dyn Fn(At, &str, usize) -> Act + Send + Sync;

/// A running relay.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Relay {
    /// Starts a relay. The script gets where it is, the recipient or the command, and how often
    /// the relay was there before.
    pub(crate) async fn start(
        script: impl Fn(At, &str, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: seen.clone(),
            counts: Mutex::default(),
        });
        tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                tokio::spawn(async move { shared.serve(stream, connection).await });
                connection += 1;
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

struct Shared {
    script: Box<Script>,
    seen: Arc<Mutex<Seen>>,
    counts: Mutex<Vec<At>>,
}

impl Shared {
    fn act(&self, at: At, what: &str) -> Act {
        let before = {
            let mut counts = self.counts.lock().unwrap();
            counts.push(at);
            counts.iter().filter(|other| **other == at).count() - 1
        };
        (self.script)(at, what, before)
    }

    async fn serve(&self, stream: TcpStream, connection: usize) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        let mut stream = BufReader::new(stream);
        let mut to = String::new();
        let usual = "220 relay.example ESMTP\r\n";
        self.answer(&mut stream, At::Connect, "", usual).await?;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_owned();
            self.seen.lock().unwrap().commands.push((connection, line.clone()));
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let (at, usual) = match verb.as_str() {
                "EHLO" => (At::Ehlo, "250-relay.example\r\n250 8BITMIME\r\n"),
                "STARTTLS" => (At::StartTls, "502 5.5.1 no\r\n"),
                "AUTH" => (At::Auth, "235 2.7.0 welcome\r\n"),
                "XLETTERPRESS" => (At::Proof, "500 5.5.1 what?\r\n"),
                "MAIL" => (At::Mail, "250 2.1.0 ok\r\n"),
                "RCPT" => {
                    to = line[9..line.len() - 1].to_owned();
                    (At::Rcpt, "250 2.1.5 ok\r\n")
                }
                "DATA" => {
                    if self.answer(&mut stream, At::Data, &to, "354 go on\r\n").await? {
                        self.message(&mut stream, &to, connection).await?;
                    }
                    continue;
                }
                "QUIT" => {
                    stream.write_all(b"221 2.0.0 bye\r\n").await.ok()?;
                    return None;
                }
                _ => {
                    stream.write_all(b"250 2.0.0 ok\r\n").await.ok()?;
                    continue;
                }
            };
            let what = if at == At::Rcpt { to.clone() } else { line };
            self.answer(&mut stream, at, &what, usual).await?;
        }
    }

    /// Answers; says whether as usual.
    async fn answer(
        &self,
        stream: &mut BufReader<TcpStream>,
        at: At,
        what: &str,
        usual: &str,
    ) -> Option<bool> {
        match self.act(at, what) {
            Act::Usual => stream.write_all(usual.as_bytes()).await.ok().map(|()| true),
            Act::Say(text) => stream.write_all(text.as_bytes()).await.ok().map(|()| false),
            Act::Bye(text) => {
                stream.write_all(text.as_bytes()).await.ok()?;
                None
            }
            Act::Drop => None,
            Act::Stall => std::future::pending().await,
        }
    }

    async fn message(
        &self,
        stream: &mut BufReader<TcpStream>,
        to: &str,
        connection: usize,
    ) -> Option<()> {
        let mut text = Vec::new();
        let mut first = true;
        while !text.ends_with(b"\r\n.\r\n") && text != b".\r\n" {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).await.ok().filter(|count| *count > 0)?;
            text.extend(&bytes[..count]);
            if std::mem::take(&mut first) {
                match self.act(At::Body, to) {
                    Act::Drop => return None,
                    Act::Stall => std::future::pending::<()>().await,
                    _ => {}
                }
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let taken = Taken { to: to.to_owned(), text, connection };
        self.seen.lock().unwrap().taken.push(taken);
        self.answer(stream, At::Dot, to, "250 2.0.0 queued as 1\r\n").await.map(drop)
    }
}
