//! Command line templates: placeholders that are replaced by files, arguments and options.
//!
//! A placeholder is always a whole argument, so that no submission can change where an argument ends. Only
//! placeholders that no submission controls may be parts of longer arguments: `{folder}`, `{prepared}`, and
//! memory sizes. A submission chooses the value of an option; the arguments for it come from the language
//! file.

use std::borrow::Cow;

use model::{LanguageOptions, SourceFile};

use crate::{
    entry::EntryKind,
    language_option::LanguageOption,
    memory::{MemorySize, MemorySplit},
    source_name::{has_extension, stem},
};

/// A command line with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Argument>);

/// One argument of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Argument {
    Literal(String),
    Tool,
    /// `{folder}` and the text behind it.
    Folder(String),
    /// The text before `{prepared}`, and after it.
    Prepared(String, String),
    Source,
    Stem(Vec<(String, String)>),
    Sources,
    /// The main file, and the other sources in its folder.
    Siblings,
    Entry,
    Args,
    /// The arguments of an option, by its name.
    Option(String),
    /// The text before a memory size, the kind of size, and the text after it.
    Sized(String, MemorySize, String),
}

/// Values of the placeholders.
pub(crate) struct TemplateValues<'a> {
    /// `{tool}`.
    pub(crate) tool: Cow<'a, str>,
    /// `{folder}`.
    pub(crate) folder: Cow<'a, str>,
    /// `{prepared}`; if absent, the arguments that contain it are left out.
    pub(crate) prepared: Option<Cow<'a, str>>,
    /// `{source}` when there are no files.
    pub(crate) main_file: &'a str,
    /// Extensions of the files in `{sources}` after the first one.
    pub(crate) extensions: &'a [String],
    /// The files; the first is `{source}`.
    pub(crate) files: &'a [SourceFile],
    /// Kind of `{entry}`, and the version of the toolchain.
    pub(crate) entry: (EntryKind, &'a str),
    /// `{args}`.
    pub(crate) args: &'a [String],
    /// Memory sizes; if absent, the arguments that contain one are left out.
    pub(crate) share: Option<MemorySplit>,
    /// The options of the language, and the chosen ones.
    pub(crate) options: (&'a [LanguageOption], &'a LanguageOptions),
}

/// Prefix of the placeholder of an option.
const OPTION: &str = "{option:";

/// The beginning of a placeholder for the source without its ending, with the endings of some sources replaced.
const STEM: &str = "{stem:";

const PLACEHOLDERS: [&str; 11] = [
    "{tool}",
    "{folder}",
    "{prepared}",
    "{source}",
    "{stem}",
    "{sources}",
    "{siblings}",
    "{entry}",
    "{args}",
    MemorySize::HEAP,
    MemorySize::STACK,
];

impl Template {
    /// Parses a command line; the error continues a sentence after the field's name.
    pub(crate) fn parse(argv: &[String]) -> Result<Self, String> {
        match argv.first().map(String::as_str) {
            Some("{tool}") => {}
            Some(program) if program.starts_with('/') && !program.contains("{prepared}") => {}
            _ => return Err("must begin with \"{tool}\" or an absolute path".to_owned()),
        }
        argv.iter().map(|argument| Argument::parse(argument)).collect::<Result<_, _>>().map(Self)
    }

    /// Whether it has a placeholder for the program's arguments.
    pub(crate) fn takes_args(&self) -> bool {
        self.0.contains(&Argument::Args)
    }

    /// The options that it has placeholders for.
    pub(crate) fn options(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter_map(|word| if let Argument::Option(name) = word { Some(name.as_str()) } else { None })
    }

    /// Whether it has a placeholder for this option.
    pub(crate) fn takes_option(&self, name: &str) -> bool {
        self.options().any(|own| own == name)
    }

    /// Whether it has a placeholder for the toolchain's folder.
    pub(crate) fn takes_folder(&self) -> bool {
        self.0.iter().any(|word| matches!(word, Argument::Folder(_)))
    }

    /// Whether it contains a memory size, which only a run has.
    pub(crate) fn has_memory_size(&self) -> bool {
        self.0.iter().any(|word| matches!(word, Argument::Sized(..)))
    }

    /// Whether it uses the prepared files.
    pub(crate) fn takes_prepared(&self) -> bool {
        self.0.iter().any(|word| matches!(word, Argument::Prepared(..)))
    }

    /// Parses a single text.
    pub(crate) fn parse_text(text: &str) -> Result<Self, String> {
        Argument::parse(text).map(|word| Self(vec![word]))
    }

    /// The text, filled in.
    pub(crate) fn fill_text(&self, fill: &TemplateValues<'_>) -> String {
        self.fill(fill).concat()
    }

    /// The command line with everything filled in.
    pub(crate) fn fill(&self, fill: &TemplateValues<'_>) -> Vec<String> {
        self.0.iter().flat_map(|word| word.fill(fill)).collect()
    }
}

impl Argument {
    fn parse(argument: &str) -> Result<Self, String> {
        if let Some(below) = argument.strip_prefix("{folder}")
            && (below.is_empty() || below.starts_with('/'))
        {
            return Ok(Self::Folder(below.to_owned()));
        }
        if let Some((before, after)) = argument.split_once("{prepared}")
            && ![before, after].iter().any(|rest| PLACEHOLDERS.iter().any(|other| rest.contains(other)))
        {
            return Ok(Self::Prepared(before.to_owned(), after.to_owned()));
        }
        if let Some((before, amount, after)) = MemorySize::split(argument)
            && ![before, after].iter().any(|rest| PLACEHOLDERS.iter().any(|other| rest.contains(other)))
        {
            return Ok(Self::Sized(before.to_owned(), amount, after.to_owned()));
        }
        if let Some(name) = argument.strip_prefix(OPTION).and_then(|rest| rest.strip_suffix('}')) {
            return Ok(Self::Option(name.to_owned()));
        }
        if let Some(endings) = argument.strip_prefix(STEM).and_then(|rest| rest.strip_suffix('}')) {
            return endings.split(',').map(ending_pair).collect::<Option<_>>().map(Self::Stem).ok_or_else(
                || format!("has {argument:?}; endings are given as in {STEM}mts=.mjs,cts=.cjs}}"),
            );
        }
        match argument {
            "{tool}" => Ok(Self::Tool),
            "{source}" => Ok(Self::Source),
            "{stem}" => Ok(Self::Stem(Vec::new())),
            "{sources}" => Ok(Self::Sources),
            "{siblings}" => Ok(Self::Siblings),
            "{entry}" => Ok(Self::Entry),
            "{args}" => Ok(Self::Args),
            _ if argument.contains(OPTION) || PLACEHOLDERS.iter().any(|other| argument.contains(other)) => {
                Err(format!("has {argument:?}, but a placeholder must be an argument of its own"))
            }
            _ if argument.starts_with('{') && argument.ends_with('}') => {
                let known = PLACEHOLDERS.join(", ");
                Err(format!("has {argument:?}; the placeholders are {known}, and {OPTION}NAME}}"))
            }
            _ => Ok(Self::Literal(argument.to_owned())),
        }
    }

    fn fill(&self, fill: &TemplateValues<'_>) -> Vec<String> {
        match self {
            Self::Literal(text) => vec![text.clone()],
            Self::Tool => vec![fill.tool.clone().into_owned()],
            Self::Folder(below) => vec![format!("{}{below}", fill.folder)],
            Self::Prepared(before, after) => {
                fill.prepared.as_ref().map(|folder| format!("{before}{folder}{after}")).into_iter().collect()
            }
            Self::Source => vec![as_argument(fill.source())],
            Self::Stem(endings) => vec![as_argument(&with_ending(fill.source(), endings))],
            Self::Sources => fill.sources(),
            Self::Siblings => fill.siblings(),
            Self::Option(name) => fill.option(name),
            Self::Entry => vec![as_argument(&fill.entry())],
            Self::Args => fill.args.to_vec(),
            Self::Sized(before, amount, after) => fill
                .share
                .map(|share| format!("{before}{}{after}", share.mebibytes(*amount)))
                .into_iter()
                .collect(),
        }
    }
}

impl TemplateValues<'_> {
    fn source(&self) -> &str {
        self.files.first().map_or(self.main_file, |file| &file.name)
    }

    fn entry(&self) -> String {
        let (kind, version) = self.entry;
        let found = kind.entry_point(self.files, self.extensions, version);
        found.unwrap_or_else(|| stem(self.main_file).to_owned())
    }

    fn sources(&self) -> Vec<String> {
        self.source_names().map(as_argument).collect()
    }

    fn siblings(&self) -> Vec<String> {
        let folder = folder(self.source());
        self.source_names().filter(|name| self::folder(name) == folder).map(as_argument).collect()
    }

    fn option(&self, name: &str) -> Vec<String> {
        let (options, chosen) = self.options;
        let option = options.iter().find(|option| option.name == name);
        option.map(|option| option.arguments_for(chosen.get(name))).unwrap_or_default()
    }

    /// The main file, whatever its name, and the other source files.
    pub(crate) fn source_names(&self) -> impl Iterator<Item = &str> {
        let others = self.files.iter().skip(1).map(|file| file.name.as_str());
        std::iter::once(self.source()).chain(others.filter(|name| has_extension(name, self.extensions)))
    }
}

/// An ending of a source, and what is in its place after compiling: `mts=.mjs`.
fn ending_pair(pair: &str) -> Option<(String, String)> {
    let (source, compiled) = pair.split_once('=')?;
    (!source.is_empty() && compiled.starts_with('.')).then(|| (source.to_owned(), compiled.to_owned()))
}

/// The name of a source without its ending, or with the compiled one where its own is listed.
fn with_ending(source: &str, endings: &[(String, String)]) -> String {
    let own = source.rsplit_once('.').map(|(_, ending)| ending);
    let compiled = endings.iter().find(|(ending, _)| own.is_some_and(|own| own.eq_ignore_ascii_case(ending)));
    format!("{}{}", stem(source), compiled.map_or("", |(_, compiled)| compiled))
}

/// The folder of a file.
fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A file name that no compiler mistakes for an option (`-x.c`) or a response file (`@x.c`).
fn as_argument(name: &str) -> String {
    if name.starts_with(['-', '@']) { format!("./{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use model::Bytes;

    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn check(template: &[&str], files: &[&str], args: &[&str], expected: &[&str]) {
        let files: Vec<_> =
            files.iter().map(|&name| SourceFile { name: name.to_owned(), content: "".into() }).collect();
        let filled = Template::parse(&strings(template)).expect("a good template").fill(&TemplateValues {
            tool: "/usr/bin/tool".into(),
            folder: "/opt/tool".into(),
            prepared: Some("/prepared".into()),
            main_file: "main.c",
            extensions: &strings(&["c", "cc"]),
            files: &files,
            entry: (EntryKind::File, "1"),
            args: &strings(args),
            share: Some(MemorySplit::of(Bytes::mib(512), Bytes::mib(128))),
            options: (&[], &LanguageOptions::default()),
        });
        assert_eq!(filled, expected);
    }

    #[test]
    fn placeholders_are_filled_in() {
        check(&["{tool}", "{source}", "{args}"], &["a.c", "b.c"], &[], &["/usr/bin/tool", "a.c"]);
        check(&["/box/main", "{args}"], &["a.c"], &["1", "two words"], &["/box/main", "1", "two words"]);
        check(
            &["{tool}", "-o", "x", "{sources}", "-lm"],
            &["a.c"],
            &[],
            &["/usr/bin/tool", "-o", "x", "a.c", "-lm"],
        );
    }

    #[test]
    fn the_ending_of_a_source_is_left_out_or_replaced_by_that_of_what_is_compiled() {
        let argument = "{stem:mts=.mjs,cts=.cjs}";
        for (source, filled) in
            [("a.ts", "a"), ("src/a.mts", "src/a.mjs"), ("A.CTS", "A.cjs"), ("main", "main")]
        {
            check(&["/t", argument], &[source], &[], &["/t", filled]);
        }
        check(&["/t", "{stem}"], &["a.mts"], &[], &["/t", "a"]);
        for wrong in ["{stem:}", "{stem:mts}", "{stem:mts=mjs}", "{stem:=.mjs}"] {
            refused(&["/t", wrong], "endings are given as in");
        }
    }

    #[test]
    fn an_argument_is_never_taken_for_a_placeholder() {
        check(&["/box/main", "{args}"], &["a.c"], &["{tool}", ""], &["/box/main", "{tool}", ""]);
    }

    #[test]
    fn sources_are_the_main_file_and_others_by_extension_but_no_headers() {
        check(
            &["/t", "{sources}"],
            &["main.c", "a.h", "b.cc", "notes.txt", "c"],
            &[],
            &["/t", "main.c", "b.cc"],
        );
        check(&["/t", "{sources}"], &["odd", "B.C"], &[], &["/t", "odd", "B.C"]);
        check(&["/t", "{sources}"], &[], &[], &["/t", "main.c"]);
    }

    #[test]
    fn siblings_are_the_sources_in_the_folder_of_the_main_file() {
        let files = ["cmd/main.c", "cmd/b.cc", "b.c", "cmd/sub/c.c", "cmd/a.h"];
        check(&["/t", "{siblings}"], &files, &[], &["/t", "cmd/main.c", "cmd/b.cc"]);
        check(&["/t", "{siblings}"], &["main.c", "b.c", "lib/c.c"], &[], &["/t", "main.c", "b.c"]);
        check(&["/t", "{sources}"], &["main.c", "lib/c.c"], &[], &["/t", "main.c", "lib/c.c"]);
    }

    #[test]
    fn the_stem_is_the_main_file_without_its_extension() {
        for (file, stem) in [
            ("Main.java", "Main"),
            ("a.b.c", "a.b"),
            ("Makefile", "Makefile"),
            (".c", ".c"),
            ("v1.2/main", "v1.2/main"),
            ("v1.2/main.c", "v1.2/main"),
        ] {
            check(&["{tool}", "{stem}"], &[file, "other.c"], &[], &["/usr/bin/tool", stem]);
        }
        check(&["{tool}", "{stem}"], &["-x.c"], &[], &["/usr/bin/tool", "./-x"]);
    }

    #[test]
    fn only_the_toolchains_folder_may_begin_an_argument() {
        check(
            &["{tool}", "{folder}", "{folder}/types"],
            &[],
            &[],
            &["/usr/bin/tool", "/opt/tool", "/opt/tool/types"],
        );
        refused(&["{tool}", "-I{folder}"], "argument of its own");
        refused(&["{tool}", "{folder}s"], "argument of its own");
        refused(&["{tool}", "{stem}.js"], "argument of its own");
    }

    #[test]
    fn a_file_name_is_never_taken_for_an_option() {
        check(&["/t", "{source}", "{sources}"], &["-v", "@x.c"], &[], &["/t", "./-v", "./-v", "./@x.c"]);
    }

    #[test]
    fn what_was_prepared_is_a_folder_and_without_it_the_argument_is_left_out() {
        let words = ["{tool}", "-I{prepared}", "-x={prepared}/a.b", "{source}"];
        check(&words, &[], &[], &["/usr/bin/tool", "-I/prepared", "-x=/prepared/a.b", "main.c"]);
        let fill = TemplateValues {
            tool: "/t".into(),
            folder: "".into(),
            prepared: None,
            main_file: "m",
            extensions: &[],
            files: &[],
            entry: (EntryKind::File, "1"),
            args: &[],
            share: None,
            options: (&[], &LanguageOptions::default()),
        };
        assert_eq!(Template::parse(&strings(&words)).expect("good").fill(&fill), ["/t", "m"]);
        refused(&["{tool}", "{prepared}{source}"], "argument of its own");
        refused(&["/opt/{prepared}/tool"], "must begin with");
    }

    #[test]
    fn the_entry_point_is_never_taken_for_an_option() {
        check(&["{tool}", "{entry}"], &["a.c", "b.c"], &[], &["/usr/bin/tool", "a"]);
        check(&["{tool}", "{entry}"], &["-a.c"], &[], &["/usr/bin/tool", "./-a"]);
    }

    #[test]
    fn amounts_of_memory_are_parts_of_arguments_and_left_out_where_there_is_no_limit() {
        let words = ["{tool}", "-Xmx{heap_mib}m", "--stack={stack_mib}", "{source}"];
        check(&words, &[], &[], &["/usr/bin/tool", "-Xmx384m", "--stack=32", "main.c"]);
        let fill = TemplateValues {
            tool: "/t".into(),
            folder: "".into(),
            prepared: None,
            main_file: "m",
            extensions: &[],
            files: &[],
            entry: (EntryKind::File, "1"),
            args: &[],
            share: None,
            options: (&[], &LanguageOptions::default()),
        };
        let template = Template::parse(&strings(&words)).expect("good");
        assert!(template.has_memory_size());
        assert_eq!(template.fill(&fill), ["/t", "m"]);
        refused(&["{tool}", "-Xmx{heap_mib}m{source}"], "argument of its own");
    }

    fn refused(template: &[&str], because: &str) {
        let problem = Template::parse(&strings(template)).expect_err("refused");
        assert!(problem.contains(because), "{problem:?} lacks {because:?}");
    }

    #[test]
    fn bad_templates_are_refused() {
        refused(&[], "must begin with");
        refused(&["gcc", "{source}"], "must begin with");
        refused(&["{tool}", "{file}"], "the placeholders are {tool}, {folder}, {prepared}, {source}");
        refused(&["{tool}", "-o{source}"], "argument of its own");
        refused(&["{tool}", "-std={option:std}"], "argument of its own");
    }
}
