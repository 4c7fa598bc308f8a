//! Grading bench (`coderunner-bench grade`): many small tests beside bare processes, and memory use with
//! large outputs.
//!
//! Both sides run one test after another. Judging includes a clean sandbox, limits, accounting and comparison
//! for each test. Compilation is excluded on both sides.

mod bare;
mod graded_submission;
mod memory;

use model::{Bytes, Comparison, JudgingStyle, Suite, TestCase};
use worker::{CompileCache, CompileCacheSettings, Grader, Runner};

use self::{
    bare::UnisolatedProgram,
    graded_submission::{GradedSubmission, submission},
};
use super::{
    goal::{Ratio, Target},
    machine::MeasurementContext,
    measurement::{Measurement, Program, RunMethod, Tally, find},
    report::BenchReport,
};
use coderunner::Local;

use crate::cli::GradeArgs;

/// Rounds that do not count.
const WARM_UP_ROUNDS: u32 = 2;

const PYTHON: &str = "\
import sys

def main():
    numbers = [int(word) for word in sys.stdin.read().split()]
    print(sum(numbers[1:]))

main()
";

const CPP: &str = "\
#include <iostream>

int main() {
    long long count, number, sum = 0;
    std::cin >> count;
    while (count-- > 0) {
        std::cin >> number;
        sum += number;
    }
    std::cout << sum << '\\n';
}
";

/// Measures both languages, and memory use with large outputs.
pub(super) async fn measure(local: &Local, args: &GradeArgs) -> anyhow::Result<BenchReport> {
    let mut circumstances = MeasurementContext::now();
    let grader = grader(local).await?;
    let languages = local.languages();
    let tests = tests(args.tests);
    let mut measurements = Vec::new();
    for (program, id, code) in [(Program::PythonTests, "python", PYTHON), (Program::CppTests, "cpp", CPP)] {
        let bare = UnisolatedProgram::new(languages, id, code).await?;
        let judged = GradedSubmission::new(grader.clone(), submission(languages, id, code)?, suite(&tests));
        measurements.extend(measure_alternately(program, args.rounds, &judged, &bare, &tests).await);
    }
    let (large, grown) = memory::measure(&grader, languages).await?;
    measurements.push(large);
    circumstances.end();
    let ratios = ratios(&measurements, grown);
    Ok(BenchReport { bench: "grade", circumstances, bwrap: None, measurements, ratios, notes: Vec::new() })
}

/// One slot, as a submission has, with a waiting Python runtime, and a compile cache.
async fn grader(local: &Local) -> anyhow::Result<Grader> {
    let python = local.warm_runtime("python", 1)?.into_iter().collect();
    let pool = local.pool(1, 0, python).await?;
    let cache = CompileCache::new(CompileCacheSettings { total: Bytes::mib(64), max_entry: Bytes::mib(16) });
    Ok(Grader::new(Runner::new(pool, local.languages().clone()).with_compile_cache(cache)))
}

/// Input and answer of each test.
fn tests(count: u32) -> Vec<(String, String)> {
    let test = |number: u32| {
        let numbers: Vec<_> = (1..=number % 10 + 1).map(|one| one * number).collect();
        let words: Vec<_> = numbers.iter().map(u32::to_string).collect();
        (format!("{}\n{}\n", numbers.len(), words.join(" ")), format!("{}\n", numbers.iter().sum::<u32>()))
    };
    (0..count).map(test).collect()
}

fn suite(tests: &[(String, String)]) -> Suite {
    let case = |(number, (input, expected)): (usize, &(String, String))| {
        TestCase::streams((number + 1).to_string(), input.as_str(), expected.as_str())
    };
    Suite::plain(JudgingStyle::Streams(Comparison::default()), tests.iter().enumerate().map(case).collect())
}

/// Alternates: judged, bare, judged, bare, …
async fn measure_alternately(
    program: Program,
    rounds: u32,
    judged: &GradedSubmission,
    bare: &UnisolatedProgram,
    tests: &[(String, String)],
) -> [Measurement; 2] {
    let mut tallies = [Tally::new(), Tally::new()];
    for round in 0..WARM_UP_ROUNDS + rounds {
        let taken = [judged.judge_once().await, tokio::task::block_in_place(|| bare.all(tests))];
        if round >= WARM_UP_ROUNDS {
            tallies.iter_mut().zip(taken).for_each(|(tally, taken)| tally.count(taken));
        }
    }
    let [graded, bare] = tallies;
    [
        Measurement::new(program, RunMethod::Graded, 1, &graded),
        Measurement::new(program, RunMethod::Bare, 1, &bare),
    ]
}

fn ratios(rows: &[Measurement], grown: f64) -> Vec<Ratio> {
    let median = |program, way| find(rows, program, way, 1).and_then(Measurement::median);
    let ratio = |name, program, way, to| Ratio::new(name, median(program, way), median(program, to));
    vec![
        ratio("barePythonTestsToGraded", Program::PythonTests, RunMethod::Bare, RunMethod::Graded)
            .with(Target::AtLeast(5.0)),
        ratio("gradedCppTestsToBare", Program::CppTests, RunMethod::Graded, RunMethod::Bare)
            .with(Target::AtMost(1.5)),
        Ratio::new("judgeMemoryForLargeOutputToSmall", Some(grown), Some(1.0)).with(Target::AtMost(1.25)),
    ]
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn each_test_has_the_answer_to_its_input() {
        for (input, answer) in tests(25) {
            let numbers: Vec<u32> =
                input.split_whitespace().map(|word| word.parse().expect("a number")).collect();
            assert_eq!(numbers[0] as usize, numbers.len() - 1, "{input}");
            assert_eq!(format!("{}\n", numbers[1..].iter().sum::<u32>()), answer, "{input}");
        }
    }
}
