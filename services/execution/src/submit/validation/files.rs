//! Files of a submission: checks their number, names, sizes and contents.
//!
//! A valid name is a path below the work folder ([`model::FileNameLimits`]), so a submission cannot write outside of it.

use model::{SourceFile, first_clash};
use wire::{FieldError, FileBody};

use crate::settings::Settings;

/// All files, the main one first: `code` under the language's own file name, else the first of `files`.
pub(super) fn collect(
    code: Option<String>,
    files: Option<Vec<FileBody>>,
    main_file: &str,
    settings: &Settings,
) -> Result<Vec<SourceFile>, Vec<FieldError>> {
    let files = files.unwrap_or_default();
    if code.is_none() && files.is_empty() {
        return Err(vec![FieldError::new("code", "is required, unless the program comes in \"files\"")]);
    }
    let count = files.len() + usize::from(code.is_some());
    if count > settings.submissions.max_files {
        let message = format!(
            "must be at most {} together with the code; there are {count}",
            settings.submissions.max_files
        );
        return Err(vec![FieldError::new("files", message)]);
    }
    let is_main_here = code.is_none();
    let mut collected = Vec::with_capacity(count);
    let mut errors = Vec::new();
    if let Some(code) = code {
        match check_code(code, main_file, settings) {
            Ok(file) => collected.push(file),
            Err(error) => errors.push(error),
        }
    }
    for (index, file) in files.into_iter().enumerate() {
        let role = if is_main_here && index == 0 { FileRole::Main } else { FileRole::Additional };
        match check_file(file, index, role, settings) {
            Ok(file) => collected.push(file),
            Err(more) => errors.extend(more),
        }
    }
    errors.extend(clash(&collected, count));
    if errors.is_empty() { Ok(collected) } else { Err(errors) }
}

/// The role of a file in the program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileRole {
    Main,
    Additional,
}

fn check_code(code: String, main_file: &str, settings: &Settings) -> Result<SourceFile, FieldError> {
    let message = if code.len() > settings.submissions.max_code.as_usize() {
        format!("must be at most {}; it has {} bytes", settings.submissions.max_code, code.len())
    } else if let Some(message) = program_error(code.as_bytes()) {
        message
    } else {
        return Ok(SourceFile { name: main_file.to_owned(), content: code.into() });
    };
    Err(FieldError::new("code", message))
}

fn check_file(
    file: FileBody,
    index: usize,
    role: FileRole,
    settings: &Settings,
) -> Result<SourceFile, Vec<FieldError>> {
    let mut errors = Vec::new();
    if let Err(error) = settings.submissions.names.check(&file.name) {
        errors.push(FieldError::new(format!("files[{index}].name"), error.to_string()));
    }
    let content = file.encoding.unwrap_or_default().decode(file.content);
    let message = match &content {
        None => Some("must be base64, as its encoding says".to_owned()),
        Some(bytes) if bytes.len() > settings.submissions.max_file.as_usize() => {
            Some(format!("must be at most {}; it has {} bytes", settings.submissions.max_file, bytes.len()))
        }
        Some(bytes) if role == FileRole::Main => program_error(bytes),
        Some(_) => None,
    };
    errors.extend(message.map(|message| FieldError::new(format!("files[{index}].content"), message)));
    match content {
        Some(content) if errors.is_empty() => Ok(SourceFile { name: file.name, content: content.into() }),
        _ => Err(errors),
    }
}

/// Why these bytes are not a program. A NUL is rejected because every compiler and interpreter treats it differently.
fn program_error(code: &[u8]) -> Option<String> {
    if code.iter().all(u8::is_ascii_whitespace) {
        return Some("must not be empty".to_owned());
    }
    let nul = code.iter().position(|byte| *byte == 0)?;
    let line = code[..nul].split(|byte| *byte == b'\n').count();
    Some(format!("must not contain NUL characters; there is one in line {line}"))
}

/// Two files whose names clash. Invalid names are reported first.
fn clash(files: &[SourceFile], expected: usize) -> Option<FieldError> {
    if files.len() < expected {
        return None;
    }
    let clash = first_clash(files.iter().map(|file| file.name.as_str()))?;
    Some(FieldError::new("files", clash.to_string()))
}
