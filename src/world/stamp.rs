//! What the system tells of a file without reading it.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// The coarsest clock of a file system in use, that of FAT: a file that is written twice within it
/// may look the same after both.
const TICK: Duration = Duration::from_secs(2);

/// What the system tells of a file without reading it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Stamp {
    /// Its size, in bytes.
    pub size: u64,
    /// When it was written, and when anything of it was changed, in seconds and nanoseconds.
    times: [(i64, i64); 2],
    inode: u64,
    /// Whether it had been left alone for long enough to tell a later change by its times.
    pub is_settled: bool,
}

impl Stamp {
    /// Looks at a regular file.
    pub(super) fn of(place: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(place)?;
        if !metadata.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let changed = Duration::from_secs(metadata.ctime().try_into().unwrap_or_default());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Ok(Self {
            size: metadata.len(),
            times: [
                (metadata.mtime(), metadata.mtime_nsec()),
                (metadata.ctime(), metadata.ctime_nsec()),
            ],
            inode: metadata.ino(),
            is_settled: changed + TICK < now,
        })
    }

    /// Returns a word that is another one for a file that looks otherwise.
    pub fn tag(&self) -> String {
        let [(written, nanos), (changed, more)] = self.times;
        format!("{:x}-{written:x}.{nanos:x}-{changed:x}.{more:x}-{:x}", self.size, self.inode)
    }

    /// Says whether a file that looked so once, and looks as `now` today, is certainly the same.
    pub fn is_still(&self, now: &Self) -> bool {
        let same = self.size == now.size && self.times == now.times && self.inode == now.inode;
        same && self.is_settled
    }
}
