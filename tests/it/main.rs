//! The program itself, run as a user runs it: output, exit codes, files, and the mail that real
//! servers received.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic, clippy::expect_used)]
#![allow(missing_docs, unreachable_pub)]

mod archive;
mod articles_from;
mod bad_input;
mod browser;
mod checks;
mod chromium;
mod dkim;
mod editing;
mod faults;
mod feeds;
mod first_run;
mod foreign;
mod gather;
mod good;
mod hostile;
mod hostile_text;
mod interactive;
mod kill;
mod large;
mod looks;
mod mail;
mod mailing;
mod near;
mod odd_names;
mod online;
mod pages;
mod picturing;
mod planted;
mod postfix;
mod press;
mod previewing;
mod proof;
mod rates;
mod refusals;
mod rehearsing;
mod revising;
mod scheduling;
mod server;
mod sink;
mod slots;
mod staff;
mod strace;
mod tls;
mod tls_server;
mod together;
mod told;
