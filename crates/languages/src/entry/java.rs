//! Java entry point: a scanner of sources that finds top-level types and their `main` methods.
//!
//! It is no compiler; sources that do not compile may be read in any way. Comments and literals are skipped.

mod escapes;
mod tokens;

use escapes::decode_escapes;
use tokens::{Token, tokens};

/// One source file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unit {
    package: Option<String>,
    types: Vec<Type>,
    /// Whether there is a `main` outside of all types, which newer releases allow.
    has_loose_main: bool,
}

/// A top-level class, interface, enum or record.
#[derive(Debug, PartialEq, Eq)]
struct Type {
    name: String,
    is_public: bool,
    main: Main,
}

/// The best `main` method of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Main {
    None,
    /// One that only newer releases accept.
    Short,
    /// `public static void main(String[] args)`.
    Full,
}

/// A release of Java, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Release(u32);

impl Release {
    /// First release that accepts a `main` that is not public and static, or outside of all classes (JEP
    /// 512).
    const SHORT_MAIN: Self = Self(25);

    /// The release of a version such as `17.0.9`; 0 where there is none.
    pub(super) fn of(version: &str) -> Self {
        let digits = version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        Self(digits.parse().unwrap_or(0))
    }

    fn accepts(self, main: Main) -> bool {
        match main {
            Main::Full => true,
            Main::Short => self >= Self::SHORT_MAIN,
            Main::None => false,
        }
    }
}

impl Unit {
    /// Reads a source.
    pub(super) fn read(source: &str) -> Self {
        let mut reader = Scanner::default();
        for token in tokens(&decode_escapes(source)) {
            reader.take(token);
        }
        reader.unit
    }

    /// The one public type, if there is exactly one.
    pub(super) fn only_public(&self) -> Option<&str> {
        let mut public = self.types.iter().filter(|one| one.is_public);
        let only = public.next()?;
        public.next().is_none().then_some(&only.name)
    }

    fn qualified(&self, name: &str) -> String {
        self.package.as_ref().map_or_else(|| name.to_owned(), |package| format!("{package}.{name}"))
    }

    /// The entry type: one with the name of the file, a public one, `Main`, or else the first.
    fn entry_type(&self, stem: &str, release: Release) -> Option<String> {
        let able = || self.types.iter().filter(|one| release.accepts(one.main));
        let found = able()
            .find(|one| one.name == stem)
            .or_else(|| able().find(|one| one.is_public))
            .or_else(|| able().find(|one| one.name == "Main"))
            .or_else(|| able().next());
        let loose = (self.has_loose_main && release >= Release::SHORT_MAIN).then_some(stem);
        found.map(|one| one.name.as_str()).or(loose).map(|name| self.qualified(name))
    }
}

/// The entry class of units, given with their file names without extension: in the first unit that has one;
/// `Main` has priority among the units after the first file. Without any it is the first class, so that the
/// runtime reports the missing method.
pub(super) fn main_class(units: &[(&str, Unit)], release: Release) -> Option<String> {
    let (first, rest) = units.split_first()?;
    let of = |(stem, unit): &(&str, Unit)| unit.entry_type(stem, release);
    let is_main = |name: &String| name == "Main" || name.ends_with(".Main");
    of(first)
        .or_else(|| rest.iter().filter_map(of).find(is_main))
        .or_else(|| rest.iter().find_map(of))
        .or_else(|| first.1.types.first().map(|one| first.1.qualified(&one.name)))
}

/// The file name, without extension, for this unit.
pub(super) fn file_name(unit: &Unit) -> Option<String> {
    let first = || unit.types.first().map(|one| one.name.as_str());
    unit.only_public().or_else(first).map(str::to_owned)
}

/// Advice on files, given with their names, that are not a program, in a sentence; `None` if no known mistake
/// is found.
pub(super) fn advice(units: &[(&str, Unit)], release: Release) -> Option<String> {
    let two_public = units.iter().find_map(|(name, unit)| {
        let public: Vec<_> = unit.types.iter().filter(|one| one.is_public).map(|one| &one.name).collect();
        let [one, other, ..] = public[..] else { return None };
        Some(format!(
            "{name} has two public classes, {one} and {other}, and Java allows one in a file: take `public` away from all but one."
        ))
    });
    let begins = || units.iter().any(|(stem, unit)| unit.entry_type(stem, release).is_some());
    let loose = || {
        let (name, _) = units.iter().find(|(_, unit)| unit.has_loose_main).filter(|_| !begins())?;
        Some(format!(
            "The method main of {name} is outside of all classes, which Java {} does not know: write \
             `public class Main {{ public static void main(String[] args) {{ … }} }}` around it.",
            release.0
        ))
    };
    two_public.or_else(loose)
}

/// Scanner state.
#[derive(Default)]
struct Scanner {
    unit: Unit,
    /// Stack of open brackets.
    open: Vec<char>,
    /// Relevant words since the end of the last declaration.
    words: Vec<String>,
    /// Set after a keyword that declares a type: the next word is its name.
    names_type: bool,
    /// The open type, as soon as its name is known.
    current: Option<OpenType>,
    /// The words before the parameters of a method called `main`.
    main: Option<Vec<String>>,
}

struct OpenType {
    index: usize,
    is_interface: bool,
}

impl Scanner {
    fn take(&mut self, token: Token<'_>) {
        if let Token::Mark(mark @ ('[' | ',' | '.')) = token
            && self.is_between_parameters()
        {
            self.words.push(mark.to_string());
        }
        match token {
            Token::Word(word) => self.word(word),
            Token::Mark(mark @ ('{' | '(' | '[')) => self.opens(mark),
            Token::Mark(mark @ ('}' | ')' | ']')) => self.closes(mark),
            Token::Mark(mark) => self.mark(mark),
        }
    }

    /// Not between any brackets.
    fn is_outside(&self) -> bool {
        self.open.is_empty()
    }

    fn is_in_body(&self) -> bool {
        self.current.is_some() && self.open == ['{']
    }

    /// Between the parentheses of a `main`, but not in nested ones, such as those of annotations.
    fn is_between_parameters(&self) -> bool {
        self.main.is_some() && self.open.last() == Some(&'(') && self.open.len() <= 2
    }

    fn word(&mut self, word: &str) {
        if self.main.is_some() {
            self.words.push(word.to_owned());
        } else if self.names_type {
            self.names_type = false;
            self.begin_type(word);
        } else if self.is_outside() && self.current.is_none() && self.is_type_keyword(word) {
            self.names_type = true;
            self.words.push(word.to_owned());
        } else if self.is_outside() || self.is_in_body() {
            self.words.push(word.to_owned());
        }
    }

    /// `record` is a keyword only where a type may begin.
    fn is_type_keyword(&self, word: &str) -> bool {
        const MODIFIERS: [&str; 9] =
            ["public", "private", "protected", "static", "final", "abstract", "sealed", "non", "strictfp"];
        match word {
            "class" | "interface" | "enum" => true,
            "record" => self.words.iter().all(|word| MODIFIERS.contains(&word.as_str())),
            _ => false,
        }
    }

    fn begin_type(&mut self, name: &str) {
        let is_public = self.words.iter().any(|word| word == "public");
        let is_interface = self.words.last().is_some_and(|word| word == "interface");
        self.current = Some(OpenType { index: self.unit.types.len(), is_interface });
        self.unit.types.push(Type { name: name.to_owned(), is_public, main: Main::None });
        self.words.clear();
    }

    fn opens(&mut self, mark: char) {
        let may_be_main = mark == '(' && (self.is_in_body() || (self.is_outside() && self.current.is_none()));
        if may_be_main && self.words.ends_with(&["void".to_owned(), "main".to_owned()]) {
            self.main = Some(std::mem::take(&mut self.words));
        }
        let was_in_body = self.is_in_body();
        self.open.push(mark);
        if mark == '{' && (was_in_body || self.is_in_body()) {
            // A method's body, or that of a type: a declaration begins after it.
            self.words.clear();
        }
    }

    fn closes(&mut self, mark: char) {
        self.open.pop();
        let is_whole = self.is_in_body() || self.is_outside();
        if mark == ')'
            && is_whole
            && let Some(before) = self.main.take()
        {
            let parameters = std::mem::take(&mut self.words);
            self.record_main(&before, &parameters);
        }
        if mark == '}' && self.is_outside() {
            self.current = None;
        }
        if mark == '}' && (self.is_outside() || self.is_in_body()) {
            self.words.clear();
        }
    }

    fn record_main(&mut self, before: &[String], parameters: &[String]) {
        let has = |word: &str| before.iter().any(|one| one == word);
        let Some(current) = &self.current else {
            self.unit.has_loose_main = true;
            return;
        };
        let is_full = takes_strings(parameters) && has("static") && (has("public") || current.is_interface);
        let main = if is_full { Main::Full } else { Main::Short };
        let own = &mut self.unit.types[current.index].main;
        *own = main.max(*own);
    }

    fn mark(&mut self, mark: char) {
        match mark {
            ';' if self.is_outside() => {
                self.package_line();
                self.words.clear();
            }
            ';' if self.is_in_body() => self.words.clear(),
            // Joins the words of a package's name.
            '.' if self.is_outside() && self.words.first().is_some_and(|word| word == "package") => {
                self.words.push(".".to_owned());
            }
            _ => {}
        }
    }

    fn package_line(&mut self) {
        // Annotations may come before it.
        let Some(at) = self.words.iter().position(|word| word == "package") else { return };
        if self.unit.types.is_empty() && at + 1 < self.words.len() {
            self.unit.package = Some(self.words[at + 1..].concat());
        }
    }
}

/// Whether these are the words and marks of one parameter that is an array of `String`.
fn takes_strings(parameters: &[String]) -> bool {
    let count = |mark: &str| parameters.iter().filter(|&word| word == mark).count();
    let is_list = parameters.windows(3).any(|marks| marks.iter().all(|mark| mark == "."));
    count("String") > 0 && count(",") == 0 && count("[") + usize::from(is_list) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Release = Release(25);
    const OLD: Release = Release(17);

    fn found(source: &str, release: Release) -> Option<String> {
        main_class(&[("Main", Unit::read(source))], release)
    }

    fn check(source: &str, expected: &str) {
        assert_eq!(found(source, OLD).as_deref(), Some(expected), "{source}");
    }

    #[test]
    fn the_class_with_a_main_method_is_found() {
        check("public class A { public static void main(String[] a) {} }", "A");
        check("class Helper {} class B { static public void main(final String... a) {} }", "B");
        check(
            "class H { int main; void f() { main(1); } } class B { public static void main(String a[]) {} }",
            "B",
        );
        check("import java.util.*;\r\nclass C {\r\n  public static void main(String[] a) {}\r\n}\r\n", "C");
        check(
            "abstract class A<T extends Comparable<T>> {} final class D { public static final void main(String[] a){} }",
            "D",
        );
    }

    #[test]
    fn a_method_called_main_with_other_parameters_is_not_it() {
        for parameters in [
            "",
            "String a",
            "String[][] a",
            "String[]... a",
            "String[] a, int b",
            "int[] a",
            "String a, String[] b",
        ] {
            let helper = format!("class H {{ public static void main({parameters}) {{}} }}");
            check(&format!("{helper} class B {{ public static void main(String[] a) {{}} }}"), "B");
        }
        for parameters in [
            "final String a []",
            "java.lang.String[] a",
            "String...a",
            "@A({1, 2}) String[] a",
            "@A(x, y) String @B [] a",
        ] {
            check(
                &format!(
                    "class H {{ void f() {{}} }} class B {{ public static void main({parameters}) {{}} }}"
                ),
                "B",
            );
        }
    }

    #[test]
    fn any_kind_of_type_may_have_it() {
        check("interface I { static void main(String[] a) {} }", "I");
        check("enum E { A, B { void f() {} }; public static void main(String[] a) {} }", "E");
        check(
            "record Point(int x, int y) {} record R(int record) { public static void main(String[] a) {} }",
            "R",
        );
        check("@interface Note {} class A { public static void main(String[] a) {} }", "A");
        check(
            "public sealed interface S permits T {} final class T implements S { public static void main(String[] a) {} }",
            "T",
        );
    }

    #[test]
    fn the_package_is_part_of_the_name() {
        check("package com . example;\nclass A { public static void main(String[] a) {} }", "com.example.A");
        check(
            "/* package no; */ package x.y; import a.b; class A { public static void main(String[] a) {} }",
            "x.y.A",
        );
        check("@Deprecated package x; class A { public static void main(String[] a) {} }", "x.A");
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        check(
            "// class No { public static void main(String[] a) {} }\nclass A { public static void main(String[] a) {} }",
            "A",
        );
        check(
            "/* class No {{{ */ class A { String s = \"class B { \\\" }\"; char c = '\"', d = '{'; public static void main(String[] a) {} }",
            "A",
        );
        check(
            "class A { String t = \"\"\"\n class B { \" { \\\"\"\" \"\"\"; public static void main(String[] a) {} }",
            "A",
        );
        check("/** a class Foo { */ class A { public static void main(String[] a) {} }", "A");
    }

    #[test]
    fn unicode_escapes_are_translated_first() {
        check(r"public cl\u0061ss Foo { public static void m\uu0061in(String[] a) {} }", "Foo");
        check(r"class A \u007b \u007d public class B { public static void main(String[] a) {} }", "B");
        check(r"/* \u002a/ public class B { public static void main(String[] a) {} } /* */", "B");
        check("// \\u000a class B { public static void main(String[] a) {} }", "B");
        check(r#"class A { String s = "\\u0022"; public static void main(String[] a) {} }"#, "A");
        check(r"class Gr\u00fc\u00dfe { public static void main(String[] a) {} }", "Grüße");
    }

    #[test]
    fn annotations_lambdas_and_inner_classes_do_not_confuse_it() {
        check(
            "@A({1, 2}) class X { Runnable r = () -> { class Y {} }; public static void main(String[] a) {} }",
            "X",
        );
        check(
            "class O { static class Inner { public static void main(String[] a) {} } } class P { public static void main(String[] a) {} }",
            "P",
        );
        check(
            "class O { static { int x = 1; } int[] y = {1, 2}; @Override public static void main(@A String[] a) {} }",
            "O",
        );
        check("class Q { Class<?> c = Q.class; public static void main(String[] a) {} }", "Q");
    }

    #[test]
    fn of_several_it_is_the_one_named_as_the_file_or_public_or_main() {
        let main = "{ public static void main(String[] a) {} }";
        check(&format!("class A {main} class Main {main}"), "Main");
        check(&format!("class A {main} public class B {main} class C {main}"), "B");
        let elsewhere = Unit::read(&format!("class A {main} class Main {main}"));
        assert_eq!(main_class(&[("x", elsewhere)], OLD).as_deref(), Some("Main"));
    }

    #[test]
    fn short_mains_begin_with_newer_releases_only() {
        let loose = "void main() { IO.println(1); }";
        assert_eq!((found(loose, NEW).as_deref(), found(loose, OLD)), (Some("Main"), None));
        let short = "class A {} class B { void main() {} }";
        assert_eq!((found(short, NEW).as_deref(), found(short, OLD).as_deref()), (Some("B"), Some("A")));
        assert_eq!(["17.0.9", "25", "25-ea", "x"].map(Release::of), [OLD, NEW, NEW, Release(0)]);
    }

    fn advised(source: &str, release: Release) -> Option<String> {
        advice(&[("Main.java", Unit::read(source))], release)
    }

    #[test]
    fn what_a_compiler_refuses_for_its_form_is_explained() {
        let two = advised("public class A {} public class B { public static void main(String[] a) {} }", OLD);
        assert!(
            two.as_deref().is_some_and(|said| said.contains("A and B") && said.contains("`public`")),
            "{two:?}"
        );
        let loose = advised("void main() {}", OLD);
        assert!(loose.as_deref().is_some_and(|said| said.contains("Java 17")), "{loose:?}");
        assert_eq!(advised("void main() {}", NEW), None);
        assert_eq!(advised("class A { public static void main(String[] a) { x } }", OLD), None);
    }

    #[test]
    fn anything_can_be_read() {
        for source in [
            "",
            "}",
            ")))",
            "class",
            "class {",
            "\"",
            "'",
            "/*",
            "\"\"\"",
            "package",
            "package ;",
            "enum class record",
            "void main(",
            "class A { void main(",
        ] {
            let _read = found(source, OLD);
        }
    }
}
