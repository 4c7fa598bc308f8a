//! Soak mix: ordinary and hostile programs with their expected outcomes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// Whether the program is hostile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Innocent,
    Hostile,
}

/// One program.
#[derive(Debug)]
pub(super) struct MixProgram {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Weight within the mix.
    share: u64,
    language: &'static str,
    /// `@` is replaced by the number of the submission, so that sources differ; without it they are equal.
    code: &'static str,
    /// Expected `run.reason`, or `compile` if it must not compile.
    ends: &'static str,
}

const FORKS: &str = "import os\nwhile True: os.fork()";
const ORPHANS: &str = "for n in 1 2 3; do (setsid sleep 60 & setsid sleep 60 &); done; echo done";
const TREE: &str = "import os\nfor d in range(300):\n    os.makedirs(f'd{d % 7}/e{d}')\n    open(f'd{d % 7}/e{d}/f', 'w').write('x')\nprint('ok')";

/// All programs. The first is the hello world whose time is measured.
pub(super) const MIX: [MixProgram; 19] = [
    completing_program("python hello", 24, "python", "print('hello')  # @"),
    completing_program(
        "python reading",
        8,
        "python",
        "# @\nimport json, random\nprint(json.dumps(sorted(random.random() for _ in range(99))))",
    ),
    completing_program("python files", 4, "python", TREE),
    completing_program("bash hello", 8, "bash", "echo hello # @"),
    completing_program("javascript hello", 4, "javascript", "console.log('hello') // @"),
    completing_program(
        "c, compiled before",
        8,
        "c",
        "#include <stdio.h>\nint main(void) { puts(\"hello\"); }",
    ),
    completing_program("c, compiled", 2, "c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); } // @"),
    hostile_program("does not compile", 2, "c", "int main(void) { return @ }", "compile"),
    hostile_program("busy loop", 2, "python", "while True: pass", "cpuLimit"),
    hostile_program("two busy loops", 1, "bash", "while :; do :; done & while :; do :; done", "cpuLimit"),
    hostile_program("sleeper", 2, "bash", "trap '' TERM INT; sleep 60", "wallLimit"),
    hostile_program("fork bomb", 2, "python", FORKS, "processLimit"),
    hostile_program(
        "memory eater",
        2,
        "python",
        "x = []\nwhile True: x.append(bytearray(1 << 20))",
        "memoryLimit",
    ),
    hostile_program("flood", 2, "bash", "while :; do echo xxxxxxxxxxxxxxxx; done", "outputLimit"),
    hostile_program("disk filler", 2, "python", "open('f', 'wb').write(bytes(60 << 20))", "diskLimit"),
    hostile_program("orphans", 2, "bash", ORPHANS, "exited"),
    hostile_program("kills all", 2, "bash", "kill -9 -1; kill -9 1; echo here", "exited"),
    hostile_program(
        "forbidden call",
        1,
        "python",
        "import ctypes\nctypes.CDLL(None).umount2(b'/', 0)",
        "forbiddenCall",
    ),
    hostile_program(
        "memory in files",
        1,
        "bash",
        "head -c 45M /dev/zero > /tmp/a; head -c 45M /dev/zero > /dev/shm/b",
        "memoryLimit",
    ),
];

const fn completing_program(
    name: &'static str,
    share: u64,
    language: &'static str,
    code: &'static str,
) -> MixProgram {
    MixProgram { name, kind: Kind::Innocent, share, language, code, ends: "exited" }
}

const fn hostile_program(
    name: &'static str,
    share: u64,
    language: &'static str,
    code: &'static str,
    ends: &'static str,
) -> MixProgram {
    MixProgram { name, kind: Kind::Hostile, share, language, code, ends }
}

/// Coprime to the sum of weights, so that all programs appear before one repeats.
const STEP: u64 = 37;

/// The program of this submission. Weights are spread, so that each batch has some of all.
pub(super) fn piece(number: u64) -> &'static MixProgram {
    let all: u64 = MIX.iter().map(|piece| piece.share).sum();
    let mut place = number.wrapping_mul(STEP) % all;
    MIX.iter()
        .find(|piece| {
            let here = place < piece.share;
            place = place.saturating_sub(piece.share);
            here
        })
        .unwrap_or(&MIX[0])
}

impl MixProgram {
    /// Request body, with low limits if it must hit one.
    pub(super) fn body(&self, number: u64) -> Value {
        let code = self.code.replace('@', &number.to_string());
        match self.kind {
            Kind::Innocent => json!({ "language": self.language, "code": code }),
            Kind::Hostile => json!({ "language": self.language, "code": code, "limits": self.limits() }),
        }
    }

    /// Limits such that the expected one is hit soon, and no other.
    fn limits(&self) -> Value {
        match self.ends {
            "cpuLimit" => json!({ "cpuMs": 200 }),
            "wallLimit" => json!({ "wallMs": 400 }),
            "processLimit" => json!({ "processes": 20 }),
            "outputLimit" => json!({ "outputBytes": 20_000 }),
            "memoryLimit" => json!({ "memoryBytes": 64 << 20 }),
            _ => json!({}),
        }
    }

    /// Checks the outcome.
    pub(super) fn check(&self, result: &Value) -> Result<(), String> {
        let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let ended = match (self.ends, result.pointer("/compile/ok").and_then(Value::as_bool)) {
            ("compile", Some(false)) => "compile",
            _ => text("/run/reason"),
        };
        if ended == self.ends {
            return Ok(());
        }
        Err(format!("{} with {ended:?} instead of {:?} {}", text("/status"), self.ends, text("/error")))
    }
}

/// Outcome counts.
#[derive(Debug, Default, Serialize)]
pub(in super::super) struct Outcomes {
    /// Successful runs by program.
    pub(in super::super) right: BTreeMap<&'static str, u64>,
    /// Errors with their counts.
    pub(in super::super) wrong: BTreeMap<String, u64>,
}

impl Outcomes {
    pub(super) fn count(&mut self, name: &'static str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => *self.right.entry(name).or_default() += 1,
            Err(error) => *self.wrong.entry(format!("{name}: {error}")).or_default() += 1,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (name, times) in other.right {
            *self.right.entry(name).or_default() += times;
        }
        for (error, times) in other.wrong {
            *self.wrong.entry(error).or_default() += times;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_gets_its_share() {
        let all: u64 = MIX.iter().map(|piece| piece.share).sum();
        let mut outcomes = Outcomes::default();
        (0..all).for_each(|number| outcomes.count(piece(number).name, Ok(())));
        for piece in &MIX {
            assert_eq!(outcomes.right.get(piece.name), Some(&piece.share), "{} of {all}", piece.name);
        }
    }

    #[test]
    fn an_unexpected_ending_is_described_with_the_expected_one() {
        let busy = MIX.iter().find(|piece| piece.ends == "cpuLimit").expect("there is one");
        let result =
            |reason: &str| json!({ "status": "completed", "run": { "reason": reason }, "compile": null });
        assert_eq!(busy.check(&result("cpuLimit")), Ok(()));
        let error = busy.check(&result("exited")).expect_err("another ending");
        assert!(error.contains("\"exited\" instead of \"cpuLimit\""), "{error}");
    }

    #[test]
    fn no_two_hellos_are_alike() {
        assert_ne!(MIX[0].body(1), MIX[0].body(2));
    }
}
