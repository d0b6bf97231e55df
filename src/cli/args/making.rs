//! What was typed for the verbs that make an issue and show it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};
use url::Url;

use crate::words::{Address, IssueName, Week};

/// `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The folder to make; it may exist if it is empty
    pub dir: PathBuf,
    /// The template to begin with: weekly, briefing or letter
    #[arg(long, value_name = "NAME", default_value = "weekly")]
    pub template: String,
}

/// `gather`.
#[derive(Clone, Debug, Args)]
#[command(group = ArgGroup::new("period").args(["week", "from"]))]
pub struct GatherArgs {
    /// The issue; without one, the latest that was not sent. A week's issue bears the week's name
    pub issue: Option<IssueName>,
    /// The week to cover, as in 2023-W12
    #[arg(long, value_name = "W")]
    pub week: Option<Week>,
    /// The first instant to cover, for an issue sent by hand
    #[arg(long, value_name = "TIME", requires = "until")]
    pub from: Option<String>,
    /// The first instant not to cover
    #[arg(long, value_name = "TIME", requires = "from")]
    pub until: Option<String>,
    /// Take this article in, featured or not, dated or not
    #[arg(long, value_name = "FILE")]
    pub pick: Vec<String>,
    /// Choose the stories and their order in a list on the terminal
    #[arg(long, short)]
    pub interactive: bool,
    /// Fetch a feed too; what is chosen of it is kept under articles/from-feeds/
    #[arg(long, value_name = "URL")]
    pub feed: Vec<Url>,
    /// Show how an article is read: what was kept, what was cut and by which rule
    #[arg(long, value_name = "FILE", conflicts_with_all = ["issue", "week", "from", "pick", "feed", "interactive"])]
    pub explain: Option<String>,
}

/// `edit`.
#[derive(Clone, Debug, Args)]
pub struct EditArgs {
    /// The issue
    pub issue: Option<IssueName>,
}

/// `build`.
#[derive(Clone, Debug, Args)]
pub struct BuildArgs {
    /// The issue
    pub issue: Option<IssueName>,
    /// The reader whose copy it is
    #[arg(long = "as", value_name = "SUBSCRIBER", value_parser = Address::parse)]
    pub reader: Option<Address>,
    /// Write the reader's MJML too, for MJML's own editor
    #[arg(long)]
    pub mjml: bool,
    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
    /// Write the web archive instead: a page for each issue that was sent, an index, a feed
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ".letterpress/archive",
        value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["issue", "reader", "mjml"]
    )]
    pub archive: Option<String>,
}

/// `proof`.
#[derive(Clone, Debug, Args)]
pub struct ProofArgs {
    /// The issue
    pub issue: Option<IssueName>,
    /// Who gets one
    #[arg(long, required = true, num_args = 1.., value_name = "ADDRESS", value_parser = Address::parse)]
    pub to: Vec<Address>,
    /// The reader whose copy it is
    #[arg(long = "as", value_name = "SUBSCRIBER", value_parser = Address::parse)]
    pub reader: Option<Address>,
    /// Leave `[TEST]` out of the subject
    #[arg(long)]
    pub no_mark: bool,
}

/// `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The issue
    pub issue: Option<IssueName>,
    /// Ask for every link and picture on the web too
    #[arg(long)]
    pub online: bool,
}

/// `preview`.
#[derive(Clone, Debug, Args)]
pub struct PreviewArgs {
    /// The issue
    pub issue: Option<IssueName>,
    /// Where the page is served; only a loopback address is taken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub web: SocketAddr,
}
