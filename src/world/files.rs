//! Files of the workspace.
//!
//! Invariant: paths are joined here alone, and a file is written whole or not at all.

#![allow(clippy::disallowed_methods, reason = "this is the one place that may")]

use std::fmt::Debug;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::held::HeldFile;
use super::stamp::Stamp;
use super::text::{NotUtf8, text_of};
use super::walk::Listing;
use crate::diag::Diagnostic;
use crate::words::Source;

/// The largest file that is read, in bytes: an article or a list beyond it is a mistake.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// How often a lock is tried for, and how far apart: another process that only looks whether it is
/// held has it for an instant.
const LOCK_TRIES: u32 = 5;
const LOCK_AGAIN: Duration = Duration::from_millis(20);

/// Reads and writes files by their path in the workspace, with `/`. A path may also be absolute, or
/// leave the workspace with `..`, where a person gave it so.
pub trait Files: Send + Sync + Debug {
    /// Returns the path that the system knows a file by.
    fn resolve(&self, path: &str) -> PathBuf;

    /// Reads a regular file.
    ///
    /// # Errors
    /// [`FileError`] with the file and the system's reason.
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// Opens a regular file, to be read from its beginning and not held whole.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn open(&self, path: &str) -> Result<Box<dyn Read + Send>, FileError> {
        Ok(Box::new(io::Cursor::new(self.read(path)?)))
    }

    /// Lists all regular files under a folder, at any depth, by their paths in the workspace,
    /// sorted. Hidden files and folders, whose names begin with a dot, are left out.
    ///
    /// # Errors
    /// If the folder, or one in it, cannot be read.
    fn list(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let listing = Listing::of(folder, &self.resolve(folder), None);
        // A link that leads nowhere is no file, and no folder that is missing.
        let folder = listing.problems.into_iter().find(|problem| problem.doing == "list");
        folder.map_or(Ok(listing.paths), Err)
    }

    /// Returns the names of all that a folder holds, hidden or not, sorted.
    ///
    /// # Errors
    /// If it cannot be read.
    fn names(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let read = || -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in fs::read_dir(self.resolve(folder))? {
                names.push(entry?.file_name().to_string_lossy().into_owned());
            }
            names.sort();
            Ok(names)
        };
        fail("list", folder, read())
    }

    /// As [`Files::list`], but what cannot be read, and a link that leads out of both the folder and
    /// the workspace, costs nothing of the rest.
    fn walk(&self, folder: &str) -> Listing {
        let place = self.resolve(folder);
        let bounds = [place.clone(), self.resolve(".")].map(|path| path.canonicalize());
        let bounds: Vec<PathBuf> = bounds.into_iter().flatten().collect();
        Listing::of(folder, &place, Some(&bounds))
    }

    /// Writes a file whole or not at all, with the folders that it needs; it is on the disk when
    /// this returns.
    ///
    /// # Errors
    /// If it could not be written; the old file, if there was one, is then as it was.
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// As [`Files::write`], readable by the owner alone.
    ///
    /// # Errors
    /// As [`Files::write`].
    fn write_private(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// As [`Files::write`], but without waiting for the disk: a power cut may lose the file. For what
    /// can be made again.
    ///
    /// # Errors
    /// As [`Files::write`].
    fn write_unsynced(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// As [`Files::write_unsynced`], readable by the owner alone.
    ///
    /// # Errors
    /// As [`Files::write`].
    fn write_private_unsynced(&self, path: &str, bytes: &[u8]) -> Result<(), FileError>;

    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// If it cannot be made.
    fn create_folder(&self, path: &str) -> Result<(), FileError>;

    /// Removes a file or a folder with all in it; absent is well.
    ///
    /// # Errors
    /// If it cannot be removed.
    fn remove(&self, path: &str) -> Result<(), FileError>;

    /// Moves a file to another name within the workspace, replacing what was there.
    ///
    /// # Errors
    /// If it cannot be moved.
    fn rename(&self, from: &str, to: &str) -> Result<(), FileError>;

    /// Takes a lock that the system gives back when the process ends, however it ends.
    ///
    /// # Errors
    /// [`LockError::Held`] if another process has it.
    fn lock(&self, path: &str) -> Result<Lock, LockError>;

    /// Opens a small file that is written in place, readable by the owner alone.
    ///
    /// # Errors
    /// If it cannot be opened or made.
    fn hold(&self, path: &str) -> Result<HeldFile, FileError> {
        HeldFile::open(path, &self.resolve(path))
    }

    /// Says whether there is a file or folder.
    fn exists(&self, path: &str) -> bool {
        self.resolve(path).exists()
    }

    /// Says whether there is a folder.
    fn is_folder(&self, path: &str) -> bool {
        self.resolve(path).is_dir()
    }

    /// Reads a regular file that lies in the workspace also when all links are followed: for a path
    /// that a stranger gave.
    ///
    /// # Errors
    /// [`FileError`], also where the path leads out of the workspace.
    fn read_within(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.read_under(".", path)
    }

    /// Reads a regular file that lies under a folder also when all links are followed.
    ///
    /// # Errors
    /// [`FileError`], also where the path leads out of the folder.
    fn read_under(&self, folder: &str, path: &str) -> Result<Vec<u8>, FileError> {
        let real = |path: &str| fail("read", path, self.resolve(path).canonicalize());
        if !real(path)?.starts_with(real(folder)?) {
            let outside = io::Error::new(io::ErrorKind::PermissionDenied, "it lies outside");
            return fail("read", path, Err(outside));
        }
        self.read(path)
    }

    /// Reads a regular file that only its owner may read: a key or a password.
    ///
    /// # Errors
    /// [`FileError`], also where others may read it ([`FileError::is_exposed`]).
    fn read_secret(&self, path: &str) -> Result<Vec<u8>, FileError> {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = || {
            let mode = fs::metadata(self.resolve(path))?.permissions().mode() & 0o7777;
            if mode & 0o077 == 0 { Ok(()) } else { Err(io::Error::other(Exposed(mode))) }
        };
        fail("read", path, mode())?;
        self.read(path)
    }

    /// Reads a file that must be UTF-8; a byte order mark is left out.
    ///
    /// # Errors
    /// [`FileError`], also where the text is not UTF-8.
    fn read_text(&self, path: &str) -> Result<Source, FileError> {
        text_of(path, self.read(path)?)
    }

    /// Looks at a regular file from outside, without reading it.
    ///
    /// # Errors
    /// If there is none.
    fn stamp(&self, path: &str) -> Result<Stamp, FileError> {
        fail("read", path, Stamp::of(&self.resolve(path)))
    }
}

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("could not {doing} `{path}`: {error}")]
pub struct FileError {
    /// What was tried: `read`, `write`, `list`…
    pub doing: &'static str,
    /// The path in the workspace.
    pub path: String,
    /// The system's reason.
    #[source]
    pub error: io::Error,
}

impl FileError {
    /// Says whether the file is simply not there.
    pub fn is_absent(&self) -> bool {
        self.error.kind() == io::ErrorKind::NotFound
    }

    /// Says whether the file holds something else than UTF-8.
    pub fn is_not_utf8(&self) -> bool {
        self.error.get_ref().is_some_and(|error| error.is::<NotUtf8>())
    }

    /// Says whether the file is a secret that others may read.
    pub fn is_exposed(&self) -> bool {
        self.error.get_ref().is_some_and(|error| error.is::<Exposed>())
    }
}

/// A secret that lies open.
#[derive(Debug, thiserror::Error)]
#[error("others than its owner may read it (mode {0:04o})")]
struct Exposed(u32);

impl From<FileError> for Diagnostic {
    fn from(error: FileError) -> Self {
        if error.is_exposed() {
            return Self::error(format!("`{}` is a secret and lies open", error.path))
                .note(error.error.to_string())
                .hint(format!("`chmod 600 {}`", error.path));
        }
        let is_not_utf8 = error.is_not_utf8();
        let reason = match error.error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "it may not be: permission denied".to_owned(),
            _ => error.error.to_string(),
        };
        let fault = Self::error(format!("could not {} `{}`", error.doing, error.path)).note(reason);
        if is_not_utf8 { fault.hint("save it again as UTF-8") } else { fault }
    }
}

/// A lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// A lock that was not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process holds it.
    #[error("another process holds the lock")]
    Held,
    /// The lock's file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The files of a workspace on a disk.
#[derive(Clone, Debug)]
pub struct WorkspaceFiles {
    root: PathBuf,
}

impl WorkspaceFiles {
    /// Roots files at a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // Only an empty path has no absolute form.
        Self { root: std::path::absolute(&root).unwrap_or(root) }
    }

    fn write_with(&self, path: &str, bytes: &[u8], mode: u32, sync: bool) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let target = self.resolve(path);
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(".letterpress-")
            .permissions(fs::Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        if !sync {
            file.persist(&target)?;
            return Ok(());
        }
        file.as_file().sync_all()?;
        file.persist(&target)?;
        File::open(folder)?.sync_all()
    }

    /// Opens a file, and says how long it is in bytes.
    fn open_regular(&self, path: &str) -> io::Result<(io::Take<File>, u64)> {
        let place = self.resolve(path);
        let kind = fs::metadata(&place)?;
        if kind.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        if !kind.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        if kind.len() > FILE_BYTES_MAX {
            return Err(io::Error::other("it is larger than 256 MiB"));
        }
        Ok((File::open(place)?.take(FILE_BYTES_MAX), kind.len()))
    }
}

/// Joins a path to the root and takes out `.` and `name/..`, so that one file has one path.
fn normalise(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(plain.components().next_back(), Some(Component::Normal(_))) =>
            {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn fail<T>(doing: &'static str, path: &str, result: io::Result<T>) -> Result<T, FileError> {
    result.map_err(|error| FileError { doing, path: path.to_owned(), error })
}

impl Files for WorkspaceFiles {
    fn resolve(&self, path: &str) -> PathBuf {
        normalise(&self.root.join(path))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let read = || {
            let (mut file, length) = self.open_regular(path)?;
            // With room for more than there is, the end is found at once.
            let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
            file.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        fail("read", path, read())
    }

    fn open(&self, path: &str) -> Result<Box<dyn Read + Send>, FileError> {
        fail("read", path, self.open_regular(path).map(|(file, _)| Box::new(file) as _))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        fail("write", path, self.write_with(path, bytes, 0o644, true))
    }

    fn write_private(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        fail("write", path, self.write_with(path, bytes, 0o600, true))
    }

    fn write_unsynced(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        fail("write", path, self.write_with(path, bytes, 0o644, false))
    }

    fn write_private_unsynced(&self, path: &str, bytes: &[u8]) -> Result<(), FileError> {
        fail("write", path, self.write_with(path, bytes, 0o600, false))
    }

    fn create_folder(&self, path: &str) -> Result<(), FileError> {
        fail("make the folder", path, fs::create_dir_all(self.resolve(path)))
    }

    fn remove(&self, path: &str) -> Result<(), FileError> {
        let place = self.resolve(path);
        let result = match fs::symlink_metadata(&place) {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(place),
            Ok(_) => fs::remove_file(place),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        fail("remove", path, result)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        fail("move", from, fs::rename(self.resolve(from), self.resolve(to)))
    }

    fn lock(&self, path: &str) -> Result<Lock, LockError> {
        let place = self.resolve(path);
        if let Some(folder) = place.parent() {
            fail("lock", path, fs::create_dir_all(folder))?;
        }
        let open = File::options().create(true).truncate(false).write(true).open(place);
        let file = fail("lock", path, open)?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_AGAIN),
                Err(TryLockError::Error(error)) => {
                    return Err(FileError { doing: "lock", path: path.to_owned(), error }.into());
                }
            }
        }
        Err(LockError::Held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> (tempfile::TempDir, WorkspaceFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        (folder, files)
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_folders_are_made() {
        let (_folder, files) = workspace();
        files.write("a/b/c.txt", b"text").unwrap();
        files.write("a/.hidden", b"").unwrap();
        assert_eq!(files.read("a/b/../b/c.txt").unwrap(), b"text");
        assert_eq!(files.list("a").unwrap(), ["a/b/c.txt"]);
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file() {
        let (_folder, files) = workspace();
        files.write("a.txt", b"old").unwrap();
        files.create_folder("a.txt.d/full").unwrap();
        assert!(files.write("a.txt/b.txt", b"new").is_err());
        assert_eq!(files.read("a.txt").unwrap(), b"old");
        assert_eq!(files.list(".").unwrap(), ["./a.txt"]);
    }

    #[test]
    fn folders_and_devices_are_not_read() {
        let (_folder, files) = workspace();
        assert!(files.read(".").unwrap_err().to_string().contains("folder"));
        assert!(files.read("/dev/zero").unwrap_err().to_string().contains("no regular file"));
        assert!(files.read("absent").unwrap_err().is_absent());
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused_with_a_remedy() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, files) = workspace();
        files.write_private("keys/password", b"secret").unwrap();
        assert_eq!(files.read_secret("keys/password").unwrap(), b"secret");
        for mode in [0o640, 0o604, 0o620, 0o601] {
            let place = files.resolve("keys/password");
            fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
            let error = files.read_secret("keys/password").unwrap_err();
            assert!(error.is_exposed(), "{mode:o}");
            let told = crate::diag::draw(&error.into(), false);
            assert!(told.contains("`chmod 600 keys/password`"), "{told}");
        }
        assert!(files.read_secret("absent").unwrap_err().is_absent());
    }

    #[test]
    fn a_link_that_leaves_the_workspace_is_not_followed_for_strangers() {
        let (_folder, files) = workspace();
        let (other, others) = workspace();
        others.write("secret.png", b"secret").unwrap();
        files.write_unsynced("in.png", b"in").unwrap();
        std::os::unix::fs::symlink(files.resolve("in.png"), files.resolve("near.png")).unwrap();
        std::os::unix::fs::symlink(other.path(), files.resolve("far")).unwrap();
        assert_eq!(files.read_within("near.png").unwrap(), b"in");
        assert!(files.read_within("far/secret.png").unwrap_err().to_string().contains("outside"));
        assert!(files.read_within("../x").is_err());
        files.write_unsynced("templates/a/x.mjml", b"x").unwrap();
        std::os::unix::fs::symlink("../../in.png", files.resolve("templates/a/out")).unwrap();
        assert_eq!(files.read_under("templates/a", "templates/a/x.mjml").unwrap(), b"x");
        let out = files.read_under("templates/a", "templates/a/out").unwrap_err();
        assert!(out.to_string().contains("outside"), "{out}");
    }

    #[test]
    fn what_is_private_is_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, files) = workspace();
        files.write_private("a", b"a").unwrap();
        files.write_private_unsynced("b", b"b").unwrap();
        files.write_unsynced("c", b"c").unwrap();
        let mode = |path: &str| {
            let kind = fs::metadata(files.resolve(path)).unwrap();
            kind.permissions().mode() & 0o777
        };
        assert_eq!([mode("a"), mode("b")], [0o600, 0o600]);
        assert_ne!(mode("c"), 0o600);
    }

    #[test]
    fn a_lock_is_held_once() {
        let (_folder, files) = workspace();
        let lock = files.lock(".letterpress/lock").unwrap();
        assert!(matches!(files.lock(".letterpress/lock"), Err(LockError::Held)));
        drop(lock);
        assert!(files.lock(".letterpress/lock").is_ok());
    }
}
