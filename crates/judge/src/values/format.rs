//! Display of values: source-like text, cut to the length of a message.

use std::fmt::Write as _;

use model::{Call, CallResult, Exception, Value};

/// Maximum number of characters shown of a value.
pub const MAX_SHOWN_CHARS: usize = 400;

/// A value in the notation of most languages: `[1, 2]`, `"a\n"`, `{"a": 1}`; cut after [`MAX_SHOWN_CHARS`]
/// characters.
pub fn format_value(value: &Value) -> String {
    let mut text = BoundedText::default();
    text.value(value);
    text.text
}

/// The result of a call.
pub fn format_returned(returned: &CallResult) -> String {
    match returned {
        CallResult::Value(value) => format_value(value),
        CallResult::Raised(Exception { kind, message }) => {
            let kind = kind.as_deref().unwrap_or("any exception");
            let mut text = BoundedText::default();
            match message {
                None => text.push(kind),
                Some(message) => text.push(&format!("{kind}: {message}")),
            }
            text.text
        }
    }
}

/// A call: `add(1, b=2)`.
pub fn format_call(call: &Call) -> String {
    let mut text = BoundedText::default();
    text.push(&call.function);
    text.push("(");
    for (index, argument) in call.arguments.iter().enumerate() {
        text.push(if index > 0 { ", " } else { "" });
        text.value(argument);
    }
    for (index, (name, argument)) in call.named.iter().enumerate() {
        text.push(if index + call.arguments.len() > 0 { ", " } else { "" });
        text.push(&format!("{name}="));
        text.value(argument);
    }
    text.push(")");
    text.text
}

/// A text that ignores input once it is full, so that a large value costs no more than a small one.
#[derive(Default)]
struct BoundedText {
    text: String,
    chars: usize,
}

impl BoundedText {
    fn is_full(&self) -> bool {
        self.chars > MAX_SHOWN_CHARS
    }

    fn push(&mut self, more: &str) {
        for character in more.chars() {
            if self.is_full() {
                return;
            }
            self.chars += 1;
            self.text.push(if self.is_full() { '…' } else { character });
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            _ if self.is_full() => {}
            Value::Null => self.push("null"),
            Value::Bool(truth) => self.push(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.push(number.as_str()),
            Value::Float(number) => self.push(&format!("{number:?}")),
            Value::Text(text) => self.push_quoted(text),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::List(items) => self.items("[", items, "]"),
            Value::Tuple(items) => self.items("(", items, if items.len() == 1 { ",)" } else { ")" }),
            Value::Set(items) if items.is_empty() => self.push("set()"),
            Value::Set(items) => self.items("{", items, "}"),
            Value::Dict(entries) => self.entries(entries),
        }
    }

    /// Text in quotes, with escapes for invisible characters; only the part that fits.
    fn push_quoted(&mut self, text: &str) {
        let cut = text.char_indices().nth(MAX_SHOWN_CHARS).map_or(text.len(), |(index, _)| index);
        self.push(&format!("{:?}", &text[..cut]));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let mut text = String::from("bytes ");
        for byte in bytes.iter().take(MAX_SHOWN_CHARS / 2) {
            write!(text, "{byte:02x}").expect("a string takes all");
        }
        if bytes.len() > MAX_SHOWN_CHARS / 2 {
            text.push('…');
        }
        self.push(&text);
    }

    fn items(&mut self, open: &str, items: &[Value], close: &str) {
        self.push(open);
        for (index, item) in items.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.push(if index > 0 { ", " } else { "" });
            self.value(item);
        }
        self.push(close);
    }

    fn entries(&mut self, entries: &[(Value, Value)]) {
        self.push("{");
        for (index, (key, value)) in entries.iter().enumerate() {
            if self.is_full() {
                return;
            }
            self.push(if index > 0 { ", " } else { "" });
            self.value(key);
            self.push(": ");
            self.value(value);
        }
        self.push("}");
    }
}
