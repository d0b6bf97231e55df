//! Whether the server at an address is the test inbox of this workspace.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use tokio::time::timeout;

use crate::words::{InboxToken, PROOF_COMMAND, PROOF_NONCE_BYTES, to_hex};
use crate::world::{Stream, World};

/// How long the whole question may take.
const PROBE_MAX: Duration = Duration::from_secs(3);
/// The longest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 8 * 1024;

/// Who listens at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The test inbox of this workspace: it proved that it knows the token.
    Ours,
    /// Somebody else, who must get no mail.
    Foreign,
    /// Nobody.
    Nobody,
}

/// Asks the server at `address` for the proof. It gets EHLO, the question if it offers to answer
/// it, and QUIT; never MAIL.
pub async fn probe(world: &World, address: SocketAddr, token: &InboxToken) -> Probe {
    let host = address.ip().to_string();
    let connect = world.network.connect(&host, address.port());
    let Ok(Ok(mut stream)) = timeout(PROBE_MAX, connect).await.map_err(io::Error::from) else {
        return Probe::Nobody;
    };
    let mut nonce = [0; PROOF_NONCE_BYTES];
    if world.entropy.fill(&mut nonce).is_err() {
        return Probe::Foreign;
    }
    let proved = timeout(PROBE_MAX, ask(&mut *stream, token, &nonce)).await;
    if matches!(proved, Ok(Ok(true))) { Probe::Ours } else { Probe::Foreign }
}

async fn ask(stream: &mut dyn Stream, token: &InboxToken, nonce: &[u8]) -> io::Result<bool> {
    let mut said = Vec::new();
    if !reply(stream, &mut said).await?.starts_with("220") {
        return Ok(false);
    }
    stream.write_all(b"EHLO localhost\r\n").await?;
    let offers = reply(stream, &mut said).await?;
    let is_offered = offers.starts_with("250")
        && offers.lines().skip(1).any(|line| {
            line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case(PROOF_COMMAND))
        });
    let mut proved = false;
    if is_offered {
        let question = format!("{PROOF_COMMAND} {}\r\n", to_hex(nonce));
        stream.write_all(question.as_bytes()).await?;
        let answer = reply(stream, &mut said).await?;
        proved = answer.strip_prefix("250 ").is_some_and(|text| token.is_proved_by(nonce, text));
    }
    // The answer is known; a server that does not say good-bye changes nothing.
    let _ = stream.write_all(b"QUIT\r\n").await;
    Ok(proved)
}

/// Reads one whole reply; `said` holds what came after the last one.
async fn reply(stream: &mut dyn Stream, said: &mut Vec<u8>) -> io::Result<String> {
    loop {
        if let Some(end) = end_of_reply(said) {
            let rest = said.split_off(end);
            let reply = std::mem::replace(said, rest);
            return Ok(String::from_utf8_lossy(&reply).into_owned());
        }
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await?;
        if read == 0 || said.len() + read > REPLY_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        said.extend_from_slice(&buffer[..read]);
    }
}

/// Returns where the last line of a reply ends: the first whose code no hyphen follows.
fn end_of_reply(said: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = said[start..].iter().position(|&byte| byte == b'\n') {
        let end = start + length + 1;
        if said.get(start + 3) != Some(&b'-') {
            return Some(end);
        }
        start = end;
    }
    None
}
