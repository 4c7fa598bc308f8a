//! Names of source files: stems, extensions, and names that no file has.

use model::{SourceFile, names_clash};

/// The name, with its folders and without its extension.
pub(crate) fn stem(name: &str) -> &str {
    let begins = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[begins..].rfind('.') {
        Some(dot) if dot > 0 => &name[..begins + dot],
        Some(_) | None => name,
    }
}

/// Whether the name ends in a dot and one of the extensions, in upper or lower case; in upper case only, where it is given so.
pub(crate) fn has_extension(name: &str, extensions: &[String]) -> bool {
    let Some((_, own)) = name.rsplit_once('.') else { return false };
    let is_exact = |extension: &str| extension.chars().any(|c| c.is_ascii_uppercase());
    extensions
        .iter()
        .any(|extension| extension == own || (!is_exact(extension) && extension.eq_ignore_ascii_case(own)))
}

/// The name with a suffix that makes it unused.
pub(crate) fn unused_name(files: &[SourceFile], name: &str) -> String {
    let mut free = format!("{name}.submitted");
    while files.iter().any(|file| names_clash(&file.name, &free)) {
        free.push('_');
    }
    free
}
