//! gcc and g++: messages such as `main.c:3:5: error: ...`, those of the linker, and exceptions that end a program.

use super::{
    report::{Report, has_word, source_line},
    rule::{Rule, rule, rule_before, rule_if},
};
use crate::run::Run;

/// The first error. A function without a declaration is only a warning in C, and then an error of the linker's.
pub(super) fn read<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let all: Vec<Report<'a>> = run.stderr.lines().filter_map(|line| report(run, line)).collect();
    let is_warning = |report: &&Report<'_>| report.message.starts_with("implicit declaration");
    let undeclared = all.iter().find(is_warning);
    let error = all.iter().find(|report| !is_warning(report));
    let is_earlier = |report: &&Report<'_>| error.is_none_or(|error| report.line <= error.line);
    let first = undeclared.filter(is_earlier).or(error).cloned();
    first.or_else(|| linker(run)).or_else(|| thrown(run))
}

fn report<'a>(run: &Run<'a>, line: &str) -> Option<Report<'a>> {
    let (_, rest) = line.split_once(&format!("{}:", run.file))?;
    let mut parts = rest.splitn(4, ':');
    let (line, column) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (severity, text) = (parts.next()?.trim(), parts.next()?.trim());
    let message = text.replace(['‘', '’', '`'], "'");
    let counts = match severity {
        "error" | "fatal error" => true,
        "warning" => message.starts_with("implicit declaration"),
        _ => false,
    };
    counts.then(|| Report { line, column: Some(column), message, source_line: source_line(run.source, line) })
}

/// An undefined reference: the place is where the name is used last.
fn linker<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let name = run
        .stderr
        .lines()
        .find_map(|line| line.split_once("undefined reference to ").map(|(_, name)| name))?;
    let name = name.trim_matches(['`', '\'', '‘', '’']);
    let plain = name.split('(').next().unwrap_or(name);
    let is_main = plain == "main";
    let is_place = |line: &str| {
        if is_main {
            ["mian(", "Main(", "mani(", "mein("].iter().any(|word| line.contains(word))
        } else {
            line.contains(plain)
        }
    };
    let at = run.source.lines().enumerate().filter(|(_, line)| is_place(line)).last().map_or(0, |(at, _)| at);
    let line = u32::try_from(at + 1).unwrap_or(1);
    let message = if is_main { "no main".to_owned() } else { format!("undefined '{plain}'") };
    Some(Report { line, column: None, message, source_line: source_line(run.source, line) })
}

/// An exception that ended the program; it has no line.
fn thrown<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let kind = run
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("terminate called after throwing an instance of "))?;
    let message =
        run.stderr.lines().find_map(|line| line.trim().strip_prefix("what():")).unwrap_or("").trim();
    let message = format!("thrown {}: {message}", kind.trim_matches('\''));
    Some(Report { line: 1, column: None, message, source_line: "" })
}

pub(super) const RULES: &[Rule] = &[
    rule_if("expected ';'{rest}", "python-in-c", |line| has_word(line, "def") || has_word(line, "elif")),
    rule_if("implicit declaration of function '{name}'", "elseif-in-c", |line| {
        has_word(line, "elseif") || has_word(line, "elif")
    }),
    rule_if("expected ';' before '{'", "elseif-in-c", |line| {
        has_word(line, "elseif") || has_word(line, "elif")
    }),
    rule_if("expected {rest}", "include-without-hash", |line| line.trim_start().starts_with("include")),
    rule_if("expected {rest}", "for-with-commas", |line| {
        has_word(line, "for") && line.matches(';').count() < 2 && line.contains(',')
    }),
    rule_if("expected '(' before {before}", "condition-without-brackets", |line| {
        ["if", "while", "for", "switch"].iter().any(|word| has_word(line, word))
    }),
    rule_before("expected ',' or ';' before {before}", "semicolon-missing"),
    rule_before("expected ';' before {before}", "semicolon-missing"),
    rule_before("expected ';' after class definition", "class-semicolon-missing"),
    rule_before("expected ';' after struct definition", "class-semicolon-missing"),
    rule_before("expected ';', identifier or '(' before {before}", "class-semicolon-missing"),
    rule_before("expected '=', ',', ';', 'asm' or '__attribute__' before {before}", "semicolon-missing"),
    rule("expected declaration or statement at end of input", "brace-missing"),
    rule("expected '}' at end of input", "brace-missing"),
    rule("expected identifier or '(' before '}' token", "brace-too-many"),
    rule("expected declaration before '}' token", "brace-too-many"),
    rule("expected identifier or '(' before numeric constant", "digit-first"),
    rule("expected identifier or '(' before '{name}'", "name-is-keyword"),
    rule("expected unqualified-id before '{name}'", "name-is-keyword"),
    rule("expected ')' before {before}", "round-bracket-missing"),
    rule("expected ']' before {before}", "square-bracket-missing"),
    rule("expected expression before {before}", "expression-missing"),
    rule("expected primary-expression before {before}", "expression-missing"),
    rule("missing terminating \" character", "text-not-closed"),
    rule("missing terminating ' character", "letter-not-closed"),
    rule("stray '{character}' in program", "stray-character"),
    rule("extended character {character} is not valid in an identifier", "stray-character"),
    rule("invalid suffix {suffix} on integer constant", "digit-first"),
    rule("unable to find numeric literal operator{rest}", "digit-first"),
    rule("'{name}' undeclared (first use in this function); did you mean '{right}'?", "name-misspelled"),
    rule_if("'{name}' undeclared{rest}", "bool-in-c", |line| {
        has_word(line, "true") || has_word(line, "false")
    }),
    rule("'{name}' undeclared{rest}", "name-not-known"),
    rule("'{name}' was not declared in this scope; did you mean 'std::{right}'?", "std-missing"),
    rule("'{name}' was not declared in this scope{rest}", "null-in-c").only(&["null", "None", "nil"]),
    rule("'{name}' was not declared in this scope{rest}", "print-in-c").only(&["print", "println", "echo"]),
    rule("'{name}' was not declared in this scope{rest}", "string-in-cpp").only(&["string", "String"]),
    rule("'{name}' was not declared in this scope{rest}", "std-missing")
        .only(&["cout", "cin", "endl", "vector"]),
    rule("'{name}' was not declared in this scope; did you mean '{right}'?", "name-misspelled"),
    rule("'{name}' was not declared in this scope", "name-not-known"),
    rule("'{name}' is not a member of 'std'{rest}", "include-missing"),
    rule("'{name}' is not a member of 'std'", "include-missing"),
    rule("'{name}' in namespace 'std' does not name a {rest}", "include-missing"),
    rule("implicit declaration of function '{name}'{rest}", "print-in-c").only(&["print", "println", "echo"]),
    rule("implicit declaration of function '{name}'; did you mean '{right}'?{rest}", "name-misspelled"),
    rule("implicit declaration of function '{name}'{rest}", "function-not-declared"),
    rule("unknown type name '{name}'{rest}", "string-in-c").only(&["string", "String", "str"]),
    rule("unknown type name '{name}'{rest}", "bool-in-c").only(&["bool", "boolean"]),
    rule("unknown type name '{name}'{rest}", "type-not-known"),
    rule("'{name}' does not name a type{rest}", "type-not-known"),
    rule("ISO C++ forbids declaration of '{name}' with no type{rest}", "return-type-missing"),
    rule("'::main' must return 'int'", "main-returns-int"),
    rule("redefinition of '{name}'", "name-twice"),
    rule("redeclaration of '{name}'", "name-twice"),
    rule("conflicting types for '{name}'{rest}", "function-used-before"),
    rule("assignment of read-only variable '{name}'", "constant-changed"),
    rule("lvalue required as left operand of assignment{rest}", "assignment-turned"),
    rule("assignment to expression with array type", "array-assigned"),
    rule("void value not ignored as it ought to be", "void-used"),
    rule("return-statement with a value, in function returning 'void'{rest}", "value-from-void"),
    rule("{file}: No such file or directory", "header-not-there"),
    rule("too few arguments to function '{name}'", "too-few-values"),
    rule("too many arguments to function '{name}'", "too-many-values"),
    rule("no matching function for call to '{name}'", "no-such-call"),
    rule("'else' without a previous 'if'", "else-after-semicolon"),
    rule("'{owner}' has no member named '{member}'; did you mean '{right}'?", "member-misspelled"),
    rule("'{owner}' has no member named '{member}'{rest}", "member-not-there"),
    rule("'{member}' is private within this context", "member-private"),
    rule("invalid type argument of '->' (have '{owner}')", "arrow-for-dot"),
    rule("base operand of '->' {rest}", "arrow-for-dot"),
    rule("'{name}' is a pointer; did you mean to use '->'?", "dot-for-arrow"),
    rule("request for member '{member}' in '{name}', which is of pointer type{rest}", "dot-for-arrow"),
    rule("request for member '{member}' in {rest}", "member-of-value"),
    rule("called object '{name}' is not a function{rest}", "value-called"),
    rule("'{name}' cannot be used as a function", "value-called"),
    rule("subscripted value is neither array nor pointer{rest}", "value-indexed"),
    rule("invalid types '{types}' for array subscript", "value-indexed"),
    rule("duplicate case value", "case-twice"),
    rule("break statement not within loop or switch", "break-outside"),
    rule("continue statement not within a loop", "break-outside"),
    rule("no match for 'operator>>' (operand types are 'std::ostream'{rest}", "cout-turned"),
    rule("no match for 'operator<<' (operand types are 'std::istream'{rest}", "cin-turned"),
    rule("no match for 'operator{operator}' (operand types are {rest}", "operator-does-not-fit"),
    rule("invalid operands of types {types} to binary 'operator{operator}'", "operator-does-not-fit"),
    rule("invalid operands to binary {operator} (have {rest}", "operator-does-not-fit"),
    rule("conversion from '{from}' to non-scalar type '{to}'{rest}", "types-do-not-fit"),
    rule("invalid conversion from 'const char*' to '{to}'{rest}", "text-for-value"),
    rule("invalid conversion from '{from}' to '{to}'{rest}", "types-do-not-fit"),
    rule("cannot convert '{from}' to '{to}'{rest}", "types-do-not-fit"),
    rule("could not convert '{value}' from '{from}' to '{to}'", "types-do-not-fit"),
    rule("no main", "main-missing"),
    rule("undefined '{name}'", "function-not-written"),
    rule("thrown std::out_of_range: {message}", "thrown-out-of-range"),
    rule("thrown std::bad_alloc: {message}", "thrown-memory"),
    rule("thrown std::invalid_argument: sto{message}", "thrown-no-number"),
    rule("thrown {kind}: {message}", "thrown-other"),
];
