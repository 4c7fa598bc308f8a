//! Nested JSON: deserialization with a depth limit of the caller, counted before parsing.
//!
//! Each level takes some of the parser's stack, so the limit must fit into the stack of a small thread.

use serde::de::DeserializeOwned;

/// JSON that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NestedJsonError {
    /// Its lists and objects are nested deeper than this.
    #[error("it is nested deeper than {0} levels")]
    TooDeep(usize),
    /// It is not JSON, or does not match the type.
    #[error(transparent)]
    Unreadable(#[from] serde_json::Error),
}

/// Reads JSON whose lists and objects are nested no deeper than `max_depth` levels.
///
/// # Errors
/// [`NestedJsonError::TooDeep`] before anything is parsed, or the parser's error.
pub fn read_nested<T: DeserializeOwned>(json: &[u8], max_depth: usize) -> Result<T, NestedJsonError> {
    if nesting_depth(json) > max_depth {
        return Err(NestedJsonError::TooDeep(max_depth));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(read)
}

/// Depth of the brackets outside of strings; for invalid JSON an upper bound.
fn nesting_depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_text(&mut bytes),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn lists(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn json_up_to_the_depth_limit_is_read_and_nothing_deeper() {
        for depth in [1, 127, 128, 300] {
            assert!(read_nested::<Value>(lists(depth).as_bytes(), depth).is_ok(), "{depth}");
            let deeper = read_nested::<Value>(lists(depth + 1).as_bytes(), depth);
            assert!(matches!(deeper, Err(NestedJsonError::TooDeep(most)) if most == depth), "{depth}");
        }
        let endless = "[".repeat(10_000_000);
        assert!(matches!(read_nested::<Value>(endless.as_bytes(), 300), Err(NestedJsonError::TooDeep(300))));
    }

    #[test]
    fn brackets_in_strings_are_no_levels() {
        for flat in [r#"["[[[["]"#, r#"["\"[[["]"#, r#"{"{{{\\":1}"#, r#"["\\","[["]"#] {
            assert!(read_nested::<Value>(flat.as_bytes(), 1).is_ok(), "{flat}");
        }
    }

    #[test]
    fn trailing_data_is_refused() {
        for wrong in ["[] []", "[", "\"", "\"\\", "]["] {
            assert!(
                matches!(read_nested::<Value>(wrong.as_bytes(), 9), Err(NestedJsonError::Unreadable(_))),
                "{wrong}"
            );
        }
    }
}
