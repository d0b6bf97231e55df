//! A copy's row: read whole, compared with its checksum, written back with a new one.
//!
//! Invariant: no state is read from a row whose checksum does not match.

use std::sync::LazyLock;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::seal::{SEAL_BYTES, Seal};
use super::{LedgerError, micros};
use crate::delivery::Recipient;
use crate::words::{Address, CopyId, CopyState};

/// The columns that [`CopyRow::read`] wants, in its order.
const COLUMNS: &str = "id, issue, position, copy, address, folded, fields, state, \
     revision, attempts, first_attempt_at, attempt_at, next_attempt_at, message_id, relay, \
     reply_code, reply_text, class, at, checksum";

/// What a row may come to hold beside what it is planned with: a Message-ID, a relay's answer,
/// times. Longer answers make it grow.
const ROOM_BYTES: usize = 152;

static BY_ID: LazyLock<String> = LazyLock::new(|| select("id = ?1"));
static BY_COPY: LazyLock<String> = LazyLock::new(|| select("copy = ?1"));

/// Selects whole rows of copies.
pub(super) fn select(which: &str) -> String {
    format!("SELECT {COLUMNS} FROM copies WHERE {which}")
}

fn blob<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a [u8]> {
    Ok(row.get_ref(column)?.as_blob().unwrap_or_default())
}

/// Goes through an issue's rows in the order of its plan, as they are, sound or not.
///
/// # Errors
/// The first of `visit`.
pub(super) fn each(
    connection: &Connection,
    issue: i64,
    visit: impl FnMut(CopyRow) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    each_of(connection, "issue = ?1 ORDER BY position", issue, visit)
}

/// As [`each`], for those of an issue that a condition chooses.
pub(super) fn each_of(
    connection: &Connection,
    which: &str,
    issue: i64,
    mut visit: impl FnMut(CopyRow) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let doing = LedgerError::doing("read");
    let mut query = connection.prepare_cached(&select(which)).map_err(&doing)?;
    let mut rows = query.query([issue]).map_err(&doing)?;
    while let Some(row) = rows.next().map_err(&doing)? {
        visit(CopyRow::read(row).map_err(&doing)?)?;
    }
    Ok(())
}

/// A copy as the table has it.
#[derive(Clone, Debug)]
pub(super) struct CopyRow {
    pub(super) id: i64,
    pub(super) issue: i64,
    pub(super) position: i64,
    pub(super) copy: CopyId,
    pub(super) address: String,
    pub(super) folded: String,
    pub(super) fields: String,
    /// The state's name; anything else is found by [`CopyRow::state`].
    pub(super) state_name: String,
    pub(super) revision: i64,
    pub(super) attempts: i64,
    pub(super) first_attempt_at: Option<i64>,
    pub(super) attempt_at: Option<i64>,
    pub(super) next_attempt_at: Option<i64>,
    pub(super) message_id: Option<String>,
    pub(super) relay: Option<String>,
    pub(super) reply_code: Option<i64>,
    pub(super) reply_text: Option<String>,
    pub(super) class: Option<String>,
    pub(super) at: Option<i64>,
    checksum: [u8; SEAL_BYTES],
}

impl CopyRow {
    /// A copy that was just planned.
    pub(super) fn planned(issue: i64, position: i64, copy: CopyId, address: &Address) -> Self {
        Self {
            id: 0,
            issue,
            position,
            copy,
            address: address.to_string(),
            folded: address.folded().to_owned(),
            fields: String::new(),
            state_name: CopyState::Pending.name().to_owned(),
            revision: 1,
            attempts: 0,
            first_attempt_at: None,
            attempt_at: None,
            next_attempt_at: None,
            message_id: None,
            relay: None,
            reply_code: None,
            reply_text: None,
            class: None,
            at: None,
            checksum: [0; SEAL_BYTES],
        }
    }

    /// Reads a row of [`COLUMNS`] as it is. A value of the wrong kind is read as an empty one:
    /// [`CopyRow::verified`] finds it out.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let number = |column| match row.get_ref(column)? {
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Ok(None),
        };
        let text = |column| match row.get_ref(column)? {
            ValueRef::Text(bytes) => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
            _ => Ok(None),
        };
        let some = |number: rusqlite::Result<Option<i64>>| number.map(Option::unwrap_or_default);
        let given = |text: rusqlite::Result<Option<String>>| text.map(Option::unwrap_or_default);
        Ok(Self {
            id: some(number(0))?,
            issue: some(number(1))?,
            position: some(number(2))?,
            copy: CopyId(blob(row, 3)?.try_into().unwrap_or_default()),
            address: given(text(4))?,
            folded: given(text(5))?,
            fields: given(text(6))?,
            state_name: given(text(7))?,
            revision: some(number(8))?,
            attempts: some(number(9))?,
            first_attempt_at: number(10)?,
            attempt_at: number(11)?,
            next_attempt_at: number(12)?,
            message_id: text(13)?,
            relay: text(14)?,
            reply_code: number(15)?,
            reply_text: text(16)?,
            class: text(17)?,
            at: number(18)?,
            checksum: blob(row, 19)?.try_into().unwrap_or_default(),
        })
    }

    /// Returns the row with that id, if it is sound.
    ///
    /// # Errors
    /// [`LedgerError::Mismatch`].
    pub(super) fn load(connection: &Connection, id: i64) -> Result<Option<Self>, LedgerError> {
        Self::one(connection, &BY_ID, [id])
    }

    /// Returns the row of a copy, if it is sound and is that copy's.
    ///
    /// # Errors
    /// [`LedgerError::Mismatch`].
    pub(super) fn find(connection: &Connection, copy: CopyId) -> Result<Option<Self>, LedgerError> {
        match Self::one(connection, &BY_COPY, [copy.0])? {
            // The index led to another's row.
            Some(row) if row.copy != copy => {
                Err(LedgerError::Mismatch { what: "copy", id: row.id })
            }
            row => Ok(row),
        }
    }

    fn one(
        connection: &Connection,
        sql: &str,
        key: impl rusqlite::Params,
    ) -> Result<Option<Self>, LedgerError> {
        let row = connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row(key, Self::read).optional())
            .map_err(LedgerError::doing("read"))?;
        row.map(Self::verified).transpose()
    }

    /// Returns the row if it matches its checksum.
    ///
    /// # Errors
    /// [`LedgerError::Mismatch`].
    pub(super) fn verified(self) -> Result<Self, LedgerError> {
        if self.is_sound() { Ok(self) } else { Err(self.mismatch()) }
    }

    /// Says whether the row is as it was written.
    pub(super) fn is_sound(&self) -> bool {
        self.checksum == self.seal() && self.known_state().is_some()
    }

    fn mismatch(&self) -> LedgerError {
        LedgerError::Mismatch { what: "copy", id: self.id }
    }

    /// Returns the state, which a verified row has.
    pub(super) fn state(&self) -> CopyState {
        self.known_state().unwrap_or(CopyState::InDoubt)
    }

    fn known_state(&self) -> Option<CopyState> {
        self.state_name.parse().ok()
    }

    /// Gives it another state.
    pub(super) fn set_state(&mut self, state: CopyState, at: Timestamp) {
        self.state_name.clear();
        self.state_name.push_str(state.name());
        self.at = Some(micros(at));
        if state != CopyState::Deferred {
            self.next_attempt_at = None;
        }
    }

    fn seal(&self) -> [u8; SEAL_BYTES] {
        Seal::new("copies")
            .number(self.id)
            .number(self.issue)
            .number(self.position)
            .bytes(&self.copy.0[..])
            .text(&*self.address)
            .text(&*self.folded)
            .text(&*self.fields)
            .text(&*self.state_name)
            .number(self.revision)
            .number(self.attempts)
            .number(self.first_attempt_at)
            .number(self.attempt_at)
            .number(self.next_attempt_at)
            .text(self.message_id.as_deref())
            .text(self.relay.as_deref())
            .number(self.reply_code)
            .text(self.reply_text.as_deref())
            .text(self.class.as_deref())
            .number(self.at)
            .end()
    }

    /// How much room is left in the row for what it is yet to hold, in bytes: what it holds more
    /// after an attempt and its answer is taken from it, so that its size stays as it is.
    fn room(&self) -> i64 {
        let texts = [&self.message_id, &self.relay, &self.reply_text, &self.class];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        let times = [self.first_attempt_at, self.attempt_at, self.next_attempt_at, self.at];
        let times = times.iter().flatten().count() * size_of::<i64>();
        let numbers = [self.reply_code, Some(self.attempts).filter(|attempts| *attempts > 1)];
        let numbers = numbers.iter().flatten().count() * size_of::<i16>();
        let held = self.state_name.len() + texts + times + numbers;
        ROOM_BYTES.saturating_sub(held) as i64
    }

    /// Writes a new row, with an id that is given; says whether there was none of that copy.
    pub(super) fn insert(&self, connection: &Connection) -> Result<bool, LedgerError> {
        let sql = "INSERT INTO copies (id, issue, position, copy, address, folded, fields, state, \
                   revision, attempts, checksum, room) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, zeroblob(?12)) \
                   ON CONFLICT (copy) DO NOTHING";
        let row = params![
            self.id,
            self.issue,
            self.position,
            self.copy.0,
            self.address,
            self.folded,
            self.fields,
            self.state_name,
            self.revision,
            self.attempts,
            self.seal(),
            self.room(),
        ];
        connection
            .prepare_cached(sql)
            .and_then(|mut insert| insert.execute(row))
            .map(|rows| rows > 0)
            .map_err(LedgerError::doing("write"))
    }

    /// Writes back all that may change, with its checksum.
    pub(super) fn save(&self, connection: &Connection) -> Result<(), LedgerError> {
        let sql = "UPDATE copies SET state = ?2, revision = ?3, attempts = ?4, \
                   first_attempt_at = ?5, attempt_at = ?6, next_attempt_at = ?7, message_id = ?8, \
                   relay = ?9, reply_code = ?10, reply_text = ?11, class = ?12, at = ?13, \
                   checksum = ?14, room = zeroblob(?15) WHERE id = ?1";
        let row = params![
            self.id,
            self.state_name,
            self.revision,
            self.attempts,
            self.first_attempt_at,
            self.attempt_at,
            self.next_attempt_at,
            self.message_id,
            self.relay,
            self.reply_code,
            self.reply_text,
            self.class,
            self.at,
            self.seal(),
            self.room(),
        ];
        connection
            .prepare_cached(sql)
            .and_then(|mut update| update.execute(row))
            .map_err(LedgerError::doing("write"))?;
        Ok(())
    }

    /// Returns what a send needs of it.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if its address is none.
    pub(super) fn recipient(self) -> Result<Recipient, LedgerError> {
        let damaged = || LedgerError::Mismatch { what: "copy", id: self.id };
        let first = self.first_attempt_at.map(Timestamp::from_microsecond).transpose();
        Ok(Recipient {
            copy: self.copy,
            address: Address::parse(&self.address).map_err(|_| damaged())?,
            attempts: u32::try_from(self.attempts).map_err(|_| damaged())?,
            first_attempt_at: first.map_err(|_| damaged())?,
            fields: self.fields,
        })
    }
}
