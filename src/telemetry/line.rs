//! Formats a log record as one line of bounded length, with control characters escaped.

use std::fmt::{self, Write};

use env_logger::fmt::style::Style;
use log::kv::{Key, Value, VisitSource};
use log::{Level, Record};
use serde_json::Map;

use super::request;
use crate::domain::timestamp::Timestamp;

/// Maximum length of a message or value, in bytes; the rest is cut off.
const MAX_BYTES: usize = 4 << 10;
/// Maximum number of key-value pairs in a record.
const MAX_FIELDS: usize = 16;

pub(super) struct Line {
    time: Timestamp,
    level: Level,
    target: String,
    message: String,
    fields: Vec<(String, String)>,
}

impl Line {
    /// Reads a record and adds the id of the current request.
    pub(super) fn new(record: &Record<'_>) -> Self {
        let mut fields = LogFields(Vec::new());
        // The visitor never fails.
        let _ = record.key_values().visit(&mut fields);
        if let Some(id) = request::current_id() {
            fields.0.push(("request_id".into(), id));
        }
        Self {
            time: Timestamp::now(),
            level: record.level(),
            target: clipped(format_args!("{}", record.target())),
            message: clipped(*record.args()),
            fields: fields.0,
        }
    }

    pub(super) fn text(&self, style: Style) -> String {
        let Self { time, target, .. } = self;
        let level = self.level;
        let mut line = format!("[{time} {style}{level:<5}{style:#} ");
        escape_into(&mut line, target);
        line.push_str("] ");
        escape_into(&mut line, &self.message);
        for (key, value) in &self.fields {
            line.push(' ');
            escape_into(&mut line, key);
            line.push('=');
            escape_into(&mut line, value);
        }
        line
    }

    pub(super) fn json(&self) -> String {
        let mut object = Map::new();
        object.insert("time".into(), self.time.to_string().into());
        let level = self.level.as_str().to_ascii_lowercase();
        object.insert("level".into(), level.into());
        object.insert("target".into(), self.target.as_str().into());
        object.insert("message".into(), self.message.as_str().into());
        for (key, value) in &self.fields {
            let slot = object.entry(key.as_str());
            slot.or_insert_with(|| value.as_str().into());
        }
        let line = serde_json::Value::Object(object).to_string();
        if !line.contains(is_hidden) {
            return line;
        }
        // JSON does not require escapes for all of them; each fits into four hexadecimal digits.
        let mut escaped = String::with_capacity(line.len());
        for character in line.chars() {
            if is_hidden(character) {
                let _ = write!(escaped, "\\u{:04x}", u32::from(character));
            } else {
                escaped.push(character);
            }
        }
        escaped
    }
}

struct LogFields(Vec<(String, String)>);

impl<'kvs> VisitSource<'kvs> for LogFields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        if self.0.len() < MAX_FIELDS {
            let key = clipped(format_args!("{key}"));
            self.0.push((key, clipped(format_args!("{value}"))));
        }
        Ok(())
    }
}

/// The start of a string, with the full length appended if it was cut. The full one is never
/// built.
fn clipped(text: fmt::Arguments<'_>) -> String {
    let mut prefix = LinePrefix {
        kept: String::new(),
        length: 0,
    };
    // `LinePrefix` never fails; a `Display` that does ends the text there.
    let _ = prefix.write_fmt(text);
    let LinePrefix { mut kept, length } = prefix;
    if length > kept.len() {
        let _ = write!(kept, "… ({length} bytes)");
    }
    kept
}

struct LinePrefix {
    kept: String,
    length: usize,
}

impl Write for LinePrefix {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // After the first cut only the length is counted.
        if self.kept.len() == self.length {
            let mut end = text.len().min(MAX_BYTES - self.kept.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            self.kept.push_str(&text[..end]);
        }
        self.length += text.len();
        Ok(())
    }
}

fn escape_into(line: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            hidden if is_hidden(hidden) => {
                let _ = write!(line, "\\u{{{:x}}}", u32::from(hidden));
            }
            visible => line.push(visible),
        }
    }
}

/// Characters that end a line, control a terminal or change the text direction.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of line end, terminal control and text direction.
    const HOSTILE: &str =
        "a\r\nb\n\u{1b}[31mred\u{1b}[2J\u{7}\u{9b}31m\u{85}\u{2028}\u{202e}end\u{0}\u{7f}";

    fn lines(message: &str) -> [String; 2] {
        let record = |arguments: fmt::Arguments<'_>| {
            let mut record = Record::builder();
            record.level(Level::Warn).target("vitrina::test");
            let fields = [("field", message)];
            let line = Line::new(&record.key_values(&fields).args(arguments).build());
            [line.text(Style::new()), line.json()]
        };
        record(format_args!("got {message} here"))
    }

    #[test]
    fn any_message_is_one_line_of_plain_text() {
        let [text, json] = lines(HOSTILE);
        for line in [&text, &json] {
            assert!(!line.contains(is_hidden), "{line:?}");
            assert!(line.contains("end"), "{line}");
        }
        assert!(text.contains(r"got a\r\nb\n\u{1b}[31mred"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["message"], format!("got {HOSTILE} here"));
        assert_eq!(json["field"], HOSTILE);
        assert_eq!(json["level"], "warn");
    }

    #[test]
    fn a_long_message_is_cut_and_shows_its_length() {
        let long = "ñ\n".repeat(400_000);
        for line in lines(&long) {
            assert!(line.len() < 4 * MAX_BYTES, "{}", line.len());
            assert!(line.contains("… (1200000 bytes)"), "{line}");
            assert!(!line.contains('\n'));
        }
    }

    #[test]
    fn a_field_cannot_replace_a_reserved_one() {
        let mut record = Record::builder();
        let fields = [("message", "forged"), ("level", "forged")];
        record.key_values(&fields).args(format_args!("true"));
        let json = Line::new(&record.build()).json();
        assert!(!json.contains("forged"), "{json}");
    }
}
