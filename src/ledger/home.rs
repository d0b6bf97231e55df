//! A ledger's identity: its id, its key, and where it was last used.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::seal::{SEAL_BYTES, Seal};
use super::store::Store;
use super::witness::Doubt;
use super::{Ledger, LedgerError, Opening, micros};
use crate::words::Key;

/// Reads the ledger's id and its newest key; draws both for a new one.
pub(super) fn identity(store: &Store, opening: &Opening<'_>) -> Result<(String, Key), LedgerError> {
    if let Some(found) = store.read(read_identity)? {
        return Ok(found);
    }
    let mut bytes = [0; 48];
    opening.entropy.fill(&mut bytes).map_err(LedgerError::Entropy)?;
    let (secret, id) = bytes.split_at(32);
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    store.write(|transaction| {
        // Another process may have been faster.
        if read_identity(transaction)?.is_some() {
            return Ok(());
        }
        let sql = "INSERT INTO keys (id, secret, created, checksum) VALUES (1, ?1, ?2, ?3)";
        let doing = LedgerError::doing("write");
        let row = (secret, micros(opening.now), seal(1, secret));
        transaction.execute(sql, row).map_err(&doing)?;
        set(transaction, "ledger", &id)?;
        put_home(transaction, opening.machine)
    })?;
    store.read(read_identity)?.ok_or_else(|| LedgerError::Damaged("it has no key".into()))
}

fn read_identity(connection: &Connection) -> Result<Option<(String, Key)>, LedgerError> {
    let sql = "SELECT id, secret, checksum FROM keys ORDER BY id DESC LIMIT 1";
    let key: Option<(Key, Vec<u8>)> = connection
        .query_row(sql, [], |row| Ok((Key { id: row.get(0)?, secret: row.get(1)? }, row.get(2)?)))
        .optional()
        .map_err(LedgerError::doing("read"))?;
    let key = match key {
        Some((key, checksum)) if checksum != seal(key.id, &key.secret) => {
            return Err(LedgerError::Mismatch { what: "key", id: key.id.into() });
        }
        key => key.map(|(key, _)| key),
    };
    Ok(get(connection, "ledger")?.zip(key))
}

fn seal(id: u8, secret: &[u8]) -> [u8; SEAL_BYTES] {
    Seal::new("keys").number(i64::from(id)).bytes(secret).end()
}

/// Gives every key its checksum.
pub(super) fn seal_keys(connection: &Connection) -> Result<(), LedgerError> {
    let keys: Vec<(u8, [u8; 32])> = connection
        .prepare("SELECT id, secret FROM keys")
        .and_then(|mut query| query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect())
        .map_err(LedgerError::doing("read"))?;
    for (id, secret) in keys {
        connection
            .execute("UPDATE keys SET checksum = ?2 WHERE id = ?1", (id, seal(id, &secret)))
            .map_err(LedgerError::doing("write"))?;
    }
    Ok(())
}

/// Returns the ledger's id, if it has one yet.
pub(super) fn id(connection: &Connection) -> Result<Option<String>, LedgerError> {
    get(connection, "ledger")
}

/// Says whether any send was ever begun.
pub(super) fn had_sends(store: &Store) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM issues WHERE started IS NOT NULL)";
    store.read(|connection| {
        connection.query_row(sql, [], |row| row.get(0)).map_err(LedgerError::doing("read"))
    })
}

pub(super) fn get(connection: &Connection, name: &str) -> Result<Option<String>, LedgerError> {
    connection
        .query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(LedgerError::doing("read"))
}

pub(super) fn set(
    transaction: &Transaction<'_>,
    name: &str,
    value: &str,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    transaction.execute(sql, (name, value)).map_err(LedgerError::doing("write"))?;
    Ok(())
}

fn put_home(transaction: &Transaction<'_>, machine: &str) -> Result<(), LedgerError> {
    let path = transaction.path().unwrap_or_default().to_owned();
    set(transaction, "machine", machine)?;
    set(transaction, "path", &path)
}

impl Ledger {
    /// Checks that the ledger is where it was last used, and is all there. What is only read needs
    /// no such check.
    ///
    /// # Errors
    /// [`LedgerError::Doubt`] if it and its witness do not agree; [`LedgerError::Elsewhere`]: it may
    /// be a copy that knows neither all copies nor all suppressions.
    pub fn check_home(&self) -> Result<(), LedgerError> {
        if let Some(doubt) = self.doubt() {
            return Err(LedgerError::Doubt(doubt));
        }
        self.store.read(|connection| {
            let machine = get(connection, "machine")?.unwrap_or_default();
            let path = get(connection, "path")?.unwrap_or_default();
            if machine == *self.machine && Some(path.as_str()) == connection.path() {
                return Ok(());
            }
            Err(LedgerError::Elsewhere { machine, path })
        })
    }

    /// Makes this place the ledger's home. A ledger that was brought without its witness gets a
    /// new one: who adopts it says that nothing was sent elsewhere since.
    ///
    /// # Errors
    /// [`LedgerError::Doubt`] if it is older than its witness, or cannot be told from such a one.
    pub fn adopt(&self) -> Result<(), LedgerError> {
        match self.doubt() {
            Some(Doubt::NoWitness | Doubt::Foreign) => {
                self.store.write_despite(|transaction| put_home(transaction, &self.machine))
            }
            _ => self.store.write(|transaction| put_home(transaction, &self.machine)),
        }
    }

    /// Notes marks of issues that this ledger is to be content with: issue, ledger, and how many
    /// copies that one had accepted.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn adopt_marks(&self, marks: &[(String, String, u64)]) -> Result<(), LedgerError> {
        self.store.write(|transaction| {
            marks.iter().try_for_each(|(issue, ledger, accepted)| {
                set(transaction, &format!("adopted:{issue}"), &format!("{ledger}:{accepted}"))
            })
        })
    }

    /// Returns the marks that were adopted.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn adopted(&self) -> Result<Vec<(String, String, u64)>, LedgerError> {
        let sql = "SELECT name, value FROM meta WHERE name LIKE 'adopted:%'";
        let rows: Vec<(String, String)> = self.store.read(|connection| {
            connection
                .prepare(sql)
                .and_then(|mut query| {
                    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
                })
                .map_err(LedgerError::doing("read"))
        })?;
        let mark = |(name, value): (String, String)| {
            let issue = name.strip_prefix("adopted:")?.to_owned();
            let (ledger, accepted) = value.rsplit_once(':')?;
            Some((issue, ledger.to_owned(), accepted.parse().ok()?))
        };
        Ok(rows.into_iter().filter_map(mark).collect())
    }
}
