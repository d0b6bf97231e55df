//! A list on the terminal in which stories are ticked, moved and looked at.
//!
//! Invariant: what is drawn and what a key does are told by values alone; only [`show`] knows the
//! terminal, and leaves it as it found it.

use std::io;

use console::{Key, Term};
use nix::sys::termios::{self, SetArg, Termios};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// A story that may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which one it is, whatever its place.
    pub number: usize,
    /// Whether it is taken.
    pub is_ticked: bool,
    /// The headline.
    pub headline: String,
    /// What else tells it: section, date, why it is not taken by itself.
    pub remark: String,
}

/// The list with where its user is.
#[derive(Debug)]
pub struct Picker {
    title: String,
    rows: Vec<Row>,
    cursor: usize,
    /// The story that is looked at, in lines, and the first of them that is seen.
    story: Option<(Vec<String>, usize)>,
}

/// What a key leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The list goes on.
    Stay,
    /// The story of this number is to be shown.
    Look(usize),
    /// The choice is made.
    Take,
    /// Nothing is to be done.
    Leave,
}

/// What the last line says.
const KEYS: &str = "↑↓ go   space take   J K move   enter look   a all   w write   q leave";
const STORY_KEYS: &str = "↑↓ read   q back";

impl Picker {
    /// Begins with the first row.
    pub fn new(title: String, rows: Vec<Row>) -> Self {
        Self { title, rows, cursor: 0, story: None }
    }

    /// Shows a story.
    pub fn look(&mut self, lines: Vec<String>) {
        self.story = Some((lines, 0));
    }

    /// The rows as they were arranged.
    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Does what a key says; `height` is that of the terminal, in lines.
    pub fn press(&mut self, key: &Key, height: usize) -> Step {
        let page = height.saturating_sub(4).max(1);
        if let Some((lines, top)) = &mut self.story {
            let last = lines.len().saturating_sub(1);
            match key {
                Key::ArrowDown | Key::Char('j') => *top = (*top + 1).min(last),
                Key::ArrowUp | Key::Char('k') => *top = top.saturating_sub(1),
                Key::PageDown | Key::Char(' ') => *top = (*top + page).min(last),
                Key::PageUp => *top = top.saturating_sub(page),
                Key::CtrlC => return Step::Leave,
                _ => self.story = None,
            }
            return Step::Stay;
        }
        let last = self.rows.len().saturating_sub(1);
        match key {
            Key::ArrowDown | Key::Char('j') => self.cursor = (self.cursor + 1).min(last),
            Key::ArrowUp | Key::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            Key::PageDown => self.cursor = (self.cursor + page).min(last),
            Key::PageUp => self.cursor = self.cursor.saturating_sub(page),
            Key::Home => self.cursor = 0,
            Key::End => self.cursor = last,
            Key::Char(' ' | 'x') => {
                if let Some(row) = self.rows.get_mut(self.cursor) {
                    row.is_ticked = !row.is_ticked;
                }
            }
            Key::Char('a') => {
                let all = self.rows.iter().all(|row| row.is_ticked);
                self.rows.iter_mut().for_each(|row| row.is_ticked = !all);
            }
            Key::Char('J') if self.cursor < last => {
                self.rows.swap(self.cursor, self.cursor + 1);
                self.cursor += 1;
            }
            Key::Char('K') if self.cursor > 0 => {
                self.rows.swap(self.cursor, self.cursor - 1);
                self.cursor -= 1;
            }
            Key::Enter | Key::ArrowRight => {
                return self.rows.get(self.cursor).map_or(Step::Stay, |row| Step::Look(row.number));
            }
            Key::Char('w') => return Step::Take,
            Key::Char('q') | Key::Escape | Key::CtrlC => return Step::Leave,
            _ => {}
        }
        Step::Stay
    }

    /// The screen, a line each; none is wider than `width` columns.
    pub fn draw(&self, width: usize, height: usize) -> Vec<String> {
        let room = height.saturating_sub(4).max(1);
        let mut lines = vec![self.title.clone(), String::new()];
        let keys = match &self.story {
            Some((story, top)) => {
                lines.extend(story.iter().skip(*top).take(room).map(|line| format!("  {line}")));
                STORY_KEYS
            }
            None => {
                // The cursor stays in the middle, where there is something on both sides.
                let most = self.rows.len().saturating_sub(room);
                let top = self.cursor.saturating_sub(room / 2).min(most);
                let rows = self.rows.iter().enumerate().skip(top).take(room);
                lines.extend(rows.map(|(at, row)| self.row(at, row, width)));
                KEYS
            }
        };
        lines.resize(room + 3, String::new());
        lines.push(keys.to_owned());
        lines.iter().map(|line| fit(line, width)).collect()
    }

    fn row(&self, at: usize, row: &Row, width: usize) -> String {
        let mark = if at == self.cursor { "›" } else { " " };
        let tick = if row.is_ticked { "x" } else { " " };
        let left = format!("{mark} [{tick}] ");
        let remark = fit(&row.remark, width / 3);
        let room = width.saturating_sub(left.width() + remark.width() + 2);
        let headline = fit(&row.headline, room);
        let gap = " ".repeat(room.saturating_sub(headline.width()) + 2);
        format!("{left}{headline}{gap}{remark}")
    }
}

/// A text that fills no more than `width` columns, and moves nothing on the terminal.
fn fit(text: &str, width: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.width() <= width {
        return text;
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(c);
    }
    if width > 0 { format!("{}…", kept.trim_end()) } else { kept }
}

/// Lets the user arrange the list; `story` gives the lines of one, as wide as it is told. `None` if
/// the user leaves.
///
/// # Errors
/// If the terminal fails.
pub fn show(
    mut picker: Picker,
    story: &dyn Fn(usize, usize) -> Vec<String>,
) -> io::Result<Option<Vec<Row>>> {
    let term = Term::buffered_stderr();
    let _screen = Screen::open(&term)?;
    loop {
        let (height, width) = term.size();
        let (height, width) = (usize::from(height).max(6), usize::from(width).max(20));
        // Line by line in its place: nothing flickers, and nothing scrolls.
        let lines = picker.draw(width - 1, height);
        let lines: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| format!("\x1b[{};1H{}\x1b[K", at + 1, styled(line, at, &lines)))
            .collect();
        term.write_str(&lines.concat())?;
        term.flush()?;
        match picker.press(&term.read_key_raw()?, height) {
            Step::Stay => {}
            Step::Look(number) => picker.look(story(number, width - 4)),
            Step::Take => return Ok(Some(picker.into_rows())),
            Step::Leave => return Ok(None),
        }
    }
}

/// The title stands out, the keys stand back, and the row that the user is at is marked.
fn styled(line: &str, at: usize, lines: &[String]) -> String {
    match at {
        0 => format!("\x1b[1m{line}\x1b[0m"),
        _ if at + 1 == lines.len() => format!("\x1b[2m{line}\x1b[0m"),
        _ if line.starts_with('›') => format!("\x1b[7m{line}\x1b[0m"),
        _ => line.to_owned(),
    }
}

/// The terminal's other screen, in which every key is ours, until it is dropped.
struct Screen<'t> {
    term: &'t Term,
    before: Termios,
}

impl<'t> Screen<'t> {
    fn open(term: &'t Term) -> io::Result<Self> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        termios::cfmakeraw(&mut raw);
        raw.output_flags = before.output_flags;
        // Also between two keys: Ctrl-C would end us there, and leave the terminal so.
        termios::tcsetattr(io::stdin(), SetArg::TCSADRAIN, &raw)?;
        let screen = Self { term, before };
        term.write_str("\x1b[?1049h\x1b[?25l\x1b[2J")?;
        Ok(screen)
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        let _ = self.term.write_str("\x1b[?25h\x1b[?1049l");
        let _ = self.term.flush();
        let _ = termios::tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(count: usize) -> Picker {
        let row = |number| Row {
            number,
            is_ticked: number < 2,
            headline: format!("Story {number}"),
            remark: "Top  Mar 22".to_owned(),
        };
        Picker::new("Weekly, 2023-W12".to_owned(), (0..count).map(row).collect())
    }

    fn press(picker: &mut Picker, keys: &str) -> Vec<Step> {
        keys.chars().map(|key| picker.press(&Key::Char(key), 10)).collect()
    }

    #[test]
    fn the_list_shows_what_is_taken_and_where_one_is() {
        let mut picker = picker(3);
        press(&mut picker, "j");
        insta::assert_snapshot!(picker.draw(60, 8).join("\n"), @"
        Weekly, 2023-W12

          [x] Story 0                                    Top  Mar 22
        › [x] Story 1                                    Top  Mar 22
          [ ] Story 2                                    Top  Mar 22


        ↑↓ go   space take   J K move   enter look   a all   w writ…
        ");
    }

    #[test]
    fn rows_are_ticked_moved_and_taken_in_their_order() {
        let mut picker = picker(3);
        assert_eq!(press(&mut picker, " jjxKKw").last(), Some(&Step::Take));
        let order: Vec<_> = picker.into_rows().iter().map(|r| (r.number, r.is_ticked)).collect();
        assert_eq!(order, [(2, true), (0, false), (1, true)]);
        let mut picker = self::picker(3);
        press(&mut picker, "KJJJ");
        let order: Vec<_> = picker.rows.iter().map(|row| row.number).collect();
        assert_eq!(order, [1, 2, 0], "no row moves out of the list");
        press(&mut picker, "a");
        assert!(picker.rows.iter().all(|row| row.is_ticked));
        press(&mut picker, "a");
        assert!(picker.rows.iter().all(|row| !row.is_ticked));
    }

    #[test]
    fn a_story_is_looked_at_and_left() {
        let mut picker = picker(3);
        assert_eq!(picker.press(&Key::Enter, 10), Step::Look(0));
        picker.look((0..30).map(|line| format!("line {line}")).collect());
        press(&mut picker, "jj");
        let drawn = picker.draw(40, 10);
        assert_eq!((drawn[2].as_str(), drawn.len()), ("  line 2", 10));
        press(&mut picker, "q");
        assert_eq!(press(&mut picker, "q"), [Step::Leave]);
        assert_eq!(self::picker(0).press(&Key::Enter, 10), Step::Stay);
    }

    #[test]
    fn nothing_is_wider_or_higher_than_the_terminal_and_nothing_moves_its_cursor() {
        let mut picker = picker(100);
        picker.rows[3].headline = "\x1b[2J\t漢字が長い見出しです".repeat(9);
        for (width, height) in [(20, 6), (33, 10), (80, 24), (200, 50)] {
            for _ in 0..120 {
                let lines = picker.draw(width, height);
                assert_eq!(lines.len(), height);
                for line in &lines {
                    assert!(line.width() <= width && !line.contains(char::is_control), "{line:?}");
                }
                let at = lines.iter().filter(|line| line.starts_with('›')).count();
                assert_eq!(at, 1, "the cursor is seen");
                picker.press(&Key::ArrowDown, height);
            }
            picker.press(&Key::Home, height);
        }
    }
}
