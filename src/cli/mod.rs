//! The command line: arguments in, a plan, one effect, and what came of it.

mod args;
mod bar;
mod context;
mod deliver;
mod edition;
mod exit;
mod feeds;
mod gallery;
mod inboxes;
mod online;
mod picker;
mod publish;
mod showing;
mod signal;
mod staff;
mod stories;
mod ui;
mod verb;
mod workspace;

pub use args::Letterpress;
pub use context::{CONFIG, Context};
pub use exit::Exit;
pub use ui::Ui;
pub use ui::tell_panics;
pub use verb::run;
