//! A small file that stays open and is written in place.
//!
//! Invariant: what was written is on the disk once [`HeldFile::sync`] returns.

#![allow(clippy::disallowed_methods, reason = "this is one of the places that may")]

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::FileError;

/// An open file that its owner alone can read.
#[derive(Debug)]
pub struct HeldFile {
    file: File,
    path: String,
    folder: Option<PathBuf>,
}

impl HeldFile {
    /// Opens the file at `place`, which errors call `path`; a new one is empty.
    pub(crate) fn open(path: &str, place: &Path) -> Result<Self, FileError> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let open = || -> io::Result<Self> {
            let is_new = !place.exists();
            let file = options.open(place)?;
            let folder = place.parent().map(Path::to_owned);
            let held = Self { file, path: path.to_owned(), folder };
            if is_new {
                held.sync_folder()?;
            }
            Ok(held)
        };
        open().map_err(|error| FileError { doing: "open", path: path.to_owned(), error })
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.folder.as_ref().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }

    /// Waits until the file's name is on the disk, where another made the file.
    ///
    /// # Errors
    /// The system's reason.
    pub fn sync_name(&self) -> Result<(), FileError> {
        self.fail("write", self.sync_folder())
    }

    /// Returns the file's path in the workspace.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads up to `bytes_max` bytes from its beginning.
    ///
    /// # Errors
    /// The system's reason.
    pub fn read_start(&self, bytes_max: usize) -> Result<Vec<u8>, FileError> {
        let read = || -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; bytes_max];
            let mut length = 0;
            while length < bytes_max {
                match self.file.read_at(&mut bytes[length..], length as u64)? {
                    0 => break,
                    count => length += count,
                }
            }
            bytes.truncate(length);
            Ok(bytes)
        };
        self.fail("read", read())
    }

    /// Writes over a part of it, in one call to the system.
    ///
    /// # Errors
    /// The system's reason.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), FileError> {
        self.fail("write", self.file.write_all_at(bytes, offset))
    }

    /// Waits until what was written is on the disk.
    ///
    /// # Errors
    /// The system's reason; what was written may then not be there.
    pub fn sync(&self) -> Result<(), FileError> {
        self.fail("write", self.file.sync_data())
    }

    /// Does something while no other process does the like with this file.
    ///
    /// # Errors
    /// If the lock cannot be had.
    pub fn alone<T>(&self, work: impl FnOnce() -> T) -> Result<T, FileError> {
        self.fail("lock", self.file.lock())?;
        let value = work();
        self.fail("lock", self.file.unlock())?;
        Ok(value)
    }

    fn fail<T>(&self, doing: &'static str, result: io::Result<T>) -> Result<T, FileError> {
        result.map_err(|error| FileError { doing, path: self.path.clone(), error })
    }
}
