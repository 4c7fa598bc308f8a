//! Fuzzing without a fuzzer: the functions that `fuzz/targets` call, called by ordinary tests.
//!
//! Each input that is kept in `fuzz/seeds` is tried as it is, and then a few thousand that were made of them by small
//! changes, the same ones each time. What a fuzzer found lies there, too, so it stays found. Nothing here looks for ways into
//! new code: that is the fuzzer's part (`make fuzz`).

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

/// How many changed inputs are tried.
const CHANGED: u32 = 3000;

/// The most changes to one of them.
const MOST_CHANGES: usize = 8;

/// Tries the function that fuzzes `target` with what is kept for it, and with what is close to that.
///
/// # Panics
/// Where the function does, with the input that made it; and where nothing is kept.
pub fn try_kept_and_close(target: &str, check: impl Fn(&[u8])) {
    let kept = kept(target);
    assert!(!kept.is_empty(), "nothing is kept for {target}: put inputs into fuzz/seeds/{target}");
    for (path, input) in &kept {
        println!("{}", path.display());
        check(input);
    }
    let inputs: Vec<_> = kept.into_iter().map(|(_, input)| input).collect();
    let config = Config { cases: CHANGED, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tried = runner.run(&changed(inputs), |input| {
        check(&input);
        Ok(())
    });
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}

/// What is kept for a target: the inputs, in the order of their names, and where each is.
fn kept(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
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

/// A change to an input.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    Repeat(Index, Index),
}

impl Change {
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

fn changed(inputs: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (select(inputs), vec(change(), 1..=MOST_CHANGES)).prop_map(|(mut input, changes)| {
        for change in changes {
            change.apply(&mut input);
        }
        input
    })
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    let telling = select(vec![0, 1, 9, 10, 0x7f, 0x80, 0xc3, 0xff, b' ', b'"', b'-', b'.', b'/', b'{']);
    let byte = proptest::prop_oneof![any::<u8>(), telling];
    let number =
        select(vec!["0", "-1", "65536", "4294967295", "9223372036854775807", "18446744073709551615"]);
    proptest::prop_oneof![
        (place(), byte).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (place(), vec(any::<u8>(), 1..8)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (place(), number).prop_map(|(at, number)| Change::Insert(at, number.into())),
        (place(), place()).prop_map(|(from, length)| Change::Remove(from, length)),
        (place(), place()).prop_map(|(from, length)| Change::Repeat(from, length)),
    ]
}
