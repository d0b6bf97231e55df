//! One recipient's copy of one issue: its name, and where it stands.

use std::fmt;
use std::str::FromStr;

use super::to_hex;

/// The id of a copy: 128 bits of an HMAC over newsletter, issue and address.
///
/// It says nothing about the reader to anybody who lacks the ledger.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CopyId(pub [u8; 16]);

impl fmt::Display for CopyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for CopyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CopyId({self})")
    }
}

impl FromStr for CopyId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 32 || !text.is_ascii() {
            return Err(());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| ())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ())?;
        }
        Ok(Self(bytes))
    }
}

/// Where a copy stands. The last four are outcomes: nothing but a person changes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CopyState {
    /// Planned, and not tried.
    Pending,
    /// The ledger durably allows its final dot, and knows no reply.
    Attempting,
    /// Refused for now; to be tried again.
    Deferred,
    /// The relay took it.
    Accepted,
    /// The relay refused it for good.
    Failed,
    /// The reader was suppressed after the plan was made.
    Suppressed,
    /// The connection ended without a whole reply to the dot (RFC 1047): it may have arrived.
    InDoubt,
}

impl CopyState {
    /// Every state, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Failed,
        Self::Suppressed,
        Self::InDoubt,
        Self::Pending,
        Self::Attempting,
        Self::Deferred,
    ];

    /// Returns the state's name as the ledger and the machine formats spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Attempting => "attempting",
            Self::Deferred => "deferred",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
            Self::InDoubt => "in-doubt",
        }
    }

    /// Says whether the state is an outcome.
    pub fn is_outcome(self) -> bool {
        matches!(self, Self::Accepted | Self::Failed | Self::Suppressed | Self::InDoubt)
    }
}

impl FromStr for CopyState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        let id = CopyId([7, 0, 255, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("7".parse::<CopyId>(), Err(()));
        assert_eq!("éé".repeat(8).parse::<CopyId>(), Err(()));
    }

    #[test]
    fn every_state_reads_back_by_its_name() {
        for state in CopyState::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
    }
}
