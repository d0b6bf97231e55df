//! The peak memory of a send, at few readers and at many.

use super::contender::{self, Kind, Place};
use super::options::Options;
use super::site::Site;

/// How many readers there are.
const READERS: [usize; 2] = [10_000, 100_000];

/// Sends to each of so many readers, and tells the most memory held in megabytes.
pub fn peaks(site: &Site, options: &Options) -> Result<Vec<(usize, f64)>, String> {
    let everybody = Options { only: vec![], command: String::new(), ..*options };
    let ours = contender::chosen(&everybody, site.signs)?
        .into_iter()
        .find(|contender| matches!(contender.kind, Kind::Ours(_, Place::Disk)))
        .ok_or("Letterpress is not among the contenders")?;
    let mut peaks = Vec::new();
    for readers in READERS {
        eprintln!("xtask: memory at {readers} readers");
        let (run, _) = ours.run(site, options.connections, readers)?;
        peaks.push((readers, run.peak));
    }
    Ok(peaks)
}
