//! Suite conversion: from a package to the suite by which a worker judges; large content stays in files.

mod answers;
mod chain;
mod error;
mod programs;
mod sources;

use std::{io::Read, time::Duration};

use judge::compare::parse_flags;
use model::{
    Call, CallResult, CallRules, Comparison, Digest, ErrorOutput, Exception, GroupMember, GroupRules,
    IncludedFile, JudgingStyle, LanguageId, LimitsRequest, RejectedScore, ScoreRange, ScoreRule, Scoring,
    SourceFile, Suite, TestCase, TestContent, TestFile, TestKind, TestScore, TokenRules, Validator,
    ValidatorScores, Value, VerdictRule,
};
use sha2::{Digest as _, Sha256};

pub use error::SuiteError;

use crate::{
    Aggregation, Case, Content, Expected, File, Grader, Grading, Group, Item, OnReject, Package, Points,
    ScoreMode, TestAction, TreeError, Validation, VerdictMode, Visibility,
};

/// The language of submissions that consist of answers.
pub(crate) fn answers_language() -> String {
    answers::language().as_str().to_owned()
}

/// The program that prints the answer to a test from a submission of answers.
pub fn answers_program() -> SourceFile {
    answers::program()
}

/// A suite, and the files to which it refers by digest.
#[derive(Debug)]
pub struct SuiteConversion {
    /// The suite, checked.
    pub suite: Suite,
    /// Files to store under [`TestContent::object_key`] before the suite is used; [`Tree::open`](crate::Tree::open)
    /// reads them.
    pub objects: Vec<(TestContent, File)>,
}

impl Package {
    /// The suite of this package. `time_limit` is the result of [`TimeRule::limit`](crate::TimeRule::limit);
    /// without it, the package's own limit applies, if there is one.
    pub fn suite(&self, time_limit: Option<Duration>) -> Result<SuiteConversion, SuiteError> {
        if let Some(first) = self.planned_tests.first() {
            return Err(SuiteError::Ungenerated {
                count: self.planned_tests.len(),
                first: first.name.clone(),
            });
        }
        let mut conversion = Conversion { package: self, style: self.style()?, objects: Vec::new() };
        let mut root = conversion.group(&self.tests)?;
        drop_empty(&mut root);
        // Without sample tests there is nothing to ignore, and the rule must not apply to the secret ones.
        let begins_with_samples =
            matches!(root.members.first(), Some(GroupMember::Group(first)) if first.name == "sample");
        root.rules.ignore_sample &= begins_with_samples;
        let suite = Suite {
            schema: Suite::SCHEMA,
            scoring: match (self.kind.scoring, self.kind.fewer_is_better) {
                (false, _) => Scoring::PassFail,
                (true, false) => Scoring::MorePoints,
                (true, true) => Scoring::FewerPoints,
            },
            style: conversion.style.clone(),
            limits: LimitsRequest {
                cpu: time_limit.or(self.limits.time.fixed),
                memory: self.memory_limit(),
                output: self.output_limit(),
                ..LimitsRequest::default()
            },
            error_output: if self.format.is_legacy() { ErrorOutput::Dropped } else { ErrorOutput::Counted },
            included: self.included()?,
            grader: self.custom_grader()?,
            static_validator: self.static_program()?,
            root,
        };
        suite.check()?;
        Ok(SuiteConversion { suite, objects: conversion.objects })
    }

    fn style(&self) -> Result<JudgingStyle, SuiteError> {
        let cases = self.tests.cases();
        let flags = cases.first().map_or(&[][..], |case| &case.output_flags);
        let Validation::Custom(programs) = &self.validation else {
            let rules = cases.first().map_or(Ok(TokenRules::default()), |case| rules(case))?;
            let calls = cases.iter().any(|case| matches!(case.test, TestAction::Call { .. }));
            let call_rules =
                CallRules { relative: rules.relative_tolerance, absolute: rules.absolute_tolerance };
            return Ok(if calls {
                JudgingStyle::Calls(call_rules)
            } else {
                JudgingStyle::Streams(Comparison::Tokens(rules))
            });
        };
        let (language, files) = self.output_program(programs)?;
        let scores = match (self.kind.scoring, self.kind.validator_scores) {
            (false, _) => ValidatorScores::Never,
            (true, true) => ValidatorScores::Required,
            (true, false) => ValidatorScores::Allowed,
        };
        let passes = if self.kind.multi_pass { self.limits.validation_passes } else { 1 };
        let validator = Validator {
            language,
            files,
            args: flags.to_vec(),
            limits: self.validator_limits(),
            scores,
            rejected_score: self.rejected_score(),
            passes: u32::try_from(passes).unwrap_or(u32::MAX),
        };
        Ok(if self.kind.interactive {
            JudgingStyle::Interactive(validator)
        } else {
            JudgingStyle::Validated(validator)
        })
    }

    /// The meaning of a score beside a rejection in this format.
    fn rejected_score(&self) -> RejectedScore {
        if self.format.is_legacy() { RejectedScore::Ignored } else { RejectedScore::Fault }
    }

    fn validator_limits(&self) -> LimitsRequest {
        LimitsRequest {
            cpu: self.limits.validation_time,
            memory: self.limits.validation_memory,
            output: self.limits.validation_output,
            ..LimitsRequest::default()
        }
    }

    fn included(&self) -> Result<Vec<IncludedFile>, SuiteError> {
        let mut included = Vec::new();
        if self.kind.submit_answer {
            included.push(IncludedFile { language: Some(answers::language()), file: answers::program() });
        }
        for (code, files) in &self.includes {
            let language = (code != "default").then(|| LanguageId::new(code.as_str()));
            // Below `include/LANGUAGE/`.
            let name = |file: &File| file.path.splitn(3, '/').nth(2).unwrap_or(file.name()).to_owned();
            for file in sources::sources(&self.tree, files, name)? {
                included.push(IncludedFile { language: language.clone(), file });
            }
        }
        Ok(included)
    }
}

fn rules(case: &Case) -> Result<TokenRules, SuiteError> {
    parse_flags(&case.output_flags).map_err(|source| SuiteError::Flags { test: case.name.clone(), source })
}

fn drop_empty(group: &mut model::TestGroup) {
    group.members.retain_mut(|member| match member {
        GroupMember::Test(_) => true,
        GroupMember::Group(inner) => {
            drop_empty(inner);
            !inner.members.is_empty()
        }
    });
}

struct Conversion<'a> {
    package: &'a Package,
    style: JudgingStyle,
    objects: Vec<(TestContent, File)>,
}

impl Conversion<'_> {
    fn group(&mut self, group: &Group) -> Result<model::TestGroup, SuiteError> {
        let rules = match &group.settings.grading {
            Grading::Grader(grader) => {
                let on = group.settings.on_reject;
                // Only the grader knows whether a group is accepted, so no group stops its siblings.
                let has_groups = group.items.iter().any(|item| matches!(item, Item::Group(_)));
                grader_rules(grader, if grader.custom && has_groups { OnReject::Continue } else { on })
            }
            Grading::Points(points) if self.package.kind.scoring => self.point_rules(group, points),
            Grading::Points(_) => {
                GroupRules { on_reject: on_reject(group.settings.on_reject), ..GroupRules::default() }
            }
        };
        let mut members = Vec::new();
        for item in &group.items {
            match item {
                Item::Case(case) => members.push(GroupMember::Test(self.case(case)?)),
                Item::Group(inner) => {
                    let converted = self.group(inner)?;
                    // Folders below a group of 2025-09 are no groups of their own.
                    let is_folder = matches!(inner.settings.grading, Grading::Points(_))
                        && inner.name.matches('/').count() > 1;
                    if is_folder {
                        members.extend(converted.members);
                    } else {
                        members.push(GroupMember::Group(converted));
                    }
                }
            }
        }
        let static_test = match &group.settings.grading {
            Grading::Points(points) if self.package.static_validator.is_some() => points.static_test.as_ref(),
            Grading::Points(_) | Grading::Grader(_) => None,
        };
        let converted = model::TestGroup { name: group.name.clone(), rules, members };
        Ok(match static_test {
            Some(test) => programs::with_static_test(converted, test),
            None => converted,
        })
    }

    /// Rules of a problem with points. Groups without points of their own, such as the samples, add none.
    fn point_rules(&self, group: &Group, points: &Points) -> GroupRules {
        let below: Vec<_> = group
            .items
            .iter()
            .filter_map(|item| match item {
                Item::Group(inner) => Some(max(inner)),
                Item::Case(_) => None,
            })
            .collect();
        let is_root = group.name.is_empty();
        let without_points = points.max.is_none() && points.aggregation == Aggregation::PassFail;
        let (score, max_score, test_score) = if is_root {
            let unbounded = !self.package.format.is_lesson() && below.last().is_none_or(Option::is_none);
            (
                ScoreRule::Sum,
                (!unbounded).then(|| below.iter().flatten().sum()),
                TestScore::Fixed { accept: 0.0, reject: 0.0 },
            )
        } else if without_points {
            (ScoreRule::Sum, Some(0.0), TestScore::Fixed { accept: 0.0, reject: 0.0 })
        } else {
            let score = match points.aggregation {
                Aggregation::PassFail => ScoreRule::PassFail,
                Aggregation::Sum => ScoreRule::Sum,
                Aggregation::Min => ScoreRule::Min,
            };
            (score, points.max, TestScore::Share)
        };
        // Points are kept if other groups fail: the whole has a score, and no verdict of its own.
        let verdict = if is_root || group.name == "secret" {
            VerdictRule::AlwaysAccept
        } else {
            VerdictRule::WorstError
        };
        GroupRules {
            verdict,
            score,
            max_score,
            test_score,
            on_reject: model::OnReject::Continue,
            require_pass: points.require_pass.clone(),
            ..GroupRules::default()
        }
    }

    fn case(&mut self, case: &Case) -> Result<TestCase, SuiteError> {
        let trial = match &case.test {
            TestAction::Streams { input, answer } => {
                TestKind::Streams { input: self.data(input)?, expected: self.answer(case, answer)? }
            }
            TestAction::Call { function, arguments, expected } => {
                let arguments = arguments.iter().map(value).collect();
                let call = Call { function: function.clone(), arguments, named: Vec::new() };
                TestKind::Call { call, expected: returned(expected) }
            }
        };
        let (mut comparison, mut validator_args) = (None, None);
        match &self.style {
            JudgingStyle::Streams(usual) => {
                comparison = Some(Comparison::Tokens(rules(case)?)).filter(|own| own != usual);
            }
            JudgingStyle::Calls(_) => {}
            JudgingStyle::Validated(usual) | JudgingStyle::Interactive(usual) => {
                validator_args = Some(case.output_flags.clone()).filter(|own| *own != usual.args);
            }
        }
        Ok(TestCase {
            name: case.name.clone(),
            visibility: match case.visibility {
                Visibility::Public => model::Visibility::Public,
                // Those who fail it would tell the others, so it stays hidden.
                Visibility::Hidden | Visibility::WhenFailed => model::Visibility::Hidden,
            },
            kind: trial,
            args: if self.package.kind.submit_answer { answers::args(case) } else { case.args.clone() },
            files: self.files(case)?,
            comparison,
            validator_args,
            hint: case.hint.clone(),
        })
    }

    /// The expected answer. In a lesson with exact comparison, an answer file without a final line feed gets
    /// one: many editors leave it out, and inline text has it.
    fn answer(&mut self, case: &Case, answer: &Content) -> Result<TestContent, SuiteError> {
        let data = self.data(answer)?;
        let has_lines = self.package.format.is_lesson() && matches!(self.style, JudgingStyle::Streams(_));
        let is_exact = case.output_flags.iter().any(|flag| flag == "space_change_sensitive");
        match data {
            TestContent::Inline(content) if has_lines && is_exact => {
                Ok(TestContent::Inline(with_line_end(content)))
            }
            data => Ok(data),
        }
    }

    fn files(&mut self, case: &Case) -> Result<Vec<TestFile>, SuiteError> {
        let folder = format!("data/{}.files/", case.name);
        let files = case.files.iter().map(|file| {
            let name = file.path.strip_prefix(&folder).unwrap_or(file.name()).to_owned();
            Ok(TestFile { name, content: self.data(&Content::File(file.clone()))? })
        });
        files.collect()
    }

    fn data(&mut self, content: &Content) -> Result<TestContent, SuiteError> {
        let file = match content {
            Content::Text(text) => return Ok(TestContent::Inline(text.clone().into_bytes().into())),
            Content::File(file) => file,
        };
        if file.bytes <= TestContent::MAX_INLINE.get() {
            let bytes = self.package.tree.read(file, TestContent::MAX_INLINE.get())?;
            return Ok(TestContent::Inline(bytes.into()));
        }
        let (digest, size) = self.digest(file)?;
        let data = TestContent::Object { digest, size: model::Bytes(size) };
        self.objects.push((data.clone(), file.clone()));
        Ok(data)
    }

    /// Computed in chunks: a test may be larger than memory.
    fn digest(&self, file: &File) -> Result<(Digest, u64), SuiteError> {
        let failed = |source| TreeError::Read { name: file.path.clone(), source };
        let mut reader = self.package.tree.open(file)?;
        let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; 64 * 1024]);
        loop {
            let read = reader.read(&mut piece).map_err(failed)?;
            if read == 0 {
                return Ok((Digest::from_sha256(hash.finalize().into()), size));
            }
            hash.update(&piece[..read]);
            size += read as u64;
        }
    }
}

fn with_line_end(content: model::Content) -> model::Content {
    let bytes = content.as_bytes();
    if bytes.last().is_none_or(|last| *last == b'\n') {
        return content;
    }
    [bytes, b"\n"].concat().into()
}

fn max(group: &Group) -> Option<f64> {
    match &group.settings.grading {
        Grading::Points(points) => points.max,
        Grading::Grader(_) => None,
    }
}

fn on_reject(of: OnReject) -> model::OnReject {
    match of {
        OnReject::Break => model::OnReject::Break,
        OnReject::Continue => model::OnReject::Continue,
    }
}

fn grader_rules(grader: &Grader, on: OnReject) -> GroupRules {
    let finite = |end: f64| Some(end).filter(|end| end.is_finite());
    GroupRules {
        verdict: match grader.verdict {
            VerdictMode::WorstError => VerdictRule::WorstError,
            VerdictMode::FirstError => VerdictRule::FirstError,
            VerdictMode::AlwaysAccept => VerdictRule::AlwaysAccept,
        },
        score: match grader.score {
            ScoreMode::Sum => ScoreRule::Sum,
            ScoreMode::Average => ScoreRule::Avg,
            ScoreMode::Min => ScoreRule::Min,
            ScoreMode::Max => ScoreRule::Max,
        },
        on_reject: on_reject(on),
        test_score: TestScore::Fixed { accept: grader.accept_score, reject: grader.reject_score },
        range: ScoreRange { min: finite(grader.range.0), max: finite(grader.range.1) },
        max_score: None,
        ignore_sample: grader.ignore_sample,
        accept_if_any_accepted: grader.accept_if_any_accepted,
        require_pass: Vec::new(),
    }
}

fn returned(expected: &Expected) -> CallResult {
    match expected {
        Expected::Value(data) => CallResult::Value(value(data)),
        Expected::Exception(kind) => {
            CallResult::Raised(Exception { kind: Some(kind.clone()), message: None })
        }
    }
}

fn value(data: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match data {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::Int(whole.into()),
            (None, Some(whole)) => Value::Int(whole.into()),
            (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(entries) => {
            Value::Dict(entries.iter().map(|(key, data)| (Value::Text(key.clone()), value(data))).collect())
        }
    }
}
