//! A ledger of the first version is carried over.

use rusqlite::Connection;

use super::super::{FILE, Holder};
use super::{Workspace, issue, now, plan};
use crate::delivery::Journal as _;
use crate::world::Files as _;

/// Makes a ledger as the first version made it, with a send in the middle.
fn first_version(workspace: &Workspace) {
    workspace.files.write_private(FILE, b"").unwrap();
    let connection = Connection::open(workspace.files.resolve(FILE)).unwrap();
    connection.execute_batch(include_str!("../migrations/V1__ledger.sql")).unwrap();
    // The history as refinery writes it, with the checksum of the very file.
    let runner = super::super::store::migrations();
    let first = runner.get_migrations().iter().find(|m| m.version() == 1).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), \
             applied_on VARCHAR(255), checksum VARCHAR(255));",
        )
        .unwrap();
    connection
        .execute(
            "INSERT INTO refinery_schema_history VALUES (1, ?1, '2023-03-27T07:30:00Z', ?2)",
            (first.name(), first.checksum().to_string()),
        )
        .unwrap();
    connection
        .execute_batch(
            r#"
INSERT INTO meta VALUES ('ledger', '00112233445566778899aabbccddeeff'), ('machine', 'here');
INSERT INTO keys VALUES (1, zeroblob(32), 0);
INSERT INTO issues (id, newsletter, name, state, planned, content, digest, excluded, created, started)
VALUES (1, 'weekly', '2023-W12', 'sending', 5, '{"subject":"A"}', 'DIGEST', '[]', 0, 1);
INSERT INTO copies (issue, position, copy, address, folded, fields, state, attempts, attempt_at,
    next_attempt_at, relay, class, candidate) VALUES
(1, 0, x'00000000000000000000000000000000', 'a0@list.example', 'a0@list.example', '{}', 'accepted', 1, 5, NULL, 'main', NULL, 0),
(1, 1, x'01000000000000000000000000000000', 'a1@list.example', 'a1@list.example', '{}', 'attempting', 1, 5, NULL, 'main', NULL, 0),
(1, 2, x'02000000000000000000000000000000', 'a2@list.example', 'a2@list.example', '{}', 'deferred', 1, 5, 9, 'main', 'quota', 0),
(1, 3, x'03000000000000000000000000000000', 'a3@list.example', 'a3@list.example', '{}', 'failed', 1, 5, NULL, 'main', 'address', 1),
(1, 4, x'04000000000000000000000000000000', 'a4@list.example', 'a4@list.example', '{}', 'pending', 0, NULL, NULL, NULL, NULL, 0);
INSERT INTO attempts VALUES (5, x'00000000000000000000000000000000');
INSERT INTO suppressions VALUES ('a9@list.example', 'weekly', 'by hand', 'by hand', 0);
"#,
        )
        .unwrap();
    let digest = super::super::digest(r#"{"subject":"A"}"#);
    connection.execute("UPDATE issues SET digest = ?1", [digest]).unwrap();
}

#[tokio::test]
async fn a_ledger_of_the_first_version_goes_on_where_it_was() {
    let workspace = Workspace::new();
    first_version(&workspace);
    let ledger = workspace.ledger();
    assert_eq!(ledger.identity(), "00112233445566778899aabbccddeeff");
    assert_eq!(ledger.suppressions().unwrap().len(), 1);
    assert_eq!(ledger.issue(&issue()).unwrap().content, r#"{"subject":"A"}"#);
    assert_eq!(ledger.recover(&issue(), &workspace.lock(), now()).unwrap(), 1);
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let claimed: Vec<_> = journal.claim(9, now()).await.unwrap();
    let claimed: Vec<_> = claimed.iter().map(|copy| copy.address.to_string()).collect();
    assert_eq!(claimed, ["a2@list.example", "a4@list.example"]);
    let past = journal.past("1970-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
    assert_eq!(past.attempts.len(), 0, "older than two days");
    journal.close_candidates(true, now()).await.unwrap();
    assert_eq!(ledger.suppressions().unwrap().len(), 2);
    let status = ledger.status(&issue(), Holder::Nobody).unwrap();
    assert_eq!((status.accepted, status.failed, status.in_doubt), (1, 1, 1));
    drop(ledger);
    // Opened again, it is an ordinary ledger.
    assert_eq!(workspace.ledger().copies(&issue()).unwrap().len(), 5);
}

#[test]
fn a_row_without_a_checksum_is_damaged_once_the_ledger_was_carried_over() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(2)).unwrap();
    let sql = "UPDATE copies SET checksum = x'' WHERE position = 1";
    let write = super::super::LedgerError::doing("write");
    ledger.store.write(|t| t.execute(sql, []).map_err(write)).unwrap();
    drop(ledger);
    let error = workspace.ledger().copies(&issue()).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
}
