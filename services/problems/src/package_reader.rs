//! Conversion of one package to a problem for the catalogue and a suite for judging. Blocking: reads and hashes files.

use std::{collections::BTreeMap, io::Read as _, path::Path, time::Duration};

use judge::grading::{MAX_EXCERPT, call_details, stream_details};
use model::{
    JudgingStyle, LanguageId, Problem, ProblemId, PublicTest, Suite, TestCase, TestContent, TestDetails,
    TestKind, TestStyle, Timestamp, Visibility,
};
use package::{
    File, Form, Package, PackageError, Pandoc, Renderer, SuiteConversion, SuiteError, TreeError,
    detect_language, language_of_code,
};

use crate::Settings;

/// Why a package cannot be converted. Each message says what to change.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageReadError {
    /// It cannot be read.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// Its tests cannot be converted to a suite.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// One of its files cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// It has too many tests.
    #[error("it has {found} tests, and there may be {max}: have fewer, or raise content.max_tests")]
    TooManyTests {
        /// Number of its tests.
        found: usize,
        /// Maximum number.
        max: usize,
    },
    /// Its suite is too large.
    #[error(
        "its tests are {found} bytes without large data, and may be {max}: have less, or raise content.suite_bytes"
    )]
    SuiteTooLarge {
        /// Its size in bytes.
        found: usize,
        /// Maximum size.
        max: model::Bytes,
    },
    /// Its embargo has not ended.
    #[error("it is not to be shown before {0}, so it is not served: start again after that day")]
    Embargoed(String),
    /// Its `uuid` does not parse.
    #[error("problem.yaml: uuid is {0:?}, which is no UUID: give it one, or leave it out")]
    InvalidUuid(String),
}

/// A converted package.
pub(crate) struct ConvertedPackage {
    /// The package, from which large test data is read.
    pub(crate) package: Package,
    /// The `uuid` of the package, if it has one.
    pub(crate) id: Option<ProblemId>,
    /// The problem without id and number, which the store assigns.
    pub(crate) problem: Problem,
    /// The serialized suite.
    pub(crate) suite: Vec<u8>,
    /// Large test data, stored as objects of their own.
    pub(crate) objects: Vec<(TestContent, File)>,
}

/// Reads the package in this folder.
pub(crate) fn read(
    folder: &Path,
    slug: &str,
    settings: &Settings,
) -> Result<ConvertedPackage, PackageReadError> {
    let package = Package::open(folder, settings.caps)?;
    not_embargoed(&package)?;
    let own_id = package
        .about
        .uuid
        .as_ref()
        .map(|id| id.parse().map_err(|_| PackageReadError::InvalidUuid(id.clone())));
    let id = own_id.transpose()?;
    let SuiteConversion { suite, objects } = package.suite(Some(time_limit(&package, settings)))?;
    let found = suite.tests().count();
    if found > settings.max_tests {
        return Err(PackageReadError::TooManyTests { found, max: settings.max_tests });
    }
    let bytes = suite.to_bytes();
    if bytes.len() > settings.max_suite.as_usize() {
        return Err(PackageReadError::SuiteTooLarge { found: bytes.len(), max: settings.max_suite });
    }
    let problem = problem(&package, slug, &suite, &objects)?;
    Ok(ConvertedPackage { package, id, problem, suite: bytes, objects })
}

fn time_limit(package: &Package, settings: &Settings) -> Duration {
    package.limits.time.fixed.unwrap_or(settings.time_limit)
}

fn not_embargoed(package: &Package) -> Result<(), PackageReadError> {
    // Both begin with year, month and day, in digits.
    let today = wire::rfc3339(Timestamp::now());
    match &package.about.embargo_until {
        Some(until) if *until > today => Err(PackageReadError::Embargoed(until.clone())),
        Some(_) | None => Ok(()),
    }
}

fn problem(
    package: &Package,
    slug: &str,
    suite: &Suite,
    objects: &[(TestContent, File)],
) -> Result<Problem, PackageReadError> {
    let public = suite.tests().filter(|test| test.visibility == Visibility::Public);
    let public_tests =
        public.map(|test| public_case(package, objects, test)).collect::<Result<Vec<_>, TreeError>>()?;
    let tests = suite.tests().count();
    let (style, validator) = match &suite.style {
        JudgingStyle::Streams(_) => (TestStyle::Streams, None),
        JudgingStyle::Calls(_) => (TestStyle::Calls, None),
        JudgingStyle::Validated(validator) => (TestStyle::Validated, Some(validator)),
        JudgingStyle::Interactive(validator) => (TestStyle::Interactive, Some(validator)),
    };
    let passes = validator.map_or(1, |validator| validator.passes);
    let about = &package.about;
    Ok(Problem {
        // Both are assigned by the store.
        id: ProblemId::from_u128(0),
        number: 0,
        slug: slug.to_owned(),
        title: escape_text(package.name("en").unwrap_or(slug)),
        difficulty: about.difficulty.as_deref().map(escape_text),
        tags: about.tags.iter().map(|tag| escape_text(tag)).collect(),
        age_group: about.age_group.as_deref().map(escape_text),
        statement_html: statement(package, slug),
        starters: starters(package),
        hints: hints(package, slug),
        languages: languages(package),
        limits: suite.limits,
        style,
        hidden_tests: tests - public_tests.len(),
        public_tests,
        runs: u32::try_from(tests).unwrap_or(u32::MAX).saturating_mul(passes),
        validator_limits: validator.map(|validator| validator.limits),
        suite: suite.digest(),
    })
}

/// A short text of the package with invisible characters escaped.
fn escape_text(text: &str) -> String {
    model::escape_invisible(text).into_owned()
}

fn languages(package: &Package) -> Option<Vec<LanguageId>> {
    let mut ids: Vec<_> =
        package.languages.as_ref()?.iter().map(|code| LanguageId::new(language_of_code(code))).collect();
    ids.sort();
    ids.dedup();
    Some(ids)
}

fn starters(package: &Package) -> BTreeMap<LanguageId, String> {
    // A key is the name of a language or of a file.
    let named = |name: &str| {
        LanguageId::new(detect_language(name).map_or_else(|| language_of_code(name), str::to_owned))
    };
    package.starters.iter().map(|(name, code)| (named(name), code.clone())).collect()
}

/// The statement as HTML, English preferred. A problem without a statement that can be rendered is still served.
fn statement(package: &Package, slug: &str) -> String {
    let mut statements: Vec<_> =
        package.statements.iter().filter(|statement| statement.form != Form::Pdf).collect();
    statements.sort_by_key(|statement| (statement.language != "en", statement.form == Form::Tex));
    let Some(statement) = statements.first() else { return String::new() };
    let pandoc = (statement.form == Form::Tex).then(Pandoc::find).flatten();
    let renderer = Renderer { images_at: format!("/api/problems/{slug}/files/"), pandoc };
    renderer.html(package, statement).unwrap_or_else(|error| {
        tracing::warn!(problem = slug, %error, "a statement cannot be shown");
        String::new()
    })
}

/// The hints as HTML, in order. A hint that cannot be rendered is empty, so the others keep their numbers.
fn hints(package: &Package, slug: &str) -> Vec<String> {
    let renderer = Renderer::default();
    let html = |hint: &String| {
        renderer.hint(hint).unwrap_or_else(|error| {
            tracing::warn!(problem = slug, %error, "a hint cannot be shown");
            String::new()
        })
    };
    package.hints.iter().map(html).collect()
}

/// The public view of a public test; long texts are truncated.
fn public_case(
    package: &Package,
    objects: &[(TestContent, File)],
    test: &TestCase,
) -> Result<PublicTest, TreeError> {
    let TestDetails { input, expected, .. } = match &test.kind {
        TestKind::Streams { input, expected } => {
            let (input, expected) = (excerpt(package, objects, input)?, excerpt(package, objects, expected)?);
            stream_details(&input, b"", &expected, None)
        }
        TestKind::Call { call, expected } => call_details(call, None, expected, None),
        TestKind::Sources { .. } => TestDetails::default(),
    };
    Ok(PublicTest { name: escape_text(&test.name), input, expected })
}

fn excerpt(
    package: &Package,
    objects: &[(TestContent, File)],
    data: &TestContent,
) -> Result<Vec<u8>, TreeError> {
    let file = match data {
        TestContent::Inline(content) => return Ok(content.as_bytes().to_vec()),
        TestContent::Object { .. } => objects.iter().find(|(other, _)| other == data).map(|(_, file)| file),
    };
    let Some(file) = file else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    // One byte more, so that a longer text is cut between two characters.
    let mut reader = package.tree.open(file)?.take(MAX_EXCERPT.get() + 1);
    reader.read_to_end(&mut bytes).map_err(|source| TreeError::Read { name: file.path.clone(), source })?;
    Ok(bytes)
}
