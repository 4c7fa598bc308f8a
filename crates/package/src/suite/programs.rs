//! Program conversion: validators and graders of a package as programs of a suite.

use model::{
    CustomGrader, GroupMember, LanguageId, LimitsRequest, TestCase, TestKind, TestScore, Validator,
    ValidatorScores,
};

use super::{
    chain,
    error::{SuiteError, unsupported},
    sources::{RunnableProgram, sources},
};
use crate::{Build, Grading, Group, Item, Package, Program, StaticTest};

/// Language of programs with scripts of their own; see the crate `languages`.
const SCRIPTS: &str = "bash";

impl Package {
    /// The output validator: the only one, or the chain of all.
    pub(super) fn output_program(&self, programs: &[Program]) -> Result<RunnableProgram, SuiteError> {
        match programs {
            [] => Err(unsupported("output_validators", "has no validator: add one")),
            [only] => self.ready(only),
            // Only one can be interactive; the others were reported when the package was read.
            [first, ..] if self.kind.interactive => self.ready(first),
            several => chain::of(&self.tree, several),
        }
    }

    pub(super) fn custom_grader(&self) -> Result<Option<CustomGrader>, SuiteError> {
        let mut groups = Vec::new();
        custom_groups(&self.tests, &mut groups);
        if groups.is_empty() {
            return Ok(None);
        }
        let program = match &self.graders[..] {
            [only] => self.ready(only)?,
            [] => {
                let message =
                    "is missing: testdata.yaml says `grading: custom`, so add the grader, or take that out";
                return Err(unsupported("graders", message));
            }
            _ => return Err(unsupported("graders", "has more than one grader: keep the one that decides")),
        };
        Ok(Some(CustomGrader { program: self.judge_program(program), groups }))
    }

    pub(super) fn static_program(&self) -> Result<Option<Validator>, SuiteError> {
        let is_used = has_static_test(&self.tests);
        let Some(program) = self.static_validator.as_ref().filter(|_| is_used) else { return Ok(None) };
        let validator = self.judge_program(self.ready(program)?);
        let scores = if self.kind.scoring { ValidatorScores::Allowed } else { ValidatorScores::Never };
        Ok(Some(Validator { scores, ..validator }))
    }

    fn judge_program(&self, (language, files): RunnableProgram) -> Validator {
        let limits = LimitsRequest { output: None, ..self.validator_limits() };
        let scores = ValidatorScores::Never;
        let rejected_score = self.rejected_score();
        Validator { language, files, args: Vec::new(), limits, scores, rejected_score, passes: 1 }
    }

    fn ready(&self, program: &Program) -> Result<RunnableProgram, SuiteError> {
        let language = language(program)?;
        Ok((language, sources(&self.tree, &program.files, |file| program.name_of(file))?))
    }
}

/// The language that a program is built and run in.
pub(super) fn language(program: &Program) -> Result<LanguageId, SuiteError> {
    if program.build != Build::ByLanguage {
        return Ok(LanguageId::new(SCRIPTS));
    }
    let known = program.language.as_deref().map(LanguageId::new);
    known.ok_or_else(|| {
        unsupported(&program.name, "is in no single language that its files' names would tell: rename them")
    })
}

fn custom_groups(group: &Group, found: &mut Vec<(String, Vec<String>)>) {
    if let Grading::Grader(grader) = &group.settings.grading
        && grader.custom
    {
        found.push((group.name.clone(), grader.flags.clone()));
    }
    for item in &group.items {
        if let Item::Group(inner) = item {
            custom_groups(inner, found);
        }
    }
}

fn has_static_test(group: &Group) -> bool {
    let own = matches!(&group.settings.grading, Grading::Points(points) if points.static_test.is_some());
    own || group.items.iter().any(|item| matches!(item, Item::Group(inner) if has_static_test(inner)))
}

/// Adds the static test before the group's others. If it has points of its own, the others share the rest.
pub(super) fn with_static_test(mut group: model::TestGroup, test: &StaticTest) -> model::TestGroup {
    let name =
        |end: &str| if group.name.is_empty() { end.to_owned() } else { format!("{}/{end}", group.name) };
    let about_sources = GroupMember::Test(TestCase {
        kind: TestKind::Sources { args: test.args.clone() },
        visibility: model::Visibility::Hidden,
        ..TestCase::streams(name("static_validation"), "", "")
    });
    let parts = test.score.zip(group.rules.max_score).filter(|_| group.rules.score == model::ScoreRule::Sum);
    let Some((points, all)) = parts else {
        group.members.insert(0, about_sources);
        return group;
    };
    let (own, rest) = (name("static"), name("tests"));
    let share = |name: String, most: f64, members: Vec<GroupMember>| {
        let rules = model::GroupRules {
            max_score: Some(most.max(0.0)),
            test_score: TestScore::Share,
            require_pass: Vec::new(),
            ..group.rules.clone()
        };
        GroupMember::Group(model::TestGroup { name, rules, members })
    };
    let others = std::mem::take(&mut group.members);
    let members = vec![share(own, points, vec![about_sources]), share(rest, all - points, others)];
    model::TestGroup { members, ..group }
}
