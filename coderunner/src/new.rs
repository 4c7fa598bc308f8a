//! Command `new`: writes a problem package that verifies as it is.

use std::{fs, io, path::Path, process::ExitCode};

use anyhow::{Context, bail};
use include_dir::{Dir, DirEntry, include_dir};

use crate::{
    cli::{self, Form, NewArgs, Style},
    show,
};

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

pub(crate) fn command(args: &NewArgs) -> anyhow::Result<ExitCode> {
    if let Err(error) = create(args) {
        anstream::eprintln!("coderunner: {}", show::line(&format!("{error:#}")));
        return Ok(ExitCode::from(cli::USAGE_ERROR));
    }
    let folder = show::line(&args.problem.display().to_string());
    let statement = match args.format {
        Form::Lesson => "statement.md",
        Form::Kattis => "statement/problem.en.md",
    };
    let next = match args.format {
        Form::Lesson => format!("  change title, tests and hints  {folder}/problem.yaml"),
        Form::Kattis => format!("  change name and tests          {folder}/problem.yaml, {folder}/data/"),
    };
    show::print(&format!(
        "Made {folder}. Next:\n\
         \x20 write what is to be done       {folder}/{statement}\n\
         {next}\n\
         \x20 add right and wrong solutions  {folder}/submissions/\n\
         \x20 see whether all fits together  coderunner verify {folder}\n"
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn create(args: &NewArgs) -> anyhow::Result<()> {
    let template = template(args.format, args.style)?;
    let title = title(args)?;
    match fs::symlink_metadata(&args.problem) {
        Ok(_) => {
            bail!("{} is there already: choose another name, nothing is overwritten", args.problem.display())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot look at {}", args.problem.display()));
        }
    }
    write(template, template.path(), &args.problem, &title)
}

fn template(format: Form, style: Style) -> anyhow::Result<&'static Dir<'static>> {
    let format = match format {
        Form::Lesson => "lesson",
        Form::Kattis if style == Style::Call => {
            bail!("the Kattis format has no function calls: take --format lesson, or another --style")
        }
        Form::Kattis => "kattis",
    };
    let style = match style {
        Style::Streams => "streams",
        Style::Call => "call",
        Style::Interactive => "interactive",
        Style::Validator => "validator",
    };
    TEMPLATES.get_dir(format!("{format}/{style}")).context("this binary was built without its templates")
}

/// As it was said, or else the folder's name with spaces.
fn title(args: &NewArgs) -> anyhow::Result<String> {
    let title = if let Some(title) = &args.title {
        title.trim().to_owned()
    } else {
        let name = args.problem.file_name().and_then(|name| name.to_str());
        title_from_name(name.with_context(|| format!("{} is no name for a folder", args.problem.display()))?)
    };
    if title.is_empty() || !model::is_all_visible(&title) {
        bail!("a title has letters, and no control characters: say one with --title");
    }
    Ok(title)
}

fn title_from_name(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Copies a template's folder, with its placeholders filled in.
fn write(folder: &Dir<'_>, root: &Path, into: &Path, title: &str) -> anyhow::Result<()> {
    let within = folder.path().strip_prefix(root).unwrap_or(folder.path());
    let made = into.join(within);
    fs::create_dir_all(&made).with_context(|| format!("cannot make {}", made.display()))?;
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(inner) => write(inner, root, into, title)?,
            DirEntry::File(file) => {
                let path = into.join(file.path().strip_prefix(root).unwrap_or(file.path()));
                let content = fill_in(file.contents(), title);
                let written = fs::File::create_new(&path)
                    .and_then(|mut file| io::Write::write_all(&mut file, &content));
                written.with_context(|| format!("cannot write {}", path.display()))?;
            }
        }
    }
    Ok(())
}

fn fill_in(content: &[u8], title: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(content) else { return content.to_vec() };
    // A text in quotes is the same in JSON and in YAML.
    let quoted = serde_json::Value::from(title).to_string();
    text.replace("{{title}}", &quoted).replace("{{uuid}}", &uuid::Uuid::now_v7().to_string()).into_bytes()
}

#[cfg(test)]
mod tests {
    use package::{Caps, Package};

    use super::*;

    fn args(problem: &Path, style: Style, format: Form, title: Option<&str>) -> NewArgs {
        NewArgs { problem: problem.to_owned(), style, format, title: title.map(str::to_owned) }
    }

    fn create_package(style: Style, format: Form, title: Option<&str>) -> Package {
        let folder = tempfile::tempdir().expect("a folder");
        let problem = folder.path().join("add-two_numbers");
        create(&args(&problem, style, format, title)).expect("made");
        let package =
            Package::open(&problem, Caps::default()).unwrap_or_else(|error| panic!("{style:?}: {error}"));
        package.suite(None).unwrap_or_else(|error| panic!("{style:?}: {error}"));
        package
    }

    #[test]
    fn every_template_is_a_package_without_warnings() {
        use Style::{Call, Interactive, Streams, Validator};
        let lessons = [Streams, Call, Interactive, Validator].map(|style| (style, Form::Lesson));
        let kattis = [Streams, Interactive, Validator].map(|style| (style, Form::Kattis));
        for (style, format) in lessons.into_iter().chain(kattis) {
            let package = create_package(style, format, None);
            assert_eq!(package.warnings, [], "{style:?} {format:?}");
            assert_eq!(package.name("en"), Some("Add two numbers"));
            let folders: Vec<_> = package.submissions.iter().map(|one| one.path.split('/').next()).collect();
            assert!(
                folders.contains(&Some("accepted")) && folders.contains(&Some("wrong_answer")),
                "{folders:?}"
            );
            if format == Form::Lesson {
                assert!(package.hints.len() > 1 && package.starters.contains_key("python"), "{style:?}");
            }
        }
    }

    #[test]
    fn a_title_is_always_plain_text() {
        for title in ["007", "a: \"b\" # c", "yes", "Größe {x}", "'"] {
            assert_eq!(create_package(Style::Streams, Form::Lesson, Some(title)).name("en"), Some(title));
            assert_eq!(create_package(Style::Streams, Form::Kattis, Some(title)).name("en"), Some(title));
        }
    }

    #[test]
    fn nothing_is_overwritten_and_no_name_is_made_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let error =
            create(&args(folder.path(), Style::Streams, Form::Lesson, None)).expect_err("it is there");
        assert!(error.to_string().contains("is there already"), "{error}");
        let error = create(&args(Path::new("/"), Style::Streams, Form::Lesson, None)).expect_err("no name");
        assert!(error.to_string().contains("no name"), "{error}");
        let new = folder.path().join("x");
        let error = create(&args(&new, Style::Call, Form::Kattis, None)).expect_err("there are no calls");
        assert!(error.to_string().contains("no function calls") && !new.exists(), "{error}");
        assert!(create(&args(&new, Style::Call, Form::Lesson, Some("a\x1bb"))).is_err());
    }
}
