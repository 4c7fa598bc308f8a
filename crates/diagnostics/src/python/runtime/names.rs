//! Names that are not defined, or not yet.

use super::context::{Context, quoted};
use crate::{
    finding::Finding,
    python::{
        builtins::{BUILTINS, MODULES},
        kinds::Kind,
        source::{Statement, is_augmented, text_of},
    },
    spelling::{differs_by_capitals, nearest},
};

/// Functions of modules that are called without their module.
const FUNCTIONS: [(&str, &str); 34] = [
    ("sqrt", "math"),
    ("pi", "math"),
    ("floor", "math"),
    ("ceil", "math"),
    ("sin", "math"),
    ("cos", "math"),
    ("tan", "math"),
    ("factorial", "math"),
    ("gcd", "math"),
    ("log", "math"),
    ("log10", "math"),
    ("isqrt", "math"),
    ("radians", "math"),
    ("degrees", "math"),
    ("hypot", "math"),
    ("randint", "random"),
    ("choice", "random"),
    ("shuffle", "random"),
    ("sample", "random"),
    ("uniform", "random"),
    ("randrange", "random"),
    ("sleep", "time"),
    ("perf_counter", "time"),
    ("mean", "statistics"),
    ("median", "statistics"),
    ("Counter", "collections"),
    ("defaultdict", "collections"),
    ("deque", "collections"),
    ("forward", "turtle"),
    ("Turtle", "turtle"),
    ("timedelta", "datetime"),
    ("date", "datetime"),
    ("reduce", "functools"),
    ("permutations", "itertools"),
];

/// Words of other languages, and of Python 2, with what Python calls them.
const FOREIGN: [(&str, &str, &str); 30] = [
    ("true", "True", "foreign-constant"),
    ("false", "False", "foreign-constant"),
    ("TRUE", "True", "foreign-constant"),
    ("FALSE", "False", "foreign-constant"),
    ("null", "None", "foreign-constant"),
    ("NULL", "None", "foreign-constant"),
    ("nil", "None", "foreign-constant"),
    ("none", "None", "foreign-constant"),
    ("undefined", "None", "foreign-constant"),
    ("nullptr", "None", "foreign-constant"),
    ("raw_input", "input", "python2-name"),
    ("xrange", "range", "python2-name"),
    ("unicode", "str", "python2-name"),
    ("unichr", "chr", "python2-name"),
    ("long", "int", "python2-name"),
    ("string", "str", "foreign-type-name"),
    ("String", "str", "foreign-type-name"),
    ("text", "str", "foreign-type-name"),
    ("integer", "int", "foreign-type-name"),
    ("Integer", "int", "foreign-type-name"),
    ("number", "float", "foreign-type-name"),
    ("double", "float", "foreign-type-name"),
    ("boolean", "bool", "foreign-type-name"),
    ("array", "list", "foreign-type-name"),
    ("Array", "list", "foreign-type-name"),
    ("char", "str", "foreign-type-name"),
    ("println", "print", "foreign-function"),
    ("printf", "print", "foreign-function"),
    ("echo", "print", "foreign-function"),
    ("length", "len", "foreign-function"),
];

type Rule = for<'a> fn(&Context<'a>, &str) -> Option<Finding>;

const RULES: [Rule; 14] = [
    deleted,
    compared_instead_of_assigned,
    member_without_self,
    given_elsewhere,
    never_begun,
    capitals,
    foreign,
    missing_self,
    module,
    function_of_module,
    spelling,
    spelling_of_builtin,
    console,
    unquoted,
];

pub(crate) fn not_defined(context: &Context<'_>) -> Option<Finding> {
    let name = quoted(context.message, "name ")?;
    let found = RULES.iter().find_map(|rule| rule(context, name));
    Some(found.unwrap_or_else(|| mark(context, "unknown-name", name).with("name", name)))
}

fn mark(context: &Context<'_>, code: &'static str, name: &str) -> Finding {
    context.token(name).map_or_else(|| context.finding(code), |token| Finding::new(code, token.place()))
}

fn is_called(context: &Context<'_>, name: &str) -> bool {
    context.calls(name)
}

fn foreign(context: &Context<'_>, name: &str) -> Option<Finding> {
    let (_, python, code) = FOREIGN.into_iter().find(|(foreign, _, _)| *foreign == name)?;
    let needs_call = matches!(code, "foreign-type-name" | "foreign-function" | "python2-name");
    (!needs_call || is_called(context, name) || name == "long")
        .then(|| mark(context, code, name).with("name", name).with("python", python))
}

/// `console.log`, `System.out`, `Math.sqrt`.
fn console(context: &Context<'_>, name: &str) -> Option<Finding> {
    let python = match name {
        "console" | "System" | "Console" | "cout" => "print(...)",
        "Math" => "math",
        "cin" | "Scanner" | "scanf" | "prompt" => "input()",
        "new" => "a call without new",
        _ => return None,
    };
    Some(mark(context, "foreign-function", name).with("name", name).with("python", python))
}

fn missing_self(context: &Context<'_>, name: &str) -> Option<Finding> {
    if name != "self" {
        return None;
    }
    let function = context.function.unwrap_or("");
    Some(mark(context, "missing-self", name).with("function", function))
}

/// A name in a method that only the object has: `self.name` elsewhere, or a method of the class.
fn member_without_self(context: &Context<'_>, name: &str) -> Option<Finding> {
    let method = context.statements.iter().find(|statement| statement.defines() == context.function)?;
    let is_method = method.tokens.get(3).is_some_and(|token| token.is("self"));
    let tokens = &context.source.tokens;
    let kept = tokens.windows(3).find(|three| three[0].is("self") && three[1].is(".") && three[2].is(name));
    let defined = tokens.windows(4).find(|four| four[0].is("def") && four[1].is(name) && four[3].is("self"));
    let line = kept.map(|three| three[2].line).or(defined.map(|four| four[1].line))?;
    is_method.then(|| mark(context, "member-without-self", name).with("name", name).related(line))
}

fn module(context: &Context<'_>, name: &str) -> Option<Finding> {
    let lower = name.to_lowercase();
    let name_of_module = MODULES.iter().find(|module| **module == lower).copied();
    let is_used = context.tokens.windows(2).any(|two| two[0].is(name) && two[1].is("."));
    let module = name_of_module.filter(|_| is_used)?;
    Some(mark(context, "missing-import", name).with("name", name).with("module", module))
}

fn function_of_module(context: &Context<'_>, name: &str) -> Option<Finding> {
    let imported = |module: &str| context.kinds.kind(module) == Kind::Module;
    let homes: Vec<&str> =
        FUNCTIONS.iter().filter(|(function, _)| *function == name).map(|(_, module)| *module).collect();
    let module = homes.first()?;
    if let Some(module) = homes.iter().find(|module| imported(module)) {
        return Some(mark(context, "module-prefix-missing", name).with("name", name).with("module", module));
    }
    let uses = is_called(context, name) || name == "pi";
    uses.then(|| mark(context, "missing-import-function", name).with("name", name).with("module", module))
}

fn deleted(context: &Context<'_>, name: &str) -> Option<Finding> {
    let del = context.statements.iter().rfind(|statement| {
        statement.line() < context.line && statement.starts_with("del") && statement.mentions(name)
    })?;
    Some(mark(context, "name-deleted", name).with("name", name).with("line", del.line()).related(del.line()))
}

fn binds_name(statement: &Statement<'_>, name: &str) -> bool {
    let tokens = statement.tokens;
    let equals = tokens.iter().position(|token| token.is("=")).unwrap_or(0);
    let is_for = statement.starts_with("for")
        && tokens.iter().take_while(|token| !token.is("in")).any(|token| token.is(name));
    let is_plain = equals > 0
        && tokens[..equals].iter().all(|token| token.is_name() || token.is(","))
        && tokens[..equals].iter().any(|token| token.is(name));
    is_for
        || is_plain
        || statement.defines() == Some(name)
        || (statement.starts_with("class") && tokens.get(1).is_some_and(|token| token.is(name)))
}

/// The function whose block a statement is in.
pub(crate) fn function_around<'a>(statements: &[Statement<'a>], inner: &Statement<'_>) -> Option<&'a str> {
    let mut indent = inner.indent;
    for outer in statements.iter().rev().filter(|outer| outer.line() < inner.line()) {
        if outer.indent < indent {
            if let Some(name) = outer.defines() {
                return Some(name);
            }
            indent = outer.indent;
        }
    }
    None
}

/// Given a value, but later, in a function, or in a branch that was not taken.
fn given_elsewhere(context: &Context<'_>, name: &str) -> Option<Finding> {
    let all: Vec<_> = context.statements.iter().filter(|statement| binds_name(statement, name)).collect();
    let finding =
        |code, line: u32| mark(context, code, name).with("name", name).with("line", line).related(line);
    let outside: Vec<_> =
        all.iter().filter(|statement| function_around(&context.statements, statement).is_none()).collect();
    if let Some(branch) =
        outside.iter().rfind(|statement| statement.line() < context.line && statement.indent > 0)
    {
        let header = context
            .statements
            .iter()
            .rfind(|outer| outer.line() < branch.line() && outer.indent < branch.indent)?;
        let finding = finding("name-from-skipped-branch", branch.line());
        return Some(finding.with("word", header.first()).with("header", header.line()));
    }
    if let Some(later) = outside.iter().find(|statement| statement.line() >= context.line) {
        let is_definition = matches!(later.first(), "def" | "class");
        if later.line() == context.line {
            return Some(mark(context, "name-in-own-value", name).with("name", name));
        }
        let code = if is_definition { "function-before-definition" } else { "name-before-value" };
        return Some(finding(code, later.line()));
    }
    let local = all.first()?;
    let function = function_around(&context.statements, local)?;
    Some(finding("local-name-outside", local.line()).with("function", function))
}

/// `x == 5` where `x = 5` is meant.
fn compared_instead_of_assigned(context: &Context<'_>, name: &str) -> Option<Finding> {
    match context.tokens {
        [first, equals, value @ ..] if first.is(name) && equals.is("==") => {
            let found = Finding::new("compare-for-assign", equals.place()).with("name", name);
            Some(found.with("value", text_of(context.source.text, value)))
        }
        _ => None,
    }
}

/// `total += i` before `total` has a value, and names of an exception after its block.
fn never_begun(context: &Context<'_>, name: &str) -> Option<Finding> {
    let is_changed =
        matches!(context.tokens, [first, operator, ..] if first.is(name) && is_augmented(operator.text));
    if is_changed {
        return Some(mark(context, "name-in-own-value", name).with("name", name));
    }
    let handler = context.statements.iter().rfind(|statement| {
        let names = statement.tokens.windows(2).any(|two| two[0].is("as") && two[1].is(name));
        statement.line() < context.line && statement.starts_with("except") && names
    })?;
    let found = mark(context, "name-of-exception", name).with("name", name).with("line", handler.line());
    Some(found.related(handler.line()))
}

fn capitals(context: &Context<'_>, name: &str) -> Option<Finding> {
    let right = differs_by_capitals(name, context.own_names());
    let right = right.or_else(|| differs_by_capitals(name, BUILTINS).filter(|_| is_called(context, name)));
    right.map(|right| mark(context, "capital-name", name).with("name", name).with("right", right))
}

fn spelling(context: &Context<'_>, name: &str) -> Option<Finding> {
    let right = nearest(name, context.own_names())?;
    Some(mark(context, "typo-name", name).with("name", name).with("right", right))
}

fn spelling_of_builtin(context: &Context<'_>, name: &str) -> Option<Finding> {
    if !is_called(context, name) {
        return None;
    }
    let foreign = FOREIGN.into_iter().filter(|(_, _, code)| *code == "foreign-function");
    let of_foreign = |slip: &str| foreign.clone().find(|(foreign, _, _)| *foreign == slip);
    let right = nearest(name, BUILTINS).or_else(|| {
        let slip = nearest(name, foreign.clone().map(|(foreign, _, _)| foreign))?;
        of_foreign(slip).map(|(_, python, _)| python)
    })?;
    Some(mark(context, "typo-name", name).with("name", name).with("right", right))
}

/// A word that was meant as text.
fn unquoted(context: &Context<'_>, name: &str) -> Option<Finding> {
    let at = context.tokens.iter().position(|token| token.is(name))?;
    let after = context.tokens.get(at + 1).map_or("", |token| token.text);
    let is_alone = !matches!(after, "(" | "." | "[" | "=" | "+=" | "-=");
    let is_word = !name.contains('_')
        && name.chars().count() > 1
        && !context.tokens.iter().any(|token| token.is("del"));
    (is_alone && is_word).then(|| mark(context, "missing-quotes", name).with("name", name))
}

pub(crate) fn unbound(context: &Context<'_>) -> Option<Finding> {
    let name = quoted(context.message, "cannot access local variable ")
        .or_else(|| quoted(context.message, "local variable "))?;
    let function = context.function.unwrap_or("");
    let finding = |code| mark(context, code, name).with("name", name).with("function", function);
    let is_global =
        context.statements.iter().find(|statement| statement.indent == 0 && binds_name(statement, name));
    if let Some(global) = is_global {
        return Some(finding("global-not-declared").with("line", global.line()).related(global.line()));
    }
    let given = context.statements.iter().find(|statement| binds_name(statement, name))?;
    let finding = finding("local-before-value").with("line", given.line()).related(given.line());
    if given.line() == context.line {
        return Some(mark(context, "name-in-own-value", name).with("name", name));
    }
    let header =
        context.statements.iter().rfind(|outer| outer.line() < given.line() && outer.indent < given.indent);
    Some(finding.with("word", header.map_or("", Statement::first)))
}
