//! The workspace's pictures, made fit for mail, and where readers find them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::workspace::Workspace;
use crate::config::{Origin, Pictures};
use crate::diag::{Diagnostic, Faults};
use crate::message::Enclosed;
use crate::picture::{self, Store, Unfit};
use crate::render::{self, Hung, LocalPicture};
use crate::words::IssueName;
use crate::world::{FileError, Files};

/// Screens of today have two points for each CSS pixel; more of them nobody sees.
const POINTS_PER_PIXEL: u32 = 2;

/// The pictures of a workspace.
#[derive(Debug)]
pub struct Gallery<'a> {
    config: &'a Pictures,
    origins: &'a [Origin],
    files: &'a dyn Files,
    /// What stands behind `@` in Content-IDs.
    domain: &'a str,
    shelf: Mutex<Shelf<'a>>,
}

#[derive(Debug)]
struct Shelf<'a> {
    store: Store<'a>,
    faults: BTreeMap<String, Diagnostic>,
    /// Why what was made could not be written, which is no fault of a picture.
    failed: Option<FileError>,
}

impl<'a> Gallery<'a> {
    /// Opens the pictures of a workspace.
    pub fn open(workspace: &'a Workspace<'_>) -> Self {
        let store = Store::open(workspace.files(), roots(workspace));
        Self {
            config: &workspace.config.pictures,
            origins: &workspace.config.gather.origins,
            files: workspace.files(),
            domain: workspace.config.sender.from.address.domain(),
            shelf: Mutex::new(Shelf { store, faults: BTreeMap::new(), failed: None }),
        }
    }

    /// Keeps what was learned of them; where that cannot be written, it is learned again.
    ///
    /// # Errors
    /// If a picture could not be written.
    pub fn close(self) -> Result<(), FileError> {
        let mut shelf = self.lock();
        let _ = shelf.store.keep();
        shelf.failed.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, Shelf<'a>> {
        // A panic in between leaves at most a picture to be made once more.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, path: &str) -> String {
        find(path, self.origins, self.files)
    }

    fn address(&self, name: &str) -> String {
        match self.config.base() {
            Some(base) => format!("{base}{name}"),
            None => format!("cid:{}", content_id(name, self.domain)),
        }
    }
}

impl render::Gallery for Gallery<'_> {
    fn size(&self, path: &str) -> Option<(u32, u32)> {
        let mut shelf = self.lock();
        match shelf.store.size(&self.find(path)) {
            Ok(size) => Some(size),
            Err(unfit) => {
                shelf.note(path, unfit);
                None
            }
        }
    }

    fn hang(&self, wanted: &[(String, u32)]) -> Vec<Option<Hung>> {
        let points: Vec<(String, u32)> = wanted
            .iter()
            .map(|(path, width)| (self.find(path), width.saturating_mul(POINTS_PER_PIXEL)))
            .collect();
        let mut shelf = self.lock();
        let made = shelf.store.make(&points);
        let hung = made.into_iter().zip(wanted).map(|(made, (path, _))| match made {
            Ok(made) => Some(Hung { url: self.address(&made.name), file: made.name }),
            Err(unfit) => {
                shelf.note(path, unfit);
                None
            }
        });
        hung.collect()
    }

    fn faults(&self) -> Vec<(String, Diagnostic)> {
        self.lock().faults.clone().into_iter().collect()
    }
}

impl Shelf<'_> {
    /// Notes why there is no picture; what was said of it first stands.
    fn note(&mut self, path: &str, unfit: Unfit) {
        let unfit = match unfit {
            Unfit::File(error) if error.doing == "write" => {
                self.failed.get_or_insert(error);
                return;
            }
            other => other,
        };
        let is_absent = unfit.is_absent();
        self.faults.entry(path.to_owned()).or_insert_with(|| match is_absent {
            true => Diagnostic::error(format!("there is no picture `{path}`"))
                .hint("put the file there, or take the picture out of the text, or off its story with `- picture: none`"),
            false => unfit.told(path),
        });
    }
}

/// Returns where a picture lies: beside the article, or in the folder of its source's files.
fn find(path: &str, origins: &[Origin], files: &dyn Files) -> String {
    if files.exists(path) {
        return path.to_owned();
    }
    let origin = Origin::of(origins, path);
    let below = origin.and_then(|origin| {
        Some((origin.files.as_ref()?, path.strip_prefix(origin.path.as_str())?))
    });
    let Some((folder, below)) = below else { return path.to_owned() };
    let name = below.rsplit('/').next().unwrap_or_default();
    [below.trim_start_matches('/'), name]
        .into_iter()
        .map(|rest| format!("{folder}/{rest}"))
        .find(|place| files.exists(place))
        .unwrap_or_else(|| path.to_owned())
}

/// The folders in which pictures lie, or would lie, by their paths in the workspace.
pub fn folders(pictures: &[LocalPicture], workspace: &Workspace<'_>) -> Vec<String> {
    let (origins, files) = (&workspace.config.gather.origins, workspace.files());
    let folder = |picture: &LocalPicture| {
        let place = find(&picture.path, origins, files);
        place.rsplit_once('/').map(|(folder, _)| folder.to_owned())
    };
    let folders: BTreeSet<String> = pictures.iter().filter_map(folder).collect();
    folders.into_iter().collect()
}

/// The Content-ID of a picture, without its brackets (RFC 2392).
fn content_id(name: &str, domain: &str) -> String {
    format!("{name}@{domain}")
}

/// Where pictures may lie: in the workspace, and where articles do.
fn roots(workspace: &Workspace<'_>) -> Vec<String> {
    let gather = &workspace.config.gather;
    let articles = gather.articles.iter().map(|place| place.value.clone());
    let origins = gather.origins.iter();
    let sources = origins.flat_map(|Origin { path, files, .. }| [Some(path), files.as_ref()]);
    let all = std::iter::once(".".to_owned()).chain(articles).chain(sources.flatten().cloned());
    let mut roots = Vec::new();
    for root in all {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

/// The pictures that each copy carries; none where they are on the web.
///
/// # Errors
/// If one cannot be read.
pub fn enclosed(
    pictures: &[LocalPicture],
    workspace: &Workspace<'_>,
) -> Result<Vec<Enclosed>, Faults> {
    if workspace.config.pictures.base().is_some() {
        return Ok(Vec::new());
    }
    let domain = workspace.config.sender.from.address.domain();
    let files = pictures.iter().filter_map(|picture| picture.file.as_ref());
    let enclosed = files.map(|name| {
        Ok(Enclosed {
            id: content_id(name, domain),
            name: name.clone(),
            media_type: picture::media_type(name).to_owned(),
            bytes: workspace.files().read(&picture::kept(name))?,
        })
    });
    enclosed.collect()
}

/// Writes the pictures of an issue into the folder of its build, and takes out those of earlier
/// builds. Returns that folder, or `None` if there are no pictures.
///
/// # Errors
/// If one cannot be read or written.
pub fn put_beside(
    issue: &IssueName,
    pictures: &[LocalPicture],
    files: &dyn Files,
) -> Result<Option<String>, Faults> {
    let folder = format!(".letterpress/build/{issue}/pictures");
    let names: Vec<&String> = pictures.iter().filter_map(|one| one.file.as_ref()).collect();
    if files.is_folder(&folder) {
        // Also what a build left half-written that was killed: the whole folder is published.
        for name in files.names(&folder)? {
            if !names.contains(&&name) {
                files.remove(&format!("{folder}/{name}"))?;
            }
        }
    }
    for name in &names {
        let place = format!("{folder}/{name}");
        // A name holds the digest of what is in the file, if all of it is there.
        let size = |path: &str| files.stamp(path).ok().map(|stamp| stamp.size);
        if size(&place).is_none_or(|there| size(&picture::kept(name)) != Some(there)) {
            files.write(&place, &files.read(&picture::kept(name))?)?;
        }
    }
    Ok((!names.is_empty()).then_some(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::WorkspaceFiles;

    #[test]
    fn the_folder_of_a_build_holds_all_its_pictures_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        let file = Some("a-0123456789abcdef.png".to_owned());
        let picture =
            LocalPicture { path: "a.png".into(), url: "https://a.example/a".into(), file };
        let put =
            || put_beside(&"2023-W12".parse().unwrap(), std::slice::from_ref(&picture), &files);
        assert!(put().is_err());
        files.write(&picture::kept("a-0123456789abcdef.png"), b"a").unwrap();
        let place = ".letterpress/build/2023-W12/pictures";
        for left in ["b-0123456789abcdef.png", ".letterpress-Ab3xYz"] {
            files.write(&format!("{place}/{left}"), b"b").unwrap();
        }
        assert_eq!(put().unwrap().as_deref(), Some(place));
        assert_eq!(files.names(place).unwrap(), ["a-0123456789abcdef.png"]);
    }
}
