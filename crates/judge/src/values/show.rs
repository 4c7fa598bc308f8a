//! Values as people write them, cut to what fits a message.

use std::fmt::Write as _;

use model::{Call, CallResult, Exception, Value};

/// The most characters of one value that are shown.
pub const MOST_SHOWN: usize = 400;

/// A value as most languages write it: `[1, 2]`, `"a\n"`, `{"a": 1}`; cut after [`MOST_SHOWN`] characters.
pub fn show(value: &Value) -> String {
    let mut text = Text::default();
    text.value(value);
    text.0
}

/// What a call came to.
pub fn show_returned(returned: &CallResult) -> String {
    match returned {
        CallResult::Value(value) => show(value),
        CallResult::Raised(Exception { kind, message }) => {
            let kind = kind.as_deref().unwrap_or("any exception");
            let mut text = Text::default();
            match message {
                None => text.push(kind),
                Some(message) => text.push(&format!("{kind}: {message}")),
            }
            text.0
        }
    }
}

/// A call: `add(1, b=2)`.
pub fn show_call(call: &Call) -> String {
    let mut text = Text::default();
    text.push(&call.function);
    text.push("(");
    for (place, argument) in call.arguments.iter().enumerate() {
        text.push(if place > 0 { ", " } else { "" });
        text.value(argument);
    }
    for (place, (name, argument)) in call.named.iter().enumerate() {
        text.push(if place + call.arguments.len() > 0 { ", " } else { "" });
        text.push(&format!("{name}="));
        text.value(argument);
    }
    text.push(")");
    text.0
}

/// A text that takes no more once it is full, so that a large value costs no more than a small one.
#[derive(Default)]
struct Text(String, usize);

impl Text {
    fn is_full(&self) -> bool {
        self.1 > MOST_SHOWN
    }

    fn push(&mut self, more: &str) {
        for character in more.chars() {
            if self.is_full() {
                return;
            }
            self.1 += 1;
            self.0.push(if self.is_full() { '…' } else { character });
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            _ if self.is_full() => {}
            Value::Null => self.push("null"),
            Value::Bool(truth) => self.push(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.push(number.as_str()),
            Value::Float(number) => self.push(&format!("{number:?}")),
            Value::Text(text) => self.quoted(text),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::List(items) => self.items("[", items, "]"),
            Value::Tuple(items) => self.items("(", items, if items.len() == 1 { ",)" } else { ")" }),
            Value::Set(items) if items.is_empty() => self.push("set()"),
            Value::Set(items) => self.items("{", items, "}"),
            Value::Dict(entries) => self.entries(entries),
        }
    }

    /// Text in quotes, with escapes for what cannot be seen; only as much of it as will be shown.
    fn quoted(&mut self, text: &str) {
        let cut = text.char_indices().nth(MOST_SHOWN).map_or(text.len(), |(place, _)| place);
        self.push(&format!("{:?}", &text[..cut]));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let mut text = String::from("bytes ");
        for byte in bytes.iter().take(MOST_SHOWN / 2) {
            write!(text, "{byte:02x}").expect("a string takes all");
        }
        if bytes.len() > MOST_SHOWN / 2 {
            text.push('…');
        }
        self.push(&text);
    }

    fn items(&mut self, open: &str, items: &[Value], close: &str) {
        self.push(open);
        for (place, item) in items.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.push(if place > 0 { ", " } else { "" });
            self.value(item);
        }
        self.push(close);
    }

    fn entries(&mut self, entries: &[(Value, Value)]) {
        self.push("{");
        for (place, (key, value)) in entries.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.push(if place > 0 { ", " } else { "" });
            self.value(key);
            self.push(": ");
            self.value(value);
        }
        self.push("}");
    }
}
