//! The messages of a language, parsed as far as is needed to compare two languages.

use std::collections::{BTreeMap, BTreeSet};

use super::source::text_files;

/// A message's place and variables.
struct Message {
    place: String,
    variables: BTreeSet<String>,
}

/// The messages of one language by their ids; an attribute's id is `message.attribute`.
pub(crate) struct Language {
    folder: &'static str,
    messages: BTreeMap<String, Message>,
    duplicates: Vec<String>,
}

impl Language {
    /// Reads all `.ftl` files of a folder.
    pub(crate) fn read(folder: &'static str) -> Self {
        let mut language = Self {
            folder,
            messages: BTreeMap::new(),
            duplicates: Vec::new(),
        };
        for file in text_files(folder)
            .into_iter()
            .filter(|file| file.is(&[".ftl"]))
        {
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
            self.duplicates.push(format!("{place}: duplicate {id}"));
        }
    }

    /// Ids of more than one message.
    pub(crate) fn duplicates(&self) -> impl Iterator<Item = String> {
        self.duplicates.iter().cloned()
    }

    /// Messages that another language does not have.
    pub(crate) fn missing_in(&self, other: &Self) -> impl Iterator<Item = String> {
        let missing = self
            .messages
            .iter()
            .filter(|(id, _)| !other.messages.contains_key(*id));
        missing.map(|(id, message)| format!("{}: {id} is not in {}", message.place, other.folder))
    }

    /// Messages with other variables in another language.
    pub(crate) fn different_in(&self, other: &Self) -> impl Iterator<Item = String> {
        self.messages.iter().filter_map(|(id, message)| {
            let twin = other.messages.get(id)?;
            let (ours, theirs) = (&message.variables, &twin.variables);
            let differs = || format!("{}: {id} has {ours:?}, not {theirs:?}", twin.place);
            (ours != theirs).then(differs)
        })
    }
}

/// The id of a message that begins in a line: before a `=`. Terms begin with a hyphen.
fn defined(line: &str) -> Option<&str> {
    let (id, _) = line.split_once('=')?;
    is_name(id.trim_end().trim_start_matches('-')).then(|| id.trim_end())
}

/// The attribute that begins in an indented line.
fn attribute(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix('.')?.split_once('=')?;
    is_name(name.trim_end()).then(|| name.trim_end())
}

fn is_name(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(part)
}

/// The variables in a line.
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
