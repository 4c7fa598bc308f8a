//! Calls: what is called, with how many arguments and of which types.

use super::{
    context::{Context, all_quoted, is_text, quoted},
    operators::{none_on_line, type_word},
};
use crate::{
    finding::Finding,
    python::{
        builtins::BUILTINS,
        kinds::{GIVES_NOTHING, Kind},
        source::{Statement, closing, text_of},
        token::{Kind as TokenKind, Token},
    },
    spelling::nearest,
};

pub(crate) fn explain(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    if message.ends_with("object is not callable") {
        return not_callable(context);
    }
    if message.starts_with("exceptions must derive from") {
        return Some(context.finding("raise-text"));
    }
    if message.contains("argument")
        && let Some(finding) = arguments(context)
    {
        return Some(finding);
    }
    argument_types(context)
}

fn not_callable(context: &Context<'_>) -> Option<Finding> {
    let kind = all_quoted(context.message).first().copied()?;
    let tokens = context.marked();
    let callee = tokens.windows(2).find(|two| {
        two[1].is("(") && (is_text(&two[0]) || two[0].is(")") || two[0].kind == TokenKind::Number)
    });
    let name = context.name_before("(");
    if let Some(text) = callee.filter(|two| is_text(&two[0])) {
        return Some(Finding::new("missing-comma-call", text[0].place()).with("left", text[0].text));
    }
    if let Some(two) = callee.filter(|two| two[0].kind == TokenKind::Number) {
        return Some(
            Finding::new("missing-multiply", two[0].place()).with("left", two[0].text).with("right", "(...)"),
        );
    }
    let Some(name) = name else {
        return Some(context.finding("not-callable").with_word("kind", type_word(kind)).with("name", "()"));
    };
    let finding =
        |code| Finding::new(code, name.place()).with("name", name.text).with_word("kind", type_word(kind));
    if kind == "module" {
        return Some(finding("module-called"));
    }
    if let Some(line) = overwritten(context, name.text) {
        let code = if BUILTINS.contains(&name.text) { "builtin-overwritten" } else { "function-overwritten" };
        return Some(finding(code).with("line", line).related(line));
    }
    Some(match kind {
        "list" | "dict" | "tuple" => finding("round-for-square"),
        "int" | "float" => finding("number-called"),
        _ => finding("not-callable"),
    })
}

/// The line that gave the name of a function a value.
fn overwritten(context: &Context<'_>, name: &str) -> Option<u32> {
    let is_function = BUILTINS.contains(&name)
        || context.statements.iter().any(|statement| statement.defines() == Some(name));
    let line = context.statements.iter().find(|statement| {
        let is_loop =
            statement.starts_with("for") && statement.tokens.get(1).is_some_and(|token| token.is(name));
        statement.assignment().is_some_and(|(given, _)| given == name) || is_loop
    });
    line.filter(|_| is_function).map(Statement::line)
}

fn arguments(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    let (name, rest) = message.split_once("() ").unwrap_or(("", message));
    let short = name.rsplit('.').next().unwrap_or(name);
    let finding = |code| context.finding(code).with("name", short);
    if rest.starts_with("missing ") && short == "__init__" {
        let class = name.split('.').next().unwrap_or(name);
        let line = definition(context, short).unwrap_or(context.line);
        let arguments = all_quoted(rest).join("`, `");
        return Some(
            context
                .finding("missing-argument-of-class")
                .with("name", class)
                .with("arguments", arguments)
                .related(line),
        );
    }
    if rest.starts_with("missing ") {
        let names = all_quoted(rest).join("`, `");
        let definition = definition(context, short).unwrap_or(context.line);
        let code = if names == "self" { "called-on-class" } else { "missing-argument" };
        return Some(finding(code).with("arguments", names).related(definition));
    }
    if let Some(rest) = rest.strip_prefix("takes ") {
        return Some(too_many(context, name, short, rest));
    }
    if let Some(keyword) = quoted(rest, "got an unexpected keyword argument ") {
        return Some(
            finding("unknown-keyword")
                .with("keyword", keyword)
                .with("right", known_keyword(context, short, keyword)),
        );
    }
    if rest.starts_with("got multiple values for argument") {
        let keyword = all_quoted(rest).first().copied().unwrap_or("");
        return Some(finding("argument-twice").with("argument", keyword));
    }
    if let Some((keyword, function)) = message.split_once(" is an invalid keyword argument for ") {
        let (keyword, function) = (keyword.trim_matches('\''), function.trim_end_matches("()"));
        let finding = context.finding("unknown-keyword").with("name", function).with("keyword", keyword);
        return Some(finding.with("right", known_keyword(context, function, keyword)));
    }
    if rest.contains("must be a string, a bytes-like object or a real number, not")
        || rest.contains("must be a string or a real number, not")
    {
        let kind = all_quoted(rest).last().copied().unwrap_or("");
        let code = if kind == "list" { "int-of-list" } else { "int-of-other" };
        return Some(finding(code).with_word("kind", type_word(kind)));
    }
    let expects = message.contains("expected at least")
        || message.contains("expected at most")
        || message.contains("expected exactly")
        || message.contains("takes exactly")
        || message.contains("takes no arguments");
    expects.then(|| context.finding("argument-count").with("message", message))
}

fn definition(context: &Context<'_>, name: &str) -> Option<u32> {
    context.statements.iter().find(|statement| statement.defines() == Some(name)).map(Statement::line)
}

fn known_keyword(context: &Context<'_>, function: &str, keyword: &str) -> String {
    let of_builtin: &[&str] = match function {
        "print" => &["sep", "end", "file", "flush"],
        "sorted" | "sort" => &["key", "reverse"],
        "max" | "min" => &["key", "default"],
        "open" => &["mode", "encoding", "newline"],
        _ => &[],
    };
    let own = context.statements.iter().find(|statement| statement.defines() == Some(function));
    let own: Vec<&str> = own.map_or_else(Vec::new, |statement| {
        let parameters = statement.tokens.windows(2).filter(|two| matches!(two[0].text, "(" | ","));
        parameters.map(|two| two[1].text).collect()
    });
    let all: Vec<&str> = of_builtin.iter().copied().chain(own).collect();
    nearest(keyword, all.iter().copied()).map_or_else(|| all.join("`, `"), str::to_owned)
}

fn too_many(context: &Context<'_>, name: &str, short: &str, rest: &str) -> Finding {
    let (takes, given) = counts(rest);
    if rest.starts_with("no arguments") && class_of(context, short).is_some() {
        return class_without_init(context, short);
    }
    let is_method = name.contains('.') || in_class(context, short);
    let has_self = context
        .statements
        .iter()
        .find(|statement| statement.defines() == Some(short))
        .is_some_and(|statement| statement.tokens.get(3).is_some_and(|token| token.is("self")));
    if is_method && !has_self && definition(context, short).is_some() {
        return context
            .finding("method-without-self")
            .with("name", short)
            .related(definition(context, short).unwrap_or(context.line));
    }
    if short == "sum" {
        return context.finding("sum-of-single-values");
    }
    let finding =
        context.finding("too-many-arguments").with("name", short).with("given", given).with("takes", takes);
    match definition(context, short) {
        Some(line) => finding.related(line),
        None => finding,
    }
}

/// How many values a function takes and was given, from messages such as `1 positional argument but 2 were given`,
/// `exactly one argument (2 given)` and `from 1 to 2 positional arguments but 3 were given`.
fn counts(message: &str) -> (String, String) {
    let (takes, given) =
        message.split_once(" but ").or_else(|| message.split_once('(')).unwrap_or((message, ""));
    let number = |word: &str| match word {
        "no" => Some("0".to_owned()),
        "one" => Some("1".to_owned()),
        "two" => Some("2".to_owned()),
        _ => word.parse::<u32>().ok().map(|number| number.to_string()),
    };
    let numbers = |text: &str| text.split_whitespace().filter_map(number).collect::<Vec<_>>().join("-");
    (numbers(takes), numbers(given))
}

fn in_class(context: &Context<'_>, method: &str) -> bool {
    let at = context.statements.iter().position(|statement| statement.defines() == Some(method));
    at.is_some_and(|at| {
        let statement = &context.statements[at];
        let outer = context.statements[..at].iter().rfind(|outer| outer.indent < statement.indent);
        outer.is_some_and(|outer| outer.starts_with("class"))
    })
}

fn class_of(context: &Context<'_>, name: &str) -> Option<u32> {
    let class = context.statements.iter().find(|statement| {
        statement.starts_with("class") && statement.tokens.get(1).is_some_and(|token| token.is(name))
    });
    class.map(Statement::line)
}

fn class_without_init(context: &Context<'_>, name: &str) -> Finding {
    let line = class_of(context, name).unwrap_or(context.line);
    let methods = context
        .statements
        .iter()
        .filter(|statement| statement.line() > line)
        .filter_map(|statement| Some((statement.defines()?, statement.line())));
    let misspelled = methods.into_iter().find(|(method, _)| method.contains("init") && *method != "__init__");
    match misspelled {
        Some((method, line)) => context
            .finding("init-misspelled")
            .with("name", name)
            .with("written", method)
            .with("line", line)
            .related(line),
        None => context.finding("class-without-init").with("name", name).related(line),
    }
}

/// Arguments of the wrong type.
fn argument_types(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    let kind = all_quoted(message).first().copied().unwrap_or("");
    let word = type_word(kind);
    if message.ends_with("cannot be interpreted as an integer") {
        return Some(for_whole(context, kind));
    }
    if message.ends_with("has no len()") {
        let name = argument(context, "len").unwrap_or("...");
        if kind == "NoneType" {
            return Some(none_on_line(context));
        }
        return Some(context.finding("len-of-number").with_word("kind", word).with("name", name));
    }
    if message.ends_with("object is not iterable") || message.starts_with("argument of type") {
        return Some(not_iterable(context, kind));
    }
    if let Some(rest) = message.strip_prefix("cannot unpack non-iterable ") {
        let kind = rest.split(' ').next().unwrap_or("");
        let targets = context
            .tokens
            .iter()
            .take_while(|token| !token.is("=") && !token.is("in"))
            .filter(|token| token.is_name())
            .count();
        let names: Vec<&str> = context
            .tokens
            .iter()
            .take_while(|token| !token.is("=") && !token.is("in"))
            .filter(|token| token.is_name())
            .map(|token| token.text)
            .collect();
        return Some(
            context
                .finding("unpack-number")
                .with("count", targets)
                .with("names", names.join("`, `"))
                .with_word("kind", type_word(kind)),
        );
    }
    let must = message.contains(" must be str, not ")
        || message.contains("must be real number, not")
        || message.starts_with("type str doesn't define");
    if must {
        let kind = message.rsplit(' ').next().unwrap_or("").trim_matches('\'');
        let wants_text = message.contains("must be str");
        let code = if wants_text { "text-wanted" } else { "number-wanted" };
        let kind = if message.starts_with("type str") { "str" } else { kind };
        return Some(
            context.finding(code).with_word("kind", type_word(kind)).with("function", called(context)),
        );
    }
    None
}

/// The function that the line calls, or its innermost call.
fn called<'a>(context: &Context<'a>) -> &'a str {
    let tokens = context.marked();
    let mut all = tokens.windows(2).filter(|two| two[1].is("(") && two[0].is_name());
    all.next_back()
        .or_else(|| context.tokens.windows(2).find(|two| two[1].is("(")))
        .map_or("", |two| two[0].text)
}

/// The text between the brackets of a call.
fn argument<'a>(context: &Context<'a>, function: &str) -> Option<&'a str> {
    let at = context.tokens.windows(2).position(|two| two[0].is(function) && two[1].is("("))?;
    let end = closing(context.tokens, at + 1)?;
    Some(text_of(context.source.text, &context.tokens[at + 2..end]))
}

fn for_whole(context: &Context<'_>, kind: &str) -> Finding {
    let function = if context.calls("range") { "range" } else { called(context) };
    let argument = argument(context, function);
    let finding = |code| {
        context
            .finding(code)
            .with("function", function)
            .with("argument", argument.unwrap_or("..."))
            .with_word("kind", type_word(kind))
    };
    match kind {
        "float" => finding("fraction-for-whole"),
        "str" => finding("text-for-number"),
        "list" | "tuple" | "dict" | "set" => finding("list-for-number"),
        _ => finding("other-for-number"),
    }
}

fn not_iterable(context: &Context<'_>, kind: &str) -> Finding {
    let word = type_word(kind);
    let tokens = context.tokens;
    if kind == "NoneType" {
        return none_iterated(context);
    }
    if context.message.starts_with("argument of type")
        || (tokens.iter().any(|token| token.is("in")) && !tokens.iter().any(|token| token.is("for")))
    {
        return context.finding("in-number").with_word("kind", word);
    }
    if let Some(function) =
        tokens.iter().find(|token| matches!(token.text, "max" | "min" | "sum") && !is_text(token))
    {
        return Finding::new("max-of-one-number", function.place()).with("function", function.text);
    }
    if tokens.first().is_some_and(|first| first.is("for")) || tokens.iter().any(|token| token.is("for")) {
        let over = loop_iterable(context);
        return context.finding("for-over-number").with("over", over).with_word("kind", word);
    }
    if matches!(kind, "builtin_function_or_method" | "function" | "method" | "type") {
        return context.finding("function-iterated").with_word("kind", word);
    }
    context.finding("not-iterable").with_word("kind", word)
}

/// What a loop goes over, as it is written.
fn loop_iterable<'a>(context: &Context<'a>) -> &'a str {
    let Some(at) = context.tokens.iter().position(|token| token.is("in")) else { return "" };
    let rest = &context.tokens[at + 1..];
    let end = rest.iter().position(|token| token.is(":")).unwrap_or(rest.len());
    text_of(context.source.text, &rest[..end])
}

fn none_iterated(context: &Context<'_>) -> Finding {
    if context.name_that(|kind| kind == Kind::Nothing).is_some() {
        return none_on_line(context);
    }
    let method = context.tokens.windows(2).find(|two| two[0].is(".") && GIVES_NOTHING.contains(&two[1].text));
    match method {
        Some(two) => Finding::new("method-gives-none-here", two[1].place()).with("method", two[1].text),
        None => context.finding("none-somewhere"),
    }
}

pub(crate) fn recursion(context: &Context<'_>) -> Finding {
    let function = context.function.map_or_else(|| called(context).to_owned(), str::to_owned);
    let line = definition(context, &function);
    let place = own_call(context, &function).map_or_else(
        || context.finding("endless-recursion"),
        |token| Finding::new("endless-recursion", token.place()),
    );
    let finding = place.with("name", function);
    match line {
        Some(line) => finding.related(line),
        None => finding,
    }
}

fn own_call<'a>(context: &Context<'a>, function: &str) -> Option<&'a Token<'a>> {
    context.tokens.windows(2).find(|two| two[0].is(function) && two[1].is("(")).map(|two| &two[0])
}
