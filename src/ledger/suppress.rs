//! Addresses that must not get mail.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::Connection;

use super::seal::{SEAL_BYTES, Seal};
use super::{Ledger, LedgerError, instant, micros, parsed};
use crate::words::Address;

/// An address that must not get mail, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The address, in its folded form.
    pub address: Address,
    /// The newsletter that it is suppressed for; `None` for all.
    pub scope: Option<String>,
    /// Why: `unsubscribed`, `address`, `complaint`, `by hand`…
    pub reason: String,
    /// Who or what said so.
    pub source: String,
    /// Since when.
    pub date: Timestamp,
}

impl Ledger {
    /// Suppresses an address. One that is already keeps its reason; returns whether it is new.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn suppress(&self, suppression: &Suppression) -> Result<bool, LedgerError> {
        self.store.write(|transaction| insert(transaction, suppression))
    }

    /// Lets an address have this newsletter's mail again; returns whether it was suppressed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn unsuppress(&self, address: &Address) -> Result<bool, LedgerError> {
        let sql = "DELETE FROM suppressions WHERE folded = ?1 AND scope IN ('', ?2)";
        self.store.write(|transaction| {
            let count = transaction.execute(sql, (address.folded(), &*self.newsletter));
            count.map(|count| count > 0).map_err(LedgerError::doing("write"))
        })
    }

    /// Returns the suppressions that concern this newsletter, by address.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn suppressions(&self) -> Result<Vec<Suppression>, LedgerError> {
        self.store.read(|connection| {
            let mut list = all(connection)?;
            list.retain(|s| s.scope.as_deref().is_none_or(|scope| *scope == *self.newsletter));
            Ok(list)
        })
    }

    /// The folded addresses that this newsletter must not write to.
    pub(super) fn suppressed(
        &self,
        connection: &Connection,
    ) -> Result<HashSet<String>, LedgerError> {
        connection
            .prepare_cached("SELECT folded FROM suppressions WHERE scope IN ('', ?1)")
            .and_then(|mut query| query.query_map([&*self.newsletter], |row| row.get(0))?.collect())
            .map_err(LedgerError::doing("read"))
    }
}

impl Suppression {
    fn seal(&self) -> [u8; SEAL_BYTES] {
        Seal::new("suppressions")
            .text(self.address.folded())
            .text(self.scope.as_deref().unwrap_or_default())
            .text(&*self.reason)
            .text(&*self.source)
            .number(micros(self.date))
            .end()
    }
}

/// Says whether a newsletter must not write to an address, in its folded form.
pub(super) fn is_suppressed(
    connection: &Connection,
    folded: &str,
    newsletter: &str,
) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM suppressions WHERE folded = ?1 AND scope IN ('', ?2))";
    connection
        .prepare_cached(sql)
        .and_then(|mut query| query.query_row((folded, newsletter), |row| row.get(0)))
        .map_err(LedgerError::doing("read"))
}

/// Goes through all rows; says of each whether it is as it was written.
pub(super) fn each(connection: &Connection) -> Result<Vec<(i64, bool)>, LedgerError> {
    let sql = "SELECT folded, scope, reason, source, date, checksum FROM suppressions";
    let sound: Vec<bool> = connection
        .prepare(sql)
        .and_then(|mut query| {
            query
                .query_map([], |row| {
                    let mut seal = Seal::new("suppressions");
                    for column in 0..4 {
                        seal = seal.text(row.get_ref(column)?.as_str().ok());
                    }
                    let seal = seal.number(row.get_ref(4)?.as_i64().ok()).end();
                    Ok(row.get_ref(5)?.as_blob().is_ok_and(|checksum| checksum == seal))
                })?
                .collect()
        })
        .map_err(LedgerError::doing("read"))?;
    Ok((1..).zip(sound).collect())
}

/// Gives every row its checksum.
pub(super) fn seal_all(connection: &Connection) -> Result<(), LedgerError> {
    let sql = "UPDATE suppressions SET checksum = ?3 WHERE folded = ?1 AND scope = ?2";
    let mut update = connection.prepare(sql).map_err(LedgerError::doing("write"))?;
    for row in all(connection)? {
        let scope = row.scope.as_deref().unwrap_or_default();
        update
            .execute((row.address.folded(), scope, row.seal()))
            .map_err(LedgerError::doing("write"))?;
    }
    Ok(())
}

pub(super) fn insert(
    transaction: &Connection,
    suppression: &Suppression,
) -> Result<bool, LedgerError> {
    let sql = "INSERT INTO suppressions (folded, scope, reason, source, date, checksum) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    let row = (
        suppression.address.folded(),
        suppression.scope.as_deref().unwrap_or_default(),
        &suppression.reason,
        &suppression.source,
        micros(suppression.date),
        suppression.seal(),
    );
    let count = transaction.execute(sql, row).map_err(LedgerError::doing("write"))?;
    Ok(count > 0)
}

/// All suppressions of a database, by address.
pub(super) fn all(connection: &Connection) -> Result<Vec<Suppression>, LedgerError> {
    struct Text(Address);
    impl std::str::FromStr for Text {
        type Err = crate::words::AddressError;
        fn from_str(text: &str) -> Result<Self, Self::Err> {
            Address::parse(text).map(Self)
        }
    }
    let sql = "SELECT folded, scope, reason, source, date FROM suppressions ORDER BY folded, scope";
    connection
        .prepare(sql)
        .and_then(|mut query| {
            query
                .query_map([], |row| {
                    let scope: String = row.get("scope")?;
                    Ok(Suppression {
                        address: parsed::<Text>(row, "folded")?.0,
                        scope: (!scope.is_empty()).then_some(scope),
                        reason: row.get("reason")?,
                        source: row.get("source")?,
                        date: instant(row, "date")?.unwrap_or_default(),
                    })
                })?
                .collect()
        })
        .map_err(LedgerError::doing("read"))
}
