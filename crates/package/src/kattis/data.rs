//! Test data (`data/`): tests, groups and their settings.
//!
//! Settings are inherited key by key, as in the formats' reference tools; points are not.

use std::collections::BTreeMap;

use super::{meta::Meta, unread};
use crate::{
    Aggregation, Case, Content, File, Folder, Format, Grader, Grading, Group, GroupSettings, InputFlags,
    Item, OnReject, PackageError, PlannedTest, Points, SampleDisplay, ScoreMode, StaticTest, TestAction,
    Tree, Validation, VerdictMode, Visibility, Warning, generators,
    settings::{self, Field, Fields},
    text_oddities::TextOddities,
};

/// Context of the traversal.
struct DataReader<'a> {
    tree: &'a Tree,
    format: Format,
    meta: &'a Meta,
    custom: bool,
    odd: TextOddities,
    warnings: &'a mut Vec<Warning>,
}

/// The content of `data`.
pub(super) struct TestData {
    pub(super) tests: Group,
    /// Tests that generators have not completed.
    pub(super) ungenerated: Vec<PlannedTest>,
    /// Notes on ignored content, as sentences.
    pub(super) notes: Vec<String>,
}

pub(super) fn read(
    tree: &mut Tree,
    (format, meta, validation): (Format, &Meta, &Validation),
    about: generators::PackageFacts<'_>,
) -> Result<TestData, PackageError> {
    let missing = || PackageError::content("data", "is missing: put tests into data/sample and data/secret");
    let has_generators = tree.file(generators::FILE)?.is_some();
    let found = tree.folder("data")?;
    if found.is_none() && !has_generators {
        return Err(missing());
    }
    let mut data = found.unwrap_or_else(|| Folder { path: "data".to_owned(), ..Folder::default() });
    let notes = notes_on_unused(&data);
    unread::warn_of_data(&data, about.warnings);
    for part in data.folders.iter().filter(|(name, _)| matches!(name.as_str(), "sample" | "secret")) {
        unread::warn_of_groups(part.1, format, about.warnings);
    }
    // Tests of the validators, not of submissions.
    data.folders.retain(|name, _| matches!(name.as_str(), "sample" | "secret"));
    data.files.retain(|name, _| matches!(name.as_str(), "testdata.yaml" | "test_group.yaml"));
    let generators::PackageFacts { format: _, without_answers, made, solution, warnings } = about;
    let about =
        generators::PackageFacts { format, without_answers, made, solution, warnings: &mut *warnings };
    let ungenerated = generators::complete(tree, &mut data, about)?.ungenerated;
    let custom = matches!(validation, Validation::Custom(_));
    let mut reading = DataReader { tree, format, meta, custom, odd: TextOddities::default(), warnings };
    let graded = format.is_legacy() || (format == Format::Draft2023 && reading.has_graders(&data)?);
    let grading = if graded { Grading::Grader(default_grader()) } else { Grading::Points(points("")) };
    let tests = reading.group(&data, &default_settings(grading, &meta.flags))?;
    let DataReader { odd, warnings, .. } = reading;
    odd.warn(warnings);
    if ungenerated.is_empty() && tests.group("secret").is_none_or(|secret| secret.cases().is_empty()) {
        if tests.cases().is_empty() {
            return Err(PackageError::content("data/secret", "has no tests: add NAME.in with NAME.ans"));
        }
        let message = "has no tests, so everybody sees all there are: add NAME.in with NAME.ans";
        warnings.push(Warning::new("data/secret", message));
    }
    Ok(TestData { tests, ungenerated, notes })
}

/// Notes on folders with tests of validators.
fn notes_on_unused(data: &Folder) -> Vec<String> {
    let found = unread::OTHER_DATA.into_iter().filter_map(|name| data.folders.get(name));
    let note = |folder: &Folder| {
        let count =
            folder.all_files().iter().filter(|file| file.name().strip_suffix(".in").is_some()).count();
        format!("{} has {count} tests of the package's validators, which are not tried", folder.path)
    };
    found.map(note).collect()
}

/// Default settings with this grading: by graders (legacy) or by points.
fn default_settings(grading: Grading, flags: &[String]) -> GroupSettings {
    GroupSettings {
        on_reject: OnReject::Break,
        grading,
        args: Vec::new(),
        output_flags: flags.to_vec(),
        input_flags: InputFlags::Each(Vec::new()),
        visibility: Visibility::Hidden,
    }
}

fn default_grader() -> Grader {
    Grader {
        custom: false,
        flags: Vec::new(),
        verdict: VerdictMode::WorstError,
        score: ScoreMode::Sum,
        ignore_sample: false,
        accept_if_any_accepted: false,
        accept_score: 1.0,
        reject_score: 0.0,
        range: (f64::NEG_INFINITY, f64::INFINITY),
    }
}

/// 2025-09's defaults: `secret` is worth 100 points, the sum of its groups; any other group is all or nothing.
fn points(group: &str) -> Points {
    let is_secret = group == "secret";
    let aggregation = if is_secret { Aggregation::Sum } else { Aggregation::PassFail };
    Points { max: is_secret.then_some(100.0), aggregation, require_pass: Vec::new(), static_test: None }
}

impl DataReader<'_> {
    /// Whether a package of the draft uses the keys of graders, which the draft once took over from legacy.
    fn has_graders(&mut self, folder: &Folder) -> Result<bool, PackageError> {
        const KEYS: [&str; 5] = ["grading", "grader_flags", "accept_score", "reject_score", "range"];
        for file in folder.all_files().into_iter().filter(|file| file.name() == "testdata.yaml") {
            let text = self.tree.settings(file)?;
            let yaml = settings::parse(&file.path, &text, self.tree.caps(), &mut Vec::new())?;
            let fields = Fields::of_file(&file.path, &yaml)?;
            if KEYS.iter().any(|key| fields.has(key)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn group(&mut self, folder: &Folder, above: &GroupSettings) -> Result<Group, PackageError> {
        let name =
            folder.path.strip_prefix("data").unwrap_or(&folder.path).trim_start_matches('/').to_owned();
        let settings = self.settings(folder, &name, above)?;
        let mut items: BTreeMap<String, Item> = BTreeMap::new();
        for (file_name, input) in &folder.files {
            if let Some(stem) = file_name.strip_suffix(".in").filter(|stem| !stem.is_empty()) {
                let case = self.case(folder, stem, input, &settings)?;
                items.insert(stem.to_owned(), Item::Case(Box::new(case)));
            }
        }
        for (folder_name, inner) in &folder.folders {
            let belongs_to_case =
                folder_name.strip_suffix(".files").is_some_and(|stem| items.contains_key(stem));
            if !belongs_to_case {
                let group = self.group(inner, &settings)?;
                if items.insert(folder_name.clone(), Item::Group(Box::new(group))).is_some() {
                    let message = format!("has both a test and a folder named {folder_name}: rename one");
                    return Err(PackageError::content(&folder.path, message));
                }
            }
        }
        let interactions = folder.files.iter().filter(|(name, _)| {
            name.strip_suffix(".interaction")
                .is_some_and(|stem| !folder.files.contains_key(&format!("{stem}.in")))
        });
        let interactions = interactions.map(|(_, file)| file.clone()).collect();
        self.warn_of_unpaired_files(folder);
        Ok(Group { name, settings, items: items.into_values().collect(), interactions })
    }

    fn warn_of_unpaired_files(&mut self, folder: &Folder) {
        for name in folder.files.keys() {
            if let Some(stem) = name.strip_suffix(".ans")
                && !folder.files.contains_key(&format!("{stem}.in"))
            {
                let message = format!("is an answer without an input: {stem}.in is missing");
                self.warnings.push(Warning::new(&format!("{}/{name}", folder.path), &message));
            }
        }
    }

    fn case(
        &mut self,
        folder: &Folder,
        stem: &str,
        input: &File,
        settings: &GroupSettings,
    ) -> Result<Case, PackageError> {
        let file = |ending: &str| folder.files.get(&format!("{stem}{ending}")).cloned();
        let path = input.path.clone();
        let path = path.strip_suffix(".in").unwrap_or(&path);
        let input = self.odd.inspect(self.tree, input)?;
        let answer = match file(".ans") {
            Some(answer) => Content::File(self.odd.inspect(self.tree, &answer)?),
            None if self.custom => {
                self.warnings
                    .push(Warning::new(&input.path, &format!("has no answer beside it, {stem}.ans")));
                Content::Text(String::new())
            }
            None => return Err(PackageError::content(&input.path, format!("has no answer: add {stem}.ans"))),
        };
        let text = |file: Option<File>| {
            file.map(|file| self.tree.text(&file, self.tree.caps().settings_bytes)).transpose()
        };
        let mut case = Case {
            name: path.strip_prefix("data/").unwrap_or(path).to_owned(),
            test: TestAction::Streams { input: Content::File(input.clone()), answer },
            visibility: settings.visibility,
            args: settings.args.clone(),
            output_flags: settings.output_flags.clone(),
            input_flags: settings.input_flags.clone(),
            files: folder
                .folders
                .get(&format!("{stem}.files"))
                .map_or_else(Vec::new, |folder| folder.all_files().into_iter().cloned().collect()),
            hint: text(file(".hint"))?,
            description: text(file(".desc"))?,
            shown: SampleDisplay {
                input: file(".in.statement"),
                answer: file(".ans.statement").or_else(|| file(".out")),
                interaction: file(".interaction"),
            },
        };
        if let Some(settings) = file(".yaml").filter(|_| !self.format.is_legacy()) {
            self.case_settings(&settings, &mut case)?;
        }
        Ok(case)
    }

    fn case_settings(&mut self, file: &File, case: &mut Case) -> Result<(), PackageError> {
        let text = self.tree.settings(file)?;
        let yaml = settings::parse(&file.path, &text, self.tree.caps(), self.warnings)?;
        let mut fields = Fields::of_file(&file.path, &yaml)?;
        let Case { args, output_flags, input_flags, .. } = case;
        read_arguments(&mut fields, (args, output_flags, input_flags), self.warnings)?;
        if let Some(field) = fields.get("full_feedback") {
            case.visibility = visibility(&case.name, failed_visibility(&field)?);
        }
        if let Some(field) = fields.get("hint") {
            case.hint = Some(field.text()?.to_owned());
        }
        if let Some(field) = fields.get("description") {
            case.description = Some(field.text()?.to_owned());
        }
        fields.warn_of_unused(self.warnings);
        Ok(())
    }

    fn settings(
        &mut self,
        folder: &Folder,
        name: &str,
        above: &GroupSettings,
    ) -> Result<GroupSettings, PackageError> {
        let mut settings = above.clone();
        if name == "sample" || name == "secret" {
            settings.visibility = visibility(name, Visibility::Hidden);
        }
        match &mut settings.grading {
            Grading::Points(inherited) => *inherited = points(name),
            // The samples are left out of the whole, not of each group.
            Grading::Grader(grader) => grader.ignore_sample = false,
        }
        let names =
            if self.format.is_legacy() { ["testdata.yaml"; 2] } else { ["test_group.yaml", "testdata.yaml"] };
        let Some(file) = names.iter().find_map(|name| folder.files.get(*name)) else { return Ok(settings) };
        let text = self.tree.settings(file)?;
        let yaml = settings::parse(&file.path, &text, self.tree.caps(), self.warnings)?;
        let mut fields = Fields::of_file(&file.path, &yaml)?;
        match &mut settings.grading {
            Grading::Points(points) => read_points(&mut fields, points, self.warnings)?,
            Grading::Grader(grader) => read_grader(&mut fields, grader, self.warnings)?,
        }
        if let Some(field) = fields.get("on_reject") {
            // The last three are those of packages from before there was a specification.
            settings.on_reject = field.one_of(&[
                ("break", OnReject::Break),
                ("continue", OnReject::Continue),
                ("first_error", OnReject::Break),
                ("worst_error", OnReject::Continue),
                ("grade", OnReject::Continue),
            ])?;
        }
        if self.format.is_legacy() {
            self.legacy_flags(&mut fields, &mut settings)?;
        } else {
            let GroupSettings { args, output_flags, input_flags, .. } = &mut settings;
            read_arguments(&mut fields, (args, output_flags, input_flags), self.warnings)?;
            if let Some(field) = fields.get("full_feedback") {
                settings.visibility = visibility(name, failed_visibility(&field)?);
            }
        }
        fields.warn_of_unused(self.warnings);
        Ok(settings)
    }

    /// A group's flags come after those that `problem.yaml` gives to every validator.
    fn legacy_flags(
        &self,
        fields: &mut Fields<'_>,
        settings: &mut GroupSettings,
    ) -> Result<(), PackageError> {
        if let Some(field) = fields.get("output_validator_flags") {
            let own = match named_flags(&field)? {
                InputFlags::Each(flags) => flags,
                InputFlags::Named(named) => named.into_iter().flat_map(|(_, flags)| flags).collect(),
            };
            settings.output_flags = self.meta.flags.iter().cloned().chain(own).collect();
        }
        if let Some(field) = fields.get("input_validator_flags") {
            settings.input_flags = named_flags(&field)?;
        }
        Ok(())
    }
}

/// Samples are public; other tests have the visibility of their feedback.
fn visibility(name: &str, other: Visibility) -> Visibility {
    let is_sample = name == "sample" || name.starts_with("sample/");
    if is_sample { Visibility::Public } else { other }
}

/// The visibility by `full_feedback`: tests with full feedback are shown to those who fail them.
fn failed_visibility(field: &Field<'_>) -> Result<Visibility, PackageError> {
    Ok(if field.flag()? { Visibility::WhenFailed } else { Visibility::Hidden })
}

/// Flags as text, or as a map from a validator's name to its flags; the map may also be `name` and `flags`.
fn named_flags(field: &Field<'_>) -> Result<InputFlags, PackageError> {
    named(field, &mut |flags| flags.words())
}

/// Parser of one validator's flags.
type ReadWords<'r> = dyn FnMut(&Field<'_>) -> Result<Vec<String>, PackageError> + 'r;

fn named(field: &Field<'_>, words: &mut ReadWords<'_>) -> Result<InputFlags, PackageError> {
    if !field.is_map() {
        return Ok(InputFlags::Each(words(field)?));
    }
    let mut fields = field.fields()?;
    if fields.has("name") && fields.has("flags") {
        let name = fields.get("name").map_or(Ok(""), |field| field.text())?.to_owned();
        let flags = fields.get("flags").map_or(Ok(Vec::new()), |field| words(&field))?;
        return Ok(InputFlags::Named(vec![(name, flags)]));
    }
    let named = fields.all().map(|(name, flags)| Ok((name.to_owned(), words(&flags)?)));
    Ok(InputFlags::Named(named.collect::<Result<_, PackageError>>()?))
}

/// The arguments of 2025-09, by its names, and by those of its drafts, which had flags in one text.
fn read_arguments(
    fields: &mut Fields<'_>,
    (args, output, input): (&mut Vec<String>, &mut Vec<String>, &mut InputFlags),
    warnings: &mut Vec<Warning>,
) -> Result<(), PackageError> {
    if let Some(field) = fields.get("args") {
        *args = field.arguments(warnings)?;
    }
    if let Some(field) = fields.get("output_validator_flags") {
        *output = field.words()?;
    }
    if let Some(field) = fields.get("output_validator_args") {
        *output = field.arguments(warnings)?;
    }
    if let Some(field) = fields.get("input_validator_flags") {
        *input = named_flags(&field)?;
    }
    if let Some(field) = fields.get("input_validator_args") {
        *input = named(&field, &mut |flags| flags.arguments(warnings))?;
    }
    for known in ["input_visualizer_args", "output_visualizer_args", "static_validator_args"] {
        fields.get(known);
    }
    Ok(())
}

fn read_points(
    fields: &mut Fields<'_>,
    points: &mut Points,
    warnings: &mut Vec<Warning>,
) -> Result<(), PackageError> {
    if let Some(field) = fields.get("max_score") {
        let unbounded = field.text()? == "unbounded";
        points.max = if unbounded { None } else { Some(field.number()?).filter(|max| *max >= 0.0) };
        if points.max.is_none() && !unbounded {
            return Err(field.wrong("must not be negative"));
        }
    }
    if let Some(field) = fields.get("score_aggregation") {
        let known =
            [("pass-fail", Aggregation::PassFail), ("sum", Aggregation::Sum), ("min", Aggregation::Min)];
        points.aggregation = field.one_of(&known)?;
    }
    if let Some(field) = fields.get("require_pass") {
        points.require_pass = field.texts()?;
    }
    let args = fields.get("static_validator_args");
    let args = args.map_or(Ok(Vec::new()), |field| field.arguments(warnings))?;
    if let Some(field) = fields.get("static_validation_score") {
        let score = if field.text()? == "pass-fail" { None } else { Some(field.number()?) };
        if score.is_some_and(|score| score < 0.0) {
            return Err(field.wrong("must not be negative"));
        }
        points.static_test = Some(StaticTest { score, args });
    }
    Ok(())
}

fn read_grader(
    fields: &mut Fields<'_>,
    grader: &mut Grader,
    warnings: &mut Vec<Warning>,
) -> Result<(), PackageError> {
    if let Some(field) = fields.get("grading") {
        grader.custom = field.one_of(&[("default", false), ("custom", true)])?;
    }
    if let Some(field) = fields.get("grader_flags") {
        grader.flags = field.words()?;
        read_grader_flags(&field, grader, warnings);
    }
    if let Some(field) = fields.get("accept_score") {
        grader.accept_score = field.number()?;
    }
    if let Some(field) = fields.get("reject_score") {
        grader.reject_score = field.number()?;
    }
    if let Some(field) = fields.get("range") {
        let ends: Vec<f64> = field.words()?.iter().filter_map(|end| end.parse().ok()).collect();
        grader.range = match ends[..] {
            [from, to] if from <= to => (from, to),
            _ => return Err(field.wrong("must be two numbers, the lower one first, as in 0 100")),
        };
    }
    Ok(())
}

fn read_grader_flags(field: &Field<'_>, grader: &mut Grader, warnings: &mut Vec<Warning>) {
    (grader.verdict, grader.score) = (VerdictMode::WorstError, ScoreMode::Sum);
    (grader.ignore_sample, grader.accept_if_any_accepted) = (false, false);
    for flag in &grader.flags {
        match flag.as_str() {
            "worst_error" => grader.verdict = VerdictMode::WorstError,
            "first_error" => grader.verdict = VerdictMode::FirstError,
            "always_accept" => grader.verdict = VerdictMode::AlwaysAccept,
            "sum" => grader.score = ScoreMode::Sum,
            "avg" => grader.score = ScoreMode::Average,
            "min" => grader.score = ScoreMode::Min,
            "max" => grader.score = ScoreMode::Max,
            "ignore_sample" => grader.ignore_sample = true,
            "accept_if_any_accepted" => grader.accept_if_any_accepted = true,
            // A custom grader has flags of its own.
            _ if grader.custom => {}
            _ => warnings
                .push(Warning::new(&field.key, &format!("has a flag that no default grader knows, {flag}"))),
        }
    }
}
