//! Markdown to HTML conversion, before sanitizing.

use std::fmt;

use pulldown_cmark::{CowStr, Event, Options, Parser, html};

use super::{
    error::StatementError,
    math::{self, Display},
};

/// CommonMark with tables, footnotes, strike-through and formulas; at most `most` bytes. Stops early when
/// `goes_on` returns false.
pub(super) fn html(text: &str, most: u64, goes_on: &dyn Fn() -> bool) -> Result<String, StatementError> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_MATH;
    let events = Parser::new_ext(text, options).take_while(|_| goes_on()).map(|event| match event {
        Event::InlineMath(tex) => formula(&tex, Display::Inline),
        Event::DisplayMath(tex) => formula(&tex, Display::Display),
        other => other,
    });
    let mut out = Bounded { html: String::new(), most };
    // Each row of a table adds all its columns.
    html::write_html_fmt(&mut out, events).map_err(|_| StatementError::TooLong(most))?;
    Ok(out.html)
}

/// A text of bounded length.
struct Bounded {
    html: String,
    most: u64,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if (self.html.len() + text.len()) as u64 > self.most {
            return Err(fmt::Error);
        }
        self.html.push_str(text);
        Ok(())
    }
}

fn formula(tex: &str, place: Display) -> Event<'static> {
    Event::InlineHtml(CowStr::from(math::span(tex, place)))
}
