//! Paths inside a package, as text: joined, and quoted for messages.

/// Quotes a name or target for a message, with control characters escaped.
pub(super) fn quoted(name: &str) -> String {
    let shown: String = name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    format!("\"{shown}\"")
}

/// The path of an entry of a folder; the folder of the package itself is "".
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
