//! Corpus tests: ordinary tests call the fuzz targets with kept inputs and mutations of them.
//!
//! Each input in `fuzz/seeds` is tried unchanged, then a few thousand inputs made from them by small
//! mutations, the same ones in each run. Findings of a fuzzer are kept there too, as regression tests. There
//! is no search for new code paths; `make fuzz` does that.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    sample::{Index, select},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// Number of mutated inputs.
const MUTATIONS: u32 = 3000;

/// Maximum number of mutations of one input.
const MAX_MUTATIONS: usize = 8;

/// Calls the function of a fuzz target with its corpus and with mutations of it.
///
/// # Panics
/// If the function does, with the input that caused it; and if the corpus is empty.
pub fn try_corpus_and_mutations(target: &str, check: impl Fn(&[u8])) {
    let kept = corpus(target);
    assert!(!kept.is_empty(), "nothing is kept for {target}: put inputs into fuzz/seeds/{target}");
    for (path, input) in &kept {
        println!("{}", path.display());
        check(input);
    }
    let inputs: Vec<_> = kept.into_iter().map(|(_, input)| input).collect();
    let config = Config { cases: MUTATIONS, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tried = runner.run(&mutated_inputs(inputs), |input| {
        check(&input);
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}

/// The corpus of a target: inputs in the order of their names, with their paths.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let mut kept: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let path = entry.expect("an entry of a folder").path();
            let input = fs::read(&path).expect("a file that can be read");
            (path, input)
        })
        .collect();
    kept.sort();
    kept
}

/// A mutation of an input.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
}

impl Mutation {
    fn apply(&self, input: &mut Vec<u8>) {
        let place = |index: &Index, length: usize| index.index(length + 1);
        match self {
            Self::Replace(_, _) if input.is_empty() => {}
            Self::Replace(at, byte) => {
                let at = at.index(input.len());
                input[at] = *byte;
            }
            Self::Insert(at, bytes) => {
                let at = place(at, input.len());
                input.splice(at..at, bytes.iter().copied());
            }
            Self::Remove(from, length) => {
                let from = place(from, input.len());
                let length = place(length, input.len() - from);
                input.drain(from..from + length);
            }
            Self::Repeat(from, length) => {
                let from = place(from, input.len());
                let length = place(length, (input.len() - from).min(64));
                let again = input[from..from + length].to_vec();
                input.splice(from..from, again);
            }
        }
    }
}

fn mutated_inputs(inputs: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (select(inputs), vec(mutation(), 1..=MAX_MUTATIONS)).prop_map(|(mut input, changes)| {
        for change in changes {
            change.apply(&mut input);
        }
        input
    })
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let place = any::<Index>;
    let telling = select(vec![0, 1, 9, 10, 0x7f, 0x80, 0xc3, 0xff, b' ', b'"', b'-', b'.', b'/', b'{']);
    let byte = proptest::prop_oneof![any::<u8>(), telling];
    let number =
        select(vec!["0", "-1", "65536", "4294967295", "9223372036854775807", "18446744073709551615"]);
    proptest::prop_oneof![
        (place(), byte).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (place(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (place(), number).prop_map(|(at, number)| Mutation::Insert(at, number.into())),
        (place(), place()).prop_map(|(from, length)| Mutation::Remove(from, length)),
        (place(), place()).prop_map(|(from, length)| Mutation::Repeat(from, length)),
    ]
}
