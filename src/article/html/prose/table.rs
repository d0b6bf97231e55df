//! Tables of a page: those of data stay what they are, all others are paragraphs.

use scraper::ElementRef;

use super::{Page, Reader, holds_blocks};
use crate::words::{Block, Inline, Table};

/// A cell may span so many columns.
const COLUMNS_MAX: usize = 20;
/// And so many rows.
const ROWS_MAX: usize = 200;
/// A table with more cells is read as paragraphs.
const CELLS_MAX: usize = 5_000;

type Cell = Vec<Inline>;

impl Reader<'_, '_, '_> {
    pub(super) fn table(&mut self, element: ElementRef<'_>, page: &mut Page) {
        let element = self.original.table(element);
        let Some(table) = self.data(element) else { return self.add_to(element, page) };
        let mut parts = element.child_elements();
        if let Some(caption) = parts.find(|part| part.value().name() == "caption") {
            page.prose.extend(self.deeper(caption));
        }
        page.prose.push(Block::Table(table));
    }

    /// A table of data is one whose first row names columns, and whose cells hold a line each.
    fn data(&mut self, element: ElementRef<'_>) -> Option<Table> {
        let cut = self.places.cut.len();
        let mut rows = vec![];
        for row in element.descendants().filter_map(ElementRef::wrap) {
            match row.value().name() {
                "table" if row != element => return None,
                "tr" if rows.is_empty() && !is_head(row) => return None,
                "tr" => rows.push(row),
                _ => {}
            }
        }
        let width = rows.first().map_or(0, |head| head.child_elements().count() * COLUMNS_MAX);
        let mut spans = Spans { width, ..Spans::default() };
        let cells: Option<Vec<_>> =
            rows.into_iter().map(|row| self.cells(row, &mut spans)).collect();
        if cells.is_none() {
            self.places.cut.truncate(cut);
        }
        let mut rows = cells?.into_iter().filter(|row| row.iter().any(|cell| !cell.is_empty()));
        let head = rows.next()?;
        let rows = rows.map(|mut row| {
            row.truncate(head.len());
            row
        });
        let rows: Vec<_> = rows.collect();
        let is_small = rows.len() * head.len() <= CELLS_MAX;
        (is_small && !rows.is_empty()).then(|| Table { head, rows, ..Table::default() })
    }

    /// The cells of a row under their columns: what spans rows stands in each of them, what spans
    /// columns in the first.
    fn cells(&mut self, row: ElementRef<'_>, spans: &mut Spans) -> Option<Vec<Cell>> {
        let mut cells = vec![];
        for element in row.child_elements() {
            spans.carry(&mut cells);
            let cell = match self.deeper(element).as_slice() {
                [] => vec![],
                [Block::Paragraph(line)] => line.clone(),
                _ => return None,
            };
            let span =
                |name: &str| element.value().attr(name).and_then(|span| span.trim().parse().ok());
            let columns = span("colspan").unwrap_or(1_usize).clamp(1, COLUMNS_MAX);
            let rows = span("rowspan").unwrap_or(1_usize).clamp(1, ROWS_MAX);
            if cells.len() >= spans.width {
                break;
            }
            for column in 0..columns {
                let cell = if column == 0 { cell.clone() } else { vec![] };
                spans.note(cells.len(), rows - 1, &cell);
                cells.push(cell);
            }
        }
        spans.carry(&mut cells);
        Some(cells)
    }

    /// A row of another table becomes a paragraph.
    pub(super) fn row(&mut self, element: ElementRef<'_>, page: &mut Page) {
        for cell in element.child_elements() {
            if holds_blocks(cell) {
                page.end_line();
                self.add_to(cell, page);
                page.end_line();
            } else {
                page.line.text(" ");
                self.inlines(cell, &mut page.line);
            }
        }
    }
}

/// Cells that reach into the rows below, by their columns.
#[derive(Default)]
struct Spans {
    /// A row has no more cells.
    width: usize,
    columns: Vec<(usize, Cell)>,
}

impl Spans {
    fn note(&mut self, column: usize, rows: usize, cell: &Cell) {
        if self.columns.len() <= column {
            self.columns.resize(column + 1, (0, vec![]));
        }
        self.columns[column] = (rows, cell.clone());
    }

    /// Adds what reaches into the row at this place.
    fn carry(&mut self, cells: &mut Vec<Cell>) {
        // What lies further out is under no column.
        while cells.len() < self.width
            && let Some((rows, cell)) =
                self.columns.get_mut(cells.len()).filter(|(rows, _)| *rows > 0)
        {
            *rows -= 1;
            cells.push(cell.clone());
        }
    }
}

/// Says whether a row names two columns or more.
fn is_head(row: ElementRef<'_>) -> bool {
    let named = row.child_elements().filter(|cell| cell.value().name() == "th");
    named.count() >= 2 && row.child_elements().all(|cell| cell.value().name() == "th")
}
