//! Unread content: warnings about files and folders that no part of the reader uses.
//!
//! They cover tests outside the test folders, names in the wrong case, and folders with another name in this
//! format; each warning names the fix. Content for people and other tools (notes, build files, left-overs,
//! generators) causes none.

use std::collections::BTreeMap;

use crate::{File, Folder, Format, PackageError, Tree, Warning, detect_language, leftovers};

/// Folders of `data/` with tests of validators, by all their names, and those of other tools.
pub(super) const OTHER_DATA: [&str; 10] = [
    "invalid_input",
    "invalid_inputs",
    "invalid_output",
    "invalid_outputs",
    "invalid_answer",
    "invalid_answers",
    "valid_output",
    "valid_outputs",
    "bad",
    "fuzz",
];

/// Extensions of test files. The first two make a test.
const ENDINGS: [&str; 8] =
    [".in", ".ans", ".in.statement", ".ans.statement", ".hint", ".desc", ".interaction", ".yaml"];
/// Extensions of files that need the input of their test; `.ans` is handled elsewhere.
const DEPENDENT: [&str; 4] = [".hint", ".desc", ".in.statement", ".ans.statement"];
/// Extensions of a lesson's test files.
const LESSON_ENDINGS: [&str; 4] = [".in", ".out", ".ans", ".hint"];
/// Settings files of groups.
const SETTINGS: [&str; 2] = ["testdata.yaml", "test_group.yaml"];

/// Warns of entries beside the folders of the format.
pub(super) fn warn_of_unread_top_level_entries(
    tree: &Tree,
    format: Format,
    warnings: &mut Vec<Warning>,
) -> Result<(), PackageError> {
    let names = tree.folder_names("")?;
    let has = |name: &str| names.iter().any(|other| other == name);
    for name in &names {
        if let Some(message) = folder_problem(name, format, &has) {
            warnings.push(Warning::new(name, &message));
        }
    }
    Ok(())
}

/// The problem with a folder's name, if there is one.
fn folder_problem(name: &str, format: Format, has: &dyn Fn(&str) -> bool) -> Option<String> {
    let is_new = format == Format::V2025;
    match name {
        "output_validator" if format.is_legacy() && has("output_validators") => {
            Some("is not read, for output_validators is there: keep one of them".to_owned())
        }
        "output_validator" if format.is_legacy() => Some(
            "is called output_validators in this format: rename it, since other judges do not read it"
                .to_owned(),
        ),
        "output_validators" if is_new && has("output_validator") => {
            Some("is read, and output_validator is not: keep one of them, under the second name".to_owned())
        }
        "output_validators" if is_new => Some(
            "is called output_validator in this format: rename it, since other judges do not read it"
                .to_owned(),
        ),
        "input_format_validators" if has("input_validators") => {
            Some("is not read, for input_validators is there: move its validators there".to_owned())
        }
        "graders" if is_new => Some("is not read: this format gives points by test_group.yaml".to_owned()),
        "static_validator" if format.is_legacy() => {
            Some("is not read: only problem_format_version 2025-09 has static validators".to_owned())
        }
        _ => intended_folder(name, format).map(|meant| format!("is not read: did you mean {meant}?")),
    }
}

/// The folder of which a name is a misspelling, by case or by a letter or two.
fn intended_folder(name: &str, format: Format) -> Option<&'static str> {
    const READ: [&str; 9] = [
        "data",
        "submissions",
        "input_validators",
        "output_validators",
        "output_validator",
        "problem_statement",
        "statement",
        "attachments",
        "include",
    ];
    // Names that are correct, or used by other tools.
    const KNOWN: [&str; 6] = [
        "input_format_validators",
        "answer_validators",
        "static_validator",
        "graders",
        "generators",
        "solution",
    ];
    if READ.contains(&name) || KNOWN.contains(&name) {
        return None;
    }
    let lower = name.to_ascii_lowercase().replace('-', "_");
    let not_of_format = if format.is_legacy() { "output_validator" } else { "output_validators" };
    let candidates = READ.into_iter().filter(|read| *read != not_of_format);
    let near = candidates.filter_map(|read| {
        let allowed = if read.len() < 8 { 1 } else { 2 };
        let distance = strsim::osa_distance(&lower, read);
        // A short name must start with the same letters: `date` is not `data`.
        let begins_alike = read.len() >= 8 || lower.starts_with(read) || read.starts_with(&lower);
        (distance <= allowed && begins_alike).then_some((distance, read))
    });
    near.min().map(|(_, read)| read)
}

/// Warns of files and folders of `data/` that are neither samples nor secret tests.
pub(super) fn warn_of_data(data: &Folder, warnings: &mut Vec<Warning>) {
    let mut told = WarningGroups::default();
    for (name, folder) in &data.folders {
        let is_known = matches!(name.as_str(), "sample" | "secret") || OTHER_DATA.contains(&name.as_str());
        let tests = folder.all_files().into_iter().filter(|file| looks_like_input(file.name())).count();
        if !is_known && tests > 0 {
            let noun = if tests == 1 { "test" } else { "tests" };
            let message =
                format!("is not read, with {tests} {noun}: move them to data/secret or data/sample");
            told.one(&folder.path, &folder.path, &message);
        }
    }
    for (name, file) in &data.files {
        if SETTINGS.contains(&name.as_str()) || is_harmless(file) {
            continue;
        }
        if let Some(right) = intended_settings(name) {
            told.one(&data.path, &file.path, &format!("is not read: rename it to {right}"));
        } else {
            told.one(&data.path, &file.path, "is not read: tests are in data/sample and data/secret");
        }
    }
    told.warn(warnings);
}

/// Warns of files of groups that belong to no test.
pub(super) fn warn_of_groups(group: &Folder, format: Format, warnings: &mut Vec<Warning>) {
    let mut told = WarningGroups::default();
    for file in group.files.values() {
        if let Some((kind, message)) = file_problem(file.name(), group, format) {
            told.one(kind, &file.path, &message);
        }
    }
    told.warn(warnings);
    for (name, inner) in &group.folders {
        let is_of_test = name.strip_suffix(".files");
        match is_of_test {
            Some(stem) if !group.files.contains_key(&format!("{stem}.in")) => {
                let message = format!("is not read, for there is no {stem}.in");
                warnings.push(Warning::new(&inner.path, &message));
            }
            Some(_) => {}
            None => warn_of_groups(inner, format, warnings),
        }
    }
}

/// The problem with a file in a test folder: its kind, and the fix.
fn file_problem(name: &str, group: &Folder, format: Format) -> Option<(&'static str, String)> {
    let has = |name: &str| group.files.contains_key(name);
    if name == "test_group.yaml" && format.is_legacy() {
        return Some(("settings", "is not read in this format: testdata.yaml is".to_owned()));
    }
    if name == "testdata.yaml" && !format.is_legacy() && has("test_group.yaml") {
        return Some(("settings", "is not read, for test_group.yaml is there: keep one of them".to_owned()));
    }
    if SETTINGS.contains(&name) {
        return None;
    }
    if let Some(right) = intended_settings(name) {
        return Some(("settings", format!("is not read: rename it to {right}")));
    }
    if let Some(right) = right_case(name, &ENDINGS) {
        return Some(("case", format!("is not read: rename it to {right}")));
    }
    let lonely = |stem: &str| format!("is not read, for there is no {stem}.in");
    for ending in DEPENDENT {
        if let Some(stem) = name.strip_suffix(ending).filter(|stem| !has(&format!("{stem}.in"))) {
            return Some((ending, lonely(stem)));
        }
    }
    // Legacy has no settings of single tests.
    let stem = name.strip_suffix(".yaml").filter(|_| !format.is_legacy())?;
    (!has(&format!("{stem}.in"))).then(|| (".yaml", lonely(stem)))
}

/// The correct name of a test file: extension in lower case, without an editor's suffix.
fn right_case(name: &str, endings: &[&str]) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let shown = lower.strip_suffix(".txt").unwrap_or(&lower);
    let is_input = |ending: &&&str| shown.ends_with(**ending);
    // Notes may have any name, but not the name of an input or an answer.
    let known = if shown.len() < lower.len() { &endings[..2] } else { endings };
    let ending = known.iter().filter(is_input).max_by_key(|ending| ending.len())?;
    let stem = &name[..shown.len() - ending.len()];
    let right = format!("{stem}{ending}");
    (right != name && !stem.is_empty()).then_some(right)
}

/// The correct name of a settings file, if this is one.
fn intended_settings(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let lower = lower.strip_suffix(".yml").map_or_else(|| lower.clone(), |stem| format!("{stem}.yaml"));
    let lower = lower.replace('-', "_");
    let found = SETTINGS.into_iter().find(|right| strsim::osa_distance(&lower, right) <= 2);
    found.filter(|right| *right != name)
}

/// Warns of files in a lesson's folders of tests that belong to no test.
pub(crate) fn warn_of_lesson(tree: &Tree, warnings: &mut Vec<Warning>) -> Result<(), PackageError> {
    for path in ["tests", "tests/hidden"] {
        let Some(folder) = tree.folder(path)? else { continue };
        let mut told = WarningGroups::default();
        for (name, file) in &folder.files {
            let lonely = LESSON_ENDINGS[1..].iter().find_map(|ending| name.strip_suffix(ending));
            let lonely = lonely.filter(|stem| !folder.files.contains_key(&format!("{stem}.in")));
            if let Some(right) = right_case(name, &LESSON_ENDINGS) {
                told.one("case", &file.path, &format!("is not read: rename it to {right}"));
            } else if let Some(stem) = lonely {
                told.one(stem, &file.path, &format!("is not read, for there is no {stem}.in"));
            }
        }
        told.warn(warnings);
    }
    Ok(())
}

/// Warns of files of `submissions/` that are in no folder.
pub(super) fn warn_of_submissions(folder: &Folder, warnings: &mut Vec<Warning>) {
    const LIST: &str = "submissions.yaml";
    let mut told = WarningGroups::default();
    for (name, file) in folder.files.iter().filter(|(name, _)| *name != LIST) {
        let lower = name.to_ascii_lowercase().replace(".yml", ".yaml");
        if strsim::osa_distance(&lower, LIST) <= 2 {
            told.one("list", &file.path, &format!("is not read: rename it to {LIST}"));
        } else if detect_language(name).is_some() || !is_harmless(file) {
            let message = "is not run, for it is in no folder: move it to submissions/accepted, or to another that says what must come of it";
            told.one("file", &file.path, message);
        }
    }
    told.warn(warnings);
}

fn looks_like_input(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".in", ".in.txt"].iter().any(|ending| lower.ends_with(ending))
}

/// Whether the file is one that people and other tools keep in packages.
fn is_harmless(file: &File) -> bool {
    const ENDINGS: [&str; 14] =
        ["md", "txt", "tex", "pdf", "html", "mk", "toml", "json", "lock", "log", "zip", "h", "hpp", "cfg"];
    let name = file.name();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let stem = stem.to_ascii_lowercase();
    let is_known =
        ["readme", "license", "licence", "copying", "notes", "makefile", "cmakelists", "dockerfile"];
    is_known.contains(&stem.as_str())
        || ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
        || detect_language(name).is_some()
        || leftovers::is_file(name)
        || (ending.is_empty() && file.executable)
}

/// Warnings, one for each kind, with the number of further cases.
#[derive(Default)]
struct WarningGroups(BTreeMap<String, (String, String, usize)>);

impl WarningGroups {
    fn one(&mut self, kind: &str, place: &str, message: &str) {
        let told = self.0.entry(kind.to_owned()).or_insert_with(|| (place.to_owned(), message.to_owned(), 0));
        told.2 += 1;
    }

    fn warn(self, warnings: &mut Vec<Warning>) {
        warnings.extend(self.0.into_values().map(|(place, message, count)| match count - 1 {
            0 => Warning::new(&place, &message),
            1 => Warning::new(&place, &format!("{message} (and another one beside it)")),
            more => Warning::new(&place, &format!("{message} (and {more} others beside it)")),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_are_called_otherwise_are_found_by_their_names() {
        for (name, expected) in [
            ("input_validator", Some("input_validators")),
            ("Input_Validators", Some("input_validators")),
            ("input-validators", Some("input_validators")),
            ("output_validater", Some("output_validators")),
            ("submission", Some("submissions")),
            ("statements", Some("statement")),
            ("problem_statements", Some("problem_statement")),
            ("Data", Some("data")),
            ("attachment", Some("attachments")),
            ("includes", Some("include")),
            ("date", None),
            ("doc", None),
            ("solutions", None),
            ("generator", None),
            ("input_visualizer", None),
            ("output_visualizer", None),
            ("answer_validators", None),
            ("problem_slide", None),
            ("testing_tool", None),
        ] {
            assert_eq!(intended_folder(name, Format::Legacy), expected, "{name}");
        }
        assert_eq!(intended_folder("output_validatr", Format::V2025), Some("output_validator"));
    }

    #[test]
    fn names_of_tests_have_small_endings() {
        for (name, expected) in [
            ("2.IN", Some("2.in")),
            ("A.Ans", Some("A.ans")),
            ("A.in.TXT", Some("A.in")),
            ("a.ans.txt", Some("a.ans")),
            ("a.In.Statement", Some("a.in.statement")),
            ("A.in", None),
            ("a.desc.txt", None),
            ("README.txt", None),
            (".IN", None),
            ("main", None),
        ] {
            assert_eq!(right_case(name, &ENDINGS).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn settings_of_groups_are_found_by_their_names() {
        for (name, expected) in [
            ("testdata.yml", Some("testdata.yaml")),
            ("TestData.yaml", Some("testdata.yaml")),
            ("test-group.yaml", Some("test_group.yaml")),
            ("testgroup.yaml", Some("test_group.yaml")),
            ("testdata.yaml", None),
            ("1.yaml", None),
        ] {
            assert_eq!(intended_settings(name), expected, "{name}");
        }
    }
}
