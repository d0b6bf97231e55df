//! Letterpress compiles and sends email newsletters.
//!
//! ```text
//! article ──► issue ──► render ──► message ──► delivery ──► ledger
//! (files)   (choose)  (MJML,text)   (MIME)    (SMTP,rate)  (SQLite)
//!                                       ▲          ▲
//!                            audience (lists − suppressions)
//! ```
//!
//! A stage takes the value of the stage before it and knows nothing of those after.

pub mod archive;
pub mod article;
pub mod audience;
pub mod cli;
pub mod config;
pub mod delivery;
pub mod diag;
pub mod inbox;
pub mod issue;
pub mod ledger;
pub mod message;
pub mod pages;
pub mod picture;
pub mod preview;
pub mod render;
pub mod words;
pub mod world;
