//! Tables as Markdown has them: a head, rows, and how each column is set.

use pulldown_cmark::Alignment;

use crate::words::{Inline, Table};

/// Rows under more columns are not filled up.
const COLUMNS_FILLED: usize = 20;

/// A table of which the columns are known, and nothing else.
pub fn begun(columns: &[Alignment]) -> Table {
    let set = |as_this: Alignment| {
        let columns = columns.iter().enumerate().filter(move |(_, set)| **set == as_this);
        columns.map(|(at, _)| at).collect()
    };
    let (at_end, centered) = (set(Alignment::Right), set(Alignment::Center));
    Table { at_end, centered, ..Table::default() }
}

/// Adds a row, the first of which is the head.
pub(super) fn add(table: &mut Table, mut cells: Vec<Vec<Inline>>) {
    if table.head.is_empty() {
        table.head = cells;
        return;
    }
    // The parser fills short rows up, which makes megabytes of a few signs.
    if table.head.len() > COLUMNS_FILLED {
        let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        cells.truncate(end);
    }
    table.rows.push(cells);
}

/// Writes a table.
pub(super) fn written(table: &Table) -> String {
    let rule = (0..table.head.len()).map(|at| {
        match (table.at_end.contains(&at), table.centered.contains(&at)) {
            (true, _) => " ---: |",
            (_, true) => " :---: |",
            _ => " --- |",
        }
    });
    let mut lines: Vec<String> = table.all_rows().map(|row| row_line(row)).collect();
    lines.insert(1, format!("|{}", rule.collect::<String>()));
    lines.join("\n")
}

fn row_line(cells: &[Vec<Inline>]) -> String {
    let mut line = String::from("|");
    for cell in cells {
        let text = super::line(cell).replace("\\\n", " ");
        line.push_str(&format!(" {} |", guarded(text.trim())));
    }
    line
}

/// Puts a backslash before each line that would part cells and has none.
fn guarded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len());
    let mut is_guarded = false;
    for c in text.chars() {
        if c == '|' && !is_guarded {
            guarded.push('\\');
        }
        is_guarded = c == '\\' && !is_guarded;
        guarded.push(c);
    }
    guarded
}
