//! All that is printed.
//!
//! Invariant: results go to standard output, everything else to standard error; a stream that is
//! closed is written to no more, and stops nothing.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::args::{Color, Global, LogFormat};
use crate::diag::{self, Diagnostic, Faults, Kind, Severity};
use crate::world;

/// Durations end here, in columns.
const WIDTH: usize = 80;
/// Results begin here.
const RESULT: usize = 12;

/// How results are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In words.
    Words,
    /// As one JSON document at the end.
    Json,
    /// As a JSON line for each event.
    Events,
}

/// The terminal, or what stands for it.
#[derive(Clone, Debug)]
pub struct Ui {
    mode: Mode,
    quiet: bool,
    verbose: bool,
    log_format: LogFormat,
    log_addresses: bool,
    color_out: bool,
    color_err: bool,
    is_terminal: bool,
    /// What went wrong so far, for staff who are not here.
    shown: Arc<Mutex<Vec<Diagnostic>>>,
}

impl Ui {
    /// Looks at the flags and the streams; `dumb` says that the terminal, or its user, wants plain
    /// text.
    pub fn new(global: &Global, dumb: bool) -> Self {
        let mode = match (global.json, global.events) {
            (true, _) => Mode::Json,
            (_, true) => Mode::Events,
            _ => Mode::Words,
        };
        let color = |is_terminal: bool| match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !dumb,
        };
        Self {
            mode,
            quiet: global.quiet,
            verbose: global.verbose > 0,
            log_format: global.log_format,
            log_addresses: global.log_addresses,
            color_out: color(io::stdout().is_terminal()),
            color_err: color(io::stderr().is_terminal()),
            is_terminal: io::stdout().is_terminal() && io::stdin().is_terminal(),
            shown: Arc::default(),
        }
    }

    /// Returns one that prints nothing but what it must.
    pub fn silent(&self) -> Self {
        Self { quiet: true, mode: Mode::Words, ..self.clone() }
    }

    /// Says how results are told.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Says whether a person sits at both ends, who can be asked and can press Ctrl-C.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Says whether the user wants to hear more.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Says how log lines are written.
    pub fn log_format(&self) -> LogFormat {
        self.log_format
    }

    /// Says whether log lines may name readers by their addresses.
    pub fn logs_addresses(&self) -> bool {
        self.log_addresses
    }

    /// Says whether the user wants to hear little.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Says whether a progress bar can be drawn.
    pub fn draws_progress(&self) -> bool {
        self.mode == Mode::Words && !self.quiet && io::stderr().is_terminal()
    }

    /// Prints a line of the result.
    pub fn line(&self, text: &str) {
        if self.mode == Mode::Words {
            print(&mut io::stdout().lock(), text);
        }
    }

    /// Prints a line of the result, unless the user wants to hear little.
    pub fn tell(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Prints a title, with a remark at the right edge.
    pub fn title(&self, title: &str, remark: &str) {
        let gap = WIDTH.saturating_sub(title.width() + remark.width()).max(2);
        let gap = if remark.is_empty() { 0 } else { gap };
        self.tell(&format!("{}{}{}\n", self.bold(title), " ".repeat(gap), self.dim(remark)));
    }

    /// Prints what a stage came to, and how long it took.
    pub fn stage(&self, name: &str, result: &str, took: Option<Duration>) {
        let took = took.map_or_else(String::new, |took| format!("{:.2} s", took.as_secs_f64()));
        let gap = WIDTH.saturating_sub(RESULT + result.width() + took.width()).max(2);
        let name = self.bold(&format!("{name:<width$}", width = RESULT - 2));
        let tail =
            if took.is_empty() { took } else { format!("{}{}", " ".repeat(gap), self.dim(&took)) };
        self.tell(&format!("  {name}{result}{tail}"));
    }

    /// Prints a line under a stage.
    pub fn remark(&self, text: &str) {
        self.tell(&format!("{}{}", " ".repeat(RESULT), self.dim(text)));
    }

    /// Prints findings under a stage, in two lines each.
    pub fn findings(&self, findings: &[Diagnostic]) {
        if self.quiet {
            // Errors are told all the same, where cron mails them.
            return self.diagnostics(findings);
        }
        self.note_shown(findings);
        for finding in findings {
            let (word, color) = match finding.severity {
                Severity::Error => ("error", "\x1b[31m"),
                Severity::Warning => ("warning", "\x1b[33m"),
            };
            let word = self.paint(self.color_out, color, word);
            self.tell(&format!("{}{word}: {}", " ".repeat(RESULT), finding.what));
            let place = finding.place().map(|place| place.to_string()).or(finding.file.clone());
            let place: Vec<String> =
                place.into_iter().chain(finding.id.map(str::to_owned)).collect();
            if !place.is_empty() {
                let indent = " ".repeat(RESULT + "warning: ".len());
                self.tell(&format!("{indent}{}", self.dim(&place.join(", "))));
            }
        }
    }

    /// Prints the sentence that says all is well.
    pub fn well(&self, text: &str) {
        self.tell(&self.paint(self.color_out, "\x1b[32m", text));
    }

    /// Draws diagnostics on standard error.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        self.note_shown(diagnostics);
        for diagnostic in diagnostics {
            if self.quiet && diagnostic.severity == Severity::Warning {
                continue;
            }
            self.note(&diag::draw(diagnostic, self.color_err));
            self.note("");
        }
    }

    /// Returns the errors that were shown so far, each once.
    pub fn shown(&self) -> Vec<Diagnostic> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_shown(&self, diagnostics: &[Diagnostic]) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for error in diagnostics.iter().filter(|found| found.severity == Severity::Error) {
            // A preview shows the same at each reload.
            if !shown.contains(error) {
                shown.push(error.clone());
            }
        }
    }

    /// Draws faults, and says how things stand.
    pub fn faults(&self, faults: &Faults) {
        if self.mode != Mode::Words {
            let list: Vec<Value> = faults.list.iter().map(diag::to_json).collect();
            let result = faults.list.iter().map(|fault| match fault.kind {
                Kind::TryLater(reason) => reason,
                Kind::Held => "held",
                Kind::TooLate => "too_late",
                Kind::Usage => "usage",
                Kind::Failed => "failed",
            });
            self.json(&json!({
                "schema": "letterpress.faults/1",
                "result": result.into_iter().next(),
                "faults": list,
                "standing": faults.standing,
            }));
        }
        self.diagnostics(&faults.list);
        if let Some(standing) = &faults.standing {
            self.note(standing);
        }
    }

    /// Prints a line on standard error.
    pub fn note(&self, text: &str) {
        print(&mut io::stderr().lock(), text);
    }

    /// Prints a JSON document, or a line of events.
    pub fn json(&self, value: &Value) {
        let text = match self.mode {
            Mode::Words => return,
            Mode::Json => serde_json::to_string_pretty(value),
            Mode::Events => serde_json::to_string(value),
        };
        print(&mut io::stdout().lock(), &text.unwrap_or_default());
    }

    /// Prints a JSON document in one line, where JSON is wanted.
    pub fn json_line(&self, value: &Value) {
        if self.mode != Mode::Words {
            print(&mut io::stdout().lock(), &value.to_string());
        }
    }

    /// Prints lines: on a terminal alone on the screen, elsewhere below those before.
    pub fn redraw(&self, is_first: bool, lines: &[String]) {
        if self.mode != Mode::Words {
            return;
        }
        let before = match io::stdout().is_terminal() {
            true => "\x1b[H\x1b[2J",
            false if is_first => "",
            false => "\n",
        };
        print(&mut io::stdout().lock(), &format!("{before}{}", lines.join("\n")));
    }

    /// Prints an event, where events are wanted.
    pub fn event(&self, event: &str, value: Value) {
        if self.mode == Mode::Events {
            let mut line = json!({ "schema": "letterpress.event/1", "event": event });
            if let (Some(line), Value::Object(value)) = (line.as_object_mut(), value) {
                line.extend(value);
            }
            self.json(&line);
        }
    }

    /// Asks on standard error, and reads a line from standard input.
    pub fn ask(&self, question: &str) -> Option<String> {
        let mut err = io::stderr().lock();
        let _ = write!(err, "{question}");
        let _ = err.flush();
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer).ok()?;
        (read > 0).then(|| answer.trim().to_owned())
    }

    /// Makes text bold, on standard output.
    pub fn bold(&self, text: &str) -> String {
        self.paint(self.color_out, "\x1b[1m", text)
    }

    /// Makes text dim, on standard output.
    pub fn dim(&self, text: &str) -> String {
        self.paint(self.color_out, "\x1b[2m", text)
    }

    /// Underlines text, on standard output.
    pub fn underlined(&self, text: &str) -> String {
        self.paint(self.color_out, "\x1b[4m", text)
    }

    /// Colours a count that is not zero.
    pub fn count(&self, text: &str, color: Tint) -> String {
        let code = match color {
            Tint::Red => "\x1b[31m",
            Tint::Yellow => "\x1b[33m",
            Tint::Green => "\x1b[32m",
        };
        self.paint(self.color_out, code, text)
    }

    fn paint(&self, color: bool, code: &str, text: &str) -> String {
        if color && !text.is_empty() { format!("{code}{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The colours that counts may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    /// Something failed.
    Red,
    /// Something is in doubt.
    Yellow,
    /// Something arrived.
    Green,
}

/// Has a panic told as what it is: a fault of the program, with its place.
pub fn tell_panics(ui: &Ui) {
    let ui = ui.clone();
    world::tell_panics(move |panic| {
        let place = panic.location().map_or_else(String::new, |at| format!("{at}: "));
        let what = panic.payload_as_str().unwrap_or("no reason was given");
        let fault = Diagnostic::error("this is a fault of letterpress itself")
            .note(format!("{place}{what}"))
            .hint("what was settled is in the ledger; please report this with the lines above");
        ui.diagnostics(&[fault]);
    });
}

/// Writes a line; a closed stream is no reason to stop.
fn print(stream: &mut dyn io::Write, text: &str) {
    let _ = writeln!(stream, "{text}");
    let _ = stream.flush();
}

/// A number with its thousands grouped.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size as people read it: kB of 1,000 bytes.
pub fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1_000.0)
}

/// A count with its noun: `1 story`, `12 stories`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(18_240), "18,240");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(counted(1, "story", "stories"), "1 story");
    }
}
