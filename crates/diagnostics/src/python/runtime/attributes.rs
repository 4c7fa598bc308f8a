//! Attributes and methods that a value does not have.

use super::{
    context::{Context, all_quoted, is_text},
    imports,
    operators::type_word,
};
use crate::{
    finding::Finding,
    python::{
        kinds::{GIVES_NOTHING, Kind},
        source::Statement,
    },
    spelling::nearest,
};

/// Methods of the types that beginners use.
const METHODS: [(&str, &[&str]); 6] = [
    (
        "str",
        &[
            "capitalize",
            "center",
            "count",
            "encode",
            "endswith",
            "find",
            "format",
            "index",
            "isalnum",
            "isalpha",
            "isdigit",
            "islower",
            "isnumeric",
            "isspace",
            "istitle",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "swapcase",
            "title",
            "upper",
            "zfill",
        ],
    ),
    (
        "list",
        &[
            "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse",
            "sort",
        ],
    ),
    (
        "dict",
        &[
            "clear",
            "copy",
            "fromkeys",
            "get",
            "items",
            "keys",
            "pop",
            "popitem",
            "setdefault",
            "update",
            "values",
        ],
    ),
    (
        "set",
        &[
            "add",
            "clear",
            "copy",
            "difference",
            "discard",
            "intersection",
            "issubset",
            "issuperset",
            "pop",
            "remove",
            "union",
            "update",
        ],
    ),
    ("tuple", &["count", "index"]),
    ("int", &["bit_length", "to_bytes"]),
];

/// Methods of other languages and of Python 2, with what stands for them: by type, name, replacement.
const FOREIGN: [(&str, &str, &str); 34] = [
    ("list", "push", "append(...)"),
    ("list", "add", "append(...)"),
    ("list", "push_back", "append(...)"),
    ("list", "length", "len(...)"),
    ("list", "size", "len(...)"),
    ("list", "len", "len(...)"),
    ("list", "count_all", "len(...)"),
    ("list", "contains", "in"),
    ("list", "includes", "in"),
    ("list", "indexOf", "index(...)"),
    ("list", "delete", "remove(...)"),
    ("list", "join", "\", \".join(...)"),
    ("list", "sum", "sum(...)"),
    ("list", "max", "max(...)"),
    ("list", "min", "min(...)"),
    ("list", "map", "[... for x in ...]"),
    ("list", "sorted", "sorted(...)"),
    ("list", "reversed", "reversed(...)"),
    ("str", "contains", "in"),
    ("str", "includes", "in"),
    ("str", "length", "len(...)"),
    ("str", "len", "len(...)"),
    ("str", "size", "len(...)"),
    ("str", "substring", "[start:end]"),
    ("str", "charAt", "[position]"),
    ("str", "toUpperCase", "upper()"),
    ("str", "toLowerCase", "lower()"),
    ("str", "trim", "strip()"),
    ("str", "indexOf", "find(...)"),
    ("str", "reverse", "[::-1]"),
    ("dict", "has_key", "in"),
    ("dict", "contains", "in"),
    ("dict", "length", "len(...)"),
    ("dict", "iteritems", "items()"),
];

pub(crate) fn explain(context: &Context<'_>) -> Option<Finding> {
    let message = context.message;
    let (owner, rest) = message.split_once(" has no attribute ")?;
    let name = all_quoted(rest).first().copied()?;
    let kind = all_quoted(owner).first().copied()?;
    if owner.starts_with("partially initialized module") {
        return Some(context.finding("file-hides-module").with("module", kind));
    }
    if owner.starts_with("module ") {
        return Some(of_module(context, kind, name));
    }
    if kind == "NoneType" {
        return Some(of_nothing(context, name));
    }
    let known = METHODS.iter().find(|(known, _)| *known == kind).map(|(_, methods)| *methods);
    if let Some(methods) = known {
        return Some(of_known(context, kind, name, methods));
    }
    let of_class = owner.starts_with("type object");
    Some(of_own(context, kind, name, if of_class { Owner::Class } else { Owner::Object }))
}

/// The text before the dot, if it is a name.
fn owner_name<'a>(context: &Context<'a>, attribute: &str) -> &'a str {
    let three = context.tokens.windows(3).find(|three| three[1].is(".") && three[2].is(attribute));
    three.map_or("...", |three| three[0].text)
}

fn mark(context: &Context<'_>, code: &'static str, attribute: &str) -> Finding {
    let place = context.tokens.windows(2).find(|two| two[0].is(".") && two[1].is(attribute));
    let finding = place.map_or_else(|| context.finding(code), |two| Finding::new(code, two[1].place()));
    finding.with("attribute", attribute).with("name", owner_name(context, attribute))
}

fn of_module(context: &Context<'_>, module: &str, name: &str) -> Finding {
    match imports::member(module, name) {
        Some(right) => {
            mark(context, "module-member-misspelled", name).with("module", module).with("right", right)
        }
        None => mark(context, "module-member-not-there", name).with("module", module),
    }
}

fn of_nothing(context: &Context<'_>, attribute: &str) -> Finding {
    let owner = owner_name(context, attribute);
    let given = context.kinds.get(owner);
    if let Some(assigned) = given.filter(|assigned| assigned.kind == Kind::Nothing) {
        if assigned.value.len() == 1 {
            let finding = mark(context, "none-was-given", attribute).with("line", assigned.line);
            return finding.related(assigned.line);
        }
        let method =
            assigned.value.iter().find(|token| GIVES_NOTHING.contains(&token.text) || token.is("print"));
        let finding =
            mark(context, "method-gives-none", attribute).with("line", assigned.line).related(assigned.line);
        return finding.with("method", method.map_or("None", |token| token.text));
    }
    // `a.sort().reverse()`.
    let chained = context
        .tokens
        .windows(2)
        .find(|two| two[0].is(".") && GIVES_NOTHING.contains(&two[1].text) && !two[1].is(attribute));
    if let Some(two) = chained {
        return Finding::new("method-gives-none-here", two[1].place()).with("method", two[1].text);
    }
    let function = given
        .and_then(|assigned| assigned.value.first())
        .filter(|token| context.kinds.kind(token.text) == Kind::Function);
    match function {
        Some(function) => mark(context, "none-from-function", attribute).with("function", function.text),
        None => mark(context, "none-has-no-attribute", attribute),
    }
}

fn of_known(context: &Context<'_>, kind: &str, attribute: &str, methods: &[&'static str]) -> Finding {
    let finding = |code| mark(context, code, attribute).with_word("kind", type_word(kind));
    let before = context.tokens.windows(3).find(|three| three[1].is(".") && three[2].is(attribute));
    let is_own_name = context.kinds.get(attribute).is_some();
    if before.is_some_and(|three| is_text(&three[0])) && is_own_name && !context.calls(attribute) {
        return finding("dot-for-plus");
    }
    let foreign = FOREIGN.iter().find(|(owner, name, _)| *owner == kind && *name == attribute);
    if let Some((_, _, right)) = foreign {
        let code = match *right {
            "in" => "foreign-method-in",
            right if right.starts_with('[') || right.starts_with('"') => "foreign-method-form",
            right
                if right.starts_with("len(")
                    || right.starts_with("sum(")
                    || right.starts_with("max(")
                    || right.starts_with("min(")
                    || right.starts_with("sorted(")
                    || right.starts_with("reversed(") =>
            {
                let function = right.trim_end_matches("(...)");
                return finding("foreign-method-function").with("function", function);
            }
            _ => "foreign-method",
        };
        return finding(code).with("right", right);
    }
    if kind == "dict" && !context.calls(attribute) {
        return finding("attribute-of-dict");
    }
    if let Some(right) = nearest(attribute, methods.iter().copied()) {
        return finding("typo-method").with("right", right);
    }
    let owner = METHODS.iter().find(|(owner, methods)| *owner != kind && methods.contains(&attribute));
    match owner {
        Some((owner, _)) => {
            let code = match (kind, attribute) {
                ("str", "append" | "extend") => "append-to-text",
                ("tuple", _) => "tuple-cannot-grow",
                ("list", _) if *owner == "str" => "text-method-on-list",
                _ => "wrong-type-method",
            };
            finding(code).with_word("owner", type_word(owner))
        }
        None => finding("no-such-method"),
    }
}

/// Owner of an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Class,
    Object,
}

/// An attribute of the program's own class, or of an object of it.
fn of_own(context: &Context<'_>, class: &str, attribute: &str, owner: Owner) -> Finding {
    let finding = |code| mark(context, code, attribute).with("class", class);
    if matches!(class, "builtin_function_or_method" | "function" | "method") {
        return mark(context, "attribute-of-function", attribute);
    }
    if matches!(class, "float" | "bool" | "range" | "dict_keys" | "dict_values" | "generator" | "map") {
        return mark(context, "no-such-method", attribute).with_word("kind", type_word(class));
    }
    let (line, own) = members(context, class);
    if let Some(right) = nearest(attribute, own.iter().copied()) {
        return finding("typo-own-attribute").with("right", right);
    }
    let body = context.statements.iter().filter(|statement| statement.line() > line);
    let plain = body.into_iter().find(|statement| {
        statement.indent > 0 && statement.assignment().is_some_and(|(name, _)| name == attribute)
    });
    match plain.map(Statement::line).filter(|_| line > 0 && owner == Owner::Object) {
        Some(line) => finding("attribute-without-self").with("line", line).related(line),
        None => finding("attribute-never-set"),
    }
}

/// The line of a class, and the names of its attributes and methods.
fn members<'a>(context: &Context<'a>, class: &str) -> (u32, Vec<&'a str>) {
    let header = context.statements.iter().find(|statement| {
        statement.starts_with("class") && statement.tokens.get(1).is_some_and(|token| token.is(class))
    });
    let line = header.map_or(0, Statement::line);
    let tokens = &context.source.tokens;
    let of_self = tokens
        .windows(3)
        .filter(|three| three[0].is("self") && three[1].is(".") && three[0].line != context.line);
    let methods = tokens.windows(2).filter(|two| two[0].is("def") && two[0].column > 1);
    (line, of_self.map(|three| three[2].text).chain(methods.map(|two| two[1].text)).collect())
}
