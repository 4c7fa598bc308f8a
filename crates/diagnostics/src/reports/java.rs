//! javac (`Main.java:3: error: ...`) and the Java machine (`Exception in thread "main" ...`).

use super::{
    report::{Report, has_word, source_line},
    rule::{Rule, rule, rule_before, rule_if},
};
use crate::run::Run;

pub(super) fn read<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    compiler(run).or_else(|| thrown(run)).or_else(|| launcher(run))
}

/// The first error of javac. Lines below it that name the symbol and its place (`symbol:   variable x`) are put after the message.
fn compiler<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let lines: Vec<&str> = run.stderr.lines().collect();
    let at = lines.iter().position(|line| line.contains(": error: "))?;
    let (place, message) = lines[at].split_once(": error: ")?;
    let line: u32 = place.rsplit(':').next()?.parse().ok()?;
    let block: Vec<&str> =
        lines[at + 1..].iter().take_while(|line| !line.contains(": error: ")).copied().collect();
    let carets = block.iter().find(|line| line.trim() == "^");
    let column =
        carets.and_then(|line| u32::try_from(line.chars().position(|letter| letter == '^')? + 1).ok());
    let is_detail = |line: &&str| line.starts_with("symbol:") || line.starts_with("location:");
    let mut message = message.to_owned();
    for detail in block.iter().map(|line| line.trim()).filter(is_detail) {
        let words: Vec<&str> = detail.split_whitespace().collect();
        message = format!("{message} [{}]", words.join(" "));
    }
    Some(Report { line, column, message, source_line: source_line(run.source, line) })
}

/// An exception that ended the program: the innermost place in the main file.
fn thrown<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let lines: Vec<&str> = run.stderr.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("Exception in thread "))?;
    let (_, text) = lines[at].split_once("\" ")?;
    let marker = format!("({}:", run.file);
    let place = lines[at + 1..].iter().find_map(|line| line.split_once(&marker).map(|(_, rest)| rest));
    let line = place.and_then(|rest| rest.split(')').next()?.parse().ok()).unwrap_or(1);
    let text = text.strip_prefix("java.lang.").or_else(|| text.strip_prefix("java.util.")).unwrap_or(text);
    Some(Report {
        line,
        column: None,
        message: format!("thrown {text}"),
        source_line: source_line(run.source, line),
    })
}

/// The launcher of the Java machine, which found no `main` to begin with.
fn launcher<'a>(run: &Run<'a>) -> Option<Report<'a>> {
    let at = run.source.lines().position(|line| line.contains(" main("));
    let line = u32::try_from(at.map_or(1, |at| at + 1)).unwrap_or(1);
    let report = Report {
        line,
        column: None,
        message: "no main".to_owned(),
        source_line: source_line(run.source, line),
    };
    (run.stderr.contains("Error: Main method ") || run.stderr.contains("error: no class declared"))
        .then_some(report)
}

/// Types that have to be imported from `java.util`.
fn is_of_java_util(line: &str) -> bool {
    const TYPES: [&str; 16] = [
        "Scanner",
        "List",
        "ArrayList",
        "Map",
        "HashMap",
        "TreeMap",
        "Set",
        "HashSet",
        "TreeSet",
        "Random",
        "Arrays",
        "Collections",
        "LinkedList",
        "Queue",
        "Deque",
        "Stack",
    ];
    TYPES.iter().any(|word| has_word(line, word))
}

fn declares_keyword(line: &str) -> bool {
    ["class", "new", "for", "if", "public", "static", "void", "return", "case", "default", "final"]
        .iter()
        .any(|word| line.contains(&format!(" {word} =")))
}

pub(super) const RULES: &[Rule] = &[
    rule_if("';' expected", "elseif-in-c", |line| has_word(line, "elseif") || has_word(line, "elif")),
    rule_if("';' expected", "for-with-commas", |line| {
        has_word(line, "for") && line.matches(';').count() < 2 && line.contains(',')
    }),
    rule_if("')' expected", "and-in-java", |line| has_word(line, "and") || has_word(line, "or")),
    rule_if("not a statement", "name-is-keyword-plain", declares_keyword),
    rule_before("';' expected", "semicolon-missing"),
    rule("')' expected", "round-bracket-missing"),
    rule("')' or ',' expected", "round-bracket-missing"),
    rule_if("'(' expected", "condition-without-brackets", |line| {
        ["if", "while", "for", "switch"].iter().any(|word| has_word(line, word))
    }),
    rule("'(' expected", "round-bracket-missing"),
    rule("']' expected", "array-size-in-java"),
    rule("reached end of file while parsing", "brace-missing"),
    rule("class, interface, enum, or record expected", "outside-of-class"),
    rule("class, interface, or enum expected", "outside-of-class"),
    rule("unclosed string literal", "text-not-closed"),
    rule("unclosed character literal", "text-in-single-quotes"),
    rule("empty character literal", "text-in-single-quotes"),
    rule("cannot find symbol [symbol: class {name}]{rest}", "string-capital").only(&["string"]),
    rule_if("cannot find symbol [symbol: class {name}]{rest}", "import-missing-java", is_of_java_util),
    rule("cannot find symbol [symbol: class {name}]{rest}", "type-not-known"),
    rule(
        "cannot find symbol [symbol: variable length] [location: variable {name} of type String]",
        "length-of-text",
    ),
    rule(
        "cannot find symbol [symbol: method length()] [location: variable {name} of type {kind}[]]",
        "length-of-array",
    ),
    rule(
        "cannot find symbol [symbol: method {member}({arguments})] [location: variable {name} of type {owner}]",
        "member-not-there",
    ),
    rule_if("cannot find symbol [symbol: variable {name}]{rest}", "import-missing-java", |line| {
        line.contains("Arrays.") || line.contains("Collections.")
    }),
    rule("cannot find symbol [symbol: variable {name}]{rest}", "name-not-known"),
    rule("cannot find symbol [symbol: method {name}({rest}", "name-not-known"),
    rule("package {name} does not exist", "system-capital").only(&["system", "string", "math"]),
    rule("package {name} does not exist", "package-not-there"),
    rule_if("incompatible types: {from} cannot be converted to boolean", "assignment-in-condition", |line| {
        (has_word(line, "if") || has_word(line, "while")) && line.contains('=') && !line.contains("==")
    }),
    rule("incompatible types: String cannot be converted to char", "text-for-letter"),
    rule("incompatible types: String cannot be converted to int", "text-to-number-java"),
    rule("incompatible types: String cannot be converted to double", "text-to-number-java"),
    rule("incompatible types: int cannot be converted to String", "number-to-text-java"),
    rule("incompatible types: double cannot be converted to String", "number-to-text-java"),
    rule("incompatible types: possible lossy conversion from {from} to {to}", "lossy-conversion"),
    rule("incompatible types: unexpected return value", "value-from-void"),
    rule("incompatible types: missing return value", "return-missing"),
    rule("incompatible types: <null> cannot be converted to {to}", "null-for-value"),
    rule("incompatible types: {from} cannot be converted to {to}", "types-do-not-fit"),
    rule("missing return statement", "return-missing"),
    rule("method {name} in class {owner} cannot be applied to given types;{rest}", "values-do-not-fit"),
    rule("constructor {name} in class {owner} cannot be applied to given types;{rest}", "values-do-not-fit"),
    rule("no suitable {kind} found for {name}({rest}", "values-do-not-fit"),
    rule("variable {name} might not have been initialized", "variable-without-value"),
    rule("non-static method {name} cannot be referenced from a static context", "not-static"),
    rule("non-static variable {name} cannot be referenced from a static context", "not-static"),
    rule("variable {name} is already defined in {rest}", "name-twice"),
    rule("cannot assign a value to final variable {name}", "constant-changed"),
    rule("'else' without 'if'", "else-after-semicolon"),
    rule("illegal start of expression", "illegal-start"),
    rule("illegal start of type", "illegal-start"),
    rule("unreachable statement", "never-reached"),
    rule("invalid method declaration; return type required", "return-type-missing-plain"),
    rule("unreported exception {name}; must be caught or declared to be thrown", "exception-not-handled"),
    rule("class {name} is public, should be declared in a file named {file}", "class-and-file"),
    rule("bad operand types for binary operator '{operator}'", "operator-does-not-fit"),
    rule("bad operand type {kind} for unary operator '{operator}'", "operator-does-not-fit"),
    rule("incomparable types: {left} and {right}", "comparison-does-not-fit"),
    rule("not a statement", "not-a-statement"),
    rule("{kind} cannot be dereferenced", "member-of-number"),
    rule("array required, but {kind} found", "value-indexed"),
    rule("<identifier> expected", "name-expected"),
    rule("unnamed classes are a preview feature{rest}", "outside-of-class"),
    rule("break outside switch or loop", "break-outside"),
    rule("no main", "main-missing-java"),
    rule("thrown ArithmeticException: / by zero", "thrown-division"),
    rule(
        "thrown ArrayIndexOutOfBoundsException: Index {index} out of bounds for length {length}",
        "thrown-index",
    ),
    rule("thrown IndexOutOfBoundsException: Index {index} out of bounds for length {length}", "thrown-index"),
    rule("thrown StringIndexOutOfBoundsException: {rest}", "thrown-text-index"),
    rule("thrown NullPointerException{rest}", "thrown-null"),
    rule("thrown NumberFormatException: For input string: \"{value}\"", "thrown-number"),
    rule("thrown InputMismatchException{rest}", "thrown-input-kind"),
    rule("thrown NoSuchElementException{rest}", "thrown-input-ended"),
    rule("thrown StackOverflowError{rest}", "thrown-stack"),
    rule("thrown ClassCastException: class {from} cannot be cast to class {to} ({rest}", "thrown-cast"),
    rule("thrown NegativeArraySizeException: {size}", "thrown-negative-size"),
    rule("thrown ConcurrentModificationException{rest}", "thrown-changed-while-looping"),
    rule("thrown OutOfMemoryError{rest}", "thrown-memory"),
    rule("thrown {kind}: {message}", "thrown-other"),
];
