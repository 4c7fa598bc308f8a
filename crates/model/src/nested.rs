//! JSON that may be nested deeper than its reader likes: the depth is counted first, and what is deeper than allowed is never
//! read. Each level takes some of the reader's stack, so a depth that is allowed must fit into that of a small thread.

use serde::de::DeserializeOwned;

/// Why JSON cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NestedJsonError {
    /// Its lists and objects are nested deeper than this.
    #[error("it is nested deeper than {0} levels")]
    TooDeep(usize),
    /// It is no JSON, or has another form.
    #[error(transparent)]
    Unreadable(#[from] serde_json::Error),
}

/// Reads JSON whose lists and objects are nested no deeper than `most` levels.
///
/// # Errors
/// [`NestedJsonError::TooDeep`] before anything is read, or what the reader says.
pub fn read_nested<T: DeserializeOwned>(json: &[u8], most: usize) -> Result<T, NestedJsonError> {
    if deepest(json) > most {
        return Err(NestedJsonError::TooDeep(most));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    reader.disable_recursion_limit();
    let read = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(read)
}

/// How deep brackets outside of texts are nested; of what is no JSON, rather too deep than too flat.
fn deepest(json: &[u8]) -> usize {
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
    fn what_is_as_deep_as_allowed_is_read_and_nothing_deeper() {
        for depth in [1, 127, 128, 300] {
            assert!(read_nested::<Value>(lists(depth).as_bytes(), depth).is_ok(), "{depth}");
            let deeper = read_nested::<Value>(lists(depth + 1).as_bytes(), depth);
            assert!(matches!(deeper, Err(NestedJsonError::TooDeep(most)) if most == depth), "{depth}");
        }
        let endless = "[".repeat(10_000_000);
        assert!(matches!(read_nested::<Value>(endless.as_bytes(), 300), Err(NestedJsonError::TooDeep(300))));
    }

    #[test]
    fn brackets_in_texts_are_no_levels() {
        for flat in [r#"["[[[["]"#, r#"["\"[[["]"#, r#"{"{{{\\":1}"#, r#"["\\","[["]"#] {
            assert!(read_nested::<Value>(flat.as_bytes(), 1).is_ok(), "{flat}");
        }
    }

    #[test]
    fn what_follows_is_no_part_of_it() {
        for wrong in ["[] []", "[", "\"", "\"\\", "]["] {
            assert!(
                matches!(read_nested::<Value>(wrong.as_bytes(), 9), Err(NestedJsonError::Unreadable(_))),
                "{wrong}"
            );
        }
    }
}
