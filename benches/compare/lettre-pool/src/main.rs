//! The peer of `cargo xtask bench send` on lettre's pool: as many personal copies as it is told,
//! each made by `Message::builder` and, where asked, signed by lettre's `dkim`.
//!
//! `lettre-pool FOLDER PORT COPIES CONNECTIONS [sign]`: the folder holds the issue (`issue.html`,
//! `issue.txt`) with marks for the reader's name and token, and `rsa-pkcs1.pem` to sign with.

#![forbid(unsafe_code)]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lettre::message::dkim::{DkimConfig, DkimSigningAlgorithm, DkimSigningKey};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

type Fault = Box<dyn Error + Send + Sync>;

/// What all copies share.
struct Issue {
    html: String,
    text: String,
    dkim: Option<DkimConfig>,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Fault> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, port, copies, connections, sign @ ..] = words.as_slice() else {
        return Err("usage: lettre-pool FOLDER PORT COPIES CONNECTIONS [sign]".into());
    };
    let (copies, connections): (usize, u32) = (copies.parse()?, connections.parse()?);
    let issue = Arc::new(Issue::read(Path::new(folder), !sign.is_empty())?);
    let pool = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port.parse()?)
        .pool_config(PoolConfig::new().max_size(connections))
        .build();
    let next = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(worker(issue.clone(), pool.clone(), next.clone(), copies)))
        .collect();
    for worker in workers {
        worker.await??;
    }
    Ok(())
}

async fn worker(
    issue: Arc<Issue>,
    pool: AsyncSmtpTransport<Tokio1Executor>,
    next: Arc<AtomicUsize>,
    copies: usize,
) -> Result<(), Fault> {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= copies {
            return Ok(());
        }
        pool.send(issue.copy(number)?).await?;
    }
}

impl Issue {
    fn read(folder: &Path, is_signed: bool) -> Result<Self, Fault> {
        let read = |name: &str| std::fs::read_to_string(folder.join(name));
        let dkim = if is_signed {
            let key = DkimSigningKey::new(&read("rsa-pkcs1.pem")?, DkimSigningAlgorithm::Rsa)?;
            Some(DkimConfig::default_config("lp1".to_owned(), "bench.example".to_owned(), key))
        } else {
            None
        };
        Ok(Self { html: read("issue.html")?, text: read("issue.txt")?, dkim })
    }

    fn copy(&self, number: usize) -> Result<Message, Fault> {
        let name = format!("Reader {number}");
        let token = format!("token-{number:038}");
        let fill = |text: &str| text.replace("QQNAMEQQ", &name).replace("QQTOKENQQ", &token);
        let address = format!("r{number}@d{}.example", number % 50).parse()?;
        let header = |name: &'static str, value: String| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
        };
        let mut message = Message::builder()
            .from("The Bench <news@bench.example>".parse()?)
            .to(Mailbox::new(Some(name.clone()), address))
            .subject(format!("News for {name}"))
            .message_id(None)
            .raw_header(header("List-Id", "The Bench <bench.bench.example>".to_owned()))
            .raw_header(header(
                "List-Unsubscribe",
                format!("<https://bench.example/unsubscribe/{token}>"),
            ))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
            .multipart(MultiPart::alternative_plain_html(fill(&self.text), fill(&self.html)))?;
        if let Some(dkim) = &self.dkim {
            message.sign(dkim);
        }
        Ok(message)
    }
}
