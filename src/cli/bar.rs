//! Progress bars, on standard error.

use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::context::Context;
use super::ui::{Ui, grouped};

/// What takes less is not worth a bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar with a stage's name before it.
pub fn bar(stage: &str, length: u64, cx: &Context) -> ProgressBar {
    let is_utf8 = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| cx.environment.get(*name).filter(|value| !value.is_empty()))
        .is_none_or(|value| value.to_ascii_lowercase().replace('-', "").contains("utf8"));
    let chars = if is_utf8 { "━╸─" } else { "==-" };
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(10));
    let template = format!("  {stage:<8} {{bar:26.green/dim}}  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars(chars));
    }
    bar
}

/// Shows how far the reading of articles is, once it takes long.
pub struct Reading<'a> {
    cx: Option<&'a Context>,
    started: Instant,
    bar: OnceLock<ProgressBar>,
}

impl<'a> Reading<'a> {
    /// Begins to wait.
    pub fn new(ui: &Ui, cx: &'a Context) -> Self {
        let cx = ui.draws_progress().then_some(cx);
        Self { cx, started: Instant::now(), bar: OnceLock::new() }
    }

    /// Shows that `done` of `files` files are read.
    pub fn show(&self, done: usize, files: usize) {
        let Some(cx) = self.cx.filter(|_| self.started.elapsed() >= PATIENCE) else { return };
        let bar = self.bar.get_or_init(|| bar("gather", files as u64, cx));
        bar.set_message(format!("{} of {} files", grouped(done as u64), grouped(files as u64)));
        bar.set_position(done as u64);
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
