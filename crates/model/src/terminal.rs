//! Terminal text: escaping of untrusted text. A terminal obeys what is written to it, and packages and programs may come from anybody.

use std::fmt::Write as _;

use crate::is_visible;

/// As one line: whatever is no letter to be seen is shown by a sign or a number.
pub fn line(text: &str) -> String {
    text.chars().map(|c| escape_invisible(c).unwrap_or_else(|| c.to_string())).collect()
}

/// As lines: the ends of lines stay, tabs become spaces.
pub fn block(text: &str) -> String {
    let each = |c| match c {
        '\n' => "\n".to_owned(),
        '\t' => "    ".to_owned(),
        _ => escape_invisible(c).unwrap_or_else(|| c.to_string()),
    };
    text.replace("\r\n", "\n").chars().map(each).collect()
}

/// JSON that was made already: what it need not escape and a terminal may obey is escaped too. Such characters are only in its
/// texts, so it means the same.
pub fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || !is_terminal_control(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _infallible = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

fn escape_invisible(c: char) -> Option<String> {
    match u32::from(c) {
        // Unicode has pictures of these.
        code @ 0..0x20 => char::from_u32(0x2400 + code).map(String::from),
        0x7f => Some("␡".to_owned()),
        code if is_terminal_control(c) => Some(format!("\\u{{{code:x}}}")),
        _ => None,
    }
}

/// Characters that a terminal may obey instead of showing them.
fn is_terminal_control(c: char) -> bool {
    // Joiners and variation selectors of scripts are harmless in texts of several lines.
    let is_harmless = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{a0}' | '\u{3000}');
    !is_harmless && !is_visible(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_a_terminal_are_shown_and_not_obeyed() {
        assert_eq!(line("a\x1b[2Jb\n\u{9b}31m\u{202e}"), "a␛[2Jb␊\\u{9b}31m\\u{202e}");
        assert_eq!(block("a\r\nb\tc\x07\rd"), "a\nb    c␇␍d");
        assert_eq!(line("naïve ⏎ 例"), "naïve ⏎ 例");
    }

    #[test]
    fn json_means_the_same_and_holds_nothing_to_obey() {
        let value =
            serde_json::json!({ "said": "\u{9b}2J \x1b \u{202e} \x7f é \u{2028} \u{200b} \u{e0041}" });
        let printed = json(&serde_json::to_string_pretty(&value).expect("prints"));
        assert!(printed.chars().all(|c| c == '\n' || !is_terminal_control(c)), "{printed}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).expect("reads back"), value);
    }
}
