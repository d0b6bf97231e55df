//! The witness: a small file beside the database that holds the number of its last commit.
//!
//! A database by itself cannot tell that its end is missing: a log that was cut, or an older copy
//! put back, opens without complaint and calls copies pending that were accepted. The witness is
//! written after each commit, and flushed before anybody hears of it; so a sound ledger has at
//! least the witness's number, also after a crash between the two. Only where the witness tells the
//! whole of a commit may a power cut leave it one ahead (`mend.rs`).
//!
//! Two records take turns, so that one which is torn leaves the one before.
//!
//! Invariant: the number never falls, but by a person's word ([`Witness::renew`]).

use std::fmt;

use super::LedgerError;
use super::change::{Became, COPIES_MAX, Change};
use super::seal::{SEAL_BYTES, Seal};
use crate::world::{Files, HeldFile};

/// What a record begins with.
const MAGIC: &[u8; 8] = b"LPWITN02";
/// The bytes of a ledger's id.
const ID_BYTES: usize = 16;
/// The bytes for each of the two records, of which most use far fewer.
const SLOT_BYTES: usize = 4_096;
/// What stands before the copies: magic, ledger, number, kind, how many.
const HEAD_BYTES: usize = MAGIC.len() + ID_BYTES + 8 + 1 + 2;
/// The bytes of a copy: its row, and what became of it.
const COPY_BYTES: usize = 8 + 1;

const _: () = assert!(HEAD_BYTES + COPIES_MAX * COPY_BYTES + SEAL_BYTES <= SLOT_BYTES);

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) ledger: [u8; ID_BYTES],
    /// The number of the last commit,
    pub(super) number: i64,
    /// and what it changed.
    pub(super) change: Change,
}

impl Record {
    fn bytes(&self) -> Vec<u8> {
        let (kind, copies): (u8, &[_]) = match &self.change {
            Change::Whole => (0, &[]),
            Change::Copies(copies) => (1, copies),
        };
        let mut bytes = Vec::with_capacity(SLOT_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&self.ledger);
        bytes.extend(self.number.to_le_bytes());
        bytes.push(kind);
        bytes.extend((copies.len() as u16).to_le_bytes());
        for (id, became) in copies {
            bytes.extend(id.to_le_bytes());
            bytes.push(became.code());
        }
        let seal = seal(&bytes);
        bytes.extend(seal);
        bytes
    }

    /// Reads what a slot begins with.
    fn read(slot: &[u8]) -> Option<Self> {
        let (magic, rest) = slot.split_first_chunk::<{ MAGIC.len() }>()?;
        let (ledger, rest) = rest.split_first_chunk::<ID_BYTES>()?;
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (kind, rest) = rest.split_first()?;
        let (count, rest) = rest.split_first_chunk::<2>()?;
        let copies_bytes = usize::from(u16::from_le_bytes(*count)) * COPY_BYTES;
        let (copies, rest) = rest.split_at_checked(copies_bytes)?;
        if magic != MAGIC || !rest.starts_with(&seal(&slot[..HEAD_BYTES + copies_bytes])) {
            return None;
        }
        let change = match kind {
            0 => Change::Whole,
            _ => Change::Copies(copies.chunks(COPY_BYTES).map(copy).collect::<Option<_>>()?),
        };
        Some(Self { ledger: *ledger, number: i64::from_le_bytes(*number), change })
    }
}

fn copy(bytes: &[u8]) -> Option<(i64, Became)> {
    let (id, became) = bytes.split_first_chunk::<8>()?;
    Some((i64::from_le_bytes(*id), Became::of(*became.first()?)?))
}

fn seal(bytes: &[u8]) -> [u8; SEAL_BYTES] {
    Seal::new("witness").bytes(bytes).end()
}

/// What stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Reads what stands there: the later of the two records, if one of them is torn the other.
    pub(super) fn said(&self) -> Result<Said, LedgerError> {
        let bytes = self.file.read_start(2 * SLOT_BYTES)?;
        let records = bytes.chunks(SLOT_BYTES).filter_map(Record::read);
        Ok(match records.max_by_key(|record| record.number) {
            Some(record) => Said::This(record),
            None if bytes.is_empty() => Said::Nothing,
            None => Said::Nonsense,
        })
    }

    /// Says why a ledger is not to be believed, whatever its number.
    pub(super) fn doubt(said: &Said, ledger: [u8; ID_BYTES]) -> Option<Doubt> {
        match said {
            Said::Nothing => Some(Doubt::NoWitness),
            Said::Nonsense => Some(Doubt::Unreadable),
            Said::This(record) if record.ledger != ledger => Some(Doubt::Foreign),
            Said::This(_) => None,
        }
    }

    /// Notes a commit, unless another process has noted a later one.
    pub(super) fn raise(&self, number: i64, change: &Change) -> Result<(), LedgerError> {
        self.file.alone(|| {
            let said = self.said()?;
            match Self::doubt(&said, self.ledger) {
                Some(doubt) => Err(LedgerError::Doubt(doubt)),
                None if matches!(said, Said::This(record) if record.number >= number) => Ok(()),
                None => self.write(number, change),
            }
        })?
    }

    /// Writes a first record, unless there is one.
    pub(super) fn begin(&self, number: i64) -> Result<(), LedgerError> {
        self.file.alone(|| match self.said()? {
            Said::Nothing => self.write(number, &Change::Whole),
            _ => Ok(()),
        })?
    }

    /// Writes a record whatever stands there: a person has said how to go on.
    pub(super) fn renew(&self, number: i64) -> Result<(), LedgerError> {
        self.file.alone(|| {
            self.file.write_at(&[0; 2 * SLOT_BYTES], 0)?;
            self.write(number, &Change::Whole)
        })?
    }

    fn write(&self, number: i64, change: &Change) -> Result<(), LedgerError> {
        let record = Record { ledger: self.ledger, number, change: change.clone() };
        let slot = number.rem_euclid(2) as u64 * SLOT_BYTES as u64;
        self.file.write_at(&record.bytes(), slot)?;
        if self.is_flushed {
            self.file.sync()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: i64, copies: usize) -> Record {
        let mut change = Change::nothing();
        (0..copies).for_each(|id| change.copy(id as i64, Became::Marked));
        Record { ledger: [7; 16], number, change }
    }

    #[test]
    fn a_record_reads_back_and_no_flipped_bit_of_it_does() {
        let mut record = record(188, 3);
        record.change.copy(9, Became::Accepted);
        let sound = record.bytes();
        assert_eq!(Record::read(&sound), Some(record));
        for bit in 0..sound.len() * 8 {
            let mut bytes = sound.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Record::read(&bytes), None, "bit {bit}");
        }
        for length in 0..sound.len() {
            assert_eq!(Record::read(&sound[..length]), None);
        }
    }

    #[test]
    fn a_record_of_as_many_copies_as_may_be_named_fits_its_place() {
        let full = record(1, COPIES_MAX);
        assert!(full.bytes().len() <= SLOT_BYTES);
        assert_eq!(Record::read(&full.bytes()), Some(full));
        assert_eq!(record(1, COPIES_MAX + 1).change, Change::Whole);
    }
}
