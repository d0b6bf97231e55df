//! The witness: a small file beside the database that holds the number of its last commit.
//!
//! A database by itself cannot tell that its end is missing: a log that was cut, or an older copy
//! put back, opens without complaint and calls copies pending that were accepted. The witness is
//! flushed after each commit and before anybody hears of it; so a sound ledger has at least the
//! witness's number, also after a crash between the two.
//!
//! Invariant: the number never falls, but by a person's word ([`Witness::renew`]).

use std::fmt;

use super::LedgerError;
use super::seal::{SEAL_BYTES, Seal};
use crate::world::{Files, HeldFile};

/// What a witness begins with.
const MAGIC: &[u8; 8] = b"LPWITN01";
/// The bytes of a ledger's id.
const ID_BYTES: usize = 16;
/// The bytes of the record; it lies in one sector, which a disk writes whole.
const RECORD_BYTES: usize = MAGIC.len() + ID_BYTES + 8 + SEAL_BYTES;

/// Why a ledger is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It has fewer commits than there were.
    Behind {
        /// How many it has.
        ledger: i64,
        /// How many there were.
        witness: i64,
    },
    /// The witness cannot be read.
    Unreadable,
    /// The witness is of another ledger.
    Foreign,
    /// There is no witness, and there were sends.
    NoWitness,
    /// There is a witness, and no ledger.
    NoLedger,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind { ledger, witness } => write!(
                f,
                "the ledger is older than its witness: it has {ledger} of {witness} commits"
            ),
            Self::Unreadable => f.write_str("the ledger's witness is damaged"),
            Self::Foreign => f.write_str("the ledger's witness is of another ledger"),
            Self::NoWitness => f.write_str("the ledger's witness is missing"),
            Self::NoLedger => f.write_str("the ledger is missing, and its witness is there"),
        }
    }
}

/// What a witness says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) ledger: [u8; ID_BYTES],
    pub(super) number: i64,
}

impl Record {
    fn seal(&self) -> [u8; SEAL_BYTES] {
        Seal::new("witness").bytes(&self.ledger[..]).number(self.number).end()
    }

    fn bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let (magic, rest) = bytes.split_at_mut(MAGIC.len());
        let (ledger, rest) = rest.split_at_mut(ID_BYTES);
        let (number, seal) = rest.split_at_mut(8);
        magic.copy_from_slice(MAGIC);
        ledger.copy_from_slice(&self.ledger);
        number.copy_from_slice(&self.number.to_le_bytes());
        seal.copy_from_slice(&self.seal());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<{ MAGIC.len() }>()?;
        let (ledger, rest) = rest.split_first_chunk::<ID_BYTES>()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let record = Self { ledger: *ledger, number: i64::from_le_bytes(*number) };
        (magic == MAGIC && rest == record.seal()).then_some(record)
    }
}

/// What stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing: it was just made.
    Nothing,
    /// Something that no ledger wrote.
    Nonsense,
    /// This.
    This(Record),
}

/// Where the witness of the ledger at `path` lies.
pub(super) fn place(path: &str) -> String {
    match path.strip_suffix("ledger.db") {
        Some(folder) => format!("{folder}witness"),
        None => format!("{path}-witness"),
    }
}

/// Turns a ledger's id into the bytes that a witness names it by.
pub(super) fn id_bytes(ledger: &str) -> Option<[u8; ID_BYTES]> {
    let id: crate::words::CopyId = ledger.parse().ok()?;
    Some(id.0)
}

/// The witness of one ledger.
#[derive(Debug)]
pub(super) struct Witness {
    file: HeldFile,
    ledger: [u8; ID_BYTES],
    /// Whether each write is flushed; a rehearsal's is not.
    is_flushed: bool,
}

impl Witness {
    /// Opens the witness of a ledger, which may have none yet.
    pub(super) fn open(
        files: &dyn Files,
        path: &str,
        ledger: [u8; ID_BYTES],
        is_flushed: bool,
    ) -> Result<Self, LedgerError> {
        Ok(Self { file: files.hold(path)?, ledger, is_flushed })
    }

    /// Reads what stands there.
    pub(super) fn said(&self) -> Result<Said, LedgerError> {
        let bytes = self.file.read_start(RECORD_BYTES + 1)?;
        Ok(match Record::read(&bytes) {
            Some(record) => Said::This(record),
            None if bytes.is_empty() => Said::Nothing,
            None => Said::Nonsense,
        })
    }

    /// Says why the ledger is not to be believed which has committed `number` times: read after
    /// this file was, so that a commit of another process in between does no harm.
    pub(super) fn doubt(said: Said, ledger: [u8; ID_BYTES], number: i64) -> Option<Doubt> {
        match said {
            Said::Nothing => Some(Doubt::NoWitness),
            Said::Nonsense => Some(Doubt::Unreadable),
            Said::This(record) if record.ledger != ledger => Some(Doubt::Foreign),
            Said::This(record) if record.number > number => {
                Some(Doubt::Behind { ledger: number, witness: record.number })
            }
            Said::This(_) => None,
        }
    }

    /// Notes a commit, unless another process has noted a later one.
    pub(super) fn raise(&self, number: i64) -> Result<(), LedgerError> {
        self.file.alone(|| match self.said()? {
            Said::This(record) if record.ledger == self.ledger && record.number >= number => Ok(()),
            Said::This(record) if record.ledger == self.ledger => self.write(number),
            Said::Nothing => Err(LedgerError::Doubt(Doubt::NoWitness)),
            Said::Nonsense => Err(LedgerError::Doubt(Doubt::Unreadable)),
            Said::This(_) => Err(LedgerError::Doubt(Doubt::Foreign)),
        })?
    }

    /// Writes a first record, unless there is one.
    pub(super) fn begin(&self, number: i64) -> Result<(), LedgerError> {
        self.file.alone(|| match self.said()? {
            Said::Nothing => self.write(number),
            _ => Ok(()),
        })?
    }

    /// Writes a record whatever stands there: a person has said how to go on.
    pub(super) fn renew(&self, number: i64) -> Result<(), LedgerError> {
        self.file.alone(|| self.write(number))?
    }

    fn write(&self, number: i64) -> Result<(), LedgerError> {
        self.file.write_start(&Record { ledger: self.ledger, number }.bytes())?;
        if self.is_flushed {
            self.file.sync()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_no_flipped_bit_of_it_does() {
        let record = Record { ledger: [7; 16], number: 188 };
        assert_eq!(Record::read(&record.bytes()), Some(record));
        for bit in 0..RECORD_BYTES * 8 {
            let mut bytes = record.bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Record::read(&bytes), None, "bit {bit}");
        }
        for length in 0..RECORD_BYTES {
            assert_eq!(Record::read(&record.bytes()[..length]), None);
        }
    }
}
