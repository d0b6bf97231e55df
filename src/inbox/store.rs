//! The messages on disk: a Maildir under `.letterpress/inbox/`, with the envelope of each beside it.
//!
//! `new/`, `cur/` and `tmp/` are as any Maildir reader knows them; `envelopes/NAME.json` holds what
//! a message does not say itself.
//!
//! Invariant: a message's file is the bytes that came over the wire, dots unstuffed; it appears in
//! `new/` whole, after its envelope. What is in memory can be made again from the files.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::read;
use super::session::Received;
use crate::pages::Live;
use crate::words::to_hex;
use crate::world::{Clock, FileError, Files, World};

/// The folder of the test inbox in the workspace.
pub(super) const FOLDER: &str = ".letterpress/inbox";
/// How many messages are listed, the latest ones.
const LISTED_MAX: usize = 5_000;
/// So many recipients of a message are kept in memory; its envelope file has them all.
const RECIPIENTS_KEPT: usize = 20;
/// The longest name or subject that is kept in memory, in characters.
const TEXT_CHARS_MAX: usize = 300;

/// What is known of a message without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// When its final dot came.
    pub(super) received: Timestamp,
    /// The issue whose rehearsal it belongs to.
    pub(super) issue: Option<String>,
    /// The reverse path.
    pub(super) from: String,
    /// The recipients.
    pub(super) to: Vec<String>,
    /// Its size in bytes.
    pub(super) size: usize,
    /// The name that its To header gives.
    pub(super) name: Option<String>,
    /// Its subject.
    pub(super) subject: Option<String>,
}

/// A message in the list.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name in the Maildir, which orders messages by time.
    pub(super) id: String,
    /// What is known of it.
    pub(super) envelope: Envelope,
    path: String,
}

/// The latest messages.
#[derive(Debug)]
pub(super) struct Listing {
    /// The newest first, [`LISTED_MAX`] at most.
    pub(super) entries: Vec<Arc<Entry>>,
    /// How many there are in all.
    pub(super) total: usize,
}

/// Keeps and finds messages. Its methods read and write the disk.
#[derive(Debug)]
pub(super) struct Store {
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
    /// Keeps the names of two processes apart.
    tag: String,
    count: AtomicU64,
    known: Mutex<HashMap<String, Arc<Entry>>>,
    live: Live,
}

impl Store {
    /// Opens the Maildir, and makes it where it is not.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(super) fn open(world: &World) -> Result<Self, FileError> {
        for folder in ["tmp", "new", "cur", "envelopes"] {
            world.files.create_folder(&format!("{FOLDER}/{folder}"))?;
        }
        let mut tag = [0; 4];
        world.entropy.fill(&mut tag).map_err(|error| FileError {
            doing: "open",
            path: FOLDER.to_owned(),
            error,
        })?;
        let count = message_paths(world.files.as_ref())?.len() as u64;
        Ok(Self {
            files: Arc::clone(&world.files),
            clock: Arc::clone(&world.clock),
            tag: to_hex(&tag),
            count: AtomicU64::new(count),
            known: Mutex::default(),
            live: Live::default(),
        })
    }

    /// Keeps a message.
    ///
    /// # Errors
    /// If it could not be written; it is then not in the list.
    pub(super) fn keep(&self, message: Received) -> Result<(), FileError> {
        let received = self.clock.now();
        let id = self.name(received);
        let headers = read::headers(&message.bytes);
        let envelope = Envelope {
            received,
            issue: message.issue.map(|issue| issue.to_string()),
            from: message.from,
            to: message.to,
            size: message.bytes.len(),
            name: headers.name,
            subject: headers.subject,
        };
        let json = serde_json::to_vec(&envelope).expect("an envelope is plain data");
        let (draft, path) = (format!("{FOLDER}/tmp/{id}"), format!("{FOLDER}/new/{id}"));
        self.files.write_unsynced(&draft, &message.bytes)?;
        self.files.write_unsynced(&envelope_path(&id), &json)?;
        self.files.rename(&draft, &path)?;
        self.remember(Entry { id, envelope: bounded(envelope), path });
        self.tell(received);
        Ok(())
    }

    /// Lists the latest messages.
    ///
    /// # Errors
    /// If the Maildir cannot be read.
    pub(super) fn list(&self) -> Result<Listing, FileError> {
        let mut paths = message_paths(self.files.as_ref())?;
        let total = paths.len();
        paths.sort_by(|a, b| id_of(b).cmp(id_of(a)));
        paths.truncate(LISTED_MAX);
        let mut known = std::mem::take(&mut *self.lock());
        let entries: Vec<Arc<Entry>> = paths
            .into_iter()
            .filter_map(|path| match known.remove(id_of(&path)) {
                Some(entry) if entry.path == path => Some(entry),
                _ => self.load(path).map(Arc::new),
            })
            .collect();
        let mut lock = self.lock();
        // What came in meanwhile is there already, and stays.
        lock.extend(entries.iter().map(|entry| (entry.id.clone(), Arc::clone(entry))));
        Ok(Listing { entries, total })
    }

    /// Reads a message of the list.
    ///
    /// # Errors
    /// If its file cannot be read.
    pub(super) fn read(&self, entry: &Entry) -> Result<Vec<u8>, FileError> {
        self.files.read(&entry.path)
    }

    /// Removes all messages.
    ///
    /// # Errors
    /// As [`clear`].
    pub(super) fn clear(&self) -> Result<usize, FileError> {
        let count = clear(self.files.as_ref())?;
        self.tell(self.clock.now());
        Ok(count)
    }

    /// Returns what tells open pages of what came and went.
    pub(super) fn live(&self) -> Live {
        self.live.clone()
    }

    fn tell(&self, at: Timestamp) {
        self.live.tell(Instant::now(), at.to_string());
    }

    fn name(&self, received: Timestamp) -> String {
        let seconds = received.as_second().max(0);
        let micros = received.subsec_microsecond().max(0);
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{seconds:010}.M{micros:06}Q{count:010}R{}.letterpress", self.tag)
    }

    fn load(&self, path: String) -> Option<Entry> {
        let id = id_of(&path).to_owned();
        let kept = self.files.read(&envelope_path(&id)).ok();
        let envelope = kept.and_then(|json| serde_json::from_slice(&json).ok());
        let envelope = match envelope {
            Some(envelope) => envelope,
            // Put there by another program: its headers have to do.
            None => foreign(&id, &self.files.read(&path).ok()?),
        };
        Some(Entry { id, envelope: bounded(envelope), path })
    }

    fn remember(&self, entry: Entry) {
        let mut known = self.lock();
        if known.len() < LISTED_MAX {
            known.insert(entry.id.clone(), Arc::new(entry));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Entry>>> {
        // It holds copies of what is on disk: whatever a panic left there is still right.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes all messages of the test inbox, and says how many there were. Its token stays.
///
/// # Errors
/// If a file cannot be removed; those before it are gone.
pub fn clear(files: &dyn Files) -> Result<usize, FileError> {
    let messages = message_paths(files)?;
    for path in &messages {
        files.remove(path)?;
        files.remove(&envelope_path(id_of(path)))?;
    }
    Ok(messages.len())
}

fn message_paths(files: &dyn Files) -> Result<Vec<String>, FileError> {
    let mut paths = Vec::new();
    for folder in ["new", "cur"] {
        match files.list(&format!("{FOLDER}/{folder}")) {
            Ok(list) => paths.extend(list),
            Err(error) if error.is_absent() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(paths)
}

/// Returns a message's name without its folder and the flags that mail readers append.
fn id_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(':').next().unwrap_or(name)
}

fn envelope_path(id: &str) -> String {
    format!("{FOLDER}/envelopes/{id}.json")
}

fn foreign(id: &str, bytes: &[u8]) -> Envelope {
    let headers = read::headers(bytes);
    let seconds = id.split('.').next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    Envelope {
        received: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
        issue: None,
        from: headers.from.unwrap_or_default(),
        to: headers.to.into_iter().collect(),
        size: bytes.len(),
        name: headers.name,
        subject: headers.subject,
    }
}

fn bounded(mut envelope: Envelope) -> Envelope {
    let cut = |text: String| text.chars().take(TEXT_CHARS_MAX).collect();
    envelope.name = envelope.name.map(cut);
    envelope.subject = envelope.subject.map(cut);
    envelope.to.truncate(RECIPIENTS_KEPT);
    envelope.to.shrink_to_fit();
    envelope
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{FixedClock, SystemEntropy, SystemNetwork, WorkspaceFiles};

    fn store() -> (tempfile::TempDir, World, Store) {
        let folder = tempfile::tempdir().unwrap();
        let world = World {
            clock: Arc::new(FixedClock("2023-03-27T11:30:04Z".parse().unwrap())),
            files: Arc::new(WorkspaceFiles::new(folder.path())),
            entropy: Arc::new(SystemEntropy),
            network: Arc::new(SystemNetwork),
            machine: "test".to_owned(),
            program: "letterpress".to_owned(),
        };
        let store = Store::open(&world).unwrap();
        (folder, world, store)
    }

    fn message(bytes: &[u8]) -> Received {
        let to = vec!["b@x.org".to_owned(), "c@x.org".to_owned()];
        Received { from: String::new(), to, issue: None, bytes: bytes.to_vec() }
    }

    #[test]
    fn messages_are_kept_byte_for_byte_and_listed_newest_first() {
        let (_folder, world, store) = store();
        let bodies: [&[u8]; 3] = [b"To: B <b@x.org>\r\n\r\n\0\xff", b"", b"no header\r\n"];
        for body in bodies {
            store.keep(message(body)).unwrap();
        }
        for store in [&store, &Store::open(&world).unwrap()] {
            let listing = store.list().unwrap();
            let kept: Vec<_> =
                listing.entries.iter().rev().map(|entry| store.read(entry).unwrap()).collect();
            assert_eq!(kept, bodies);
            assert_eq!(listing.entries[2].envelope.name.as_deref(), Some("B"));
            assert_eq!(listing.entries[2].envelope.to, ["b@x.org", "c@x.org"]);
        }
        assert!(world.files.list(".letterpress/inbox/tmp").unwrap().is_empty());
    }

    #[test]
    fn what_a_mail_reader_moves_or_adds_stays_in_the_list() {
        let (_folder, world, store) = store();
        store.keep(message(b"Subject: a\r\n\r\n")).unwrap();
        let id = store.list().unwrap().entries[0].id.clone();
        let cur = format!("{FOLDER}/cur/{id}:2,S");
        world.files.rename(&format!("{FOLDER}/new/{id}"), &cur).unwrap();
        world
            .files
            .write(&format!("{FOLDER}/new/1.x"), b"Subject: b\r\nTo: d@x.org\r\n\r\n")
            .unwrap();
        let listing = store.list().unwrap();
        let subjects: Vec<_> =
            listing.entries.iter().map(|entry| entry.envelope.subject.clone().unwrap()).collect();
        assert_eq!(subjects, ["a", "b"]);
        assert_eq!(listing.entries[0].envelope.to, ["b@x.org", "c@x.org"]);
        assert_eq!(listing.entries[1].envelope.to, ["d@x.org"]);
    }

    #[test]
    fn another_processs_clearing_is_seen() {
        let (_folder, world, store) = store();
        store.keep(message(b"a")).unwrap();
        assert_eq!(store.list().unwrap().total, 1);
        assert_eq!(clear(world.files.as_ref()).unwrap(), 1);
        assert_eq!(store.list().unwrap().total, 0);
        assert!(world.files.list(&format!("{FOLDER}/envelopes")).unwrap().is_empty());
    }
}
