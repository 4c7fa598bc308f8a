//! Text table with columns as wide as their content.

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::styled;

/// One cell: escaped text, and its style.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Style,
    align: Align,
}

#[derive(Debug, Clone, Copy, Default)]
enum Align {
    #[default]
    Left,
    Right,
}

impl Cell {
    /// Words.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A quantity, aligned to the right.
    pub(crate) fn number(text: impl Into<String>) -> Self {
        Self { align: Align::Right, ..Self::new(text) }
    }

    /// The same in this style.
    #[must_use]
    pub(crate) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

/// Rows of cells, the first of them the heads.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these heads.
    pub(crate) fn new(heads: &[&str]) -> Self {
        let head = |text: &&str| Cell::new(*text).styled(Style::new().bold());
        Self { rows: vec![heads.iter().map(head).collect()] }
    }

    /// Adds a row below.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The table, two spaces in and between columns.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wide = |row: &Vec<Cell>, column: usize| row.get(column).map_or(0, |cell| cell.text.width());
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().map(|row| wide(row, column)).max().unwrap_or(0))
            .collect();
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }
}

fn line(row: &[Cell], widths: &[usize]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
        let space = " ".repeat(width - cell.text.width());
        let text = if cell.text.is_empty() { String::new() } else { styled(cell.style, &cell.text) };
        line.push_str("  ");
        match cell.align {
            Align::Left if at + 1 == row.len() => line.push_str(&text),
            Align::Left => line.push_str(&(text + &space)),
            Align::Right => line.push_str(&(space + &text)),
        }
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_content() {
        let mut table = Table::new(&["name", "time", "ok"]);
        table.row(vec![Cell::new("例"), Cell::number("1 s"), Cell::new("yes")]);
        table.row(vec![Cell::new("longer"), Cell::number("12 s"), Cell::new("")]);
        let shown = anstream::adapter::strip_str(&table.text()).to_string();
        assert_eq!(shown, "  name    time  ok\n  例       1 s  yes\n  longer  12 s\n");
    }
}
