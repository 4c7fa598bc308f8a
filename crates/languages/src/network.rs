//! Network detection: words in the sources, listed in the language file, that only programs with sockets
//! have.

use model::{Network, SourceFile};

/// Number of bytes searched per file: imports are near its beginning.
const MAX_SEARCHED: usize = 256 * 1024;

/// Loopback if one of these words occurs in one of the files as a whole word.
pub(crate) fn network_for(words: &[String], files: &[SourceFile]) -> Network {
    let is_asked_for = files.iter().any(|file| {
        let bytes = file.content.as_bytes();
        let beginning = &bytes[..bytes.len().min(MAX_SEARCHED)];
        words.iter().any(|word| has_word(beginning, word.as_bytes()))
    });
    if is_asked_for { Network::Loopback } else { Network::None }
}

/// Whether `word` occurs in `text`, not as part of a longer name.
fn has_word(text: &[u8], word: &[u8]) -> bool {
    let [first, ..] = word else { return false };
    let starts = text.iter().enumerate().filter(|(_, byte)| *byte == first).map(|(at, _)| at);
    starts.into_iter().any(|at| {
        let (before, rest) = text.split_at(at);
        let Some(after) = rest.strip_prefix(word) else { return false };
        !continues(before.last(), word.first()) && !continues(word.last(), after.first())
    })
}

/// Whether both bytes belong to one name.
fn continues(one: Option<&u8>, next: Option<&u8>) -> bool {
    let is_of_name =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    is_of_name(one) && is_of_name(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, text: &str, expected: Network) {
        let file = SourceFile { name: "main".to_owned(), content: text.into() };
        assert_eq!(network_for(&[word.to_owned()], &[file]), expected, "{word:?} in {text:?}");
    }

    #[test]
    fn a_word_counts_where_it_is_not_part_of_a_longer_name() {
        for text in
            ["import socket", "socket", "from socket import *", "a=socket.socket()", "websocket; socket"]
        {
            check("socket", text, Network::Loopback);
        }
        for text in ["", "websocket", "sockets", "my_socket", "socket_2", "SOCKET"] {
            check("socket", text, Network::None);
        }
    }

    #[test]
    fn a_word_may_begin_and_end_with_other_characters_than_names_do() {
        check("/dev/tcp", "exec 3<>/dev/tcp/127.0.0.1/80", Network::Loopback);
        check("\"net/", "import \"net/http\"", Network::Loopback);
        check("\"net\"", "import \"internet\"", Network::None);
    }

    #[test]
    fn a_word_far_behind_the_beginning_of_a_file_is_not_looked_for() {
        check("socket", &format!("{}socket", " ".repeat(MAX_SEARCHED)), Network::None);
    }
}
