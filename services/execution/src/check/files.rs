//! Files of a submission: checks their number, names, sizes and contents.
//!
//! A valid name is a path below the work folder ([`model::FileNameLimits`]), so a submission cannot write outside of it.

use model::{SourceFile, first_clash};
use wire::{FieldError, FileBody};

use crate::settings::Settings;

/// All files, the main one first: `code` under the language's own file name, else the first of `files`.
pub(super) fn gather(
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
    let mut gathered = Vec::with_capacity(count);
    let mut wrong = Vec::new();
    if let Some(code) = code {
        match checked_code(code, main_file, settings) {
            Ok(file) => gathered.push(file),
            Err(error) => wrong.push(error),
        }
    }
    for (place, file) in files.into_iter().enumerate() {
        let role = if is_main_here && place == 0 { Role::Main } else { Role::Beside };
        match checked_file(file, place, role, settings) {
            Ok(file) => gathered.push(file),
            Err(errors) => wrong.extend(errors),
        }
    }
    wrong.extend(clash(&gathered, count));
    if wrong.is_empty() { Ok(gathered) } else { Err(wrong) }
}

/// The role of a file in the program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    Beside,
}

fn checked_code(code: String, main_file: &str, settings: &Settings) -> Result<SourceFile, FieldError> {
    let message = if code.len() > settings.submissions.max_code.as_usize() {
        format!("must be at most {}; it has {} bytes", settings.submissions.max_code, code.len())
    } else if let Some(message) = not_a_program(code.as_bytes()) {
        message
    } else {
        return Ok(SourceFile { name: main_file.to_owned(), content: code.into() });
    };
    Err(FieldError::new("code", message))
}

fn checked_file(
    file: FileBody,
    place: usize,
    role: Role,
    settings: &Settings,
) -> Result<SourceFile, Vec<FieldError>> {
    let mut wrong = Vec::new();
    if let Err(error) = settings.submissions.names.check(&file.name) {
        wrong.push(FieldError::new(format!("files[{place}].name"), error.to_string()));
    }
    let content = file.encoding.unwrap_or_default().decode(file.content);
    let message = match &content {
        None => Some("must be base64, as its encoding says".to_owned()),
        Some(bytes) if bytes.len() > settings.submissions.max_file.as_usize() => {
            Some(format!("must be at most {}; it has {} bytes", settings.submissions.max_file, bytes.len()))
        }
        Some(bytes) if role == Role::Main => not_a_program(bytes),
        Some(_) => None,
    };
    wrong.extend(message.map(|message| FieldError::new(format!("files[{place}].content"), message)));
    match content {
        Some(content) if wrong.is_empty() => Ok(SourceFile { name: file.name, content: content.into() }),
        _ => Err(wrong),
    }
}

/// Why these bytes are not a program. A NUL is rejected because every compiler and interpreter treats it differently.
fn not_a_program(code: &[u8]) -> Option<String> {
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
