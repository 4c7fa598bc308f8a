//! Markdown block length check: rejects blocks that take quadratic time to parse.
//!
//! A Markdown parser scans the rest of a block (a paragraph, a list item, a table) again for each character
//! that may start an inline element, so a long block of nothing else takes minutes. The check makes one pass
//! and counts each non-blank line as part of the same block, which overestimates.

/// Maximum cost of one block: special characters times bytes. A block of 16 KiB may consist of nothing else.
const MAX_SCAN_COST: usize = 1 << 28;

/// Whether all blocks are of a usual length.
pub(super) fn are_short(text: &str) -> bool {
    let mut block = Block::default();
    text.split_inclusive(['\n', '\r']).all(|line| {
        if line.trim().is_empty() {
            block = Block::default();
        }
        block.add_line(line)
    })
}

#[derive(Default)]
struct Block {
    signs: usize,
    bytes: usize,
}

impl Block {
    /// Adds a line; whether the block is still short enough.
    fn add_line(&mut self, line: &str) -> bool {
        self.signs += line.bytes().filter(|byte| begins_something(*byte)).count();
        self.bytes += line.len();
        self.signs.saturating_mul(self.bytes) <= MAX_SCAN_COST
    }
}

fn begins_something(byte: u8) -> bool {
    matches!(
        byte,
        b'[' | b']'
            | b'('
            | b'!'
            | b'*'
            | b'_'
            | b'`'
            | b'$'
            | b'~'
            | b'<'
            | b'&'
            | b'\\'
            | b'|'
            | b'^'
            | b'{'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_short() {
        for short in [
            &"A sentence with `code`, *stress* and a [link](https://example.org).\n".repeat(200),
            &"A sentence with `code`, *stress* and a [link](https://example.org).\n\n".repeat(20_000),
            &format!("```\n{}```\n", "1 2 3 4 5 6 7 8 9\n".repeat(50_000)),
            &"| 1 | 2 |\n".repeat(1_500),
            &"[a](".repeat(4_000),
            &"[a]( b\n \n".repeat(100_000),
        ] {
            assert!(are_short(short), "{short:.60}");
        }
    }

    #[test]
    fn a_block_of_nothing_but_signs_is_long() {
        for unit in ["[a](", "[", "`", "$", "*_", "<", "a|b\n", "[^1]", "\\", "&"] {
            assert!(!are_short(&unit.repeat(200_000 / unit.len())), "{unit}");
        }
    }
}
