//! The promises of a send, checked against what the relay noted and what the journal kept. Nothing
//! here knows how the send loop works.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use letterpress::config::Rate;
use letterpress::delivery::Rates;
use letterpress::words::{CopyId, CopyState};
use tokio::time::Instant;

use crate::journal::{Entry, SimJournal};
use crate::relay::Record;

/// Returns the promises that were broken.
pub fn promises(journal: &SimJournal, record: &Record, planned: usize) -> Vec<String> {
    let mut faults = record.broken_rules.clone();
    let copies = journal.copies();
    if copies.len() != planned {
        faults.push(format!("{} copies of {planned}", copies.len()));
    }
    let mut in_doubt = 0;
    for copy in &copies {
        let id = copy.recipient.copy;
        let taken = record.taken.get(&id).map_or(&[][..], Vec::as_slice);
        if taken.len() > 1 {
            faults.push(format!("{id} was taken {} times", taken.len()));
        }
        if taken.iter().any(|taken| !taken.whole) {
            faults.push(format!("{id} was taken in part"));
        }
        in_doubt += usize::from(copy.state == CopyState::InDoubt);
        let known = matches!(copy.state, CopyState::Accepted | CopyState::InDoubt);
        if !taken.is_empty() && !known {
            faults.push(format!("{id} was taken and is {}", copy.state.name()));
        }
        if taken.is_empty() && copy.state == CopyState::Accepted {
            faults.push(format!("{id} is accepted and was not taken"));
        }
    }
    // At most one for each connection that ended without a whole and certain reply to a dot; a
    // crash ends all open ones at once.
    let doubtful = record.unanswered + record.surplus + record.cut_off;
    if in_doubt > doubtful {
        faults.push(format!("{in_doubt} in doubt on {doubtful} connections"));
    }
    faults.extend(suppressed(journal, record));
    faults.extend(order(journal));
    faults
}

/// A reader who was suppressed gets nothing whose mark came later.
fn suppressed(journal: &SimJournal, record: &Record) -> Vec<String> {
    let (mut marked, mut suppressed) = (BTreeSet::new(), BTreeSet::new());
    let mut faults = vec![];
    for entry in journal.log() {
        match entry {
            Entry::Suppress(copy) => {
                suppressed.insert(copy);
            }
            Entry::Turn { mark: Some(mark), .. } => {
                let late = suppressed.contains(&mark.copy) && record.taken.contains_key(&mark.copy);
                if late && !marked.contains(&mark.copy) {
                    faults.push(format!("{} was sent to a suppressed reader", mark.copy));
                }
                marked.insert(mark.copy);
            }
            _ => {}
        }
    }
    faults
}

/// No connection ever has two marks without an outcome on disk.
fn order(journal: &SimJournal) -> Vec<String> {
    let mut open: BTreeMap<(usize, u32), CopyId> = BTreeMap::new();
    let mut faults = vec![];
    for entry in journal.log() {
        let Entry::Turn { settled, mark } = entry else { continue };
        open.retain(|_, copy| !settled.iter().any(|(settled, ..)| settled == copy));
        if let Some(mark) = mark
            && let Some(other) = open.insert(mark.connection, mark.copy)
        {
            faults.push(format!("{} and {other} were marked on one connection", mark.copy));
        }
    }
    faults
}

/// No window is exceeded, over restarts too.
pub fn rate(mails: &[(Instant, String)], rates: &Rates) -> Vec<String> {
    let mut faults = vec![];
    let times = |domain: Option<&str>| {
        let of = mails.iter().filter(|(_, other)| domain.is_none_or(|domain| domain == other));
        let mut times: Vec<Instant> = of.map(|(at, _)| *at).collect();
        times.sort_unstable();
        times
    };
    let mut hold = |rates: &[Rate], times: &[Instant], whom: &str| {
        for rate in rates {
            let most = rate.copies as usize;
            let close =
                |pair: &[Instant]| pair[most] - pair[0] + Duration::from_millis(1) < rate.per;
            if let Some(pair) = times.windows(most + 1).find(|pair| close(pair)) {
                let over = pair[most] - pair[0];
                faults.push(format!("{rate} was exceeded for {whom}: {most} and one in {over:?}"));
            }
        }
    };
    hold(&rates.overall, &times(None), "all");
    hold(&rates.relay, &times(None), "the relay");
    let domains: BTreeSet<&String> = mails.iter().map(|(_, domain)| domain).collect();
    for domain in domains {
        let own = rates.per_domain.get(domain).or_else(|| rates.per_domain.get("*"));
        hold(own.map_or(&[][..], Vec::as_slice), &times(Some(domain)), domain);
    }
    faults
}
