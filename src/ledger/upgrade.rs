//! Gives checksums to what an earlier version wrote.
//!
//! Invariant: one transaction seals every row and takes the note away that asks for it; a row
//! without a checksum is damaged ever after.

use rusqlite::{Connection, TransactionBehavior};

use super::row::{CopyRow, select};
use super::{LedgerError, home, issue_row, suppress};

/// How many rows are held at once.
const ROWS_AT_ONCE: i64 = 1_000;

/// Seals all rows, where an upgrade of the tables asks for it.
pub(super) fn seal_all(
    connection: &mut Connection,
    before: impl FnOnce(&Connection) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    if !is_asked_for(connection)? {
        return Ok(());
    }
    before(connection)?;
    let doing = LedgerError::doing("upgrade");
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&doing)?;
    // Another process may have been faster.
    if is_asked_for(&transaction)? {
        seal_copies(&transaction)?;
        issue_row::seal_all(&transaction)?;
        suppress::seal_all(&transaction)?;
        home::seal_keys(&transaction)?;
        transaction.execute("DELETE FROM meta WHERE name = 'unsealed'", []).map_err(&doing)?;
        transaction.execute("UPDATE commits SET number = number + 1", []).map_err(&doing)?;
    }
    transaction.commit().map_err(&doing)
}

fn is_asked_for(connection: &Connection) -> Result<bool, LedgerError> {
    connection
        .query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'unsealed')", [], |r| r.get(0))
        .map_err(LedgerError::doing("read"))
}

fn seal_copies(connection: &Connection) -> Result<(), LedgerError> {
    let sql = select("id > ?1 ORDER BY id LIMIT ?2");
    let mut last = i64::MIN;
    loop {
        let rows: Vec<CopyRow> = connection
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_map((last, ROWS_AT_ONCE), CopyRow::read)?.collect())
            .map_err(LedgerError::doing("upgrade"))?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.id;
        for row in &rows {
            row.save(connection)?;
        }
    }
}
