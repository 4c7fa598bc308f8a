//! Duplicate tests: tests of one group with the same input, arguments and files. A test may be in several groups, as a sample that is
//! secret too, or where the points of one group depend on another.

use std::collections::{HashMap, hash_map::Entry};

use model::{Digest, Suite, TestCase, TestContent, TestFile, TestKind};
use package::Warning;

/// A warning for each test with the input, arguments and files of one before it in its group.
pub(crate) fn duplicate_tests(suite: &Suite) -> Vec<Warning> {
    let mut first: HashMap<(&str, String), &str> = HashMap::new();
    let mut warnings = Vec::new();
    for test in suite.tests() {
        let group = test.name.rsplit_once('/').map_or("", |(group, _)| group);
        match first.entry((group, key(test))) {
            Entry::Vacant(place) => {
                place.insert(&test.name);
            }
            Entry::Occupied(before) => {
                let message =
                    format!("asks the same as {}: take one of them out, or change its input", before.get());
                warnings.push(Warning { place: test.name.clone(), message });
            }
        }
    }
    warnings
}

/// Equal for tests that ask the same.
fn key(test: &TestCase) -> String {
    let asked = match &test.kind {
        TestKind::Streams { input, .. } => digest(input).to_string(),
        TestKind::Call { call, .. } => format!("{call:?}"),
        TestKind::Sources { args } => format!("{args:?}"),
    };
    let file = |file: &TestFile| format!("{} {}", file.name, digest(&file.content));
    let files: Vec<_> = test.files.iter().map(file).collect();
    format!("{asked}\n{:?}\n{:?}\n{files:?}", test.args, test.validator_args)
}

fn digest(data: &TestContent) -> Digest {
    match data {
        TestContent::Inline(content) => Digest::of(content.as_bytes()),
        TestContent::Object { digest, .. } => *digest,
    }
}

#[cfg(test)]
mod tests {
    use model::{Comparison, JudgingStyle};

    use super::*;

    #[test]
    fn only_tests_that_ask_the_same_in_every_way_are_told() {
        let mut other = TestCase::streams("4", "1", "2");
        other.args = vec!["-v".to_owned()];
        let tests = vec![
            TestCase::streams("1", "1", "2"),
            TestCase::streams("2", "1", "3"),
            TestCase::streams("3", "2", "2"),
            TestCase::streams("group/1", "1", "2"),
            TestCase::streams("group/2", "2", "2"),
            other,
        ];
        let found = duplicate_tests(&Suite::plain(JudgingStyle::Streams(Comparison::default()), tests));
        let told: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["2 asks the same as 1: take one of them out, or change its input"]);
    }
}
