//! The messages of a language, read as far as two languages can be compared.

use std::collections::{BTreeMap, BTreeSet};

use super::source::texts;

/// Where a message stands and which variables it shows.
struct Message {
    place: String,
    variables: BTreeSet<String>,
}

/// The messages of one language by their ids; an attribute's id is `message.attribute`.
pub(crate) struct Language {
    folder: &'static str,
    messages: BTreeMap<String, Message>,
    twice: Vec<String>,
}

impl Language {
    /// Reads all `.ftl` files of a folder.
    pub(crate) fn read(folder: &'static str) -> Self {
        let mut language = Self {
            folder,
            messages: BTreeMap::new(),
            twice: Vec::new(),
        };
        for file in texts(folder).into_iter().filter(|file| file.is(&[".ftl"])) {
            language.read_file(&file.path, &file.text);
        }
        language
    }

    fn read_file(&mut self, path: &str, text: &str) {
        let (mut message, mut current) = (String::new(), String::new());
        for (number, line) in (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.starts_with('#'))
        {
            let place = format!("{path}:{number}");
            if let Some(id) = defined(line) {
                message = id.to_owned();
                current = message.clone();
                self.define(&current, &place);
            } else if let Some(attribute) = attribute(line) {
                current = format!("{message}.{attribute}");
                self.define(&current, &place);
            }
            if let Some(known) = self.messages.get_mut(&current) {
                known.variables.extend(variables(line));
            }
        }
    }

    fn define(&mut self, id: &str, place: &str) {
        let message = Message {
            place: place.to_owned(),
            variables: BTreeSet::new(),
        };
        if self.messages.insert(id.to_owned(), message).is_some() {
            self.twice.push(format!("{place}: {id} stands twice"));
        }
    }

    /// Ids that two messages have.
    pub(crate) fn said_twice(&self) -> impl Iterator<Item = String> {
        self.twice.iter().cloned()
    }

    /// Messages that another language lacks.
    pub(crate) fn not_said_by(&self, other: &Self) -> impl Iterator<Item = String> {
        let missing = self
            .messages
            .iter()
            .filter(|(id, _)| !other.messages.contains_key(*id));
        missing.map(|(id, message)| format!("{}: {id} is not in {}", message.place, other.folder))
    }

    /// Messages that show other variables in another language.
    pub(crate) fn told_otherwise_by(&self, other: &Self) -> impl Iterator<Item = String> {
        self.messages.iter().filter_map(|(id, message)| {
            let twin = other.messages.get(id)?;
            let (ours, theirs) = (&message.variables, &twin.variables);
            let differs = || format!("{}: {id} has {ours:?}, not {theirs:?}", twin.place);
            (ours != theirs).then(differs)
        })
    }
}

/// The id that a line begins: at its start, before a `=`. Terms begin with a hyphen.
fn defined(line: &str) -> Option<&str> {
    let (id, _) = line.split_once('=')?;
    is_name(id.trim_end().trim_start_matches('-')).then(|| id.trim_end())
}

/// The attribute that an indented line begins.
fn attribute(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix('.')?.split_once('=')?;
    is_name(name.trim_end()).then(|| name.trim_end())
}

fn is_name(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(part)
}

/// The variables that a line shows.
fn variables(line: &str) -> impl Iterator<Item = String> {
    let name = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    line.split('$')
        .skip(1)
        .map(name)
        .filter(|name| !name.is_empty())
}
