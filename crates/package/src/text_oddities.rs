//! Text oddities of tests: byte-order marks, which are removed, and Windows line ends, which stay.

use crate::{File, Tree, TreeError, Warning, tree::is_utf16};

/// Oddities found so far.
#[derive(Debug, Default)]
pub(crate) struct TextOddities {
    marked: Vec<String>,
    with_carriage_returns: Vec<String>,
    in_utf16: Vec<String>,
}

/// Number of bytes inspected per file.
const MAX_INSPECTED: u64 = 4096;

impl TextOddities {
    /// Inspects the beginning of an input or answer; returns the file without a byte-order mark.
    pub(crate) fn inspect(&mut self, tree: &Tree, file: &File) -> Result<File, TreeError> {
        let plain = tree.without_mark(file)?;
        if plain.is_some() {
            self.marked.push(file.path.clone());
        }
        let file = plain.unwrap_or_else(|| file.clone());
        let beginning = tree.beginning(&file, MAX_INSPECTED)?;
        if is_utf16(&beginning) {
            self.in_utf16.push(file.path.clone());
        }
        if beginning.windows(2).any(|pair| pair == b"\r\n") {
            self.with_carriage_returns.push(file.path.clone());
        }
        Ok(file)
    }

    /// Warns of each kind once, with its first file.
    pub(crate) fn warn(self, warnings: &mut Vec<Warning>) {
        let marked = "begins with a byte-order mark, which is taken off: no right output begins with one";
        let returns =
            "has line ends of Windows (CR LF), which programs read as they are: save it with those of Unix";
        let utf16 = "looks like UTF-16, of which programs make nothing: save it as UTF-8";
        let found = [(self.marked, marked), (self.with_carriage_returns, returns), (self.in_utf16, utf16)];
        for (files, message) in found {
            let Some((first, others)) = files.split_first() else { continue };
            let message = match others.len() {
                0 => message.to_owned(),
                more => format!("{message} ({more} more files do so, too)"),
            };
            warnings.push(Warning::new(first, &message));
        }
    }
}
