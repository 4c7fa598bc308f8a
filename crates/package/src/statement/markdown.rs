//! Markdown to HTML that is not safe yet.

use pulldown_cmark::{CowStr, Event, Options, Parser, html};

use super::math::{self, Place};

/// CommonMark with tables, footnotes, strike-through and formulas.
pub(super) fn html(text: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_MATH;
    let events = Parser::new_ext(text, options).map(|event| match event {
        Event::InlineMath(tex) => formula(&tex, Place::Inline),
        Event::DisplayMath(tex) => formula(&tex, Place::Display),
        other => other,
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn formula(tex: &str, place: Place) -> Event<'static> {
    Event::InlineHtml(CowStr::from(math::span(tex, place)))
}
