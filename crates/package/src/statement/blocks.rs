//! Length of a block of Markdown (a paragraph, a list item, a table), bounded. What reads Markdown looks through the rest of a block
//! again for each sign that may begin something, so a long block of nothing but such signs costs minutes. The count is made in
//! one pass, and takes a line that is not blank for more of the same block, which is rather too much than too little.

/// The most work that one block may be: signs that may begin something, times bytes. A block of 16 KiB may be of nothing else.
const MOST_SCANNED: usize = 1 << 28;

/// Whether each block is as short as anybody writes.
pub(super) fn are_short(text: &str) -> bool {
    let mut block = Block::default();
    text.split_inclusive(['\n', '\r']).all(|line| {
        if line.trim().is_empty() {
            block = Block::default();
        }
        block.goes_on(line)
    })
}

#[derive(Default)]
struct Block {
    signs: usize,
    bytes: usize,
}

impl Block {
    /// Whether it may go on with this line.
    fn goes_on(&mut self, line: &str) -> bool {
        self.signs += line.bytes().filter(|byte| begins_something(*byte)).count();
        self.bytes += line.len();
        self.signs.saturating_mul(self.bytes) <= MOST_SCANNED
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
