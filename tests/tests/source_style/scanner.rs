//! Scanner of Rust tokens: finds items, imports, modules and paths without expanding macros.
//!
//! It looks into the arguments of macros, which a parser of the syntax would not. Code that only unit tests have is left out: tests may
//! use whatever they like.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::module::{GLOB, Import, Visibility};

/// Something that a source declares or uses.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Occurrence {
    /// `mod name;`, with the file from `#[path = "…"]`.
    File {
        name: String,
        path: Option<String>,
    },
    /// `mod name { … }`.
    Inline {
        name: String,
        body: Vec<Occurrence>,
    },
    /// An item in the module itself: not a method, not in a function.
    Item(String),
    Import(Import),
    Path(Vec<String>),
}

/// Keywords before the name of an item.
const ITEMS: [&str; 8] = ["fn", "struct", "enum", "union", "trait", "type", "const", "static"];

/// Keywords that begin an item or stand between its first keyword and its name.
const MODIFIERS: [&str; 9] = ["pub", "async", "unsafe", "extern", "mut", "impl", "mod", "use", "fn"];

/// Where tokens are: names of items count only directly in a module.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Module,
    Body,
}

/// Everything that a file declares and uses, in its order; nothing for a file of unit tests.
pub(crate) fn scan(text: &str) -> Vec<Occurrence> {
    let tokens: TokenStream = text.parse().expect("the compiler reads it, too");
    let mut found = Vec::new();
    scan_tokens(&tokens.into_iter().collect::<Vec<_>>(), Place::Module, &mut found);
    found
}

fn scan_group(group: &Group, place: Place, found: &mut Vec<Occurrence>) {
    scan_tokens(&group.stream().into_iter().collect::<Vec<_>>(), place, found);
}

fn scan_tokens(tokens: &[TokenTree], place: Place, found: &mut Vec<Occurrence>) {
    let mut at = 0;
    // The file of the next module, from its attribute.
    let mut file = None;
    while at < tokens.len() {
        at += match &tokens[at] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => match attribute(&tokens[at..]) {
                Some(Attribute::Inner(group)) if is_test(group) => return,
                Some(Attribute::Outer(group)) if is_test(group) => 2 + item_len(&tokens[at + 2..]),
                Some(Attribute::Inner(group) | Attribute::Outer(group)) => {
                    file = path_attribute(group).or(file);
                    scan_attribute(group, found);
                    2
                }
                None => 1,
            },
            TokenTree::Ident(ident) if *ident == "use" && !is_punct(tokens.get(at + 1), '<') => {
                let len = tokens[at..].iter().take_while(|token| !is_punct(Some(token), ';')).count();
                let visibility = visibility_before(&tokens[..at]);
                scan_use(&tokens[at + 1..at + len], &[], visibility, found);
                len
            }
            TokenTree::Ident(ident) if *ident == "mod" => {
                scan_mod(&tokens[at + 1..], file.take(), found);
                3
            }
            TokenTree::Ident(_) => scan_name(tokens, at, place, found),
            TokenTree::Group(group) => {
                scan_group(group, Place::Body, found);
                1
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
        };
    }
}

/// The name of an item or a path; returns its number of tokens.
fn scan_name(tokens: &[TokenTree], at: usize, place: Place, found: &mut Vec<Occurrence>) -> usize {
    let name = tokens[at].to_string();
    if place == Place::Module
        && let Some(TokenTree::Ident(item)) = tokens.get(at + 1)
        && ITEMS.contains(&name.as_str())
        && !MODIFIERS.iter().any(|modifier| item == modifier)
    {
        found.push(Occurrence::Item(item.to_string()));
        return 2;
    }
    if name == "macro_rules"
        && let Some(item) = tokens.get(at + 2)
    {
        found.push(Occurrence::Item(item.to_string()));
        return 3;
    }
    let mut path = vec![name];
    while is_separator(&tokens[at + 3 * path.len() - 2..]) {
        let Some(TokenTree::Ident(segment)) = tokens.get(at + 3 * path.len()) else { break };
        path.push(segment.to_string());
    }
    let len = 3 * path.len() - 2;
    // A field or method, the rest of a path after `<…>`, and a crate by its global name begin no path.
    let continues = at >= 2 && is_separator(&tokens[at - 2..]);
    if !continues && !is_punct(tokens[..at].last(), '.') {
        found.push(Occurrence::Path(path));
    }
    len
}

/// `::` at the beginning.
fn is_separator(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(first), TokenTree::Punct(second), ..]
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':')
}

fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

fn scan_mod(after: &[TokenTree], path: Option<String>, found: &mut Vec<Occurrence>) {
    match after {
        [TokenTree::Ident(name), TokenTree::Punct(end), ..] if end.as_char() == ';' => {
            found.push(Occurrence::File { name: name.to_string(), path });
        }
        [TokenTree::Ident(name), TokenTree::Group(group), ..] => {
            let mut body = Vec::new();
            scan_group(group, Place::Module, &mut body);
            found.push(Occurrence::Inline { name: name.to_string(), body });
        }
        _ => {}
    }
}

/// The names of a tree of `use`, without its semicolon.
fn scan_use(tree: &[TokenTree], prefix: &[String], visibility: Visibility, found: &mut Vec<Occurrence>) {
    let mut path = prefix.to_vec();
    let mut name = None;
    for (at, token) in tree.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if *ident == "as" => {
                name = tree.get(at + 1).map(ToString::to_string);
                break;
            }
            TokenTree::Ident(ident) if *ident == "self" && !path.is_empty() => {}
            TokenTree::Ident(ident) => path.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == '*' => path.push(GLOB.to_owned()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is_punct(Some(token), ',')).filter(|one| !one.is_empty()) {
                    scan_use(branch, &path, visibility, found);
                }
                return;
            }
            // A crate by its global name.
            TokenTree::Punct(_) if at == 0 => return,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    if let Some(name) = name.or_else(|| path.last().cloned()) {
        found.push(Occurrence::Import(Import { path, name, visibility }));
    }
}

fn visibility_before(tokens: &[TokenTree]) -> Visibility {
    let is_pub = |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if *ident == "pub");
    match tokens {
        [.., before, TokenTree::Group(scope)]
            if is_pub(before) && scope.delimiter() == Delimiter::Parenthesis =>
        {
            Visibility::Public
        }
        [.., last] if is_pub(last) => Visibility::Public,
        _ => Visibility::Private,
    }
}

enum Attribute<'a> {
    Inner(&'a Group),
    Outer(&'a Group),
}

fn attribute(tokens: &[TokenTree]) -> Option<Attribute<'_>> {
    match tokens {
        [_, TokenTree::Group(group), ..] => Some(Attribute::Outer(group)),
        [_, TokenTree::Punct(mark), TokenTree::Group(group), ..] if mark.as_char() == '!' => {
            Some(Attribute::Inner(group))
        }
        _ => None,
    }
}

fn is_test(attribute: &Group) -> bool {
    attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

fn path_attribute(attribute: &Group) -> Option<String> {
    let text = attribute.stream().to_string();
    Some(text.strip_prefix("path = \"")?.strip_suffix('"')?.to_owned())
}

/// The paths of an attribute; serde has them in strings.
fn scan_attribute(attribute: &Group, found: &mut Vec<Occurrence>) {
    scan_group(attribute, Place::Body, found);
    if !attribute.stream().to_string().starts_with("serde") {
        return;
    }
    let arguments = attribute.stream().into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let strings = arguments.flatten().filter_map(|token| match token {
        TokenTree::Literal(literal) => literal.to_string().trim_matches('"').parse::<TokenStream>().ok(),
        _ => None,
    });
    strings.for_each(|path| scan_tokens(&path.into_iter().collect::<Vec<_>>(), Place::Body, found));
}

/// The number of tokens of the item, field, variant or statement at the beginning, with its other attributes.
fn item_len(tokens: &[TokenTree]) -> usize {
    let attributes =
        tokens.chunks(2).take_while(|pair| matches!(attribute(pair), Some(Attribute::Outer(_)))).count();
    let item = &tokens[2 * attributes..];
    let is_item = item.first().is_some_and(|first| {
        let first = first.to_string();
        ITEMS.iter().chain(&MODIFIERS).any(|keyword| first == *keyword)
    });
    let ends = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';' || (!is_item && punct.as_char() == ','),
        TokenTree::Group(group) => is_item && group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    2 * attributes + item.iter().position(ends).map_or(item.len(), |end| end + 1)
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let described = scan(text).into_iter().filter_map(|occurrence| match occurrence {
        Occurrence::File { name, path } => Some(format!("file {name} {path:?}")),
        Occurrence::Inline { name, body } => Some(format!("module {name} of {}", body.len())),
        Occurrence::Item(name) => Some(format!("item {name}")),
        Occurrence::Import(import) => {
            Some(format!("{:?} {} = {}", import.visibility, import.name, import.path.join("::")))
        }
        Occurrence::Path(path) => (path.len() > 1).then(|| path.join("::")),
    });
    assert_eq!(described.collect::<Vec<_>>(), expected);
}

#[test]
fn items_are_names_directly_in_a_module() {
    let text = "pub(crate) async fn f() { const A: u8 = 1; } const fn g() {} struct S { a: u8 } impl S { fn h() {} }";
    check(text, &["item f", "item g", "item S"]);
    check(
        "macro_rules! m { () => {} } static X: u8 = 1; unsafe trait T {} type U = u8;",
        &["item m", "item X", "item T", "item U"],
    );
}

#[test]
fn a_tree_of_imports_is_taken_apart() {
    let text = "use a::{self, b::{C as D, *}, e as _}; pub(super) use self::f::g; pub use ::h::i;";
    let expected = [
        "Private a = a",
        "Private D = a::b::C",
        "Private * = a::b::*",
        "Private _ = a::e",
        "Public g = self::f::g",
    ];
    check(text, &expected);
}

#[test]
fn paths_end_before_arguments_and_fields() {
    check(
        "fn f() { a::b::<c::D>::e(x.y::<z::Z>()); <g::H as i::J>::k() }",
        &["item f", "a::b", "c::D", "z::Z", "g::H", "i::J"],
    );
    check("fn f() -> impl Fn() + use<'_> { println!(\"{}\", a::B) }", &["item f", "a::B"]);
}

#[test]
fn modules_have_a_file_or_a_body() {
    check(
        "mod a; #[path = \"c.rs\"] mod b; mod d { fn e() {} }",
        &["file a None", "file b Some(\"c.rs\")", "module d of 1"],
    );
}

#[test]
fn code_of_unit_tests_is_left_out() {
    let text = "#[cfg(test)] mod tests { a::B } #[cfg(test)] #[allow(x)] use c::{D, E}; struct S { #[cfg(test)] f: G<h::I>, j: k::L }";
    check(text, &["item S", "k::L"]);
    check("#![cfg(test)] use a::B;", &[]);
}
