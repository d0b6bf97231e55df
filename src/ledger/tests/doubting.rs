//! The witness, checksums, backups: a ledger that is not what was written.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::super::store::Flush;
use super::super::{Doubt, FILE, Holder, Ledger, LedgerError, WITNESS};
use super::{Workspace, issue, now, plan, suppression};
use crate::delivery::{Attempt, Journal as _, JournalError, Mark, Outcome, Settled};
use crate::words::{CopyId, CopyState, Reply};
use crate::world::Files as _;

const WAL: &str = ".letterpress/ledger.db-wal";
const SHM: &str = ".letterpress/ledger.db-shm";

/// The files of a ledger at one moment.
#[derive(Clone)]
pub(super) struct Image(Vec<(&'static str, Option<Vec<u8>>)>);

impl Image {
    pub(super) fn of(workspace: &Workspace) -> Self {
        // In this order: the witness must not be newer than the database that is read.
        let read = |path| (path, workspace.files.read(path).ok());
        Self([WITNESS, FILE, WAL].map(read).to_vec())
    }

    pub(super) fn put(&self, workspace: &Workspace) {
        workspace.files.remove(SHM).unwrap();
        for (path, bytes) in &self.0 {
            match bytes {
                Some(bytes) => workspace.files.write_unsynced(path, bytes).unwrap(),
                None => workspace.files.remove(path).unwrap(),
            }
        }
    }

    fn bytes(&mut self, file: usize) -> &mut Vec<u8> {
        self.0[file].1.as_mut().unwrap()
    }

    fn has(&self, file: usize) -> bool {
        self.0[file].1.as_ref().is_some_and(|bytes| !bytes.is_empty())
    }
}

fn attempt(copy: CopyId, connection: u32) -> Attempt {
    Attempt { copy, connection, at: now(), message_id: format!("<{copy}@news.example>") }
}

fn accepted(copy: CopyId) -> Settled {
    let reply = Some(Reply { code: 250, text: "2.0.0 queued".into() });
    let outcome = Outcome {
        state: CopyState::Accepted,
        reply,
        remark: None,
        class: None,
        at: now(),
        next_attempt: None,
    };
    Settled { copy, outcome }
}

/// Has some copies accepted, leaves one attempting; returns the addresses of all of them.
pub(super) async fn send_some(ledger: &Ledger, count: usize) -> BTreeSet<String> {
    ledger.begin(&issue(), 1, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(count, now()).await.unwrap();
    let mut last = vec![];
    for copy in &copies {
        let mark = journal.mark(std::mem::take(&mut last), attempt(copy.copy, 0)).await.unwrap();
        assert_eq!(mark, Mark::Marked);
        last.push(accepted(copy.copy));
    }
    copies.iter().map(|copy| copy.address.to_string()).collect()
}

/// Opens a ledger as a send does, and returns whom it would send to.
pub(super) async fn claimable(workspace: &Workspace) -> Result<BTreeSet<String>, LedgerError> {
    // As `Ledger::open` does, without waiting for the disk.
    let ledger = Ledger::open_with(FILE, workspace.opening("here"), Flush::Never, false)?;
    ledger.check_home()?;
    // `send` looks for the issue, and plans it anew where there is none.
    match ledger.plan(plan(40)) {
        Err(LedgerError::AlreadyPlanned { .. }) => {}
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    ledger.recover(&issue(), &workspace.lock(), now())?;
    ledger.begin(&issue(), 1, now())?;
    let journal = ledger.journal(&issue(), "main")?;
    let mut found = BTreeSet::new();
    loop {
        let copies = match journal.claim(50, now()).await {
            Ok(copies) if copies.is_empty() => return Ok(found),
            Ok(copies) => copies,
            Err(error) => return Err(LedgerError::Damaged(error.to_string())),
        };
        for (connection, copy) in (found.len() as u32..).zip(copies) {
            match journal.mark(vec![], attempt(copy.copy, connection)).await {
                Ok(Mark::Marked) => found.insert(copy.address.to_string()),
                Ok(_) => continue,
                Err(error) => return Err(LedgerError::Damaged(error.to_string())),
            };
        }
    }
}

#[tokio::test]
async fn a_sound_ledger_opens_by_itself_after_a_crash() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    let sent = send_some(&ledger, 10).await;
    let image = Image::of(&workspace);
    drop(ledger);
    image.put(&workspace);
    let left = claimable(&workspace).await.unwrap();
    assert_eq!(left.len(), 30);
    assert!(left.is_disjoint(&sent));
    assert!(workspace.ledger().check().unwrap().is_sound());
}

#[tokio::test]
async fn an_older_ledger_is_refused_until_its_unsettled_copies_are_in_doubt() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    ledger.suppress(&suppression("a39@list.example")).unwrap();
    send_some(&ledger, 5).await;
    ledger.back_up("backup.db", &workspace.files).unwrap();
    send_some(&ledger, 5).await;
    drop(ledger);
    let witness = Image::of(&workspace);
    let mut older = witness;
    *older.bytes(1) = workspace.files.read("backup.db").unwrap();
    older.0[2].1 = None;
    older.put(&workspace);
    let error = claimable(&workspace).await.unwrap_err();
    assert!(matches!(error, LedgerError::Doubt(Doubt::Behind { .. })), "{error}");
    let ledger = workspace.ledger();
    // It can be read, and not written; a suppression would be lost in silence otherwise.
    assert_eq!(ledger.status(&issue(), Holder::Nobody).unwrap().accepted, 4);
    assert!(matches!(ledger.suppress(&suppression("b@list.example")), Err(LedgerError::Doubt(_))));
    assert!(matches!(ledger.adopt(), Err(LedgerError::Doubt(_))));
    assert!(!ledger.check().unwrap().is_sound());
    let put = ledger.put_in_doubt(&workspace.lock(), now()).unwrap();
    assert_eq!((put.copies, put.damaged), (36, 0));
    assert!(ledger.check().unwrap().is_sound());
    drop(ledger);
    assert_eq!(claimable(&workspace).await.unwrap(), BTreeSet::new());
    let status = workspace.ledger().status(&issue(), Holder::Nobody).unwrap();
    assert_eq!((status.accepted, status.in_doubt), (4, 36));
}

/// A ledger that lost its last commits, each a mark with the outcome of the copy before: its
/// witness knows of so many more, and of a suppression where `whole`.
async fn behind(commits: usize, whole: bool) -> (Workspace, Vec<String>) {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    ledger.begin(&issue(), 1, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(3 + commits, now()).await.unwrap();
    let (mut last, mut image) = (vec![], None);
    for (index, copy) in copies.iter().enumerate() {
        if index == 3 {
            image = Some(Image::of(&workspace));
        }
        journal.mark(std::mem::take(&mut last), attempt(copy.copy, 0)).await.unwrap();
        last.push(accepted(copy.copy));
    }
    let mut image = image.unwrap_or_else(|| Image::of(&workspace));
    if whole {
        ledger.suppress(&suppression("a39@list.example")).unwrap();
    }
    image.0[0].1 = Some(workspace.files.read(WITNESS).unwrap());
    drop((journal, ledger));
    image.put(&workspace);
    (workspace, copies.iter().map(|copy| copy.address.to_string()).collect())
}

#[tokio::test]
async fn the_one_commit_that_the_power_took_from_the_log_is_made_up_for() {
    let (workspace, sent) = behind(1, false).await;
    let ledger = workspace.ledger();
    assert_eq!(ledger.doubt(), None);
    assert!(ledger.check().unwrap().is_sound());
    let status = ledger.status(&issue(), Holder::Nobody).unwrap();
    // The third was accepted by the commit that was lost, and the fourth marked.
    assert_eq!((status.accepted, status.in_doubt, status.pending), (3, 1, 36));
    drop(ledger);
    let left = claimable(&workspace).await.unwrap();
    assert_eq!(left.len(), 36);
    assert!(sent.iter().all(|address| !left.contains(address)));
}

#[tokio::test]
async fn two_lost_commits_or_one_that_is_not_told_by_copies_are_never_made_up_for() {
    for (commits, whole) in [(2, false), (0, true)] {
        let (workspace, _) = behind(commits, whole).await;
        let error = claimable(&workspace).await.unwrap_err();
        assert!(matches!(error, LedgerError::Doubt(Doubt::Behind { .. })), "{error}");
    }
}

#[tokio::test]
async fn a_torn_witness_leaves_the_one_before() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    let sent = send_some(&ledger, 6).await;
    drop(ledger);
    let image = Image::of(&workspace);
    let slots = image.0[0].1.as_ref().unwrap();
    for slot in [0, slots.len() / 4_096 * 4_096] {
        let mut torn = image.clone();
        torn.bytes(0)[slot..slot + 20].fill(0xff);
        torn.put(&workspace);
        let left = claimable(&workspace).await.unwrap();
        assert_eq!(left.len(), 34);
        assert!(left.is_disjoint(&sent));
    }
}

#[tokio::test]
async fn a_witness_that_is_gone_damaged_or_anothers_is_told_apart() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    send_some(&ledger, 3).await;
    drop(ledger);
    let image = Image::of(&workspace);
    let other = Workspace::new();
    drop(other.ledger());
    let foreign = other.files.read(WITNESS).unwrap();
    for (bytes, doubt) in [
        (None, Doubt::NoWitness),
        (Some(vec![1, 2, 3]), Doubt::Unreadable),
        (Some(foreign), Doubt::Foreign),
    ] {
        let mut damaged = image.clone();
        damaged.0[0].1 = bytes;
        damaged.put(&workspace);
        assert_eq!(workspace.ledger().doubt(), Some(doubt));
        let error = claimable(&workspace).await.unwrap_err();
        assert!(matches!(error, LedgerError::Doubt(found) if found == doubt), "{error}");
    }
    // The ledger itself is gone.
    let mut gone = image.clone();
    (gone.0[1].1, gone.0[2].1) = (None, None);
    gone.put(&workspace);
    let error = claimable(&workspace).await.unwrap_err();
    assert!(matches!(error, LedgerError::Doubt(Doubt::NoLedger)), "{error}");
    assert!(!workspace.files.exists(FILE), "a refusal made a file");
    let ledger = Ledger::open_to_check(FILE, workspace.opening("here")).unwrap();
    assert_eq!(ledger.put_in_doubt(&workspace.lock(), now()).unwrap().copies, 0);
    assert_eq!(workspace.ledger().doubt(), None);
}

#[tokio::test]
async fn a_damaged_row_ends_what_touches_it_and_harms_no_other() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(4)).unwrap();
    ledger.begin(&issue(), 2, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let copies = journal.claim(4, now()).await.unwrap();
    let sql = "UPDATE copies SET address = 'b1@list.example' WHERE position = 1";
    ledger.store.write(|t| t.execute(sql, []).map_err(LedgerError::doing("write"))).unwrap();
    let (sound, damaged) = tokio::join!(
        journal.mark(vec![], attempt(copies[0].copy, 0)),
        journal.mark(vec![], attempt(copies[1].copy, 1)),
    );
    assert_eq!(sound.unwrap(), Mark::Marked);
    assert!(matches!(damaged, Err(JournalError::Durability(_))), "{damaged:?}");
    journal.settle(vec![accepted(copies[0].copy)]).await.unwrap();
    let copies = ledger.copies(&issue());
    assert!(matches!(copies, Err(LedgerError::Mismatch { what: "copy", .. })));
    let begun = ledger.begin(&issue(), 1, now());
    assert!(matches!(begun, Err(LedgerError::Mismatch { .. })), "{begun:?}");
    let put = ledger.put_in_doubt(&workspace.lock(), now()).unwrap();
    assert_eq!((put.copies, put.damaged), (3, 1));
    ledger.begin(&issue(), 1, now()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_of_the_files_in_a_busy_send_never_forget_what_was_accepted() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(150)).unwrap();
    let acknowledged = std::sync::Arc::new(std::sync::Mutex::new(BTreeSet::new()));
    ledger.begin(&issue(), 1, now()).unwrap();
    let journal = ledger.journal(&issue(), "main").unwrap();
    let noted = acknowledged.clone();
    let sending = tokio::spawn(async move {
        let mut last = vec![];
        for copy in journal.claim(150, now()).await.unwrap() {
            journal.mark(std::mem::take(&mut last), attempt(copy.copy, 0)).await.unwrap();
            // Behind this mark the dot leaves.
            noted.lock().unwrap().insert(copy.address.to_string());
            last.push(accepted(copy.copy));
        }
    });
    let mut images = vec![];
    while !sending.is_finished() {
        let before = acknowledged.lock().unwrap().clone();
        images.push((before, Image::of(&workspace)));
        tokio::task::yield_now().await;
    }
    sending.await.unwrap();
    drop(ledger);
    let step = images.len().div_ceil(30);
    for (before, image) in images.iter().step_by(step) {
        let elsewhere = Workspace::new();
        image.put(&elsewhere);
        // A torn copy may be refused; what opens knows all that was allowed to leave.
        let Ok(ledger) = Ledger::open(FILE, elsewhere.opening("here")) else { continue };
        if ledger.doubt().is_some() || ledger.verify(&issue()).is_err() {
            continue;
        }
        for copy in ledger.copies(&issue()).unwrap() {
            let sent = before.contains(&copy.address);
            assert!(!sent || copy.outcome != "pending", "{copy:?}");
        }
    }
}

/// A small generator, so that a failure can be replayed by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Damages a ledger and sends from it; says whether it was refused.
async fn trial(seed: u64, image: &Image, sent: &BTreeSet<String>, workspace: &Workspace) -> bool {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..3 {
        dice.below(2);
    }
    let mut image = image.clone();
    let mut file = dice.below(3);
    if !image.has(file) {
        file = 1;
    }
    let bytes = image.bytes(file);
    let length = bytes.len();
    match dice.below(2) {
        // The tail is cut at any byte of the last pages.
        0 => bytes.truncate(length - 1 - dice.below(length.min(20_000) - 1)),
        _ => {
            let bit = dice.below(length * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    image.put(workspace);
    let found = claimable(workspace).await;
    let refused = found.is_err();
    let again: Vec<_> = found.iter().flatten().filter(|address| sent.contains(*address)).collect();
    assert!(again.is_empty(), "seed {seed}: {again:?} would be sent again");
    if refused {
        // What a person can do about it must not open the way either.
        image.put(workspace);
        let opening = workspace.opening("here");
        if let Ok(ledger) = Ledger::open_with(FILE, opening, Flush::Never, true)
            && ledger.put_in_doubt(&workspace.lock(), now()).is_ok()
            && ledger.issues().is_ok_and(|issues| !issues.is_empty())
        {
            drop(ledger);
            let found = claimable(workspace).await;
            let again: Vec<_> =
                found.iter().flatten().filter(|address| sent.contains(*address)).collect();
            assert!(again.is_empty(), "seed {seed}: {again:?} would be sent after the check");
        }
    }
    refused
}

/// Two ledgers in the middle of a send: one with all in its log, one with most in its database.
async fn images() -> [(Image, BTreeSet<String>); 2] {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.plan(plan(40)).unwrap();
    let sent = send_some(&ledger, 20).await;
    let logged = (Image::of(&workspace), sent.clone());
    drop(ledger);
    let connection = Connection::open(workspace.files.resolve(FILE)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    [logged, (Image::of(&workspace), sent)]
}

#[tokio::test]
async fn no_cut_tail_and_no_flipped_bit_sends_a_copy_again() {
    let full = std::env::var_os("LETTERPRESS_TEST_FULL").is_some();
    let trials = if full { 10_000 } else { 600 };
    let images = images().await;
    let workspace = Workspace::new();
    let mut refused = 0;
    for seed in 0..trials {
        let (image, sent) = &images[seed as usize % 2];
        refused += u64::from(trial(seed, image, sent, &workspace).await);
    }
    // A flip in a free byte harms nobody; most trials are noticed all the same.
    assert!(refused > trials / 2, "{refused} of {trials} were refused");
    println!("{refused} of {trials} were refused");
}
