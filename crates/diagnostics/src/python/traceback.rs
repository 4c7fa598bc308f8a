//! Tracebacks of CPython 3.11 and later, read back from standard error: the type, the message, and the places that it names.

/// The last traceback in a program's messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traceback<'a> {
    /// The exception's type, without its module (`TypeError`).
    pub(crate) kind: &'a str,
    /// The text after the type; empty if there is none.
    pub(crate) message: &'a str,
    /// The innermost place in the main file.
    pub(crate) line: u32,
    /// Characters that are marked on that line, counted from 1, the last one excluded.
    pub(crate) columns: Option<(u32, u32)>,
    /// The function that the place is in, if it is in one.
    pub(crate) function: Option<&'a str>,
    /// Whether the place is where the exception was raised, not a call that led there.
    pub(crate) is_innermost: bool,
}

/// Reads the last traceback that names the main file.
pub(crate) fn read<'a>(stderr: &'a str, file: &str, source: &str) -> Option<Traceback<'a>> {
    let lines: Vec<&str> = stderr.lines().collect();
    let last = lines.iter().rposition(|line| exception(line).is_some())?;
    let (kind, message) = exception(lines[last])?;
    let begin = lines[..last].iter().rposition(|line| line.starts_with("Traceback (most")).unwrap_or(0);
    let frames: Vec<usize> =
        (begin..last).filter(|&at| lines[at].trim_start().starts_with("File \"")).collect();
    let own = frames.iter().rposition(|&at| is_in(lines[at], file))?;
    let at = frames[own];
    let (line, function) = place(lines[at])?;
    let columns = marked(&lines[at + 1..last], line, source);
    Some(Traceback { kind, message, line, columns, function, is_innermost: own + 1 == frames.len() })
}

/// The type and the message of an exception's line.
fn exception(line: &str) -> Option<(&str, &str)> {
    let (name, message) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
    let kind = name.rsplit('.').next()?;
    let is_type = kind.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '.')
        && (["Error", "Exception", "Interrupt", "Exit", "Warning", "Iteration", "Operation"]
            .iter()
            .any(|end| kind.ends_with(end)));
    is_type.then_some((kind, message))
}

fn is_in(line: &str, file: &str) -> bool {
    let path = line.trim_start().strip_prefix("File \"").and_then(|rest| rest.split_once('"'));
    path.is_some_and(|(path, _)| path.rsplit('/').next() == Some(file))
}

fn place(line: &str) -> Option<(u32, Option<&str>)> {
    let (_, rest) = line.rsplit_once("\", line ")?;
    let (number, function) =
        rest.split_once(", in ").map_or((rest, None), |(number, function)| (number, Some(function)));
    let function = function.filter(|name| !name.starts_with('<'));
    Some((number.trim().parse().ok()?, function))
}

/// The characters under the carets that follow a place.
fn marked(after: &[&str], line: u32, source: &str) -> Option<(u32, u32)> {
    let [shown, carets, ..] = after else { return None };
    if carets.trim().is_empty() || !carets.trim().chars().all(|letter| "^~ ".contains(letter)) {
        return None;
    }
    let text = source.lines().nth(line.checked_sub(1)? as usize)?;
    let indent = |text: &str| text.chars().take_while(|letter| letter.is_whitespace()).count();
    // A traceback shows the line without its own indentation.
    let start = carets
        .chars()
        .position(|letter| letter != ' ')?
        .checked_add(indent(text))?
        .checked_sub(indent(shown))?
        + 1;
    let end = start + carets.trim().chars().count();
    Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_run_time_error_is_read_with_its_innermost_place_in_the_main_file() {
        let stderr = "Traceback (most recent call last):\n  File \"/box/main.py\", line 2, in <module>\n    print(random.choice([]))\n          ^^^^^^^^^^^^^^^^^\n  File \"/usr/lib/python3.11/random.py\", line 373, in choice\n    raise IndexError('x')\nIndexError: Cannot choose from an empty sequence\n";
        let read = read(stderr, "main.py", "import random\nprint(random.choice([]))\n").unwrap();
        assert_eq!((read.kind, read.line, read.columns), ("IndexError", 2, Some((7, 24))));
        assert!(!read.is_innermost);
        assert_eq!(read.message, "Cannot choose from an empty sequence");
    }

    #[test]
    fn columns_of_indented_lines_count_the_indentation() {
        let stderr = "  File \"/box/main.py\", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n";
        let read = read(stderr, "main.py", "if True:\n        x = = 1\n").unwrap();
        assert_eq!(read.columns, Some((13, 14)));
    }

    #[test]
    fn messages_that_are_no_traceback_are_none() {
        assert_eq!(read("warning: nothing\n", "main.py", ""), None);
    }
}
