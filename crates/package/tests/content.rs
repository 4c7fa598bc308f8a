//! Content tests: each problem in `content/problems` is complete, and together they cover every judging
//! style.

#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail, in what they share too")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use model::{CallRules, Comparison, JudgingStyle, Suite, Value};
use package::{
    Caps, Content, Expected, Form, Format, Grading, Item, Judgement, Package, Renderer, Source, TestAction,
    Visibility,
};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The names in a folder, in order.
fn names_in(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

struct Problem {
    name: String,
    package: Package,
    suite: Suite,
}

fn problems() -> Vec<Problem> {
    let folder = root("content/problems");
    let open = |name: String| {
        let package = Package::open(&folder.join(&name), Caps::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let suite = package.suite(None).unwrap_or_else(|error| panic!("{name}: {error}")).suite;
        Problem { name, package, suite }
    };
    names_in(&folder).into_iter().map(open).collect()
}

/// Fails with the names of all problems of which this does not hold.
#[track_caller]
fn check(what: &str, holds: impl Fn(&Problem) -> bool) {
    let problems = problems();
    let failed: Vec<_> =
        problems.iter().filter(|problem| !holds(problem)).map(|problem| problem.name.as_str()).collect();
    assert!(!problems.is_empty() && failed.is_empty(), "not so that {what}: {failed:?}");
}

/// How many problems this holds of.
fn count(holds: impl Fn(&Problem) -> bool) -> usize {
    problems().iter().filter(|problem| holds(problem)).count()
}

impl Problem {
    fn is_call(&self) -> bool {
        matches!(self.suite.style, JudgingStyle::Calls(_))
    }

    fn tests(&self, visibility: Visibility) -> usize {
        self.package.tests.cases().iter().filter(|case| case.visibility == visibility).count()
    }

    fn statement(&self) -> String {
        let [statement] = &self.package.statements[..] else { panic!("{}: not one statement", self.name) };
        assert_eq!((statement.language.as_str(), statement.form), ("en", Form::Markdown), "{}", self.name);
        match &statement.source {
            Source::File(file) => self.package.tree.text(file, 64 * 1024).unwrap(),
            Source::Text(text) => text.clone(),
        }
    }

    /// The languages of the submissions in folders of which this holds.
    fn languages(&self, is_meant: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        let meant = self.package.submissions.iter().filter(|one| is_meant(folder(&one.path)));
        meant.map(|one| one.language.as_deref().unwrap()).collect()
    }

    /// Whether the statement shows all lines of this input as code.
    fn shows(&self, input: &Content) -> bool {
        let text = match input {
            Content::Text(text) => text.clone(),
            Content::File(file) => self.package.tree.text(file, 64 * 1024).unwrap(),
        };
        let statement = self.statement();
        text.lines().all(|line| statement.contains(&format!("`{line}`")))
    }

    fn returns(&self, holds: impl Fn(&Expected) -> bool) -> bool {
        let cases = self.package.tests.cases();
        cases.iter().any(|case| matches!(&case.test, TestAction::Call { expected, .. } if holds(expected)))
    }
}

fn folder(path: &str) -> &str {
    path.split('/').next().unwrap()
}

/// Whether a tolerance is set.
fn is_tolerant(style: &JudgingStyle) -> bool {
    match style {
        JudgingStyle::Streams(Comparison::Tokens(rules)) => rules.has_tolerance(),
        JudgingStyle::Calls(CallRules { relative, absolute }) => relative.or(*absolute).is_some(),
        JudgingStyle::Streams(Comparison::Exact)
        | JudgingStyle::Validated(_)
        | JudgingStyle::Interactive(_) => false,
    }
}

#[test]
fn each_is_a_lesson_that_reads_without_a_warning() {
    for problem in problems() {
        assert_eq!(problem.package.format, Format::Lesson, "{}", problem.name);
        assert_eq!(problem.package.warnings, [], "{}", problem.name);
    }
}

#[test]
fn there_are_six_for_each_age_group() {
    for age in ["11-14", "15-18"] {
        assert_eq!(count(|problem| problem.package.about.age_group.as_deref() == Some(age)), 6, "{age}");
    }
}

#[test]
fn each_says_what_it_is_and_whose() {
    check("it has a title, a difficulty, tags, an author and a license", |problem| {
        let about = &problem.package.about;
        let is_said = problem.package.name("en").is_some() && about.difficulty.is_some();
        is_said && about.tags.len() >= 2 && !about.authors.is_empty() && about.license != "unknown"
    });
    let ids: BTreeSet<_> =
        problems().into_iter().map(|problem| problem.package.about.uuid.unwrap()).collect();
    assert_eq!(ids.len(), problems().len(), "each has an id of its own");
}

#[test]
fn every_statement_and_hint_can_be_shown_with_all_its_formulas() {
    for problem in problems() {
        let (renderer, package) = (Renderer::default(), &problem.package);
        let statement = renderer.html(package, &package.statements[0]).unwrap();
        let hints = package.hints.iter().map(|hint| renderer.hint(hint).unwrap());
        for html in hints.chain([statement]) {
            assert!(html.contains("<p>") && !html.contains("math-source"), "{}: {html}", problem.name);
        }
    }
}

#[test]
fn every_statement_tells_a_story_then_the_form_then_an_example() {
    check("the statement has a story before its first heading, and an example", |problem| {
        let statement = problem.statement();
        let story = statement.find("\n## ").unwrap_or_default();
        story > 150 && statement.contains("\n## Example")
    });
    check("what is read and printed is described, where something is", |problem| {
        let statement = problem.statement();
        let described = match problem.suite.style {
            JudgingStyle::Streams(_) | JudgingStyle::Validated(_) => &["\n## Input\n", "\n## Output\n"][..],
            JudgingStyle::Interactive(_) => &["\n## The talk\n", "flush=True"],
            JudgingStyle::Calls(_) => &["Write a function `"],
        };
        described.iter().all(|part| statement.contains(part))
    });
}

#[test]
fn every_statement_works_through_a_public_test() {
    check("the lines of a public test's input are in the statement", |problem| {
        let talks = matches!(problem.suite.style, JudgingStyle::Calls(_) | JudgingStyle::Interactive(_));
        let cases = problem.package.tests.cases();
        let mut public = cases.iter().filter(|case| case.visibility == Visibility::Public);
        let shown =
            |test: &TestAction| matches!(test, TestAction::Streams { input, .. } if problem.shows(input));
        talks || public.any(|case| shown(&case.test))
    });
}

#[test]
fn each_has_three_or_four_hints_and_code_to_start_with() {
    check("there are three or four hints", |problem| (3..=4).contains(&problem.package.hints.len()));
    check(
        "there is starter code for Python and others, or for all languages that it may be solved in",
        |problem| {
            let starters: Vec<_> = problem.package.starters.keys().map(String::as_str).collect();
            match &problem.package.languages {
                Some(languages) => languages.iter().all(|language| starters.contains(&language.as_str())),
                None => starters.len() >= 3 && starters.contains(&"python"),
            }
        },
    );
}

#[test]
fn each_has_public_tests_and_more_hidden_ones() {
    check("there are two public tests and five hidden ones at least", |problem| {
        problem.tests(Visibility::Public) >= 2 && problem.tests(Visibility::Hidden) >= 5
    });
    check("a public test has a hint", |problem| {
        problem.package.tests.cases().iter().any(|case| case.hint.is_some())
    });
    check("inputs are checked, where programs read them", |problem| {
        problem.is_call() || problem.package.input_validators.len() == 1
    });
}

#[test]
fn each_has_right_and_wrong_submissions_in_several_languages() {
    check(
        "there are right ones in Python and two other languages at least, as far as languages are allowed",
        |problem| {
            let languages = problem.languages(|folder| folder == "accepted");
            let wanted = problem.package.languages.as_ref().map_or(3, Vec::len);
            languages.len() >= wanted && languages.contains("python")
        },
    );
    check("there are three wrong answers at least, in two languages where these are allowed", |problem| {
        let wrong = ["wrong_answer", "partially_accepted"];
        let languages = problem.languages(|folder| wrong.contains(&folder));
        let number =
            problem.package.submissions.iter().filter(|one| wrong.contains(&folder(&one.path))).count();
        number >= 3 && languages.len() >= problem.package.languages.as_ref().map_or(2, Vec::len)
    });
    check("there is one that crashes, or raises what it should not", |problem| {
        !problem.languages(|folder| folder == "run_time_error" || folder == "rejected").is_empty()
    });
    check("it is known what must come of each", |problem| {
        problem.package.submissions.iter().all(|one| !one.expectations.is_empty())
    });
}

#[test]
fn submissions_and_starters_are_in_languages_that_are_run_here() {
    let mut known = names_in(&root("languages"));
    known.retain(|name| Path::new(name).extension().is_some_and(|ending| ending == "toml"));
    let is_known = |language: &str| known.contains(&format!("{language}.toml"));
    check("all languages are known, and allowed", |problem| {
        let package = &problem.package;
        let used = package.submissions.iter().map(|one| one.language.as_deref().unwrap());
        let is_allowed = |language: &str| match &package.languages {
            Some(languages) => languages.iter().any(|one| one == language),
            None => is_known(language),
        };
        used.chain(package.starters.keys().map(String::as_str)).all(is_allowed)
    });
    let used: BTreeSet<String> =
        problems().iter().flat_map(|one| one.languages(|_| true)).map(str::to_owned).collect();
    assert_eq!(used.len(), known.len(), "together they use every language: {used:?}");
}

#[test]
fn all_styles_are_there_for_both_age_groups() {
    for age in ["11-14", "15-18"] {
        let found = |is_style: fn(&JudgingStyle) -> bool| {
            count(|problem| {
                problem.package.about.age_group.as_deref() == Some(age) && is_style(&problem.suite.style)
            })
        };
        assert_eq!(found(|style| matches!(style, JudgingStyle::Streams(_))), 3, "{age}");
        assert_eq!(found(|style| matches!(style, JudgingStyle::Calls(_))), 1, "{age}");
        assert_eq!(found(|style| matches!(style, JudgingStyle::Validated(_))), 1, "{age}");
        assert_eq!(found(|style| matches!(style, JudgingStyle::Interactive(_))), 1, "{age}");
    }
}

#[test]
fn calls_come_with_maps_and_floats_and_with_exceptions() {
    assert_eq!(count(|problem| problem.returns(|expected| matches!(expected, Expected::Exception(_)))), 1);
    let maps = count(|problem| {
        problem.returns(|expected| matches!(expected, Expected::Value(value) if value.is_object()))
            && is_tolerant(&problem.suite.style)
    });
    assert_eq!(maps, 1);
    let lists = count(|problem| {
        problem.suite.tests().any(|test| {
            matches!(&test.kind, model::TestKind::Call { call, .. } if matches!(call.arguments[..], [Value::List(_)]))
        })
    });
    assert_eq!(lists, 1);
}

#[test]
fn some_compare_with_a_tolerance_and_some_give_points_by_groups() {
    assert!(
        count(|problem| matches!(problem.suite.style, JudgingStyle::Streams(_))
            && is_tolerant(&problem.suite.style))
            >= 1
    );
    let scored: Vec<_> = problems().into_iter().filter(|problem| problem.package.kind.scoring).collect();
    assert!(scored.len() >= 2);
    for problem in scored {
        assert_eq!(problem.suite.root.rules.max_score, Some(100.0), "{}", problem.name);
        let partial = problem.languages(|folder| folder == "partially_accepted");
        assert!(!partial.is_empty(), "{}", problem.name);
        for item in &problem.package.tests.items {
            let Item::Group(group) = item else { panic!("{}", problem.name) };
            let Grading::Points(points) = &group.settings.grading else { panic!("{}", problem.name) };
            let said = format!("{} points", points.max.unwrap());
            assert!(problem.statement().contains(&said), "{} does not say: {said}", problem.name);
        }
    }
}

#[test]
fn for_the_older_there_are_submissions_that_are_too_slow_wherever_programs_are_timed() {
    check("there is one that is too slow", |problem| {
        let is_older = problem.package.about.age_group.as_deref() == Some("15-18");
        let too_slow = problem
            .package
            .submissions
            .iter()
            .any(|one| one.expectations.iter().any(|rule| rule.required.0.iter().eq([&Judgement::TLE])));
        too_slow || problem.is_call() || !is_older
    });
}

#[test]
fn the_readme_lists_each_with_its_title() {
    let readme = fs::read_to_string(root("content/README.md")).unwrap();
    check("it is in the table of content/README.md", |problem| {
        let (name, title) = (&problem.name, problem.package.name("en").unwrap());
        readme.contains(&format!("| [{title}](problems/{name}/statement.md) |"))
    });
    assert_eq!(readme.matches("](problems/").count(), problems().len(), "nothing else is listed");
}

#[test]
fn all_content_is_less_than_a_megabyte() {
    fn bytes(path: &Path) -> u64 {
        if path.is_dir() {
            return names_in(path).iter().map(|name| bytes(&path.join(name))).sum();
        }
        fs::metadata(path).unwrap().len()
    }
    let found = bytes(&root("content"));
    assert!((50_000..1_000_000).contains(&found), "{found} bytes");
}
