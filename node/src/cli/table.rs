//! Plain tables and lists of facts, readable without colour.

use std::fmt::Write as _;

/// Spaces between two columns.
const GAP: usize = 2;

/// A table with a head; columns are as wide as their widest cell.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Begins a table.
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|cell| cell.to_uppercase()).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Returns the text; `none` stands for a table without rows.
    pub(crate) fn text(&self, none: &str) -> String {
        if self.rows.len() == 1 { format!("{none}\n") } else { aligned(&self.rows) }
    }
}

/// Facts with their names, one a line.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    rows: Vec<Vec<String>>,
}

impl Facts {
    /// Adds a fact.
    pub(crate) fn add(&mut self, name: &str, value: impl ToString) {
        self.rows.push(vec![name.to_owned(), value.to_string()]);
    }

    /// Adds a fact, if there is one.
    pub(crate) fn maybe<T: ToString>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Adds a list under one name, a value a line.
    pub(crate) fn list(&mut self, name: &str, values: impl IntoIterator<Item = String>) {
        for (at, value) in values.into_iter().enumerate() {
            self.add(if at == 0 { name } else { "" }, value);
        }
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> String {
        aligned(&self.rows)
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| wide(cell)).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let pad = width.saturating_sub(wide(cell)) + GAP;
            write!(line, "{cell}{:pad$}", "").expect("a string takes whatever is written");
        }
        writeln!(text, "{}", line.trim_end()).expect("a string takes whatever is written");
    }
    text
}

fn wide(cell: &str) -> usize {
    cell.chars().count()
}

/// Returns a list of words in one cell, or what stands for an empty one.
pub(crate) fn words<T: ToString>(values: impl IntoIterator<Item = T>, none: &str) -> String {
    let words: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    if words.is_empty() { none.to_owned() } else { words.join(", ") }
}

/// Returns a size in bytes as people read it.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    let mut scaled = (bytes, "B");
    let mut tenths = 0;
    for unit in units {
        if scaled.0 < 1024 {
            break;
        }
        tenths = scaled.0 % 1024 * 10 / 1024;
        scaled = (scaled.0 / 1024, unit);
    }
    if scaled.1 == "B" { format!("{bytes} B") } else { format!("{}.{tenths} {}", scaled.0, scaled.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_trails() {
        let mut table = Table::new(&["id", "name"]);
        table.row(vec!["1".to_owned(), "é".to_owned()]);
        table.row(vec!["200".to_owned(), String::new()]);
        assert_eq!(table.text("none"), "ID   NAME\n1    é\n200\n");
        assert_eq!(Table::new(&["id"]).text("nothing waits"), "nothing waits\n");
    }

    #[test]
    fn sizes() {
        let cases =
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB")];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }
}
