//! Walks a folder, at any depth.
//!
//! Invariant: what cannot be read is named, and costs nothing of the rest.

#![allow(clippy::disallowed_methods, reason = "a part of the one place that may")]

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::files::FileError;

/// How deep folders may lie in each other.
const FOLDER_DEPTH_MAX: usize = 64;

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// All regular files, by their paths in the workspace, sorted. Hidden files and folders, whose
    /// names begin with a dot, are left out.
    pub paths: Vec<String>,
    /// Folders and links that could not be followed, sorted by their paths.
    pub problems: Vec<FileError>,
}

impl Listing {
    /// Walks the folder at `place`, which the workspace knows as `folder`. With `bounds`, a link that
    /// leads out of all of these folders is a problem.
    pub(super) fn of(folder: &str, place: &Path, bounds: Option<&[PathBuf]>) -> Self {
        let mut walk = Walk { listing: Self::default(), above: Vec::new(), bounds };
        walk.folder(folder.trim_end_matches('/'), place);
        let Self { mut paths, mut problems } = walk.listing;
        paths.sort();
        problems.sort_by(|one, other| one.path.cmp(&other.path));
        Self { paths, problems }
    }
}

struct Walk<'a> {
    listing: Listing,
    /// The folders above the one at hand, as the system tells them apart.
    above: Vec<(u64, u64)>,
    bounds: Option<&'a [PathBuf]>,
}

impl Walk<'_> {
    fn folder(&mut self, path: &str, place: &Path) {
        if let Err(error) = self.entries(path, place) {
            let path = path.to_owned();
            self.listing.problems.push(FileError { doing: "list", path, error });
        }
    }

    fn entries(&mut self, path: &str, place: &Path) -> io::Result<()> {
        let metadata = fs::metadata(place)?;
        let identity = (metadata.dev(), metadata.ino());
        if self.above.contains(&identity) {
            return Err(io::Error::other("it leads back to a folder that it lies in"));
        }
        if self.above.len() > FOLDER_DEPTH_MAX {
            return Err(io::Error::other("its folders lie too deep in each other"));
        }
        self.above.push(identity);
        let read = self.each(path, place);
        self.above.pop();
        read
    }

    fn each(&mut self, path: &str, place: &Path) -> io::Result<()> {
        for entry in fs::read_dir(place)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{path}/{name}");
            if let Err(error) = self.entry(&path, &entry) {
                self.listing.problems.push(FileError { doing: "read", path, error });
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, entry: &fs::DirEntry) -> io::Result<()> {
        let place = entry.path();
        let mut kind = entry.file_type()?;
        if kind.is_symlink() {
            if let Some(bounds) = self.bounds {
                let target = place.canonicalize()?;
                if !bounds.iter().any(|bound| target.starts_with(bound)) {
                    return Err(io::Error::other("it is a link that leads out of the workspace"));
                }
            }
            kind = fs::metadata(&place)?.file_type();
        }
        if kind.is_dir() {
            self.folder(path, &place);
        } else if kind.is_file() {
            // A path is told as text everywhere, so one that is no text names no file.
            let name = entry.file_name();
            name.to_str().ok_or_else(|| io::Error::other("its name is not UTF-8"))?;
            self.listing.paths.push(path.to_owned());
        }
        Ok(())
    }
}
