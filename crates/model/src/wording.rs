//! Wording: counts, times and causes of errors, as messages for people have them.

use std::{error::Error, iter, time::Duration};

/// `1 test`, `2 tests`.
pub fn count_text(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// A time: in milliseconds below one second, else in seconds with at most two decimals.
pub fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    let text = format!("{:.2}", time.as_secs_f64());
    format!("{} s", text.strip_suffix(".00").unwrap_or(&text))
}

/// The messages of an error and all its causes, with colons between.
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |error| (**error).source()).map(ToString::to_string);
    causes.collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_exact_as_they_are_short() {
        for (ms, text) in
            [(0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (1234, "1.23 s"), (2004, "2 s"), (61_000, "61 s")]
        {
            assert_eq!(seconds(Duration::from_millis(ms)), text);
        }
    }

    #[test]
    fn one_thing_is_singular() {
        for (count, text) in [(0, "0 tests"), (1, "1 test"), (2, "2 tests")] {
            assert_eq!(count_text(count, "test"), text);
        }
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("the file cannot be read")]
        struct Unreadable(#[source] std::io::Error);
        let error = Unreadable(std::io::Error::other("no such disk"));
        assert_eq!(error_chain(&error), "the file cannot be read: no such disk");
    }
}
