//! Lesson programs: what a class writes in a first lesson, with inputs and expected outputs.

use serde_json::json;

use crate::client::request;

/// A small program with its input.
#[derive(Debug)]
pub(super) struct LessonProgram {
    language: &'static str,
    /// `@` is replaced by a number, so that all submissions differ.
    code: &'static str,
    stdin: &'static str,
    pub(super) stdout: &'static str,
}

const PYTHON: [LessonProgram; 6] = [
    python("print('Hello, world!')  # @", "", "Hello, world!\n"),
    python("name = input()  # @\nprint('Hello, ' + name + '!')", "Ada\n", "Hello, Ada!\n"),
    python("for n in range(1, 6):  # @\n    print(n, n * n)", "", "1 1\n2 4\n3 9\n4 16\n5 25\n"),
    python(
        "left = 3  # @\nwhile left > 0:\n    print(left)\n    left -= 1\nprint('Go!')",
        "",
        "3\n2\n1\nGo!\n",
    ),
    python(
        "marks = [int(m) for m in input().split()]  # @\nprint(sum(marks) / len(marks))",
        "2 3 4\n",
        "3.0\n",
    ),
    python(
        "def factorial(n):  # @\n    return 1 if n < 2 else n * factorial(n - 1)\nprint(factorial(20))",
        "",
        "2432902008176640000\n",
    ),
];

const CPP: LessonProgram = LessonProgram {
    language: "cpp",
    code: "#include <iostream>\n// @\nint main() {\n    int a, b;\n    std::cin >> a >> b;\n    std::cout << a + b << '\\n';\n}\n",
    stdin: "2 3\n",
    stdout: "5\n",
};

const fn python(code: &'static str, stdin: &'static str, stdout: &'static str) -> LessonProgram {
    LessonProgram { language: "python", code, stdin, stdout }
}

/// The program of this run: `cpp_percent` of them are in C++, the others in Python.
pub(super) fn program(number: u64, cpp_percent: u64) -> &'static LessonProgram {
    // Coprime to 100, so that the C++ programs are spread.
    if (number * 37) % 100 < cpp_percent {
        return &CPP;
    }
    &PYTHON[usize::try_from(number % PYTHON.len() as u64).unwrap_or(0)]
}

impl LessonProgram {
    /// The request to run it and wait for the result.
    pub(super) fn request(&self, number: u64) -> Vec<u8> {
        let code = self.code.replace('@', &number.to_string());
        let body = json!({ "language": self.language, "code": code, "stdin": self.stdin });
        request("POST", "/api/execution/submit?wait=60", &body.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_of_a_hundred_are_in_cpp() {
        for percent in [0, 5, 100] {
            let cpp = (0..100).filter(|number| program(*number, percent).language == "cpp").count();
            assert_eq!(cpp as u64, percent);
        }
    }
}
