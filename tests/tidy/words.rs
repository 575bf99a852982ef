//! One word for each thing: words of the former vocabulary, with those to use instead.
//!
//! Checked are identifiers, split at `_` and capitals, comments, string literals and file names of
//! the program, the page scripts, the templates and the English messages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::assert_none;
use super::source::{Source, TextFile, program, text_files};

/// Where a word is forbidden.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Anywhere,
    /// Only in names of Rust types: elsewhere it is a usual word.
    Type,
}

use Scope::{Anywhere, Type};

/// Forbidden words or phrases, separated by `|`; what to use; where.
const FORBIDDEN: &[(&str, &str, Scope)] = &[
    (
        "told|tell|tells|telling|untold",
        "notify, send, report, return, acknowledged",
        Anywhere,
    ),
    ("hear|hears|heard", "receive, on_…", Anywhere),
    ("anew", "again, re…, recover", Anywhere),
    ("say|says|said|saying", "send, report, contain", Anywhere),
    ("whoever|whom", "anyone who; name the client", Anywhere),
    ("goodbye|farewell|farewells", "close frame", Anywhere),
    ("mend|mends|mended|mending", "fix, repair", Anywhere),
    ("door|doors|doomed", "handle, tx, login; closing", Anywhere),
    ("keeper", "guard, holder", Anywhere),
    ("keeps", "held deltas", Type),
    ("stirred|took", "activity, progress", Anywhere),
    ("lapsed|spared", "lagged, conflated", Anywhere),
    ("unhurried|breathe|breather", "yield, pause", Anywhere),
    ("talk", "session handler", Type),
    ("entrance|entrances", "catch-up", Anywhere),
    ("pulse|beat|beats", "heartbeat, touch", Anywhere),
    ("supply|due", "replica offset, pending", Type),
    ("noun|nouns|fact|facts", "resource, change kind", Anywhere),
    ("concern", "affected", Type),
    ("news", "update", Anywhere),
    ("outbox", "subscription", Type),
    ("verdict", "guard state", Anywhere),
    ("desk", "committer", Anywhere),
    ("alone", "only; locks", Anywhere),
    ("fresh", "new ids", Type),
    ("turn|turns|lane|lanes", "lock, stripe", Type),
    (
        "setback|unfit|fate",
        "replay error, invalid, disposition",
        Anywhere,
    ),
    ("past", "replay", Type),
    ("bury|buried", "write tombstone", Anywhere),
    ("takeoff|landing|landed", "leader, result", Anywhere),
    ("board", "join", Type),
    (
        "suspect|settle|settles|settled|unsettled",
        "mark, resolve, pending",
        Anywhere,
    ),
    ("wish|wishes", "request, filter", Anywhere),
    ("wanted", "request", Type),
    ("at home", "with directory", Anywhere),
    ("texts|a text", "strings, a string", Anywhere),
    ("goods|pieces", "products, units", Anywhere),
    (
        "house|houses|room|rooms|walk|walks",
        "module; life of",
        Anywhere,
    ),
    ("stranger|strangers", "unauthenticated clients", Anywhere),
    (
        "clash|clashes|mould|slip|slips",
        "conflict, template, mistake",
        Anywhere,
    ),
    (
        "paint|paints|draw|draws|drawn",
        "render, generate",
        Anywhere,
    ),
    ("is no|are no", "is not a", Anywhere),
    (
        "stands|lies|goes by|go by",
        "is, is at, depends on",
        Anywhere,
    ),
    ("numbering|soundness", "backfill, validation", Anywhere),
    ("siege|muster", "mixed attack, barrier", Anywhere),
];

/// Keywords before the name of a type.
const TYPES: &[&str] = &["struct", "enum", "trait", "type"];

/// Names of types that are one participle.
const PARTICIPLES: &[&str] = &["Told", "Kept", "Asked", "Noted", "Said", "Heard", "Meant"];

/// Words that begin no sentence of help, log, API or documentation.
const RIDDLES: &[&str] = &["What", "Who", "Whoever"];

/// Where a forbidden word is right: in a line or a path with a context, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("lapsed", "readers_lapsed", "the name of a metric"),
    (
        "pulse|beat",
        "src/store/sqlite/",
        "a table of shipped data files",
    ),
    ("room|rooms", "ChatRoom", "the chat room"),
    ("room|rooms", "chat_room", "the chat room"),
    ("room|rooms", "chat room", "the chat room"),
    ("room|rooms", "room for", "usual English"),
    ("room|rooms", "has_room", "usual English"),
    (
        "walk|walks",
        "src/store/",
        "`ProductWalk` walks all products",
    ),
    (
        "walk|walks",
        "src/shop/",
        "`ProductWalk` walks all products",
    ),
    (
        "walk|walks",
        "src/commands/export.rs",
        "`ProductWalk` walks all products",
    ),
    ("outbox", "ChatOutbox", "an outbox in the usual sense"),
    ("is no", "there is no", "usual English"),
    ("is no|are no", "no longer", "usual English"),
    ("a text", "a text frame", "a kind of WebSocket message"),
    ("a text", "a text message", "a kind of WebSocket message"),
    ("a text", "text-decoration", "a property of CSS"),
    ("say|says", "locales/en/", "people say, also on pages"),
    ("say|says", "retry-after", "a header says"),
    (
        "tell|hear",
        "src/api/openapi/sockets.rs",
        "operations of the served AsyncAPI document",
    ),
    ("lapsed", "src/api/stats.rs", "a member of a served answer"),
    ("took", "errmsg", "the server's own words"),
];

/// The longest line of prose.
const MAX_COLUMNS: usize = 100;

/// The words of an identifier or a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let begins = c.is_uppercase() && !before.is_uppercase();
        if begins || !c.is_alphabetic() {
            words.push(String::new());
        }
        if c.is_alphabetic() {
            words
                .last_mut()
                .expect("one at least")
                .extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_exception(word: &str, path: &str, line: &str) -> bool {
    let line = line.to_lowercase();
    EXCEPTIONS.iter().any(|(words, context, _)| {
        words.split('|').any(|known| known == word)
            && (path.contains(context) || line.contains(&context.to_lowercase()))
    })
}

/// A forbidden phrase.
struct Phrase {
    words: Vec<&'static str>,
    text: &'static str,
    instead: &'static str,
    scope: Scope,
}

/// The phrases by their first word.
static PHRASES: LazyLock<BTreeMap<&str, Vec<Phrase>>> = LazyLock::new(|| {
    let mut phrases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (forbidden, instead, scope) in FORBIDDEN {
        for text in forbidden.split('|') {
            let words: Vec<_> = text.split(' ').collect();
            phrases.entry(words[0]).or_default().push(Phrase {
                words,
                text,
                instead,
                scope: *scope,
            });
        }
    }
    phrases
});

fn starts_with(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, known)| word == known)
}

/// The forbidden words of a line, or of a type's name in it.
fn hits(path: &str, number: usize, text: &str, line: &str, is_type: bool) -> Vec<String> {
    let words = words(text);
    let mut found = Vec::new();
    for at in 0..words.len() {
        let phrases = PHRASES.get(words[at].as_str()).into_iter().flatten();
        for phrase in phrases.filter(|phrase| is_type == (phrase.scope == Type)) {
            let Phrase { text, instead, .. } = phrase;
            if starts_with(&words[at..], &phrase.words) && !is_exception(text, path, line) {
                found.push(format!("{path}:{number}: {text} -> {instead}"));
            }
        }
    }
    found
}

/// The hits of all lines of a text.
fn line_hits(path: &str, text: &str) -> Vec<String> {
    let lines = (1..).zip(text.lines());
    lines
        .flat_map(|(number, line)| hits(path, number, line, line, false))
        .collect()
}

fn of_source(source: &Source) -> Vec<String> {
    let mut found = hits(&source.path, 1, &source.path, "", false);
    found.extend(line_hits(&source.path, &source.code));
    found.extend(line_hits(&source.path, &source.prose()));
    let tokens = source.tokens();
    let types = tokens.windows(2).filter(|pair| TYPES.contains(&pair[0].1));
    for (number, name) in types.map(|pair| pair[1]) {
        found.extend(hits(&source.path, number, name, name, true));
        if PARTICIPLES.contains(&name) {
            found.push(format!("{}:{number}: {name} -> a noun", source.path));
        }
    }
    found
}

/// Sentences that begin with a relative clause instead of their subject.
fn riddles(source: &Source) -> Vec<String> {
    let prose = source.prose();
    let begins = |line: &str| {
        let sentence = line.trim_start().trim_start_matches(['/', '!', '"', ' ']);
        let first = sentence.split([' ', '’', '\'']).next().unwrap_or_default();
        RIDDLES.contains(&first) && sentence.len() > first.len()
    };
    let is_sentence = |line: &str| {
        let line = line.trim_start();
        ["///", "//!", "\""]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    let lines = (1..).zip(prose.lines());
    lines
        .filter(|(_, line)| is_sentence(line) && begins(line))
        .map(|(number, _)| format!("{}:{number}: begin with the subject", source.path))
        .collect()
}

fn scripts() -> Vec<TextFile> {
    let files = ["public", "views", "locales/en"]
        .into_iter()
        .flat_map(text_files);
    files
        .filter(|file| file.is(&[".js", ".css", ".hbs", ".ftl"]))
        .collect()
}

#[test]
fn former_words_are_gone() {
    let sources = program();
    let found = sources
        .iter()
        .flat_map(|source| of_source(source).into_iter().chain(riddles(source)));
    let scripts = scripts();
    let scripts = scripts.iter().flat_map(|file| {
        let mut found = hits(&file.path, 1, &file.path, "", false);
        found.extend(line_hits(&file.path, &file.text));
        found
    });
    let found: Vec<_> = found.chain(scripts).collect();
    assert_none("use the usual word", found);
}

#[test]
fn comments_are_wrapped() {
    let sources = program().into_iter().chain(super::source::tests());
    let found: Vec<_> = sources
        .flat_map(|source| {
            let lines = (1..).zip(source.text.lines());
            let long = lines.filter(|(_, line)| {
                line.trim_start().starts_with("//") && line.chars().count() > MAX_COLUMNS
            });
            let places = long.map(|(number, _)| format!("{}:{number}", source.path));
            places.collect::<Vec<_>>()
        })
        .collect();
    assert_none("wrap comments at 100 columns", found);
}
