//! Pictures that were made fit, kept by what they were made of, so that each is made once.
//!
//! Invariant: a file's name holds the digest of its bytes, so what was named once is never another
//! picture; what is kept can be deleted at any time and is made again.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{BYTES_MAX, Kind, PictureError, fit, size};
use crate::diag::Diagnostic;
use crate::words::to_hex;
use crate::world::{FileError, Files, Stamp, cores};

/// Where the pictures lie, under their names.
pub const FOLDER: &str = ".letterpress/pictures";
const INDEX: &str = ".letterpress/pictures.json";
/// Another one for whatever makes other files of the same pictures.
const SCHEMA: &str = "letterpress.pictures/1";
/// How many are made side by side: each takes the memory of its points.
const AT_ONCE: usize = 4;
/// So much of a file's own name is kept, in characters.
const STEM_CHARS_MAX: usize = 40;
/// So many hexadecimal digits of the digest tell pictures apart.
const DIGITS: usize = 16;

/// A picture that was made fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The name of its file: a part of the picture's own, and the digest of its bytes.
    pub name: String,
    /// Its width in points.
    pub width: u32,
    /// Its height in points.
    pub height: u32,
}

/// Why there is no picture.
#[derive(Debug)]
pub enum Unfit {
    /// Its file cannot be read, or what was made of it not written.
    File(FileError),
    /// It cannot be mailed.
    Picture(PictureError),
}

impl Unfit {
    /// Says whether the file is simply not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::File(error) if error.is_absent())
    }

    /// Tells it, with what to do.
    pub fn told(self, path: &str) -> Diagnostic {
        match self {
            Self::File(error) => error.into(),
            Self::Picture(error) => error.told(path),
        }
    }
}

/// The pictures that are kept.
#[derive(Debug)]
pub struct Store<'a> {
    files: &'a dyn Files,
    roots: Vec<String>,
    index: Index,
    is_changed: bool,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct Index {
    schema: String,
    /// What pictures are, by their paths.
    seen: BTreeMap<String, Seen>,
    /// What was made, by the digest of what it was made of and the width that was asked for.
    made: BTreeMap<String, Made>,
    /// How the files that were made look, by their names, as far as they are known to be whole.
    #[serde(default)]
    whole: BTreeMap<String, Stamp>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Seen {
    stamp: Stamp,
    digest: String,
    size: (u32, u32),
}

impl<'a> Store<'a> {
    /// Opens what is kept in a workspace; pictures are read that lie in one of the folders `roots`,
    /// links followed.
    pub fn open(files: &'a dyn Files, roots: Vec<String>) -> Self {
        let index = files.read_text(INDEX).ok();
        let index = index.and_then(|index| serde_json::from_str::<Index>(index.text()).ok());
        let index = index.filter(|index| index.schema == SCHEMA).unwrap_or_default();
        Self { files, roots, index, is_changed: false }
    }

    /// Returns width and height of a picture in points, as it is shown.
    ///
    /// # Errors
    /// If there is none that can be mailed.
    pub fn size(&mut self, path: &str) -> Result<(u32, u32), Unfit> {
        Ok(self.seen(path)?.size)
    }

    /// Makes pictures fit, each for a width in points; what was made before is only looked up.
    pub fn make(&mut self, wanted: &[(String, u32)]) -> Vec<Result<Made, Unfit>> {
        let known: Vec<_> = wanted.iter().map(|(path, width)| self.known(path, *width)).collect();
        let open = known.iter().enumerate().filter(|(_, known)| matches!(known, Ok(None)));
        let mut made = self.make_anew(open.map(|(at, _)| &wanted[at]).collect()).into_iter();
        let mut picture = |(path, width): &(String, u32)| match made.next() {
            Some(Ok((seen, made))) => {
                self.is_changed = true;
                self.index.made.insert(key(&seen.digest, *width), made.clone());
                self.index.seen.insert(path.clone(), seen);
                Ok(made)
            }
            Some(Err(unfit)) => Err(unfit),
            None => Err(Unfit::Picture(PictureError::Broken { error: "it was not made".into() })),
        };
        known
            .into_iter()
            .zip(wanted)
            .map(|(known, wanted)| {
                known.and_then(|known| known.map_or_else(|| picture(wanted), Ok))
            })
            .collect()
    }

    /// Keeps what was learned.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&mut self) -> Result<(), FileError> {
        if !std::mem::take(&mut self.is_changed) {
            return Ok(());
        }
        self.index.schema = SCHEMA.to_owned();
        let text = serde_json::to_string(&self.index).unwrap_or_default();
        self.files.write_private_unsynced(INDEX, text.as_bytes())
    }

    fn known(&mut self, path: &str, width: u32) -> Result<Option<Made>, Unfit> {
        let digest = self.seen(path)?.digest;
        let made = self.index.made.get(&key(&digest, width)).cloned();
        Ok(made.filter(|made| self.is_whole(&made.name)))
    }

    /// Says whether a file that was made is there, and is what its name says.
    fn is_whole(&mut self, name: &str) -> bool {
        let Ok(stamp) = self.files.stamp(&kept(name)) else { return false };
        if self.index.whole.get(name).is_some_and(|known| known.is_still(&stamp)) {
            return true;
        }
        let is_whole = self.files.read(&kept(name)).is_ok_and(|bytes| is_named_after(name, &bytes));
        if is_whole {
            self.index.whole.insert(name.to_owned(), stamp);
            self.is_changed = true;
        }
        is_whole
    }

    /// What is known of a picture as its file stands.
    fn seen(&mut self, path: &str) -> Result<Seen, Unfit> {
        let stamp = self.stamp(path)?;
        if let Some(seen) = self.index.seen.get(path).filter(|seen| seen.stamp.is_still(&stamp)) {
            return Ok(seen.clone());
        }
        let bytes = self.read(path)?;
        let seen = Seen::of(&bytes, stamp)?;
        self.index.seen.insert(path.to_owned(), seen.clone());
        self.is_changed = true;
        Ok(seen)
    }

    /// Looks at a picture's file; one that is too large is not read.
    fn stamp(&self, path: &str) -> Result<Stamp, Unfit> {
        let stamp = self.files.stamp(path).map_err(Unfit::File)?;
        let bytes = usize::try_from(stamp.size).unwrap_or(usize::MAX);
        match bytes > BYTES_MAX {
            true => Err(Unfit::Picture(PictureError::Bytes { bytes, most: BYTES_MAX })),
            false => Ok(stamp),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Unfit> {
        let mut last = None;
        for root in &self.roots {
            match self.files.read_under(root, path) {
                Ok(bytes) => return Ok(bytes),
                Err(error) => last = last.or(Some(error)),
            }
        }
        match last {
            Some(error) => Err(Unfit::File(error)),
            None => self.files.read_within(path).map_err(Unfit::File),
        }
    }

    /// Makes pictures side by side; the answers are in the order of what was asked.
    fn make_anew(&self, wanted: Vec<&(String, u32)>) -> Vec<Result<(Seen, Made), Unfit>> {
        let count = wanted.len();
        let waiting = Mutex::new(wanted.into_iter().enumerate());
        let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
        let work = || {
            let made = std::iter::from_fn(|| {
                next().map(|(at, (path, width))| (at, self.make_one(path, *width)))
            });
            made.collect::<Vec<_>>()
        };
        let mut made: Vec<_> = std::thread::scope(|scope| {
            let others: Vec<_> =
                (1..cores().min(AT_ONCE).min(count)).map(|_| scope.spawn(work)).collect();
            let mut made = work();
            for other in others {
                let theirs = other.join();
                made.extend(theirs.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            made
        });
        made.sort_by_key(|(at, _)| *at);
        made.into_iter().map(|(_, made)| made).collect()
    }

    fn make_one(&self, path: &str, width: u32) -> Result<(Seen, Made), Unfit> {
        let stamp = self.stamp(path)?;
        let bytes = self.read(path)?;
        let seen = Seen::of(&bytes, stamp)?;
        let fit = fit(&bytes, width).map_err(Unfit::Picture)?;
        let name = name(path, &fit.bytes, fit.kind.ending());
        let place = kept(&name);
        if !self.files.read(&place).is_ok_and(|bytes| bytes == fit.bytes) {
            self.files.write(&place, &fit.bytes).map_err(Unfit::File)?;
        }
        Ok((seen, Made { name, width: fit.width, height: fit.height }))
    }
}

impl Seen {
    fn of(bytes: &[u8], stamp: Stamp) -> Result<Self, Unfit> {
        let size = size(bytes).map_err(Unfit::Picture)?;
        Ok(Self { stamp, digest: to_hex(digest(&SHA256, bytes).as_ref()), size })
    }
}

/// Says whether a name holds the digest of these bytes.
fn is_named_after(name: &str, bytes: &[u8]) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.ends_with(&to_hex(digest(&SHA256, bytes).as_ref())[..DIGITS])
}

/// Where a picture lies that has that name.
pub fn kept(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// The media type of a picture with that name, which it was given here.
pub fn media_type(name: &str) -> &'static str {
    let kinds = [Kind::Jpeg, Kind::Png, Kind::Gif];
    let kind = kinds.into_iter().find(|kind| name.ends_with(kind.ending()));
    kind.map_or("application/octet-stream", Kind::media_type)
}

fn key(digest: &str, width: u32) -> String {
    format!("{digest}/{width}")
}

/// `night-train-1f0c9a52e8b7d634.jpg`: letters that stand in any address and any file system.
fn name(path: &str, bytes: &[u8], ending: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_lowercase();
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let stem: String = words.collect::<Vec<_>>().join("-").chars().take(STEM_CHARS_MAX).collect();
    let stem = stem.trim_end_matches('-');
    let digits = &to_hex(digest(&SHA256, bytes).as_ref())[..DIGITS];
    match stem {
        "" => format!("{digits}.{ending}"),
        stem => format!("{stem}-{digits}.{ending}"),
    }
}
