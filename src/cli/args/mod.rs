//! What was typed.

mod making;
mod tools;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::words::{Address, IssueName, Week};

pub use making::{BuildArgs, CheckArgs, EditArgs, GatherArgs, InitArgs, PreviewArgs, ProofArgs};
pub use tools::{DkimAlgorithm, DkimNewArgs, DkimVerb, InboxArgs, LedgerVerb};

/// Compiles and sends email newsletters: plain files in, mail out.
#[derive(Debug, Parser)]
#[command(name = "letterpress", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Letterpress {
    /// What holds for every verb.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What holds for every verb.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// Work in this folder instead of the current one
    #[arg(short = 'C', value_name = "DIR", global = true, default_value = ".")]
    pub folder: PathBuf,
    /// Take this file in the place of `letterpress.toml`
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<String>,
    /// Set the clock, for `gather`, and for `run` with --dry-run or --inbox
    #[arg(long, value_name = "TIME", global = true, value_parser = parse_time)]
    pub now: Option<Timestamp>,
    /// Say more, such as why each article was chosen or not
    #[arg(short, long, action = clap::ArgAction::Count, global = true, conflicts_with = "quiet")]
    pub verbose: u8,
    /// How log lines are written, which -v asks for
    #[arg(long, value_name = "FORMAT", global = true, default_value = "text")]
    pub log_format: LogFormat,
    /// Name readers in log lines by their addresses, not by a hash
    #[arg(long, global = true)]
    pub log_addresses: bool,
    /// Say nothing but errors and results
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Use colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: Color,
    /// Print one JSON document at the end
    #[arg(long, global = true, conflicts_with = "events")]
    pub json: bool,
    /// Print JSON, a line for each event, while it goes on
    #[arg(long, global = true)]
    pub events: bool,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// In words.
    Text,
    /// As a JSON object each.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Clone, Debug, Subcommand)]
pub enum Verb {
    /// Make a new workspace with a sample week, working at once
    Init(InitArgs),
    /// Choose the period's featured stories into an issue
    Gather(GatherArgs),
    /// Open an issue in $EDITOR; it is checked before it is taken
    Edit(EditArgs),
    /// Render an issue into files
    Build(BuildArgs),
    /// Look an issue over for what would embarrass you
    Check(CheckArgs),
    /// Show an issue in the browser
    Preview(PreviewArgs),
    /// Send marked copies of an issue to staff
    Proof(ProofArgs),
    /// Deliver an issue
    Send(SendArgs),
    /// Gather, build, check and send: what cron calls
    Run(RunArgs),
    /// Send no further copies of an issue, whoever is sending it
    Stop(StopArgs),
    /// Give the copies of a stopped issue that are still to be sent the mended content
    Correct(CorrectArgs),
    /// Say where a send stands
    Status(StatusArgs),
    /// Lists and suppressions
    #[command(subcommand)]
    Subscribers(SubscribersVerb),
    /// Settle copies in doubt by hand
    Resolve(ResolveArgs),
    /// Show the next slots, and how to have each issue sent by itself
    Schedule(ScheduleArgs),
    /// Run the test inbox: an SMTP server with a web page
    Inbox(InboxArgs),
    /// Keys that sign copies
    #[command(subcommand)]
    Dkim(DkimVerb),
    /// The ledger of what happened to every copy
    #[command(subcommand)]
    Ledger(LedgerVerb),
}

/// `schedule`.
#[derive(Clone, Debug, Args)]
pub struct ScheduleArgs {
    /// Print a service and a timer for systemd
    #[arg(long)]
    pub systemd: bool,
}

/// `send`.
#[derive(Clone, Debug, Args)]
pub struct SendArgs {
    /// The issue
    pub issue: IssueName,
    /// Send without asking
    #[arg(long)]
    pub yes: bool,
    /// Send at most this many copies now
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Keep to this rate, as in 50/s, below those that are configured
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub rate: Option<crate::config::Rate>,
    /// Stay until copies that were put off have been tried again
    #[arg(long)]
    pub wait: bool,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send every copy into the test inbox
    #[arg(long)]
    pub inbox: bool,
}

fn parse_time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| {
        "a time is written 2023-03-27T07:30:00-04:00, or 2023-03-27T11:30:00Z: with its distance from UTC"
    })
}

fn parse_rate(text: &str) -> Result<crate::config::Rate, &'static str> {
    crate::config::Rate::parse(text).ok_or("a rate is written 50/s, 600/min, 20000/h or 100000/day")
}

/// `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The week whose issue it is, as in 2023-W12; without it, the issue that is due
    #[arg(long, value_name = "W")]
    pub week: Option<Week>,
    /// Send every copy into the test inbox
    #[arg(long)]
    pub inbox: bool,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `stop`.
#[derive(Clone, Debug, Args)]
pub struct StopArgs {
    /// The issue
    pub issue: IssueName,
}

/// `correct`.
#[derive(Clone, Debug, Args)]
pub struct CorrectArgs {
    /// The issue
    pub issue: IssueName,
    /// Replace the content without asking
    #[arg(long)]
    pub yes: bool,
}

/// `status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The issue; without one, that of the last send
    pub issue: Option<IssueName>,
    /// List every copy
    #[arg(long)]
    pub copies: bool,
    /// Show it again as it changes, until the send is over
    #[arg(long)]
    pub watch: bool,
    /// Only the copy of this reader
    #[arg(long, value_name = "A", value_parser = Address::parse)]
    pub address: Option<Address>,
}

/// `subscribers …`.
#[derive(Clone, Debug, Subcommand)]
pub enum SubscribersVerb {
    /// List the readers, and who is left out and why
    List,
    /// Send nothing more to an address
    Suppress {
        /// The addresses
        #[arg(required = true, value_parser = Address::parse)]
        addresses: Vec<Address>,
        /// Why
        #[arg(long, default_value = "by hand")]
        reason: String,
    },
    /// Allow an address again
    Unsuppress {
        /// The addresses
        #[arg(required = true, value_parser = Address::parse)]
        addresses: Vec<Address>,
    },
}

/// `resolve`.
#[derive(Clone, Debug, Args)]
pub struct ResolveArgs {
    /// The issue
    pub issue: IssueName,
    /// What to take the copies for
    #[arg(long, value_name = "sent|unsent")]
    pub assume: Assume,
    /// Only these readers' copies
    #[arg(value_parser = Address::parse)]
    pub addresses: Vec<Address>,
}

/// What a copy in doubt is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Assume {
    /// It arrived.
    Sent,
    /// It did not; it is sent again under the same Message-ID.
    Unsent,
}
