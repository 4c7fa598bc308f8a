//! Limits: help with a program that a limit ended, in any language: the limit's sentence, at a line that may have reached it.
//!
//! The line is a guess from words that stand for the use of the resource in most languages. Rules for a language, which know more
//! about the program, are asked first.

use crate::{
    finding::Finding,
    run::{Ending, Run},
};

const LOOPS: &[&str] = &["while", "for", "loop", "do", "until", "repeat"];
const WAITS: &[&str] = &[
    "sleep", "usleep", "wait", "join", "recv", "accept", "input", "Scanner", "scanf", "cin", "readline",
    "readLine", "gets", "read",
];
const ALLOCATES: &[&str] = &[
    "append",
    "push",
    "push_back",
    "add",
    "malloc",
    "calloc",
    "realloc",
    "vector",
    "new",
    "while",
    "for",
    "loop",
];
const STARTS: &[&str] = &[
    "fork",
    "Thread",
    "thread",
    "Process",
    "spawn",
    "subprocess",
    "Popen",
    "pthread_create",
    "Worker",
    "go",
    "system",
];
const WRITES: &[&str] = &[
    "write",
    "writelines",
    "writeFileSync",
    "FileWriter",
    "ofstream",
    "fopen",
    "fwrite",
    "fprintf",
    "open",
    "File",
];
const FORBIDDEN: &[&str] = &["ptrace", "mount", "reboot", "bpf", "syscall", "setns", "unshare"];
const EXPANDS: &[&str] = &["template", "constexpr", "define", "macro_rules", "include"];

/// Help with the limit that ended a run; none if none did.
pub(crate) fn explain(run: &Run<'_>) -> Option<Finding> {
    let (code, words) = match run.ending {
        Ending::Success | Ending::Failure => return None,
        Ending::TimeLimit => ("limit-cpu", LOOPS),
        Ending::WallLimit => ("limit-wall", WAITS),
        Ending::MemoryLimit => ("limit-memory", ALLOCATES),
        Ending::OutputLimit => ("limit-output", LOOPS),
        Ending::ProcessLimit => ("limit-processes", STARTS),
        Ending::DiskLimit => ("limit-disk", WRITES),
        Ending::IdleLimit => ("limit-idle", WAITS),
        Ending::ForbiddenCall => ("limit-forbidden-call", FORBIDDEN),
        Ending::CompilerLimit => ("limit-compiler", EXPANDS),
    };
    Some(Finding::on_line(code, line_with(run.source, words)))
}

/// The first line that has one of these words; the first line of all if none has.
fn line_with(source: &str, words: &[&str]) -> u32 {
    let has_word = |line: &str| {
        line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .any(|word| words.contains(&word))
    };
    let at = source.lines().position(has_word).unwrap_or(0);
    u32::try_from(at + 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::run::{Ending, Run};

    #[track_caller]
    fn check(ending: Ending, source: &str, expected: (&str, u32)) {
        let run = Run { source, file: "main", stderr: "", stdout: "", ending };
        let finding = explain(&run).expect("a limit has help");
        assert_eq!((finding.code, finding.place.line), expected);
    }

    #[test]
    fn each_limit_has_its_sentence_at_a_line_that_may_have_reached_it() {
        check(Ending::TimeLimit, "x=1\nwhile true; do :; done\n", ("limit-cpu", 2));
        check(Ending::WallLimit, "puts 1\nsleep 100\n", ("limit-wall", 2));
        check(Ending::MemoryLimit, "int main() {\n  auto p = new int[1];\n}\n", ("limit-memory", 2));
        check(Ending::OutputLimit, "for {\n}\n", ("limit-output", 1));
        check(
            Ending::ProcessLimit,
            "#include <unistd.h>\nint main() {\n  fork();\n}\n",
            ("limit-processes", 3),
        );
        check(Ending::DiskLimit, "x\ny\nf.write(z)\n", ("limit-disk", 3));
        check(Ending::IdleLimit, "print(1)\ninput()\n", ("limit-idle", 2));
        check(Ending::ForbiddenCall, "", ("limit-forbidden-call", 1));
        check(Ending::CompilerLimit, "\ntemplate<int n>\n", ("limit-compiler", 2));
    }

    #[test]
    fn a_program_that_no_limit_ended_has_none() {
        let run = Run { source: "while", file: "main", stderr: "", stdout: "", ending: Ending::Failure };
        assert_eq!(explain(&run), None);
    }
}
