//! Visible text: detection and escaping of invisible characters in untrusted names and messages.
//!
//! An invisible character can still have an effect: move the cursor of a terminal, end a line of a log, reverse the direction of the
//! text so that `gpj.exe` reads `exe.jpg`, or make two different names look equal. Names with such characters are refused
//! ([`is_visible`]); other texts are escaped before they are shown ([`escape_invisible`]).

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character is visible or a plain space, and has no other effect.
pub const fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !matches!(c,
        // C1 controls, among them the next line (U+0085).
        '\u{80}'..='\u{9f}'
        // Separators of lines and paragraphs.
        | '\u{2028}' | '\u{2029}'
        // Directions.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Without width or glyph: soft hyphen, joiners, fillers, invisible operators, byte order mark.
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}'
        // Variation selectors, annotations, tags.
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        // Noncharacters.
        | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'
        // Spaces that look like the usual one, or like none.
        | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Whether all characters of a text are visible.
pub fn is_all_visible(text: &str) -> bool {
    text.chars().all(is_visible)
}

/// The text with an escape such as `\u{202e}` instead of each invisible character.
pub fn escape_invisible(text: &str) -> Cow<'_, str> {
    if is_all_visible(text) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_visible(c) {
            escaped.push(c);
        } else {
            // Writing to a string does not fail.
            let _written = write!(escaped, "\\u{{{:x}}}", u32::from(c));
        }
    }
    escaped.into()
}

/// User input in quotes, escaped and truncated, for error messages.
pub fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 40;
    let (text, more) = match text.char_indices().nth(MAX_CHARS) {
        Some((cut, _)) => (&text[..cut], "…"),
        None => (text, ""),
    };
    // Inner quotes and backslashes are escaped first, so that no escape is ambiguous.
    format!("\"{}\"{more}", escape_invisible(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_characters_of_names_are_visible() {
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
            assert!(matches!(escape_invisible(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn invisible_characters_are_escaped() {
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
            assert_eq!(escape_invisible(&text), format!("a\\u{{{:x}}}b", u32::from(c)));
        }
    }
}
