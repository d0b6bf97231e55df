//! What our local web pages share: who may ask, what an answer may do, and how it looks.
//!
//! Invariant: a page answers only where it was asked by its own address, so that no other site
//! reaches it by a name of its own (DNS rebinding); what it answers loads nothing from elsewhere,
//! and a copy that it shows runs no script. No GET changes anything.

mod figures;
mod guard;
mod live;
mod pictures;
mod server;
mod showing;
mod skeleton;

pub use figures::{counted, in_words, kilobytes};
pub use guard::FormToken;
pub use live::{Change, Live};
pub use pictures::Pictures;
pub use server::{ListenError, Server, listen, reachable, serve};
pub use showing::{Scheme, Showing};
pub use skeleton::{
    Choice, Page, css, frame, framed, framed_to_measure, html, measured_frame, missing, switch,
    tabs, text,
};
