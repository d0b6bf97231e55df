//! Plans, states, suppressions, identity.

use super::super::{Assume, FILE, Holder, IssueState, Ledger, LedgerError};
use super::{Workspace, address, issue, now, plan, plan_of, reader, suppression};
use crate::audience::AudienceError;
use crate::delivery::{Attempt, Journal as _, JournalError, Mark, Outcome, Settled};
use crate::words::{CopyId, CopyState, Purpose, Reply, Token};
use crate::world::Files as _;

fn attempt(copy: CopyId, connection: u32) -> Attempt {
    Attempt { copy, connection, at: now(), message_id: format!("<{copy}@news.example>") }
}

fn outcome(state: CopyState) -> Outcome {
    let reply = Some(Reply { code: 250, text: "2.0.0 queued".into() });
    Outcome { state, reply, remark: None, class: None, at: now(), next_attempt: None }
}

fn settled(copy: CopyId, state: CopyState) -> Vec<Settled> {
    vec![Settled { copy, outcome: outcome(state) }]
}

#[test]
fn an_issue_is_planned_once() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    assert_eq!(ledger.plan(plan(3)).unwrap(), 3);
    let error = ledger.plan(plan(5)).unwrap_err();
    assert!(matches!(error, LedgerError::AlreadyPlanned { at, .. } if at == now()));
    let stored = ledger.issue(&issue()).unwrap();
    assert_eq!((stored.planned, stored.content.as_str()), (3, r#"{"subject":"A"}"#));
    assert_eq!(ledger.copies(&issue()).unwrap().len(), 3);
}

#[test]
fn twenty_thousand_readers_are_planned_in_their_order() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    assert_eq!(ledger.plan(plan(20_000)).unwrap(), 20_000);
    let copies = ledger.copies(&issue()).unwrap();
    assert_eq!(copies.len(), 20_000);
    for (number, copy) in copies.iter().enumerate() {
        let address = format!("a{number}@list.example");
        assert_eq!(copy.copy, ledger.copy_id(&issue(), &address));
        assert_eq!(copy.address, address);
    }
    assert_eq!(ledger.status(&issue(), Holder::Nobody).unwrap().planned, 20_000);
}

#[test]
fn readers_that_end_with_an_error_leave_no_plan_and_a_sound_ledger() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let mut changed = plan(3);
    let error = || AudienceError::Changed { list: "subscribers/weekly.csv".into() };
    changed.rows = Box::new(changed.rows.chain(std::iter::once_with(move || Err(error()))));
    let error = ledger.plan(changed).unwrap_err();
    assert!(matches!(error, LedgerError::Readers(AudienceError::Changed { .. })), "{error}");
    assert!(matches!(ledger.copies(&issue()), Err(LedgerError::NoSuchIssue(_))));
    assert_eq!(ledger.plan(plan(4)).unwrap(), 4);
    assert_eq!(ledger.copies(&issue()).unwrap().len(), 4);
}

#[test]
fn a_plan_leaves_out_who_is_suppressed_and_who_stands_in_it_twice() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.suppress(&suppression("A1@list.example")).unwrap();
    let mut other = suppression("a2@list.example");
    other.scope = Some("another".into());
    ledger.suppress(&other).unwrap();
    let plan = plan_of([0, 1, 2, 3, 3].into_iter().map(reader));
    assert_eq!(ledger.plan(plan).unwrap(), 3);
    let status = ledger.status(&issue(), Holder::Nobody).unwrap();
    let excluded: Vec<_> =
        status.excluded.iter().map(|row| format!("{} {}", row.address, row.reason)).collect();
    let expected = ["x@@y malformed", "a1@list.example suppressed", "a3@list.example duplicate"];
    assert_eq!(excluded, expected);
    assert_eq!(ledger.suppressions().unwrap().len(), 1);
    assert!(ledger.unsuppress(&address("a1@list.example")).unwrap());
    assert!(!ledger.unsuppress(&address("a1@list.example")).unwrap());
}

#[test]
fn the_status_document_has_the_promised_form() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(1)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let mut status = ledger.status(&issue(), Holder::Nobody).unwrap();
    status.copies = Some(ledger.copies(&issue()).unwrap());
    insta::assert_snapshot!(serde_json::to_string_pretty(&status).unwrap());
    let busy = ledger.status(&issue(), Holder::Somebody).unwrap();
    assert_eq!(busy.state, IssueState::Sending);
}

#[tokio::test]
async fn a_copy_that_vanished_breaks_the_sum_and_is_told() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(3)).unwrap();
    ledger
        .store
        .write(|transaction| {
            let sql = "DELETE FROM copies WHERE position = 1";
            transaction.execute(sql, []).map_err(LedgerError::doing("write"))
        })
        .unwrap();
    let error = ledger.status(&issue(), Holder::Nobody).unwrap_err();
    assert!(matches!(error, LedgerError::Sum { planned: 3, counted: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_mark_is_given_once_and_only_while_the_send_goes_on() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(3)).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(10, now()).await.unwrap();
    assert_eq!(copies.len(), 3);
    assert!(journal.claim(10, now()).await.unwrap().is_empty(), "claimed twice");
    assert_eq!(journal.mark(vec![], attempt(copies[0].copy, 0)).await.unwrap(), Mark::Stopped);
    ledger.begin(&issue(), 3, now()).unwrap();
    assert_eq!(journal.mark(vec![], attempt(copies[0].copy, 0)).await.unwrap(), Mark::Marked);
    assert_eq!(journal.mark(vec![], attempt(copies[0].copy, 1)).await.unwrap(), Mark::Settled);
    // A second copy on one connection without an outcome would be a promise broken.
    let second = journal.mark(vec![], attempt(copies[1].copy, 0)).await;
    assert!(matches!(second, Err(JournalError::Broken { .. })), "{second:?}");
    ledger.suppress(&suppression("a1@list.example")).unwrap();
    assert_eq!(journal.mark(vec![], attempt(copies[1].copy, 1)).await.unwrap(), Mark::Suppressed);
    ledger.end(&issue(), IssueState::Stopped, Some("stop"), now()).unwrap();
    assert_eq!(journal.mark(vec![], attempt(copies[2].copy, 1)).await.unwrap(), Mark::Stopped);
    journal.settle(settled(copies[0].copy, CopyState::Accepted)).await.unwrap();
    let status = ledger.status(&issue(), Holder::Nobody).unwrap();
    assert_eq!((status.accepted, status.suppressed, status.pending), (1, 1, 1));
    assert_eq!((status.state, status.reason.as_deref()), (IssueState::Stopped, Some("stop")));
}

#[tokio::test]
async fn an_accepted_copy_never_changes_and_none_is_accepted_without_a_mark() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(2)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(2, now()).await.unwrap();
    for state in [CopyState::Accepted, CopyState::InDoubt] {
        let result = journal.settle(settled(copies[0].copy, state)).await;
        assert!(matches!(result, Err(JournalError::Broken { .. })), "{result:?}");
    }
    journal.mark(vec![], attempt(copies[0].copy, 0)).await.unwrap();
    journal.settle(settled(copies[0].copy, CopyState::Accepted)).await.unwrap();
    for state in [CopyState::Failed, CopyState::Deferred, CopyState::Pending] {
        let result = journal.settle(settled(copies[0].copy, state)).await;
        assert!(matches!(result, Err(JournalError::Broken { .. })), "{result:?}");
    }
    assert_eq!(ledger.copies(&issue()).unwrap()[0].outcome, "accepted");
    assert_eq!(ledger.copies(&issue()).unwrap()[0].attempts, 1);
}

#[tokio::test]
async fn what_a_dead_process_left_attempting_is_in_doubt_until_a_person_says() {
    let workspace = Workspace::new();
    {
        let ledger = workspace.ledger();
        ledger.plan(plan(4)).unwrap();
        ledger.begin(&issue(), 3, now()).unwrap();
        let journal = ledger.journal(&issue(), "main").unwrap();
        let copies = journal.claim(4, now()).await.unwrap();
        for (connection, copy) in copies.iter().take(2).enumerate() {
            journal.mark(vec![], attempt(copy.copy, connection as u32)).await.unwrap();
        }
    }
    let ledger = workspace.ledger();
    let lock = workspace.lock();
    assert_eq!(ledger.recover(&issue(), &lock, now()).unwrap(), 2);
    assert_eq!(ledger.recover(&issue(), &lock, now()).unwrap(), 0);
    let journal = ledger.journal(&issue(), "main").unwrap();
    assert_eq!(journal.claim(9, now()).await.unwrap().len(), 2, "claims of the dead");
    let one = [address("a0@list.example")];
    assert_eq!(ledger.resolve(&issue(), Assume::Sent, &one, now()).unwrap(), 1);
    let id = ledger.copies(&issue()).unwrap()[1].message_id.clone();
    assert_eq!(ledger.resolve(&issue(), Assume::Unsent, &[], now()).unwrap(), 1);
    let copies = ledger.copies(&issue()).unwrap();
    assert_eq!((copies[0].outcome, copies[1].outcome), ("accepted", "pending"));
    assert!(id.is_some() && copies[1].message_id == id);
    // The lock was free for that, so the send goes on with a journal of its own.
    let journal = ledger.journal(&issue(), "main").unwrap();
    assert_eq!(journal.claim(9, now()).await.unwrap()[0].first_attempt_at, Some(now()));
}

#[test]
fn a_ledger_knows_its_place_and_keeps_its_key() {
    let workspace = Workspace::new();
    let (identity, token) = {
        let ledger = workspace.ledger();
        ledger.check_home().unwrap();
        let token = ledger.token(Purpose::Unsubscribe, &issue(), "a0@list.example");
        (ledger.identity().to_owned(), token)
    };
    let ledger = Ledger::open(FILE, workspace.opening("there")).unwrap();
    assert_eq!(ledger.identity(), identity);
    let token = Token::parse(&token).unwrap();
    let key = ledger.key();
    assert!(token.is_genuine(key, Purpose::Unsubscribe, "weekly", &issue(), "a0@list.example"));
    let error = ledger.check_home().unwrap_err();
    assert!(matches!(&error, LedgerError::Elsewhere { machine, .. } if machine == "here"));
    ledger.adopt().unwrap();
    ledger.check_home().unwrap();
    // A copied file is elsewhere too.
    drop(ledger);
    let bytes = workspace.files.read(FILE).unwrap();
    workspace.files.write("copy/ledger.db", &bytes).unwrap();
    let copy = Ledger::open("copy/ledger.db", workspace.opening("there")).unwrap();
    assert!(matches!(copy.check_home(), Err(LedgerError::Elsewhere { .. })));
}

#[test]
fn a_ledger_of_a_later_version_is_refused_and_stays_as_it_was() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger
        .store
        .write(|transaction| {
            let sql = "INSERT INTO refinery_schema_history \
                       SELECT 99, 'later', applied_on, checksum FROM refinery_schema_history \
                       WHERE version = 1";
            transaction.execute(sql, []).map_err(LedgerError::doing("write"))
        })
        .unwrap();
    drop(ledger);
    let before = workspace.bytes();
    let error = Ledger::open(FILE, workspace.opening("here")).unwrap_err();
    assert!(matches!(error, LedgerError::Newer { found: 99, known: 3 }), "{error}");
    assert_eq!(workspace.bytes(), before);
}

#[test]
#[allow(clippy::disallowed_methods)]
fn only_its_owner_can_read_a_ledger() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(3)).unwrap();
    for (name, _) in workspace.bytes() {
        let path = workspace.folder.path().join(".letterpress").join(&name);
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[tokio::test]
async fn after_a_write_that_failed_nothing_more_is_written() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(2)).unwrap();
    ledger.begin(&issue(), 3, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(2, now()).await.unwrap();
    let failing = ledger.store.write(|transaction| {
        transaction.execute("INSERT INTO nothing", []).map_err(LedgerError::doing("write"))
    });
    assert!(failing.is_err());
    let mark = journal.mark(vec![], attempt(copies[0].copy, 0)).await;
    assert!(matches!(mark, Err(JournalError::Durability(_))), "{mark:?}");
    assert_eq!(ledger.counts(&issue()).unwrap().pending, 2);
}
