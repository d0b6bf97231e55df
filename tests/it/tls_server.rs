//! A relay that speaks TLS, with certificates of its own; it notes every byte that it gets.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Certificates made by an authority of the test's, each with its key.
pub struct Authority {
    folder: tempfile::TempDir,
}

/// What openssl must be told in a file.
const CONFIG: &str = "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n\
    unique_subject=no\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n\
    [req]\ndistinguished_name=d\n[d]\n";

impl Authority {
    pub fn new() -> Self {
        let authority = Self { folder: tempfile::tempdir().unwrap() };
        authority.write("conf", CONFIG);
        authority.write("index", "");
        authority.write("serial", "01\n");
        authority.request("ca", "the authority", true);
        authority
    }

    /// The authority's own certificate, in PEM.
    pub fn certificate(&self) -> String {
        fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn openssl(&self, args: &str) {
        let output = Command::new("openssl")
            .args(args.split('|'))
            .current_dir(self.folder.path())
            .output()
            .expect("openssl is missing: install the package `openssl`");
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn request(&self, name: &str, subject: &str, is_signed: bool) {
        let signed = match is_signed {
            true => "-x509|-days|30|-addext|basicConstraints=critical,CA:TRUE|",
            false => "",
        };
        let out = if is_signed { "pem" } else { "csr" };
        self.openssl(&format!(
            "req|-config|conf|{signed}-newkey|ec|-pkeyopt|ec_paramgen_curve:P-256|-nodes|-subj|/CN={subject}|\
             -keyout|{name}.key|-out|{name}.{out}"
        ));
    }

    /// A certificate for such names (`DNS:localhost,IP:127.0.0.1`), valid until then.
    fn issue(&self, names: &str, until: &str) -> Arc<ServerConfig> {
        self.request("leaf", "relay", false);
        self.write("leaf.ext", &format!("subjectAltName={names}\n"));
        self.openssl(&format!(
            "ca|-batch|-notext|-config|conf|-cert|ca.pem|-keyfile|ca.key|-startdate|\
             20200101000000Z|-enddate|{until}|-extfile|leaf.ext|-in|leaf.csr|-out|leaf.pem"
        ));
        self.config("leaf")
    }

    pub fn good(&self) -> Arc<ServerConfig> {
        self.issue("DNS:localhost,IP:127.0.0.1", "20491231235959Z")
    }

    pub fn expired(&self) -> Arc<ServerConfig> {
        self.issue("DNS:localhost,IP:127.0.0.1", "20210101000000Z")
    }

    pub fn of_another(&self) -> Arc<ServerConfig> {
        self.issue("DNS:other.example", "20491231235959Z")
    }

    pub fn self_signed(&self, is_authority: bool) -> Arc<ServerConfig> {
        let basic = if is_authority { "TRUE" } else { "FALSE" };
        self.openssl(&format!(
            "req|-x509|-days|30|-newkey|ec|-pkeyopt|ec_paramgen_curve:P-256|-nodes|-subj|/CN=me|\
             -config|conf|-addext|basicConstraints=critical,CA:{basic}|\
             -addext|subjectAltName=DNS:localhost,IP:127.0.0.1|-keyout|self.key|-out|self.pem"
        ));
        self.config("self")
    }

    fn config(&self, name: &str) -> Arc<ServerConfig> {
        let path = |end: &str| self.folder.path().join(format!("{name}.{end}"));
        Arc::new(config(&path("pem"), &path("key")))
    }
}

fn config(certificate: &Path, key: &Path) -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// How the relay goes about TLS.
#[derive(Clone)]
pub enum Manner {
    /// From the first byte.
    Implicit(Arc<ServerConfig>),
    /// By STARTTLS, with what it says to that.
    StartTls(Arc<ServerConfig>, &'static str),
    /// None at all: it offers these words in clear, and says this to STARTTLS.
    Clear(&'static str, &'static str),
}

/// What it got.
#[derive(Default)]
pub struct Heard {
    pub clear: Vec<u8>,
    pub encrypted: Vec<u8>,
    pub log_ins: Vec<String>,
    pub messages: usize,
}

pub struct TlsRelay {
    pub port: u16,
    heard: Arc<Mutex<Heard>>,
}

impl TlsRelay {
    /// Listens; within TLS it offers `AUTH` with these mechanisms.
    pub fn start(manner: Manner, mechanisms: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let noted = heard.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, manner) = (noted.clone(), manner.clone());
                std::thread::spawn(move || serve(stream, &manner, mechanisms, &noted));
            }
        });
        Self { port, heard }
    }

    pub fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }

    /// All that it got, as text.
    pub fn words(&self) -> String {
        let heard = self.heard();
        let bytes = [&heard.clear[..], &heard.encrypted].concat();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn serve(stream: TcpStream, manner: &Manner, mechanisms: &str, heard: &Mutex<Heard>) {
    // Whatever ends the connection ends this thread alone.
    let _ = match manner {
        Manner::Implicit(config) => encrypted(stream, config, mechanisms, heard, true),
        Manner::StartTls(config, reply) => match clear(stream, "STARTTLS", reply, heard) {
            Ok(Some(stream)) => encrypted(stream, config, mechanisms, heard, false),
            _ => Ok(()),
        },
        Manner::Clear(words, reply) => clear(stream, words, reply, heard).map(drop),
    };
}

/// Talks in the clear until STARTTLS was said; then gives the connection back.
fn clear(
    stream: TcpStream,
    words: &str,
    reply: &str,
    heard: &Mutex<Heard>,
) -> std::io::Result<Option<TcpStream>> {
    let mut out = stream.try_clone()?;
    out.write_all(b"220 relay ESMTP\r\n")?;
    // One byte at a time, so that none of the handshake is taken.
    let mut input = BufReader::with_capacity(1, stream.try_clone()?);
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        heard.lock().unwrap().clear.extend(&line);
        let line = String::from_utf8_lossy(&line).to_ascii_uppercase();
        if line.starts_with("EHLO") {
            write!(out, "250-relay\r\n250-SIZE 1000000\r\n250 {words}\r\n")?;
        } else if line.starts_with("STARTTLS") {
            out.write_all(reply.as_bytes())?;
            if reply.starts_with("220") {
                return Ok(Some(stream));
            }
        } else {
            // Even who goes on in the clear is served: what it says is then seen.
            let more = line.starts_with("DATA");
            out.write_all(if more { b"354 go on\r\n" } else { b"250 ok\r\n" })?;
        }
    }
}

fn encrypted(
    stream: TcpStream,
    config: &Arc<ServerConfig>,
    mechanisms: &str,
    heard: &Mutex<Heard>,
    greets: bool,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    let mut talk =
        Talk { stream: BufReader::new(StreamOwned::new(connection, stream)), mechanisms, heard };
    if greets {
        talk.say("220 relay ESMTP")?;
    }
    while let Some(line) = talk.line()? {
        talk.answer(line.trim_end())?;
    }
    Ok(())
}

struct Talk<'a, S: Read> {
    stream: BufReader<S>,
    mechanisms: &'a str,
    heard: &'a Mutex<Heard>,
}

impl<S: Read + Write> Talk<'_, S> {
    fn say(&mut self, reply: &str) -> std::io::Result<()> {
        let out = self.stream.get_mut();
        out.write_all(format!("{reply}\r\n").as_bytes())?;
        out.flush()
    }

    fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let count = self.stream.read_until(b'\n', &mut line)?;
        self.heard.lock().unwrap().encrypted.extend(&line);
        Ok((count > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    fn challenged(&mut self, challenge: &str) -> std::io::Result<String> {
        self.say(&format!("334 {challenge}"))?;
        let line = self.line()?.unwrap_or_default();
        let bytes = STANDARD.decode(line.trim_end()).unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn answer(&mut self, line: &str) -> std::io::Result<()> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                let auth = self.mechanisms;
                self.say(&format!("250-relay\r\n250-8BITMIME\r\n250 AUTH {auth}"))
            }
            "AUTH" => self.log_in(rest),
            "DATA" => {
                self.say("354 go on")?;
                while self.line()?.is_some_and(|line| line != ".\r\n") {}
                self.heard.lock().unwrap().messages += 1;
                self.say("250 2.0.0 taken")
            }
            "QUIT" => self.say("221 bye"),
            _ => self.say("250 2.0.0 ok"),
        }
    }

    /// Takes the log-in of `letterpress` with `pa55word`, and no other.
    fn log_in(&mut self, rest: &str) -> std::io::Result<()> {
        let (mechanism, first) = rest.split_once(' ').unwrap_or((rest, ""));
        let initial =
            |talk: &mut Self| match first {
                "" => talk.challenged(""),
                first => Ok(String::from_utf8_lossy(&STANDARD.decode(first).unwrap_or_default())
                    .into_owned()),
            };
        let is_right = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => initial(self)? == "\0letterpress\0pa55word",
            "LOGIN" => {
                let user = match first {
                    "" => self.challenged("VXNlcm5hbWU6")?,
                    _ => initial(self)?,
                };
                user == "letterpress" && self.challenged("UGFzc3dvcmQ6")? == "pa55word"
            }
            "XOAUTH2" => initial(self)? == "user=letterpress\x01auth=Bearer pa55word\x01\x01",
            _ => false,
        };
        self.heard.lock().unwrap().log_ins.push(mechanism.to_ascii_uppercase());
        self.say(if is_right { "235 2.7.0 welcome" } else { "535 5.7.8 bad credentials" })
    }
}
