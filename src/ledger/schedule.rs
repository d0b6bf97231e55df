//! What the ledger knows of the schedule: since when it holds, and which missed slots were told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError, home};

/// Since when a schedule holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleSeen {
    /// The rule as it was written.
    pub every: String,
    /// When `run` first saw it.
    pub since: Timestamp,
    /// The last missed slot that was told.
    pub told: Option<Timestamp>,
}

impl Ledger {
    /// Returns what is known of the newsletter's schedule.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn schedule_seen(&self) -> Result<Option<ScheduleSeen>, LedgerError> {
        let text = self.store.read(|connection| home::get(connection, &self.schedule_key()))?;
        let unfit = |error: serde_json::Error| LedgerError::Damaged(error.to_string());
        text.map(|text| serde_json::from_str(&text).map_err(unfit)).transpose()
    }

    /// Writes down what is known of the newsletter's schedule.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn see_schedule(&self, seen: &ScheduleSeen) -> Result<(), LedgerError> {
        let text =
            serde_json::to_string(seen).map_err(|error| LedgerError::Damaged(error.to_string()))?;
        self.store.write(|transaction| home::set(transaction, &self.schedule_key(), &text))
    }

    fn schedule_key(&self) -> String {
        format!("schedule:{}", self.newsletter)
    }
}
