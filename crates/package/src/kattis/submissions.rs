//! Submissions (`submissions/`): the package's own solutions with their expected results.
//!
//! Expectations come from the folder, from `submissions.yaml`, and from a line `@EXPECTED_RESULTS@: …` in the
//! source, which has priority over the folder.

use Judgement::{AC, CE, MLE, OLE, RTE, TLE, WA};

use super::unread;
use crate::{
    Expectation, File, Folder, Format, Judgement, Judgements, Kind, PackageError, Submission, TimeUse, Tree,
    Warning, expected,
    language::{detect_language_of_files, language_of_code},
    leftovers,
    program::has_source,
    settings::{self, Field, Fields},
};

/// The expectation that a folder's name implies; `None` for an unknown name.
pub(crate) fn folder_rule(format: Format, folder: &str) -> Option<Expectation> {
    let legacy = format.is_legacy();
    // Only 2025-09 lets rejected submissions bound the limit.
    let lower = if legacy { TimeUse::None } else { TimeUse::Lower };
    let any = &[AC, WA, TLE, RTE][..];
    let tle: &[_] = if legacy { &[AC, WA, TLE] } else { &[AC, TLE] };
    let crash: &[_] = if legacy { any } else { &[AC, RTE] };
    let (permitted, required, time): (&[_], &[_], _) = match folder {
        "accepted" => (&[AC], any, TimeUse::Lower),
        "rejected" => (any, &[WA, TLE, RTE], TimeUse::None),
        "wrong_answer" => (&[AC, WA], &[WA], lower),
        "time_limit_exceeded" => (tle, &[TLE], if legacy { TimeUse::None } else { TimeUse::Upper }),
        "run_time_error" | "runtime_error" => (crash, &[RTE], lower),
        "memory_limit_exceeded" | "memory_limit" => (&[AC, MLE, RTE], &[MLE, RTE], TimeUse::None),
        "output_limit_exceeded" | "output_limit" => (&[AC, OLE, RTE], &[OLE, RTE], TimeUse::None),
        "no_output" => (&[AC, WA], &[WA], TimeUse::None),
        "brute_force" => (&[AC, RTE, TLE], &[RTE, TLE], TimeUse::None),
        "slow_accepted" => (&[AC, TLE], any, TimeUse::None),
        "partially_accepted" | "partial" | "mixed" | "compiler_error" | "compile_error" => {
            (any, any, TimeUse::None)
        }
        _ => return None,
    };
    let because = format!("the folder {folder}");
    let mut rule = Expectation::new(&because, Judgements::of(permitted), Judgements::of(required), time);
    rule.partial = matches!(folder, "partially_accepted" | "partial");
    if rule.partial && legacy {
        rule.overall = Some(Judgements::of(&[AC]));
    }
    if folder.starts_with("compile") {
        rule.overall = Some(Judgements::of(&[CE]));
    }
    Some(rule)
}

const LIST_NAME: &str = "submissions.yaml";
/// The same, inside the package.
const LIST: &str = "submissions/submissions.yaml";

/// One entry of `submissions.yaml`.
struct ListEntry {
    pattern: String,
    language: Option<String>,
    entry_point: Option<String>,
    rules: Vec<Expectation>,
}

pub(crate) fn read_submissions(
    tree: &Tree,
    format: Format,
    kind: Kind,
) -> Result<(Vec<Submission>, Vec<Warning>), PackageError> {
    let mut warnings = Vec::new();
    let Some(mut folder) = tree.folder("submissions")? else { return Ok((Vec::new(), warnings)) };
    leftovers::remove_leftovers(&mut folder, &mut warnings);
    unread::warn_of_submissions(&folder, &mut warnings);
    let listed = read_list(tree, format, &folder, &mut warnings)?;
    let answers = kind.submit_answer;
    let mut submissions = Vec::new();
    for (name, kind) in &folder.folders {
        let first = submissions.len();
        let alone = kind.files.values().map(|file| (file.name().to_owned(), vec![file.clone()]));
        let together = kind.folders.values().map(|inner| {
            (inner.name().to_owned(), inner.all_files().into_iter().cloned().collect::<Vec<_>>())
        });
        for (own, files) in alone.chain(together) {
            let read = submission(tree, format, (format!("{name}/{own}"), files), &listed, &mut warnings)?;
            submissions.push(read);
        }
        let is_known =
            folder_rule(format, name).is_some() || listed.iter().any(|entry| entry.pattern == *name);
        let has_rules = |one: &Submission| !one.expectations.is_empty();
        if !is_known && !submissions[first..].iter().all(has_rules) {
            let message = "is a folder whose name says nothing of what to expect: accepted, wrong_answer, time_limit_exceeded, run_time_error or mixed would";
            warnings.push(Warning::new(&kind.path, message));
        }
    }
    warn_of_patterns(&listed, &submissions, &mut warnings);
    submissions.retain(|submission| {
        let is_answer = answers && !submission.files.is_empty();
        let is_program = is_answer || submission.language.is_some() || has_source(format, &submission.files);
        if !is_program {
            let place = format!("submissions/{}", submission.path);
            warnings.push(leftovers::no_program(&place, &submission.files));
        }
        is_program
    });
    Ok((submissions, warnings))
}

/// Warns of patterns of the list that match no submission.
fn warn_of_patterns(listed: &[ListEntry], submissions: &[Submission], warnings: &mut Vec<Warning>) {
    for ListEntry { pattern, .. } in listed {
        if !submissions.iter().any(|one| expected::matches_path(pattern, &one.path)) {
            let message =
                format!("has a rule for {pattern}, which is no submission: correct the name, or take it out");
            warnings.push(Warning::new(LIST, &message));
        }
    }
}

/// Warns of test patterns of the list that match no test and no group.
pub(crate) fn warn_of_case_patterns(submissions: &[Submission], tests: &[&str], warnings: &mut Vec<Warning>) {
    let rules = submissions.iter().flat_map(|one| &one.expectations);
    let mut told: Vec<(&str, &str)> = Vec::new();
    for rule in rules {
        let Some(pattern) = &rule.cases else { continue };
        let one = (rule.because.as_str(), pattern.as_str());
        if !told.contains(&one) && !tests.iter().any(|test| expected::matches_path(pattern, test)) {
            told.push(one);
            let message = format!(
                "has a rule for {pattern}, which is no test and no group: correct the name, or take it out"
            );
            warnings.push(Warning::new(LIST, &message));
        }
    }
}

fn submission(
    tree: &Tree,
    format: Format,
    (path, files): (String, Vec<File>),
    listed: &[ListEntry],
    warnings: &mut Vec<Warning>,
) -> Result<Submission, PackageError> {
    let folder = path.split('/').next().unwrap_or_default();
    let entries: Vec<_> =
        listed.iter().filter(|entry| expected::matches_path(&entry.pattern, &path)).collect();
    let own = expected_in_source(tree, &files, warnings)?;
    // A folder's entry in the list replaces the expectation of its name.
    let by_name =
        folder_rule(format, folder).filter(|_| !entries.iter().any(|entry| entry.pattern == folder));
    let mut expectations: Vec<_> = match own {
        Some(own) => vec![own],
        None => by_name.into_iter().collect(),
    };
    expectations.extend(entries.iter().flat_map(|entry| entry.rules.clone()));
    let said = entries.iter().find_map(|entry| entry.language.clone());
    let language = match said {
        None => language_of_sources(tree, format, &files)?,
        said => said,
    };
    Ok(Submission {
        language,
        entry_point: entries.iter().find_map(|entry| entry.entry_point.clone()),
        path,
        files,
        expectations,
    })
}

/// The language of the files' extensions; a `.pl` file may be Perl or Prolog, which its text decides.
fn language_of_sources(tree: &Tree, format: Format, files: &[File]) -> Result<Option<String>, PackageError> {
    let language = detect_language_of_files(format, files.iter().map(File::name));
    if language == Some("prolog") {
        for file in files {
            if looks_like_perl(&String::from_utf8_lossy(&tree.beginning(file, HEAD_BYTES)?)) {
                return Ok(Some("perl".to_owned()));
            }
        }
    }
    Ok(language.map(str::to_owned))
}

fn looks_like_perl(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let signs = ["use strict", "use warnings", "my $", "my @", "my %", "my (", "<STDIN>", "<>", "$_"];
    (first.starts_with("#!") && first.contains("perl"))
        || (!text.contains(":-") && signs.iter().any(|sign| text.contains(sign)))
}

/// Number of bytes of a source that are searched for its expectation.
const HEAD_BYTES: u64 = 16 * 1024;

/// The expectation at the beginning of a source: one of its results for the whole. An unknown result causes a
/// warning, and the folder's rule applies; `CHECK-MANUALLY` removes all rules, for a person decides.
fn expected_in_source(
    tree: &Tree,
    files: &[File],
    warnings: &mut Vec<Warning>,
) -> Result<Option<Expectation>, PackageError> {
    const MARK: &str = "@EXPECTED_RESULTS@:";
    const MANUALLY: &str = "CHECK-MANUALLY";
    for file in files {
        let head = tree.beginning(file, HEAD_BYTES)?;
        let head = String::from_utf8_lossy(&head);
        let Some((_, said)) = head.split_once(MARK) else { continue };
        let said =
            said.lines().next().unwrap_or_default().trim().trim_end_matches(['*', '/', '-', '>']).trim();
        let words: Vec<_> = said.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let manually = words.iter().any(|word| word.eq_ignore_ascii_case(MANUALLY));
        let unknown: Vec<_> =
            words.iter().filter(|word| !manually && Judgement::parse(word).is_none()).copied().collect();
        let judgements: Vec<_> = words.iter().filter_map(|word| Judgement::parse(word)).collect();
        if manually {
            let message = format!("says {MARK} {MANUALLY}, so whatever comes of it is as expected");
            warnings.push(Warning::new(&file.path, &message));
        } else if judgements.is_empty() || !unknown.is_empty() {
            let (what, then) = match judgements[..] {
                [] => (said.to_owned(), "the folder's rule counts"),
                _ => (unknown.join(", "), "the other results count"),
            };
            let message = format!(
                "says {MARK} {what:?}, which is no result that is known, and {then}: CORRECT, WRONG-ANSWER, TIMELIMIT, RUN-ERROR and COMPILER-ERROR are"
            );
            warnings.push(Warning::new(&file.path, &message));
        }
        if judgements.is_empty() && !manually {
            return Ok(None);
        }
        let because = format!("{MARK} in {}", file.path);
        let mut rule = Expectation::new(&because, Judgements::any(), Judgements::any(), TimeUse::None);
        rule.permitted.0.extend([MLE, OLE]);
        if manually {
            rule.permitted.0.insert(CE);
            rule.required.0.insert(CE);
            rule.overall = Some(Judgements::of(&[AC, WA, TLE, RTE, MLE, OLE, CE]));
            return Ok(Some(rule));
        }
        if judgements == [AC] {
            rule.time = TimeUse::Lower;
        }
        rule.overall = Some(Judgements::of(&judgements));
        return Ok(Some(rule));
    }
    Ok(None)
}

fn read_list(
    tree: &Tree,
    format: Format,
    folder: &Folder,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<ListEntry>, PackageError> {
    let Some(file) = folder.files.get(LIST_NAME) else { return Ok(Vec::new()) };
    let text = tree.text(file, tree.caps().settings_bytes)?;
    let yaml = settings::parse(&file.path, &text, tree.caps(), warnings)?;
    let fields = Fields::of_file(&file.path, &yaml)?;
    fields.all().map(|(pattern, entry)| read_entry(format, pattern, &entry, warnings)).collect()
}

fn read_entry(
    format: Format,
    pattern: &str,
    entry: &Field<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<ListEntry, PackageError> {
    check_pattern(pattern, entry)?;
    let mut fields = entry.fields()?;
    let text = |field: Option<Field<'_>>| field.map(|field| field.text().map(str::to_owned)).transpose();
    let language = text(fields.get("language"))?.map(|code| language_of_code(&code));
    let entry_point = text(fields.get("entrypoint"))?;
    for known in ["authors", "model_solution"] {
        fields.get(known);
    }
    let because = format!("submissions.yaml ({pattern})");
    let default = folder_rule(format, pattern).map(|rule| Expectation { because: because.clone(), ..rule });
    let mut rules = vec![read_rule(&mut fields, default, &because)?];
    // The remaining keys are test patterns, or misspelt.
    let cases: Vec<_> = fields.all().filter(|(key, value)| value.is_map() && !fields.is_used(key)).collect();
    for (cases, value) in cases {
        check_pattern(cases, &value)?;
        let mut inner = value.fields()?;
        let rule = read_rule(&mut inner, None, &format!("{because}, {cases}"))?;
        rules.push(Expectation { cases: Some(cases.to_owned()), ..rule });
        inner.warn_of_unused(warnings);
        fields.mark_free(cases);
    }
    fields.warn_of_unused(warnings);
    Ok(ListEntry { pattern: pattern.trim_end_matches('/').to_owned(), language, entry_point, rules })
}

fn check_pattern(pattern: &str, field: &Field<'_>) -> Result<(), PackageError> {
    let wrong = || field.wrong("is no pattern that can be read: use names, `*` and `{a,b}`");
    expected::compile_pattern(pattern).map(|_| ()).ok_or_else(wrong)
}

fn read_rule(
    fields: &mut Fields<'_>,
    default: Option<Expectation>,
    because: &str,
) -> Result<Expectation, PackageError> {
    let any = || Expectation::new(because, Judgements::any(), Judgements::any(), TimeUse::None);
    let mut rule = default.unwrap_or_else(any);
    let (permitted, required) = (fields.get("permitted"), fields.get("required"));
    let says_any = permitted.is_some() || required.is_some();
    if let Some(field) = permitted {
        rule.permitted = judgements(&field)?;
    }
    if let Some(field) = required {
        rule.required = judgements(&field)?;
    }
    if says_any {
        rule.time = implied_time(&rule);
    }
    if let Some(field) = fields.get("use_for_time_limit") {
        rule.time = match field.text()?.to_ascii_lowercase().as_str() {
            "false" => TimeUse::None,
            "lower" => TimeUse::Lower,
            "upper" => TimeUse::Upper,
            "true" => implied_time(&rule),
            _ => return Err(field.wrong("must be true, false, lower or upper")),
        };
    }
    if let Some(field) = fields.get("score") {
        let ends: Vec<f64> = field.one_or_more()?.iter().map(Field::number).collect::<Result<_, _>>()?;
        rule.score = match ends[..] {
            [only] => Some((only, only)),
            [from, to] if from <= to => Some((from, to)),
            _ => return Err(field.wrong("must be a number, or a list of the lowest and the highest")),
        };
    }
    if let Some(field) = fields.get("message") {
        rule.message = Some(field.text()?.to_owned());
    }
    Ok(rule)
}

/// A submission that must be too slow bounds the limit from above; one that must not, from below.
fn implied_time(rule: &Expectation) -> TimeUse {
    if rule.required == Judgements::of(&[TLE]) {
        TimeUse::Upper
    } else if !rule.permitted.holds(TLE) {
        TimeUse::Lower
    } else {
        TimeUse::None
    }
}

fn judgements(field: &Field<'_>) -> Result<Judgements, PackageError> {
    let each = field.one_or_more()?;
    let read = each
        .iter()
        .map(|one| Judgement::parse(one.text()?).ok_or_else(|| one.wrong("must be AC, WA, TLE or RTE")));
    Ok(Judgements(read.collect::<Result<_, _>>()?))
}
