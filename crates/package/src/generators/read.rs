//! Parser of `generators.yaml`, in all its versions: nested maps and lists of tests and groups.

use std::collections::{BTreeMap, HashMap};

use super::{
    emit,
    facts::{FILE, PackageFacts},
    names::{arguments, counts, is_valid_name, numbered, with_counts},
    plan::{Content, Entry, Plan},
};
use crate::{
    File, Folder, Format, PackageError, Program, Tree, Warning,
    program::program,
    settings::{self, Field, Fields, Value},
};

/// Extensions of test files that may be inline or lie beside a copied file.
const ENDINGS: [&str; 10] = [
    "in",
    "ans",
    "out",
    "desc",
    "hint",
    "interaction",
    "in.statement",
    "ans.statement",
    "in.download",
    "ans.download",
];

/// Settings inherited from enclosing groups.
#[derive(Clone)]
struct Inherited {
    salt: String,
    solution: Option<Program>,
}

struct PlanReader<'a, 'b> {
    tree: &'a Tree,
    /// `generators/`.
    folder: Folder,
    /// Generators that are built from listed files.
    listed: HashMap<String, Vec<String>>,
    about: &'a mut PackageFacts<'b>,
    plan: Plan,
    /// Ranges in the plan of the tests of each name, for `include`.
    known: HashMap<String, Vec<usize>>,
}

pub(super) fn read(tree: &Tree, file: &File, about: &mut PackageFacts<'_>) -> Result<Plan, PackageError> {
    let text = tree.text(file, tree.caps().settings_bytes)?;
    let yaml = settings::parse(&file.path, &text, tree.caps(), about.warnings)?;
    let mut fields = Fields::of_file(&file.path, &yaml)?;
    let folder = tree.folder("generators")?.unwrap_or_default();
    let listed = read_listed(&mut fields)?;
    let (plan, known) = (Plan::default(), HashMap::new());
    let mut reading = PlanReader { tree, folder, listed, about, plan, known };
    let top = Inherited { salt: String::new(), solution: None };
    let top = reading.inherit(&mut fields, &top)?;
    reading.group_settings(&mut fields, "");
    reading.plan.solution.clone_from(&top.solution);
    let Some(data) = fields.get("data").filter(Field::is_map) else { return Ok(reading.plan) };
    for (part, field) in data.fields()?.all() {
        if part == "sample" || part == "secret" {
            reading.group(&field, part, &top)?;
        }
    }
    Ok(reading.plan)
}

fn read_listed(fields: &mut Fields<'_>) -> Result<HashMap<String, Vec<String>>, PackageError> {
    let Some(field) = fields.get("generators").filter(Field::is_map) else { return Ok(HashMap::new()) };
    field.fields()?.all().map(|(name, files)| Ok((name.to_owned(), files.texts()?))).collect()
}

/// Whether a map is a group rather than a test.
fn is_group(field: &Field<'_>) -> Result<bool, PackageError> {
    let fields = field.fields()?;
    let makes_input = ["generate", "copy", "in", "input"].iter().any(|key| fields.has(key));
    let is_manual = !fields.has("data") && (fields.has("ans") || fields.has("desc") || fields.has("hint"));
    Ok(!makes_input && !is_manual)
}

impl PlanReader<'_, '_> {
    fn inherit(&mut self, fields: &mut Fields<'_>, above: &Inherited) -> Result<Inherited, PackageError> {
        let salt = match fields.get("random_salt") {
            Some(field) => field.text()?.to_owned(),
            None => above.salt.clone(),
        };
        let solution = match fields.get("solution") {
            Some(field) => self.solution(&field)?,
            None => above.solution.clone(),
        };
        Ok(Inherited { salt, solution })
    }

    /// A solution's path is relative to the package.
    fn solution(&mut self, field: &Field<'_>) -> Result<Option<Program>, PackageError> {
        let Some(path) =
            field.text()?.split_whitespace().next().map(|path| path.trim_matches('/').to_owned())
        else {
            return Ok(None);
        };
        let files = files_at(self.tree, &path)?;
        if files.is_empty() {
            let message = format!("names the solution {path}, which is not there; an accepted one is taken");
            self.about.warnings.push(Warning::new(FILE, &message));
            return Ok(None);
        }
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        Ok(Some(program(self.about.format, &name, files)))
    }

    fn group(&mut self, field: &Field<'_>, path: &str, above: &Inherited) -> Result<(), PackageError> {
        let first = self.plan.tests.len();
        if !field.is_map() {
            return Ok(());
        }
        let mut fields = field.fields()?;
        let own = self.inherit(&mut fields, above)?;
        self.group_settings(&mut fields, &format!("{path}/"));
        let included = fields.get("include").map_or(Ok(Vec::new()), |field| field.texts())?;
        if let Some(data) = fields.get("data") {
            for (yaml_name, name, entry) in entries(&data)? {
                if !is_valid_name(&name) {
                    return Err(entry.wrong(format!("has a name that no file can have, {name:?}")));
                }
                self.entry(&entry, (&yaml_name, &format!("{path}/{name}")), &own)?;
            }
        }
        for name in included {
            self.include(&name, path)?;
        }
        let last = self.plan.tests.len();
        let own_name = path.rsplit('/').next().unwrap_or(path);
        self.record_tests(own_name, first..last);
        Ok(())
    }

    /// Settings of a group, whose path ends in a slash; that of `data` itself is "".
    fn group_settings(&mut self, fields: &mut Fields<'_>, path: &str) {
        for key in ["testdata.yaml", "test_group.yaml"] {
            if let Some(settings) = fields.get(key) {
                self.plan.settings.push((format!("{path}{key}"), emit::text(settings.yaml)));
            }
        }
    }

    fn record_tests(&mut self, name: &str, tests: std::ops::Range<usize>) {
        self.known.insert(name.to_owned(), tests.collect());
    }

    fn include(&mut self, name: &str, path: &str) -> Result<(), PackageError> {
        let Some(tests) = self.known.get(name).cloned() else {
            let message = format!("includes {name:?} in {path}, which is no test or group before it");
            self.about.warnings.push(Warning::new(FILE, &message));
            return Ok(());
        };
        for place in tests {
            let mut copy = self.plan.tests[place].clone();
            let own = copy.name.rsplit('/').next().unwrap_or(&copy.name);
            copy.name = format!("{path}/{own}");
            if self.plan.tests.iter().all(|test| test.name != copy.name) {
                self.plan.add(copy)?;
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        field: &Field<'_>,
        (yaml_name, path): (&str, &str),
        above: &Inherited,
    ) -> Result<(), PackageError> {
        let first = self.plan.tests.len();
        if field.is_map() && is_group(field)? {
            self.group(field, path, above)?;
        } else {
            self.test(field, path, above)?;
        }
        let last = self.plan.tests.len();
        self.record_tests(yaml_name, first..last);
        Ok(())
    }

    fn test(&mut self, field: &Field<'_>, path: &str, above: &Inherited) -> Result<(), PackageError> {
        if field.yaml.is_nothing() {
            let message = format!("says that {path} is made by hand, but data/{path}.in is not there");
            self.about.warnings.push(Warning::new(FILE, &message));
            return Ok(());
        }
        if !field.is_map() {
            return self.by_command(field.text()?, path, above);
        }
        let mut fields = field.fields()?;
        let own = self.inherit(&mut fields, above)?;
        let mut files = BTreeMap::new();
        if let Some(copy) = fields.get("copy") {
            files.extend(self.copied(copy.text()?)?);
        }
        for ending in ENDINGS {
            let Some(field) = fields.get(ending) else { continue };
            if !field.is_map() {
                files.insert(ending.to_owned(), Content::Text(with_newline(field.text()?)));
            } else if let Some(same) = linked(&field)?.and_then(|other| files.get(other).cloned()) {
                files.insert(ending.to_owned(), same);
            }
        }
        for key in ["yaml", "test_case.yaml"] {
            if let Some(settings) = fields.get(key).filter(Field::is_map) {
                files.insert("yaml".to_owned(), Content::Text(emit::text(settings.yaml)));
            }
        }
        let command = fields.get("generate").or_else(|| fields.get("input"));
        let numbers = match fields.get("count") {
            Some(count) if count.is_list() => {
                count.items()?.iter().filter_map(|one| one.text().ok()?.trim().parse().ok()).collect()
            }
            Some(count) => counts(count.text()?)
                .ok_or_else(|| count.wrong("must be a number up to 100, a list, or a range such as 1..=9"))?,
            None => vec![1],
        };
        for (name, number) in with_counts(path, &numbers) {
            let mut entry =
                Entry { name, files: files.clone(), generator: None, solution: own.solution.clone() };
            if let Some(command) = &command {
                match self.resolve(command.text()?, &own, number)? {
                    Command::Copy(more) => {
                        for (ending, content) in more {
                            entry.files.entry(ending).or_insert(content);
                        }
                    }
                    Command::Generator(program, args) => entry.generator = Some((program, args)),
                }
            }
            self.plan.add(entry)?;
        }
        Ok(())
    }

    fn by_command(&mut self, command: &str, path: &str, above: &Inherited) -> Result<(), PackageError> {
        let mut entry = Entry {
            name: path.to_owned(),
            files: BTreeMap::new(),
            generator: None,
            solution: above.solution.clone(),
        };
        match self.resolve(command, above, 1)? {
            Command::Copy(files) => entry.files = files,
            Command::Generator(program, args) => entry.generator = Some((program, args)),
        }
        self.plan.add(entry)
    }

    /// The program of a command; older files name an input instead.
    fn resolve(&self, command: &str, own: &Inherited, count: i64) -> Result<Command, PackageError> {
        let filled = self.tree.with_constants(command.trim());
        let command = filled.as_str();
        let name = command.split_whitespace().next().unwrap_or_default().trim_matches('/');
        if let Some(stem) = name.strip_suffix(".in")
            && command == name
        {
            return Ok(Command::Copy(self.copied(stem)?));
        }
        let program = self.generator(name)?;
        Ok(Command::Generator(program, arguments(command, &own.salt, count)))
    }

    fn generator(&self, name: &str) -> Result<Program, PackageError> {
        let format = self.about.format;
        if let Some(listed) = self.listed.get(name) {
            let mut files = Vec::new();
            for path in listed {
                let path = format!("generators/{}", path.trim_matches('/'));
                files.extend(files_at(self.tree, &path)?);
            }
            return Ok(with_first(program(format, name, files)));
        }
        let files = files_at(self.tree, &format!("generators/{name}"))?;
        if !files.is_empty() {
            return Ok(program(format, name, files));
        }
        // The extension may be missing.
        let by_stem = self.folder.files.values().find(|file| {
            file.name().rsplit_once('.').is_some_and(|(stem, _)| stem == name)
                && crate::detect_language(file.name()).is_some()
        });
        let missing = || {
            PackageError::content(FILE, format!("runs the generator {name:?}, which is not in generators/"))
        };
        by_stem.map(|file| program(format, name, vec![file.clone()])).ok_or_else(missing)
    }

    /// Files of a manual test, below `generators/`.
    fn copied(&self, stem: &str) -> Result<BTreeMap<String, Content>, PackageError> {
        let stem = stem.trim_matches('/');
        let mut files = BTreeMap::new();
        for ending in ENDINGS.into_iter().chain(["yaml"]) {
            if let Some(file) = self.tree.file(&format!("generators/{stem}.{ending}"))? {
                files.insert(ending.to_owned(), Content::File(file));
            }
        }
        if files.contains_key("in") {
            return Ok(files);
        }
        let message = format!("copies {stem}, but generators/{stem}.in is not there");
        Err(PackageError::content(FILE, message))
    }
}

enum Command {
    Copy(BTreeMap<String, Content>),
    Generator(Program, Vec<String>),
}

/// The entries of `data`: their names in the file, their names with numbers, and their values.
type Entries<'a> = Vec<(String, String, Field<'a>)>;

fn entries<'a>(data: &Field<'a>) -> Result<Entries<'a>, PackageError> {
    if data.is_map() {
        return Ok(data
            .fields()?
            .all()
            .map(|(name, entry)| (name.to_owned(), name.to_owned(), entry))
            .collect());
    }
    let Value::List(items) = &data.yaml.value else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (n, item) in items.iter().enumerate() {
        let item = data.with(item);
        for (name, entry) in item.fields()?.all() {
            let name = if name == "~" || name == "null" { "" } else { name };
            found.push((name.to_owned(), numbered(n + 1, items.len(), name), entry));
        }
    }
    Ok(found)
}

/// The file or all files of the folder at this path.
fn files_at(tree: &Tree, path: &str) -> Result<Vec<File>, PackageError> {
    if let Some(file) = tree.file(path)? {
        return Ok(vec![file]);
    }
    let folder = tree.folder(path)?.unwrap_or_default();
    Ok(folder.all_files().into_iter().cloned().collect())
}

/// The first of the listed files is the main file and gives the program its name, also if others are in other
/// languages.
fn with_first(program: Program) -> Program {
    let Some(first) = program.files.first().map(|file| file.name().to_owned()) else { return program };
    let language = crate::language::detect_language_in(Format::V2025, &first).map(str::to_owned);
    Program { language: language.or(program.language.clone()), name: first, ..program }
}

/// The extension of the file that another one is a copy of: `{link: in}`.
fn linked<'a>(field: &Field<'a>) -> Result<Option<&'a str>, PackageError> {
    field.fields()?.get("link").map(|other| other.text()).transpose()
}

fn with_newline(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}
