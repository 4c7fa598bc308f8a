//! Expectation summary: the expectations of a submission in a few words.

use std::collections::BTreeSet;

use model::Verdict;

use crate::{Expectation, Judgement, Judgements};

/// All expectations of a submission, in words for a table.
pub fn summarize_expectations(rules: &[Expectation]) -> String {
    let of_all = rules.iter().filter(|rule| rule.cases.is_none()).map(one);
    let mut words: Vec<String> = of_all.filter(|words| words != ANYTHING).collect();
    words.dedup();
    if words.is_empty() && rules.iter().any(|rule| rule.cases.is_some()) {
        return "by test".to_owned();
    }
    if words.is_empty() { ANYTHING.to_owned() } else { words.join(", ") }
}

const ANYTHING: &str = "anything";

fn one(rule: &Expectation) -> String {
    if rule.partial {
        return "not all points".to_owned();
    }
    if let Some(overall) = &rule.overall {
        return either(&overall.0);
    }
    if rule.permitted.0 == BTreeSet::from([Judgement::AC]) {
        return words(Judgement::AC).to_owned();
    }
    let all = Judgements::any().0;
    if all.is_subset(&rule.required.0) {
        return if all.is_subset(&rule.permitted.0) {
            ANYTHING.to_owned()
        } else {
            either(&rule.permitted.0)
        };
    }
    either(&rule.required.0)
}

fn either(judgements: &BTreeSet<Judgement>) -> String {
    judgements.iter().map(|one| words(*one)).collect::<Vec<_>>().join(" or ")
}

/// A result in the words of verdicts.
const fn words(judgement: Judgement) -> &'static str {
    let verdict = match judgement {
        Judgement::AC => Verdict::Accepted,
        Judgement::WA => Verdict::WrongAnswer,
        Judgement::TLE => Verdict::TimeLimit,
        Judgement::RTE => Verdict::RuntimeError,
        Judgement::MLE => Verdict::MemoryLimit,
        Judgement::OLE => Verdict::OutputLimit,
        Judgement::CE => Verdict::CompileError,
        Judgement::JE => Verdict::JudgeError,
    };
    verdict.words()
}

#[cfg(test)]
mod tests {
    use crate::TimeUse;

    use super::*;

    fn rule(permitted: &[Judgement], required: &[Judgement]) -> Expectation {
        let set = |of: &[Judgement]| Judgements(of.iter().copied().collect());
        Expectation {
            because: String::new(),
            cases: None,
            permitted: set(permitted),
            required: set(required),
            overall: None,
            partial: false,
            score: None,
            message: None,
            time: TimeUse::None,
        }
    }

    #[test]
    fn expectations_are_told_in_a_few_words() {
        use Judgement::{AC, CE, RTE, TLE, WA};
        let any = [AC, WA, TLE, RTE];
        let check = |rules: &[Expectation], expected: &str| {
            assert_eq!(summarize_expectations(rules), expected, "{rules:?}");
        };
        check(&[], "anything");
        check(&[rule(&[AC], &any)], "accepted");
        check(&[rule(&[AC, WA], &[WA])], "wrong answer");
        check(&[rule(&any, &[RTE, TLE])], "time limit or runtime error");
        check(&[rule(&[AC, TLE], &any)], "accepted or time limit");
        check(&[rule(&any, &any)], "anything");
        check(&[Expectation { partial: true, ..rule(&any, &any) }], "not all points");
        let refused = Judgements([CE].into());
        check(&[Expectation { overall: Some(refused), ..rule(&any, &any) }], "compile error");
        check(&[rule(&any, &any), rule(&[AC, WA], &[WA])], "wrong answer");
        check(&[Expectation { cases: Some("secret/1".to_owned()), ..rule(&[AC], &any) }], "by test");
    }
}
