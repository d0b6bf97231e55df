//! What was typed for the test inbox, for keys and for the ledger.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};

/// `inbox`.
#[derive(Clone, Debug, Args)]
pub struct InboxArgs {
    /// Where mail is taken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525")]
    pub smtp: SocketAddr,
    /// Where the page is served
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8225")]
    pub web: SocketAddr,
    /// Empty it and end
    #[arg(long)]
    pub clear: bool,
}

/// `dkim …`.
#[derive(Clone, Debug, Subcommand)]
pub enum DkimVerb {
    /// Draw a key, and say what goes into DNS and into letterpress.toml
    New(DkimNewArgs),
}

/// `dkim new`.
#[derive(Clone, Debug, Args)]
pub struct DkimNewArgs {
    /// What the key signs with; every receiver knows rsa, few know ed25519
    #[arg(long, value_name = "ALGORITHM", default_value = "rsa")]
    pub algorithm: DkimAlgorithm,
    /// The domain that answers for the mail; by default that of the From address
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<String>,
    /// The name of the key in DNS and of its file
    #[arg(long, value_name = "SELECTOR", default_value = "lp1")]
    pub selector: String,
}

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DkimAlgorithm {
    /// RSA of 2048 bits.
    Rsa,
    /// Ed25519.
    Ed25519,
}

/// `ledger …`.
#[derive(Clone, Debug, Subcommand)]
pub enum LedgerVerb {
    /// Say whether the ledger is what was written
    Check {
        /// Put every copy in doubt that is not settled, and go on with the ledger as it is
        #[arg(long)]
        in_doubt: bool,
    },
    /// Copy the ledger into one file, also while a send is under way
    Backup {
        /// The file to make; by default one under `.letterpress/backups/`
        file: Option<String>,
    },
    /// Go on with this ledger on this machine, in this place
    Adopt,
}
