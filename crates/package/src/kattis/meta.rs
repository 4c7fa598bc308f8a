//! Metadata: `problem.yaml` of the Kattis formats, and the files beside it that set a time limit.

use std::{collections::BTreeMap, time::Duration};

use model::Bytes;

use crate::{
    Constants, Format, Kind, Margins, PackageError, ProblemInfo, ProblemLimits, TimeRule, Tree, Warning,
    language_of_code,
    settings::{Field, Fields},
};

const MIB: u64 = 1024 * 1024;

/// The content of `problem.yaml`.
#[derive(Debug)]
pub(super) struct Meta {
    pub(super) kind: Kind,
    pub(super) names: BTreeMap<String, String>,
    /// A name without a language, which goes with any statement.
    pub(super) name: Option<String>,
    pub(super) about: ProblemInfo,
    pub(super) limits: ProblemLimits,
    pub(super) languages: Option<Vec<String>>,
    pub(super) custom: Option<bool>,
    pub(super) flags: Vec<String>,
    pub(super) constants: Constants,
}

pub(super) fn read(
    format: Format,
    mut fields: Fields<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Meta, PackageError> {
    let fields = &mut fields;
    fields.get("problem_format_version");
    let mut kind = read_kind(fields)?;
    let (custom, flags) = read_validation(fields, &mut kind, warnings)?;
    let (name, names) = read_names(fields)?;
    let mut meta = Meta {
        about: read_about(fields)?,
        limits: read_limits(format, fields, warnings)?,
        languages: read_languages(fields)?,
        constants: read_constants(fields)?,
        kind,
        custom,
        flags,
        name,
        names,
    };
    if let Some(grading) = fields.get("grading").filter(|grading| !grading.is_map()) {
        let _ = grading;
        warnings.push(Warning::new("problem.yaml", "has a grading that is no map and is looked over: groups of tests name their grader in testdata.yaml"));
    } else if let Some(grading) = fields.get("grading") {
        let mut grading = grading.fields()?;
        if let Some(field) = grading.get("objective") {
            meta.kind.fewer_is_better = field.one_of(&[("min", true), ("max", false)])?;
        }
        for known in
            ["show_test_data_groups", "on_reject", "accept_score", "reject_score", "range", "custom_scoring"]
        {
            grading.get(known);
        }
        grading.warn_of_unused(warnings);
    }
    fields.get("allow_file_writing");
    fields.warn_of_unused(warnings);
    if !format.is_legacy() {
        require(&meta, warnings);
    }
    Ok(meta)
}

/// Warns of missing keys that 2025-09 requires but that are not needed here.
fn require(meta: &Meta, warnings: &mut Vec<Warning>) {
    if meta.about.uuid.is_none() {
        warnings.push(Warning::new("problem.yaml", "has no uuid, which format 2025-09 requires"));
    }
    if meta.name.is_none() && meta.names.is_empty() {
        warnings.push(Warning::new("problem.yaml", "has no name, which format 2025-09 requires"));
    }
}

fn read_kind(fields: &mut Fields<'_>) -> Result<Kind, PackageError> {
    let mut kind = Kind::default();
    let Some(field) = fields.get("type") else { return Ok(kind) };
    for one in field.words()? {
        match one.as_str() {
            "pass-fail" => {}
            "scoring" => kind.scoring = true,
            "interactive" => kind.interactive = true,
            "multi-pass" => kind.multi_pass = true,
            "submit-answer" => kind.submit_answer = true,
            _ => {
                return Err(
                    field.wrong("must be pass-fail, scoring, interactive, multi-pass or submit-answer")
                );
            }
        }
    }
    if kind.submit_answer && (kind.interactive || kind.multi_pass) {
        return Err(field.wrong("names submit-answer with a kind that needs a program: take one out"));
    }
    Ok(kind)
}

/// Legacy's `validation: custom interactive score`; `None` if absent.
fn read_validation(
    fields: &mut Fields<'_>,
    kind: &mut Kind,
    warnings: &mut Vec<Warning>,
) -> Result<(Option<bool>, Vec<String>), PackageError> {
    let flags = fields.get("validator_flags").map_or(Ok(Vec::new()), |field| field.words())?;
    let Some(field) = fields.get("validation") else { return Ok((None, flags)) };
    let words = field.words()?;
    let custom = match words.first().map(String::as_str) {
        Some("custom") => true,
        Some("default") | None => false,
        Some(_) => return Err(field.wrong("must begin with default or custom")),
    };
    for word in words.iter().skip(1) {
        match word.as_str() {
            "interactive" => kind.interactive = true,
            "multi-pass" | "multipass" => kind.multi_pass = true,
            "score" => kind.validator_scores = true,
            other => {
                let message = format!(
                    "has validation: {other}, which is not known: interactive, multi-pass and score are"
                );
                warnings.push(Warning::new("problem.yaml", &message));
            }
        }
    }
    Ok((Some(custom), flags))
}

type Names = (Option<String>, BTreeMap<String, String>);

fn read_names(fields: &mut Fields<'_>) -> Result<Names, PackageError> {
    let Some(field) = fields.get("name") else { return Ok((None, BTreeMap::new())) };
    if !field.is_map() {
        return Ok((Some(field.text()?.to_owned()), BTreeMap::new()));
    }
    let by_language = field.fields()?;
    let names = by_language.all().map(|(language, name)| Ok((language.to_owned(), name.text()?.to_owned())));
    Ok((None, names.collect::<Result<_, PackageError>>()?))
}

fn read_about(fields: &mut Fields<'_>) -> Result<ProblemInfo, PackageError> {
    let text = |field: Option<Field<'_>>| field.map(|field| field.text().map(str::to_owned)).transpose();
    let mut authors = match fields.get("author").or_else(|| fields.get("authors")) {
        Some(field) => field.texts()?.iter().flat_map(|text| people(text)).collect(),
        None => Vec::new(),
    };
    fields.get("authors");
    if let Some(credits) = fields.get("credits") {
        authors.extend(read_credits(&credits)?);
    }
    fields.get("source_url");
    Ok(ProblemInfo {
        uuid: text(fields.get("uuid"))?,
        version: text(fields.get("version"))?,
        authors,
        sources: fields.get("source").map_or(Ok(Vec::new()), |field| named(&field))?,
        license: text(fields.get("license"))?.unwrap_or_else(|| "unknown".to_owned()),
        rights_owner: text(fields.get("rights_owner"))?,
        tags: fields.get("keywords").map_or(Ok(Vec::new()), |field| field.words())?,
        embargo_until: text(fields.get("embargo_until"))?,
        ..ProblemInfo::default()
    })
}

/// `A, B and C`.
fn people(text: &str) -> Vec<String> {
    let parts = text.split(',').flat_map(|part| part.split(" and "));
    parts.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

fn read_credits(field: &Field<'_>) -> Result<Vec<String>, PackageError> {
    if !field.is_map() {
        return named(field);
    }
    field.fields()?.get("authors").map_or(Ok(Vec::new()), |authors| named(&authors))
}

/// One or more of: a text, or a map with a `name`.
fn named(field: &Field<'_>) -> Result<Vec<String>, PackageError> {
    let each = field.one_or_more()?;
    let names = each.iter().map(|one| {
        if !one.is_map() {
            return Ok(one.text()?.to_owned());
        }
        let name = one.fields()?.get("name").ok_or_else(|| one.wrong("needs a name"))?;
        Ok(name.text()?.to_owned())
    });
    names.collect()
}

fn read_languages(fields: &mut Fields<'_>) -> Result<Option<Vec<String>>, PackageError> {
    let Some(field) = fields.get("languages") else { return Ok(None) };
    let mut languages: Vec<_> = field.words()?.iter().map(|code| language_of_code(code)).collect();
    languages.dedup();
    Ok((languages != ["all"]).then_some(languages))
}

/// A constant is a value, or a map of a `value` and variants of it: those are called `name.variant`.
fn read_constants(fields: &mut Fields<'_>) -> Result<Constants, PackageError> {
    let mut values = BTreeMap::new();
    let Some(field) = fields.get("constants") else { return Ok(Constants::default()) };
    for (name, value) in field.fields()?.all() {
        if !value.is_map() {
            values.insert(name.to_owned(), value.text()?.to_owned());
            continue;
        }
        let variants = value.fields()?;
        if !variants.has("value") {
            return Err(value.wrong("needs a value: its other keys are variants of that"));
        }
        for (variant, text) in variants.all() {
            let text = text.text()?.to_owned();
            if variant == "value" {
                values.insert(name.to_owned(), text.clone());
            }
            values.insert(format!("{name}.{variant}"), text);
        }
    }
    Ok(Constants(values))
}

fn read_limits(
    format: Format,
    fields: &mut Fields<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<ProblemLimits, PackageError> {
    let none = || Ok(Fields::none("problem.yaml"));
    let mut limits = fields.get("limits").map_or_else(none, |field| field.fields())?;
    let bytes = |field: Option<Field<'_>>, unit| -> Result<Option<Bytes>, PackageError> {
        field.map(|field| field.bytes(unit)).transpose()
    };
    let read = ProblemLimits {
        time: read_time(format, &mut limits)?,
        memory: bytes(limits.get("memory"), MIB)?,
        output: bytes(limits.get("output"), MIB)?,
        code: bytes(limits.get("code"), 1024)?,
        compilation_time: time(limits.get("compilation_time"))?,
        compilation_memory: bytes(limits.get("compilation_memory"), MIB)?,
        validation_time: time(limits.get("validation_time"))?,
        validation_memory: bytes(limits.get("validation_memory"), MIB)?,
        validation_output: bytes(limits.get("validation_output"), MIB)?,
        validation_passes: limits.get("validation_passes").map_or(Ok(2), |field| field.whole())?,
    };
    limits.warn_of_unused(warnings);
    Ok(read)
}

fn time(field: Option<Field<'_>>) -> Result<Option<Duration>, PackageError> {
    field.map(|field| field.seconds()).transpose()
}

fn read_time(format: Format, limits: &mut Fields<'_>) -> Result<TimeRule, PackageError> {
    let fixed = time(limits.get("time_limit"))?;
    let margins = if format.is_legacy() { Margins::LEGACY } else { Margins::V2025 };
    let mut number = |key, default| limits.get(key).map_or(Ok(default), |field: Field<'_>| field.positive());
    let margins = match margins {
        Margins::Legacy { multiplier, safety } => Margins::Legacy {
            multiplier: number("time_multiplier", multiplier)?,
            safety: number("time_safety_margin", safety)?,
        },
        Margins::Between { resolution, .. } => {
            let resolution = number("time_resolution", resolution)?;
            read_multipliers(limits, resolution)?
        }
    };
    Ok(TimeRule { fixed, margins })
}

fn read_multipliers(limits: &mut Fields<'_>, resolution: f64) -> Result<Margins, PackageError> {
    let (mut to_limit, mut to_tle) = (2.0, 1.5);
    if let Some(field) = limits.get("time_multipliers") {
        let mut multipliers = field.fields()?;
        for (key, value) in [("ac_to_time_limit", &mut to_limit), ("time_limit_to_tle", &mut to_tle)] {
            if let Some(field) = multipliers.get(key) {
                *value = field.positive()?;
                if *value < 1.0 {
                    return Err(field.wrong("must be 1 or more"));
                }
            }
        }
    }
    Ok(Margins::Between { ac_to_time_limit: to_limit, time_limit_to_tle: to_tle, resolution })
}

/// Reads `.timelimit` (seconds) and `domjudge-problem.ini` (`timelimit = '5'`). The latter is meant for the
/// judge and has priority, and either has priority over `problem.yaml`. Different limits cause a warning.
pub(super) fn read_time_files(
    tree: &Tree,
    rule: &mut TimeRule,
    warnings: &mut Vec<Warning>,
) -> Result<(), PackageError> {
    let caps = *tree.caps();
    let mut said: Vec<(String, Duration)> =
        rule.fixed.map(|limit| ("problem.yaml".to_owned(), limit)).into_iter().collect();
    if let Some(file) = tree.file(".timelimit")? {
        let limit = seconds(&file.path, tree.text(&file, caps.settings_bytes)?.trim())?;
        said.push((file.path, limit));
    }
    if let Some(file) = tree.file("domjudge-problem.ini")? {
        let text = tree.text(&file, caps.settings_bytes)?;
        if let Some(limit) = read_ini(&file.path, &text, warnings)? {
            said.push((file.path, limit));
        }
    }
    let Some((place, limit)) = said.pop() else { return Ok(()) };
    let others: Vec<_> = said.iter().filter(|(_, other)| *other != limit).collect();
    if !others.is_empty() {
        let others: Vec<_> =
            others.iter().map(|(place, limit)| format!("{} s in {place}", limit.as_secs_f64())).collect();
        let message = format!(
            "says that the time limit is {} s and wins over {}: keep one of them",
            limit.as_secs_f64(),
            others.join(" and ")
        );
        warnings.push(Warning::new(&place, &message));
    }
    rule.fixed = Some(limit);
    Ok(())
}

/// The last time limit of a `domjudge-problem.ini`.
fn read_ini(path: &str, text: &str, warnings: &mut Vec<Warning>) -> Result<Option<Duration>, PackageError> {
    let mut limit = None;
    for line in text.lines() {
        let line = line.trim();
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with([';', '#', '['])) else {
            continue;
        };
        match key.trim().to_ascii_lowercase().as_str() {
            "timelimit" => {
                let value = value.split([';', '#']).next().unwrap_or_default();
                limit = Some(seconds(path, value.trim().trim_matches(['\'', '"']))?);
            }
            "special_run" | "special_compare" => {
                warnings.push(Warning::new(path, "names a validator; problem.yaml decides which is used"));
            }
            _ => {}
        }
    }
    Ok(limit)
}

fn seconds(file: &str, text: &str) -> Result<Duration, PackageError> {
    const DAY: f64 = 86_400.0;
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds <= DAY);
    let wrong =
        || PackageError::content(file, format!("has {text:?} for a time limit: write seconds, as in 2.5"));
    seconds.map(Duration::from_secs_f64).ok_or_else(wrong)
}
