//! Formulas: TeX to MathML conversion; browsers render MathML natively.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pulldown_latex::{Parser, RenderConfig, Storage, config::DisplayMode, mathml::push_mathml};

/// Inline or display position of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    Inline,
    Display,
}

/// Maximum length of a formula in bytes, and maximum nesting depth of braces.
const MAX_LENGTH: usize = 4096;
const MAX_DEPTH: usize = 32;
/// Definitions can expand without limit.
const DEFINITIONS: [&str; 6] = ["\\def", "\\gdef", "\\edef", "\\xdef", "\\let", "\\newcommand"];

/// A `span` with the formula as MathML, or with its source if it is invalid.
pub(super) fn span(tex: &str, place: Display) -> String {
    let class = match place {
        Display::Inline => "math math-inline",
        Display::Display => "math math-display",
    };
    match mathml(tex, place) {
        Some(mathml) => format!("<span class=\"{class}\">{mathml}</span>"),
        None => format!("<span class=\"{class} math-source\">{}</span>", ammonia::clean_text(tex)),
    }
}

fn mathml(tex: &str, place: Display) -> Option<String> {
    if tex.len() > MAX_LENGTH || depth(tex) > MAX_DEPTH || DEFINITIONS.iter().any(|name| tex.contains(name)) {
        return None;
    }
    // The formula is untrusted, and a panic in the parser must cost only this formula.
    catch_unwind(AssertUnwindSafe(|| render(tex, place))).ok().flatten()
}

fn render(tex: &str, place: Display) -> Option<String> {
    let storage = Storage::new();
    let events: Vec<_> = Parser::new(tex, &storage).collect();
    if events.iter().any(Result::is_err) {
        return None;
    }
    let display_mode = match place {
        Display::Inline => DisplayMode::Inline,
        Display::Display => DisplayMode::Block,
    };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    push_mathml(&mut out, events.into_iter(), config).ok()?;
    Some(out)
}

fn depth(tex: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in tex.chars() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    // These commands nest without braces.
    deepest + tex.matches("\\left").count() + tex.matches("\\begin").count() + tex.matches("\\sqrt").count()
}
