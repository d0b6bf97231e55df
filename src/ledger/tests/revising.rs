//! `stop` from elsewhere, then `correct`; backups in the middle of a send.

use std::os::unix::fs::PermissionsExt as _;

use super::super::{Holder, IssueState, Ledger, LedgerError, Stop};
use super::{Workspace, issue, now, plan};
use crate::delivery::{Attempt, Journal as _, Mark, Outcome, Settled};
use crate::words::{CopyId, CopyState};
use crate::world::Files as _;

fn attempt(copy: CopyId, connection: u32) -> Attempt {
    Attempt { copy, connection, at: now(), message_id: format!("<{copy}@news.example>") }
}

fn settled(copy: CopyId, state: CopyState) -> Settled {
    let outcome =
        Outcome { state, reply: None, remark: None, class: None, at: now(), next_attempt: None };
    Settled { copy, outcome }
}

#[tokio::test]
async fn after_a_stop_from_elsewhere_no_mark_is_given_and_the_stop_stands() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(5)).unwrap();
    ledger.begin(&issue(), 2, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(5, now()).await.unwrap();
    assert_eq!(journal.mark(vec![], attempt(copies[0].copy, 0)).await.unwrap(), Mark::Marked);
    let other = workspace.ledger();
    assert_eq!(other.stop(&issue(), now()).unwrap(), Stop::Now);
    assert_eq!(other.stop(&issue(), now()).unwrap(), Stop::Before);
    let settled = vec![settled(copies[0].copy, CopyState::Accepted)];
    assert_eq!(journal.mark(settled, attempt(copies[1].copy, 0)).await.unwrap(), Mark::Stopped);
    // What the stopped mark brought along is written all the same.
    assert_eq!(ledger.counts(&issue()).unwrap().accepted, 1);
    ledger.end(&issue(), IssueState::Interrupted, None, now()).unwrap();
    let status = ledger.status(&issue(), Holder::Nobody).unwrap();
    assert_eq!((status.state, status.reason.as_deref()), (IssueState::Stopped, Some("by hand")));
    ledger.end(&issue(), IssueState::Sent, None, now()).unwrap();
    assert_eq!(other.stop(&issue(), now()).unwrap(), Stop::TooLate);
}

#[tokio::test]
async fn a_correction_is_a_revision_that_each_copy_names() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(4)).unwrap();
    ledger.begin(&issue(), 2, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(4, now()).await.unwrap();
    journal.mark(vec![], attempt(copies[0].copy, 0)).await.unwrap();
    let last = vec![settled(copies[0].copy, CopyState::Accepted)];
    journal.mark(last, attempt(copies[1].copy, 0)).await.unwrap();
    journal.settle(vec![settled(copies[1].copy, CopyState::Deferred)]).await.unwrap();
    let lock = workspace.lock();
    let mended = r#"{"subject":"B"}"#;
    let early = ledger.correct(&issue(), mended, &lock, now());
    assert!(matches!(early, Err(LedgerError::NotStopped(_))), "{early:?}");
    ledger.stop(&issue(), now()).unwrap();
    assert_eq!(ledger.correct(&issue(), mended, &lock, now()).unwrap(), (2, 3));
    let stored = ledger.issue(&issue()).unwrap();
    assert_eq!((stored.revision, stored.content.as_str()), (2, mended));
    let revisions: Vec<_> = ledger.copies(&issue()).unwrap().iter().map(|c| c.revision).collect();
    assert_eq!(revisions, [1, 2, 2, 2]);
    // A process that still has the old content at hand gets no mark for it.
    ledger.begin(&issue(), 2, now()).unwrap();
    assert_eq!(journal.mark(vec![], attempt(copies[2].copy, 0)).await.unwrap(), Mark::Stopped);
    let journal = ledger.journal(&issue(), "main").unwrap();
    assert_eq!(journal.claim(9, now()).await.unwrap().len(), 3);
    assert_eq!(journal.mark(vec![], attempt(copies[2].copy, 0)).await.unwrap(), Mark::Marked);
    assert_eq!(ledger.copies(&issue()).unwrap()[2].revision, 2);
    ledger.end(&issue(), IssueState::Sent, None, now()).unwrap();
    let late = ledger.correct(&issue(), mended, &lock, now());
    assert!(matches!(late, Err(LedgerError::NothingLeft(_))), "{late:?}");
}

#[tokio::test]
async fn content_that_is_not_what_was_frozen_is_refused() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(2)).unwrap();
    let sql = "UPDATE contents SET content = '{\"subject\":\"C\"}'";
    ledger.store.write(|t| t.execute(sql, []).map_err(LedgerError::doing("write"))).unwrap();
    assert!(matches!(ledger.issue(&issue()), Err(LedgerError::Content(_))));
    assert!(matches!(ledger.begin(&issue(), 1, now()), Err(LedgerError::Content(_))));
}

#[tokio::test]
#[allow(clippy::disallowed_methods)]
async fn a_backup_in_the_middle_of_a_send_is_whole_and_private() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(50)).unwrap();
    ledger.begin(&issue(), 1, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(50, now()).await.unwrap();
    let (sent, backed_up) = tokio::join!(
        async {
            let mut last = vec![];
            for copy in &copies {
                journal.mark(std::mem::take(&mut last), attempt(copy.copy, 0)).await.unwrap();
                last.push(settled(copy.copy, CopyState::Accepted));
            }
            journal.settle(last).await
        },
        async { ledger.back_up("backups/one.db", &workspace.files) },
    );
    sent.unwrap();
    backed_up.unwrap();
    let twice = ledger.back_up("backups/one.db", &workspace.files);
    assert!(matches!(twice, Err(LedgerError::Exists(_))), "{twice:?}");
    assert_eq!(workspace.files.names("backups").unwrap(), ["one.db"]);
    let mode = std::fs::metadata(workspace.files.resolve("backups/one.db")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    let backup = Ledger::open("backups/one.db", workspace.opening("here")).unwrap();
    assert_eq!(backup.copies(&issue()).unwrap().len(), 50);
    assert_eq!(backup.identity(), ledger.identity());
}

#[test]
fn a_backup_that_cannot_be_made_leaves_nothing() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    workspace.files.write("taken", b"").unwrap();
    assert!(ledger.back_up("taken/one.db", &workspace.files).is_err());
    assert_eq!(workspace.files.names(".").unwrap(), [".letterpress", "taken"]);
}
