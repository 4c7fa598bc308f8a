//! The one rule for names and short texts that come from others and are shown: what of them can be seen.
//!
//! A character that cannot be seen can still do something: move the cursor of a terminal, end a line of a log, turn the direction of
//! what follows so that `gpj.exe` reads `exe.jpg`, or make two names look alike that are not. Whoever takes a name refuses such
//! characters ([`is_visible`]); whoever shows a text that was not refused shows them by their numbers ([`visible`]).

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character can be seen, or is a space, and does nothing else.
pub const fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !matches!(c,
        // Controls of the second kind, the next line (U+0085) among them.
        '\u{80}'..='\u{9f}'
        // Separators of lines and paragraphs.
        | '\u{2028}' | '\u{2029}'
        // Directions.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Without width, or without any sign: soft hyphen, joiners, fillers, invisible operators, byte order mark.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}'
        // Variants of what comes before, annotations, tags.
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        // What is no character and never will be.
        | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'
        // Spaces that look like the usual one, or like none.
        | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Whether all of a text can be seen.
pub fn is_all_visible(text: &str) -> bool {
    text.chars().all(is_visible)
}

/// The text with a number, such as `\u{202e}`, in the place of each character that cannot be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_all_visible(text) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_visible(c) {
            shown.push(c);
        } else {
            // Writing to a text does not fail.
            let _written = write!(shown, "\\u{{{:x}}}", u32::from(c));
        }
    }
    shown.into()
}

/// What somebody wrote, in quotes and short enough to be repeated to them.
pub fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let (text, more) = match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => (&text[..cut], "…"),
        None => (text, ""),
    };
    // Quotes within are marked, and no number is escaped twice.
    format!("\"{}\"{more}", visible(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_in_names_can_be_seen() {
        for text in [
            "plot.png",
            "a b",
            "naïve",
            "例え.txt",
            "שלום",
            "مرحبا",
            "हिन्दी",
            "😀",
            "a\u{301}",
            "~!@#$%^&*()",
            "",
        ] {
            assert!(is_all_visible(text), "{text}");
            assert!(matches!(visible(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown_by_its_number() {
        for c in [
            '\0',
            '\t',
            '\n',
            '\r',
            '\x1b',
            '\x7f',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{3164}',
            '\u{a0}',
            '\u{e0041}',
            '\u{ffff}',
        ] {
            let text = format!("a{c}b");
            assert!(!is_all_visible(&text), "{c:?}");
            assert_eq!(visible(&text), format!("a\\u{{{:x}}}b", u32::from(c)));
        }
    }
}
