//! What every verb is given: the outside, and where the workspace is.

use std::collections::BTreeMap;

use crate::config::{self, Config};
use crate::diag::Faults;
use crate::world::World;

/// The prefix of variables that override keys of the configuration.
const PREFIX: &str = "LETTERPRESS_";

/// What every verb is given.
#[derive(Clone, Debug)]
pub struct Context {
    /// The outside.
    pub world: World,
    /// The configuration's path in the workspace.
    pub config_path: String,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Whether `--now` set the clock.
    pub is_clock_set: bool,
}

impl Context {
    /// Reads the configuration, with the environment's overrides laid over it.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn config(&self) -> Result<Config, Faults> {
        Config::read(&*self.world.files, &self.config_path, &self.overrides())
    }

    /// `LETTERPRESS_DELIVERY__RATE=5/s` is the key `delivery.rate`. A name without `__` is
    /// somebody's own, such as that of a password.
    fn overrides(&self) -> Vec<(String, String)> {
        self.environment
            .iter()
            .filter_map(|(name, value)| {
                let path = name.strip_prefix(PREFIX)?;
                let path = path.contains("__").then(|| path.to_lowercase().replace("__", "."))?;
                Some((path, value.clone()))
            })
            .collect()
    }
}

/// The configuration's usual path.
pub const CONFIG: &str = config::FILE;
