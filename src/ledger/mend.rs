//! The one commit that a power cut may take from the log while the witness has it.
//!
//! The two are flushed at the same time, and nobody was answered before both were on the disk; so
//! no dot left behind a mark of that commit, if it was the power. If the log lost it otherwise, the
//! dots did leave: the copies are in doubt.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::LedgerError;
use super::change::{Became, Change};
use super::row::CopyRow;
use super::store::Store;
use super::witness::{Doubt, Record};
use crate::words::CopyState;

/// What is said of a copy whose mark was lost.
const MARK_LOST: &str = "the ledger lost its last commit, with this copy's mark";
/// What is said of one whose acceptance was.
const REPLY_LOST: &str = "accepted; the relay's words were lost with the ledger's last commit";

/// Puts right what the commit behind the database's last one did, if the witness tells it all;
/// otherwise the ledger is not to be believed.
pub(super) fn mend(
    store: &Store,
    said: &Record,
    number: i64,
    at: Timestamp,
) -> Result<Option<Doubt>, LedgerError> {
    let behind = Doubt::Behind { ledger: number, witness: said.number };
    let Change::Copies(copies) = &said.change else { return Ok(Some(behind)) };
    if number + 1 != said.number {
        return Ok(Some(behind));
    }
    let mended = store.catch_up(said.number, |transaction| {
        copies.iter().try_for_each(|(id, became)| put_right(transaction, *id, *became, at))
    });
    match mended {
        Ok(()) => Ok(None),
        Err(LedgerError::Mismatch { .. }) => Ok(Some(behind)),
        Err(error) => Err(error),
    }
}

fn put_right(
    transaction: &Transaction<'_>,
    id: i64,
    became: Became,
    at: Timestamp,
) -> Result<(), LedgerError> {
    let Some(mut row) = CopyRow::load(transaction, id)? else {
        return Err(LedgerError::Mismatch { what: "copy", id });
    };
    let (state, said) = match became {
        Became::Marked => (CopyState::InDoubt, MARK_LOST),
        Became::Accepted => (CopyState::Accepted, REPLY_LOST),
    };
    row.set_state(state, at);
    row.reply_code = None;
    row.reply_text = Some(said.to_owned());
    row.save(transaction)
}
