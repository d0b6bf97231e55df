//! A rehearsal beside the real ledger.

use super::super::{FILE, Ledger};
use super::{Workspace, issue, plan, suppression};

const REHEARSAL: &str = "rehearsal/ledger.db";

#[test]
fn a_rehearsal_reads_suppressions_and_leaves_the_real_ledger_untouched() {
    let workspace = Workspace::new();
    let real = workspace.ledger();
    real.suppress(&suppression("a0@list.example")).unwrap();
    let real_id = real.identity().to_owned();
    let copy = real.copy_id(&issue(), "a1@list.example");
    drop(real);
    let before = workspace.bytes();
    let rehearsal = Ledger::open_rehearsal(REHEARSAL, FILE, workspace.opening("here")).unwrap();
    assert_eq!(rehearsal.plan(plan(3)).unwrap(), 2);
    assert_ne!(rehearsal.identity(), real_id);
    assert_ne!(rehearsal.copy_id(&issue(), "a1@list.example"), copy);
    assert_eq!(workspace.bytes(), before);
}

#[test]
fn a_rehearsal_sees_what_another_process_wrote_a_moment_ago() {
    let workspace = Workspace::new();
    let real = workspace.ledger();
    real.suppress(&suppression("a0@list.example")).unwrap();
    let before = workspace.bytes();
    let open = || Ledger::open_rehearsal(REHEARSAL, FILE, workspace.opening("here")).unwrap();
    let rehearsal = open();
    assert_eq!(rehearsal.suppressions().unwrap().len(), 1);
    let same = |(name, _): &&(String, Vec<u8>)| !name.ends_with("-shm");
    let after = workspace.bytes();
    assert!(before.iter().filter(same).eq(after.iter().filter(same)));
    // What was taken back is taken back for the next rehearsal too.
    real.unsuppress(&super::address("a0@list.example")).unwrap();
    drop(rehearsal);
    assert!(open().suppressions().unwrap().is_empty());
}

#[test]
fn a_rehearsal_makes_no_real_ledger() {
    let workspace = Workspace::new();
    let rehearsal = Ledger::open_rehearsal(REHEARSAL, FILE, workspace.opening("here")).unwrap();
    rehearsal.plan(plan(2)).unwrap();
    drop(rehearsal);
    assert!(!workspace.folder.path().join(".letterpress").exists());
    Ledger::discard(REHEARSAL, &workspace.files).unwrap();
    let fresh = Ledger::open_rehearsal(REHEARSAL, FILE, workspace.opening("here")).unwrap();
    assert!(fresh.issues().unwrap().is_empty());
}
