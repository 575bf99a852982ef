//! A log record as one line: clipped, and without anything that a terminal or a reader of logs would
//! take for more than text.

use std::fmt::{self, Write};

use env_logger::fmt::style::Style;
use log::kv::{Key, Value, VisitSource};
use log::{Level, Record};
use serde_json::Map;

use super::request;
use crate::domain::timestamp::Timestamp;

/// Bytes that a message or a value may have; of what is longer the beginning is kept.
const MAX_BYTES: usize = 4 << 10;
/// Members that a record may have beside its message.
const MAX_MEMBERS: usize = 16;

/// What a record says.
pub(super) struct Line {
    time: Timestamp,
    level: Level,
    target: String,
    message: String,
    members: Vec<(String, String)>,
}

impl Line {
    /// Reads a record, and notes of which request it is.
    pub(super) fn of(record: &Record<'_>) -> Self {
        let mut members = Members(Vec::new());
        // A visitor that gives up early has what it wants.
        let _ = record.key_values().visit(&mut members);
        if let Some(id) = request::current_id() {
            members.0.push(("request_id".into(), id));
        }
        Self {
            time: Timestamp::now(),
            level: record.level(),
            target: clipped(format_args!("{}", record.target())),
            message: clipped(*record.args()),
            members: members.0,
        }
    }

    /// For people.
    pub(super) fn text(&self, style: Style) -> String {
        let Self { time, target, .. } = self;
        let level = self.level;
        let mut line = format!("[{time} {style}{level:<5}{style:#} ");
        escape_into(&mut line, target);
        line.push_str("] ");
        escape_into(&mut line, &self.message);
        for (key, value) in &self.members {
            line.push(' ');
            escape_into(&mut line, key);
            line.push('=');
            escape_into(&mut line, value);
        }
        line
    }

    /// One JSON object.
    pub(super) fn json(&self) -> String {
        let mut object = Map::new();
        object.insert("time".into(), self.time.to_string().into());
        let level = self.level.as_str().to_ascii_lowercase();
        object.insert("level".into(), level.into());
        object.insert("target".into(), self.target.as_str().into());
        object.insert("message".into(), self.message.as_str().into());
        for (key, value) in &self.members {
            let slot = object.entry(key.as_str());
            slot.or_insert_with(|| value.as_str().into());
        }
        let line = serde_json::Value::Object(object).to_string();
        if !line.contains(is_hidden) {
            return line;
        }
        // JSON lets some of them stand; all of these are in the plane that four digits name.
        let mut plain = String::with_capacity(line.len());
        for character in line.chars() {
            if is_hidden(character) {
                let _ = write!(plain, "\\u{:04x}", u32::from(character));
            } else {
                plain.push(character);
            }
        }
        plain
    }
}

struct Members(Vec<(String, String)>);

impl<'kvs> VisitSource<'kvs> for Members {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        if self.0.len() < MAX_MEMBERS {
            let key = clipped(format_args!("{key}"));
            self.0.push((key, clipped(format_args!("{value}"))));
        }
        Ok(())
    }
}

/// The beginning of a text, and how long the whole was; what lies behind is never put together.
fn clipped(text: fmt::Arguments<'_>) -> String {
    let mut beginning = Beginning {
        kept: String::new(),
        length: 0,
    };
    // What is written to does not fail; what is written may, and then ends there.
    let _ = beginning.write_fmt(text);
    let Beginning { mut kept, length } = beginning;
    if length > kept.len() {
        let _ = write!(kept, "… ({length} bytes)");
    }
    kept
}

struct Beginning {
    kept: String,
    length: usize,
}

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Once something was left out, nothing more is kept.
        if self.kept.len() == self.length {
            let mut room = text.len().min(MAX_BYTES - self.kept.len());
            while !text.is_char_boundary(room) {
                room -= 1;
            }
            self.kept.push_str(&text[..room]);
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
            shown => line.push(shown),
        }
    }
}

/// What ends a line, moves a cursor, or turns the direction of what follows.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ends a line in every way, colours, clears, rings, and writes backwards.
    const VILE: &str =
        "a\r\nb\n\u{1b}[31mred\u{1b}[2J\u{7}\u{9b}31m\u{85}\u{2028}\u{202e}end\u{0}\u{7f}";

    fn lines(message: &str) -> [String; 2] {
        let record = |arguments: fmt::Arguments<'_>| {
            let mut record = Record::builder();
            record.level(Level::Warn).target("vitrina::test");
            let members = [("field", message)];
            let line = Line::of(&record.key_values(&members).args(arguments).build());
            [line.text(Style::new()), line.json()]
        };
        record(format_args!("said {message} here"))
    }

    #[test]
    fn whatever_is_said_is_one_line_of_plain_text() {
        let [text, json] = lines(VILE);
        for line in [&text, &json] {
            assert!(!line.contains(is_hidden), "{line:?}");
            assert!(line.contains("end"), "{line}");
        }
        assert!(text.contains(r"said a\r\nb\n\u{1b}[31mred"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["message"], format!("said {VILE} here"));
        assert_eq!(json["field"], VILE);
        assert_eq!(json["level"], "warn");
    }

    #[test]
    fn a_long_text_is_clipped_and_says_so() {
        let long = "ñ\n".repeat(400_000);
        for line in lines(&long) {
            assert!(line.len() < 4 * MAX_BYTES, "{}", line.len());
            assert!(line.contains("… (1200000 bytes)"), "{line}");
            assert!(!line.contains('\n'));
        }
    }

    #[test]
    fn a_member_cannot_take_the_place_of_another() {
        let mut record = Record::builder();
        let members = [("message", "forged"), ("level", "forged")];
        record.key_values(&members).args(format_args!("true"));
        let json = Line::of(&record.build()).json();
        assert!(!json.contains("forged"), "{json}");
    }
}
