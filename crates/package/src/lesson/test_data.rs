//! Lesson tests: inline in `problem.yaml`, or files of `tests/`; public, hidden, in groups with or without
//! points.

use std::cell::RefCell;

use super::call;
use crate::{
    Aggregation, Case, Content, Expected, File, Grading, Group, GroupSettings, InputFlags, Item, OnReject,
    PackageError, Points, SampleDisplay, TestAction, Tree, Validation, Visibility, Warning,
    settings::{Field, Fields},
    text_oddities::TextOddities,
};

/// The tests of a lesson.
pub(super) struct Tests {
    pub(super) group: Group,
    /// Whether any group has points.
    pub(super) has_points: bool,
}

/// Settings shared by all tests.
struct SharedSettings {
    function: Option<String>,
    output_flags: Vec<String>,
    validated: bool,
}

pub(super) fn read(
    tree: &Tree,
    fields: &mut Fields<'_>,
    validation: &Validation,
    warnings: &mut Vec<Warning>,
) -> Result<Tests, PackageError> {
    let common = SharedSettings {
        function: fields.get("function").map(|field| field.text().map(str::to_owned)).transpose()?,
        output_flags: read_flags(fields, validation)?,
        validated: matches!(validation, Validation::Custom(_)),
    };
    let reading = TestReader { tree, common: &common, odd: RefCell::default() };
    let mut items = reading.tests(fields, "", warnings)?;
    let groups = fields.get("groups");
    if groups.is_none() {
        items.extend(reading.files("tests", Visibility::Public)?);
        items.extend(reading.files("tests/hidden", Visibility::Hidden)?);
    }
    let mut has_points = false;
    for (n, field) in groups.map_or(Ok(Vec::new()), |field| field.items())?.iter().enumerate() {
        let group = reading.group(field, n, warnings)?;
        has_points |= matches!(&group.settings.grading, Grading::Points(points) if points.max.is_some());
        items.push(Item::Group(Box::new(group)));
    }
    reading.odd.into_inner().warn(warnings);
    check_names(&items)?;
    let points = Points {
        max: None,
        aggregation: if has_points { Aggregation::Sum } else { Aggregation::PassFail },
        require_pass: Vec::new(),
        static_test: None,
    };
    let group = Group { name: String::new(), settings: settings(points), items, interactions: Vec::new() };
    if group.cases().is_empty() {
        return Err(PackageError::content(
            "problem.yaml",
            "has no tests: add `tests:` with an input and an output, or files to tests/",
        ));
    }
    Ok(Tests { group, has_points })
}

fn check_names(items: &[Item]) -> Result<(), PackageError> {
    let mut names: Vec<&str> = Vec::new();
    for item in items {
        match item {
            Item::Case(case) => names.push(&case.name),
            Item::Group(group) => {
                check_names(&group.items)?;
                names.push(&group.name);
            }
        }
    }
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(PackageError::content(
            "problem.yaml",
            format!("names two tests or groups {:?}: rename one", pair[0]),
        )),
        None => Ok(()),
    }
}

fn settings(points: Points) -> GroupSettings {
    GroupSettings {
        on_reject: OnReject::Continue,
        grading: Grading::Points(points),
        args: Vec::new(),
        output_flags: Vec::new(),
        input_flags: InputFlags::Each(Vec::new()),
        visibility: Visibility::Public,
    }
}

/// Comparison flags of the default validator, or arguments of another validator.
fn read_flags(fields: &mut Fields<'_>, validation: &Validation) -> Result<Vec<String>, PackageError> {
    let arguments = fields.get("validator_args").map_or(Ok(Vec::new()), |field| field.words())?;
    let Some(field) = fields.get("compare") else { return Ok(arguments) };
    if matches!(validation, Validation::Custom(_)) {
        return Err(field.wrong("has no meaning beside a validator, which compares as it likes: take it out"));
    }
    let exact = || vec!["case_sensitive".to_owned(), "space_change_sensitive".to_owned()];
    if !field.is_map() {
        return field
            .one_of(&[("tokens", Vec::new as fn() -> Vec<String>), ("exact", exact)])
            .map(|flags| flags());
    }
    let mut compare = field.fields()?;
    let mut flags = Vec::new();
    for (key, flag) in [("case", "case_sensitive"), ("space", "space_change_sensitive")] {
        if let Some(field) = compare.get(key)
            && field.one_of(&[("matters", true), ("ignored", false)])?
        {
            flags.push(flag.to_owned());
        }
    }
    if let Some(field) = compare.get("tolerance") {
        flags.extend(["float_tolerance".to_owned(), field.positive()?.to_string()]);
    }
    match compare.all().find(|(key, _)| !compare.is_used(key)) {
        Some((_, unknown)) => Err(unknown.wrong("is not known: there are case, space and tolerance")),
        None => Ok(flags),
    }
}

struct TestReader<'a> {
    tree: &'a Tree,
    common: &'a SharedSettings,
    odd: RefCell<TextOddities>,
}

impl TestReader<'_> {
    fn group(&self, field: &Field<'_>, n: usize, warnings: &mut Vec<Warning>) -> Result<Group, PackageError> {
        let mut fields = field.fields()?;
        let default = format!("group {}", n + 1);
        let name = fields.get("name").map_or(Ok(default.as_str()), |field| field.text())?.to_owned();
        let max = fields.get("points").map(|field| field.positive()).transpose()?;
        let known = [("all", Aggregation::PassFail), ("each", Aggregation::Sum), ("worst", Aggregation::Min)];
        let aggregation =
            fields.get("score").map_or(Ok(Aggregation::PassFail), |field| field.one_of(&known))?;
        let require_pass = fields.get("after").map_or(Ok(Vec::new()), |field| field.texts())?;
        let mut items = self.tests(&mut fields, &format!("{name}/"), warnings)?;
        for (key, visibility) in [("files", Visibility::Public), ("hidden_files", Visibility::Hidden)] {
            if let Some(field) = fields.get(key) {
                let found = self.files(field.text()?, visibility)?;
                if found.is_empty() {
                    return Err(field.wrong("names a folder without tests: put NAME.in and NAME.out into it"));
                }
                items.extend(found);
            }
        }
        fields.warn_of_unused(warnings);
        if items.is_empty() {
            return Err(field.wrong("is a group without tests: add tests, hidden_tests or files"));
        }
        let settings = settings(Points { max, aggregation, require_pass, static_test: None });
        Ok(Group { name, settings, items, interactions: Vec::new() })
    }

    /// `tests` and `hidden_tests` of a group or of the lesson, numbered through.
    fn tests(
        &self,
        fields: &mut Fields<'_>,
        prefix: &str,
        warnings: &mut Vec<Warning>,
    ) -> Result<Vec<Item>, PackageError> {
        let mut items = Vec::new();
        for (key, visibility) in [("tests", Visibility::Public), ("hidden_tests", Visibility::Hidden)] {
            for field in fields.get(key).map_or(Ok(Vec::new()), |field| field.items())? {
                let name = (prefix, items.len() + 1);
                items.push(Item::Case(Box::new(self.case(&field, name, visibility, warnings)?)));
            }
        }
        Ok(items)
    }

    fn case(
        &self,
        field: &Field<'_>,
        (prefix, number): (&str, usize),
        visibility: Visibility,
        warnings: &mut Vec<Warning>,
    ) -> Result<Case, PackageError> {
        let mut fields = field.fields()?;
        let own =
            fields.get("name").map(|field| field.text().map(|text| format!("{prefix}{text}"))).transpose()?;
        let is_call = ["call", "args", "returns", "raises"].iter().any(|key| fields.has(key));
        let test = if is_call { self.call(field, &mut fields)? } else { self.streams(field, &mut fields)? };
        let hint = fields.get("hint").map(|field| field.text().map(str::to_owned)).transpose()?;
        let args = fields.get("arguments").map_or(Ok(Vec::new()), |field| field.words())?;
        fields.warn_of_unused(warnings);
        Ok(Case {
            args,
            hint,
            ..self.plain(own.unwrap_or_else(|| format!("{prefix}{number}")), test, visibility)
        })
    }

    fn plain(&self, name: String, test: TestAction, visibility: Visibility) -> Case {
        Case {
            name,
            test,
            visibility,
            args: Vec::new(),
            output_flags: self.common.output_flags.clone(),
            input_flags: InputFlags::Each(Vec::new()),
            files: Vec::new(),
            hint: None,
            description: None,
            shown: SampleDisplay::default(),
        }
    }

    fn streams(&self, field: &Field<'_>, fields: &mut Fields<'_>) -> Result<TestAction, PackageError> {
        let text = |field: Option<Field<'_>>| -> Result<String, PackageError> {
            // A line is written without its line feed, and read with it.
            let ended = |text: &str| {
                if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
            };
            field.map_or(Ok(String::new()), |field| field.text().map(ended))
        };
        let (input, output) = (fields.get("input"), fields.get("output"));
        if output.is_none() && !self.common.validated {
            return Err(field.wrong("has no output: add `output:`, or `call:` with `returns:`"));
        }
        Ok(TestAction::Streams { input: Content::Text(text(input)?), answer: Content::Text(text(output)?) })
    }

    fn call(&self, field: &Field<'_>, fields: &mut Fields<'_>) -> Result<TestAction, PackageError> {
        if self.common.validated {
            return Err(field.wrong("calls a function, which a validator or interactor cannot judge"));
        }
        let (function, arguments) = match (fields.get("call"), fields.get("args")) {
            (Some(call), None) => call::parse(&call, self.tree.caps())?,
            (None, Some(arguments)) => {
                let missing = || arguments.wrong("needs `function: NAME` at the top of the file");
                let function = self.common.function.clone().ok_or_else(missing)?;
                let values: Result<_, _> = arguments.items()?.iter().map(Field::data).collect();
                (function, values?)
            }
            _ => return Err(field.wrong("needs either `call: add(1, 2)` or `args: [1, 2]`")),
        };
        // Null is a value here, so the presence of the key counts.
        let returns = fields.all().find(|(key, _)| *key == "returns").map(|(_, field)| field);
        fields.get("returns");
        let expected = match (returns, fields.get("raises")) {
            (Some(value), None) => Expected::Value(value.data()?),
            (None, Some(exception)) => Expected::Exception(exception.text()?.to_owned()),
            _ => return Err(field.wrong("needs either `returns:` or `raises:`")),
        };
        Ok(TestAction::Call { function, arguments, expected })
    }

    /// The file without a byte-order mark, with its oddities recorded.
    fn look(&self, file: &File) -> Result<File, PackageError> {
        Ok(self.odd.borrow_mut().inspect(self.tree, file)?)
    }

    /// The tests that are files: NAME.in with NAME.out or NAME.ans, folders below left out.
    fn files(&self, folder: &str, visibility: Visibility) -> Result<Vec<Item>, PackageError> {
        let Some(folder) = self.tree.folder(folder)? else { return Ok(Vec::new()) };
        let mut cases = Vec::new();
        for (name, input) in &folder.files {
            let Some(stem) = name.strip_suffix(".in") else { continue };
            let beside = |ending: &str| folder.files.get(&format!("{stem}.{ending}")).cloned();
            let answer = match beside("out").or_else(|| beside("ans")) {
                Some(answer) => Content::File(self.look(&answer)?),
                None if self.common.validated => Content::Text(String::new()),
                None => {
                    return Err(PackageError::content(&input.path, format!("has no output: add {stem}.out")));
                }
            };
            let test = TestAction::Streams { input: Content::File(self.look(input)?), answer };
            let path = input.path.strip_suffix(".in").unwrap_or(&input.path).to_owned();
            let hint =
                beside("hint").map(|file: File| self.tree.text(&file, self.tree.caps().settings_bytes));
            cases.push(Case { hint: hint.transpose()?, ..self.plain(path, test, visibility) });
        }
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(cases.into_iter().map(|case| Item::Case(Box::new(case))).collect())
    }
}
