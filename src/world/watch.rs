//! Watches files for changes.
//!
//! Invariant: a change may be told twice, and one that is none may be told; none that is seen is
//! kept back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Config, Event, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

/// How often files are looked at where the system cannot tell of them.
const LOOK_EACH: Duration = Duration::from_millis(500);

/// A watch over files, which ends when it is dropped.
pub struct Watch {
    watcher: Box<dyn Watcher + Send>,
    watched: Vec<(PathBuf, bool)>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("watched", &self.watched).finish_non_exhaustive()
    }
}

impl Watch {
    /// Begins a watch over nothing; the instant of each change is sent to `changes`.
    ///
    /// # Errors
    /// If the system has none to give.
    pub fn begin(changes: UnboundedSender<Instant>) -> notify::Result<Self> {
        let tell = move |event: notify::Result<Event>| {
            // Whatever the system could not tell may have been a change.
            if event.as_ref().map_or(true, is_change) {
                // Nobody listens once the watch is about to end.
                let _ = changes.send(Instant::now());
            }
        };
        let system = RecommendedWatcher::new(tell.clone(), Config::default());
        let watcher: Box<dyn Watcher + Send> = match system {
            Ok(watcher) => Box::new(watcher),
            Err(_) => {
                let config = Config::default().with_poll_interval(LOOK_EACH);
                Box::new(PollWatcher::new(tell, config)?)
            }
        };
        Ok(Self { watcher, watched: Vec::new() })
    }

    /// Watches these places and no others: a folder's own files, or with `true` all below it. A
    /// place that is not there is left out until it is asked for again.
    pub fn over(&mut self, places: Vec<(PathBuf, bool)>) {
        let mut watched = Vec::new();
        for (place, deep) in std::mem::take(&mut self.watched) {
            if places.contains(&(place.clone(), deep)) && place.exists() {
                watched.push((place, deep));
            } else {
                // It may be gone, and its watch with it.
                let _ = self.watcher.unwatch(&place);
            }
        }
        for (place, deep) in places {
            if !watched.contains(&(place.clone(), deep)) && self.add(&place, deep) {
                watched.push((place, deep));
            }
        }
        self.watched = watched;
    }

    fn add(&mut self, place: &Path, deep: bool) -> bool {
        let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        self.watcher.watch(place, mode).is_ok()
    }
}

/// Says whether files may be others than before. What is hidden is no file of a workspace.
fn is_change(event: &Event) -> bool {
    let is_hidden = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    !event.kind.is_access() && (event.paths.is_empty() || !event.paths.iter().all(is_hidden))
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::world::{Files as _, WorkspaceFiles};

    #[tokio::test]
    async fn a_saved_file_is_told_at_any_depth_and_a_hidden_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = WorkspaceFiles::new(folder.path());
        files.write("deep/in/a.txt", b"a").unwrap();
        files.write("flat/in/a.txt", b"a").unwrap();
        let (sender, mut changes) = mpsc::unbounded_channel();
        let mut watch = Watch::begin(sender).unwrap();
        watch.over(vec![
            (files.resolve("deep"), true),
            (files.resolve("flat"), false),
            (files.resolve("absent"), true),
        ]);
        files.write("deep/in/a.txt", b"b").unwrap();
        changes.recv().await.unwrap();
        files.write("deep/.hidden", b"b").unwrap();
        files.write("flat/in/a.txt", b"b").unwrap();
        files.write("flat/last.txt", b"b").unwrap();
        // In order: what is told of before the last one would be told by now.
        changes.recv().await.unwrap();
        let mut more = 0;
        while tokio::time::timeout(Duration::from_millis(300), changes.recv()).await.is_ok() {
            more += 1;
        }
        assert!(more < 6, "{more} more changes were told");
        watch.over(vec![(files.resolve("flat"), false)]);
        while changes.try_recv().is_ok() {}
        files.write("deep/in/a.txt", b"c").unwrap();
        let told = tokio::time::timeout(Duration::from_millis(300), changes.recv()).await;
        assert!(told.is_err(), "a folder that is watched no more was told of");
    }
}
