//! What the ledger costs a copy: so many connections write an outcome and the next mark in one
//! commit, as fast as the disk lets them.
//!
//! `cargo run --release --example ledger_pace -- [CONNECTIONS] [COPIES] [REPLY_MICROSECONDS]`
//!
//! A slower disk is played by strace:
//! `strace -f --seccomp-bpf -o /dev/null -e trace=fdatasync,fsync
//! -e inject=fdatasync,fsync:delay_exit=5000 target/release/examples/ledger_pace 10 2000`

#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use letterpress::delivery::{Attempt, Journal, Outcome, Recipient, Settled};
use letterpress::ledger::{self, IssueJournal, Ledger, NewPlan, Opening, PlanRow, PlannedReader};
use letterpress::words::{Address, CopyState, IssueName, Reply};
use letterpress::world::{SystemEntropy, WorkspaceFiles};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let connections = arguments.next().transpose()?.unwrap_or(10);
    let copies = arguments.next().transpose()?.unwrap_or(20_000);
    let reply = Duration::from_micros(arguments.next().transpose()?.unwrap_or(0) as u64);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(connections, copies, reply))
}

async fn run(connections: usize, copies: usize, reply: Duration) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let files = WorkspaceFiles::new(folder.path());
    let issue: IssueName = "2023-W12".parse().map_err(|_| "no name")?;
    let now = jiff::Timestamp::now();
    let opening = Opening {
        files: &files,
        entropy: &SystemEntropy,
        newsletter: "weekly",
        machine: "here",
        now,
    };
    let ledger = Ledger::open(ledger::FILE, opening)?;
    let content = "{}".to_owned();
    let reader = |n| -> Result<PlannedReader, Failure> {
        let address = Address::parse(&format!("reader{n}@list{}.example", n % 7))?;
        Ok(PlannedReader { address, fields: format!(r#"{{"name":"Reader {n}","city":"Oslo"}}"#) })
    };
    let readers = (0..copies).map(reader).collect::<Result<Vec<_>, _>>()?;
    ledger.plan(NewPlan {
        stories: "{}".to_owned(),
        issue: issue.clone(),
        digest: ledger::digest(&content),
        content,
        rows: Box::new(readers.into_iter().map(|reader| Ok(PlanRow::Reader(reader)))),
        at: now,
    })?;
    ledger.begin(&issue, connections, now)?;
    let journal = Arc::new(ledger.journal(&issue, "main")?);
    let mut lines = tokio::task::JoinSet::new();
    let (cpu, started) = (cpu_time()?, Instant::now());
    let each = copies / connections;
    // As a send deals them: neighbours of the plan go out at the same time.
    let mut shares = vec![Vec::new(); connections];
    for (n, copy) in journal.claim(each * connections, now).await?.into_iter().enumerate() {
        shares[n % connections].push(copy);
    }
    for (connection, share) in shares.into_iter().enumerate() {
        lines.spawn(line(journal.clone(), share, connection as u32, reply));
    }
    while let Some(done) = lines.join_next().await {
        done??;
    }
    let (cpu, took) = (cpu_time()? - cpu, started.elapsed());
    let done = each * connections;
    println!(
        "{connections} connections, {done} copies: {:.0} copies/s, {:.1} us of CPU a copy",
        done as f64 / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / done as f64
    );
    Ok(())
}

async fn line(
    journal: Arc<IssueJournal>,
    copies: Vec<Recipient>,
    connection: u32,
    reply: Duration,
) -> Result<(), Failure> {
    let mut last = Vec::new();
    for recipient in copies {
        let at = jiff::Timestamp::now();
        let message_id = format!("<{}@news.example>", recipient.copy);
        let attempt = Attempt { copy: recipient.copy, connection, at, message_id };
        journal.mark(std::mem::take(&mut last), attempt).await?;
        if !reply.is_zero() {
            tokio::time::sleep(reply).await;
        }
        let text = "2.0.0 Ok: queued as 4FD2C1A0B3".to_owned();
        let outcome = Outcome {
            state: CopyState::Accepted,
            reply: Some(Reply { code: 250, text }),
            remark: None,
            class: None,
            at,
            next_attempt: None,
        };
        last.push(Settled { copy: recipient.copy, outcome });
    }
    journal.settle(last).await?;
    Ok(())
}

/// What this process has used of the processor, of /proc, whose ticks are hundredths of a second.
fn cpu_time() -> Result<Duration, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    let ticks: u64 = fields[12].parse::<u64>()? + fields[13].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}
