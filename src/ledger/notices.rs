//! What staff are told: each thing once, and kept until the relay has taken it.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError, home};

/// So many things are remembered as told; the oldest are forgotten.
const TOLD_MAX: usize = 500;
/// So many notices wait at most; what came first goes first.
const WAITING_MAX: usize = 20;

/// Something that staff are to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffNotice {
    /// What it speaks of; each is told once.
    pub keys: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it was found.
    pub at: Timestamp,
}

impl StaffNotice {
    /// Returns an id that depends on all of it.
    pub fn id(&self) -> String {
        let text = format!("{}\0{}\0{}", self.subject, self.text, self.at);
        let hash = digest(&SHA256, text.as_bytes());
        hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Notices {
    waiting: Vec<StaffNotice>,
    told: Vec<String>,
}

impl Ledger {
    /// Puts a notice down to be sent, unless all of it was told; says whether it did.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put_notice(&self, notice: StaffNotice) -> Result<bool, LedgerError> {
        let mut notices = self.notices()?;
        let is_new = notice.keys.iter().any(|key| !notices.told.contains(key));
        if !is_new || notices.waiting.len() >= WAITING_MAX {
            return Ok(false);
        }
        notices.told.extend_from_slice(&notice.keys);
        let surplus = notices.told.len().saturating_sub(TOLD_MAX);
        notices.told.drain(..surplus);
        notices.waiting.push(notice);
        self.keep_notices(&notices)?;
        Ok(true)
    }

    /// Returns the notices that wait, the oldest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn waiting_notices(&self) -> Result<Vec<StaffNotice>, LedgerError> {
        Ok(self.notices()?.waiting)
    }

    /// Says that a notice has gone out, or is given up.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn drop_notice(&self, notice: &StaffNotice) -> Result<(), LedgerError> {
        let mut notices = self.notices()?;
        notices.waiting.retain(|waiting| waiting != notice);
        self.keep_notices(&notices)
    }

    fn notices(&self) -> Result<Notices, LedgerError> {
        let text = self.store.read(|connection| home::get(connection, &self.notices_key()))?;
        let unfit = |error: serde_json::Error| LedgerError::Damaged(error.to_string());
        let read = |text: String| serde_json::from_str(&text).map_err(unfit);
        text.map_or_else(|| Ok(Notices::default()), read)
    }

    fn keep_notices(&self, notices: &Notices) -> Result<(), LedgerError> {
        let text = serde_json::to_string(notices)
            .map_err(|error| LedgerError::Damaged(error.to_string()))?;
        self.store.write(|transaction| home::set(transaction, &self.notices_key(), &text))
    }

    fn notices_key(&self) -> String {
        format!("notices:{}", self.newsletter)
    }
}
