//! The order of the house: who may use whom, how long a file may be, which words have no place.
//!
//! Every rule reads the tree and names each file and line that breaks it.

#[path = "tidy/fluent.rs"]
mod fluent;
#[path = "tidy/source.rs"]
mod source;

use std::collections::BTreeSet;

use source::{Source, has_word, program, tests, texts};

/// The rooms of `src`, each with those that it may use. A new room is entered here first.
const ROOMS: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("metrics", &[]),
    ("text", &["domain"]),
    ("store", &["domain", "metrics"]),
    ("images", &["domain", "metrics"]),
    ("protocol", &["domain", "text"]),
    ("realtime", &["domain", "metrics", "protocol", "text"]),
    ("exchange", &["domain", "protocol"]),
    (
        "shop",
        &[
            "domain", "exchange", "images", "metrics", "protocol", "realtime", "store", "text",
        ],
    ),
    (
        "config",
        &["domain", "images", "protocol", "realtime", "store", "text"],
    ),
    ("telemetry", &["config", "domain", "metrics"]),
    ("signals", &[]),
    ("probe", &[]),
    ("demo", &["domain", "images", "shop", "store", "text"]),
    (
        "web",
        &[
            "config",
            "domain",
            "exchange",
            "images",
            "metrics",
            "protocol",
            "realtime",
            "shop",
            "store",
            "telemetry",
            "text",
        ],
    ),
    (
        "app",
        &[
            "config",
            "demo",
            "domain",
            "images",
            "metrics",
            "protocol",
            "realtime",
            "shop",
            "store",
            "telemetry",
            "text",
            "web",
        ],
    ),
    ("banner", &["app", "config"]),
    (
        "commands",
        &[
            "config", "domain", "exchange", "images", "shop", "signals", "store",
        ],
    ),
];

/// The longest file, in lines.
const MAX_LINES: usize = 500;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "manager", "service"];

/// Fails with all that was found, a line each.
fn assert_none(rule: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<_> = found.into_iter().collect();
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Every line of these sources that has one of these words, and whose file may not have it.
fn words_out_of_place(words: &[&str], allowed: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in program().iter().filter(|source| !allowed(&source.path)) {
        for (number, line) in source.lines() {
            for word in words.iter().filter(|word| has_word(line, word)) {
                found.push(format!("{}:{number}: {word}", source.path));
            }
        }
    }
    found
}

/// Every line that has one of these pieces of code.
fn lines_with<'a>(
    source: &'a Source,
    lines: impl Iterator<Item = (usize, &'a str)>,
    pieces: &[&str],
) -> Vec<String> {
    let has = |line: &str| pieces.iter().find(|piece| line.contains(**piece)).copied();
    lines
        .filter_map(|(number, line)| Some((number, has(line)?)))
        .map(|(number, piece)| format!("{}:{number}: {piece}", source.path))
        .collect()
}

#[test]
fn every_room_is_known() {
    let sources = program();
    let rooms: BTreeSet<_> = sources.iter().filter_map(Source::room).collect();
    let unknown = rooms
        .into_iter()
        .filter(|room| ROOMS.iter().all(|(known, _)| known != room));
    assert_none(
        "say in ROOMS what a new module of src may use",
        unknown.map(|room| format!("src/{room}")),
    );
}

#[test]
fn every_room_uses_only_what_lies_below_it() {
    let mut found = Vec::new();
    for source in program() {
        let Some((room, below)) = ROOMS.iter().find(|(room, _)| source.room() == Some(room)) else {
            continue;
        };
        for (line, used) in source.used_rooms() {
            let known = ROOMS.iter().any(|(room, _)| *room == used);
            if known && used != *room && !below.contains(&used.as_str()) {
                found.push(format!("{}:{line}: {room} uses {used}", source.path));
            }
        }
    }
    assert_none("a module uses one that does not lie below it", found);
}

#[test]
fn drivers_stay_in_their_stores() {
    let sqlite = words_out_of_place(&["rusqlite"], |path| path.starts_with("src/store/sqlite"));
    let mongo = words_out_of_place(&["mongodb", "bson"], |path| {
        path.starts_with("src/store/mongo")
    });
    assert_none(
        "a driver is used outside of its store",
        sqlite.into_iter().chain(mongo),
    );
}

#[test]
fn the_metrics_library_stays_in_its_room() {
    let found = words_out_of_place(&["prometheus_client"], |path| {
        path.starts_with("src/metrics")
    });
    assert_none("the metrics library is used outside of its room", found);
}

#[test]
fn two_files_at_most_know_actix_web_actors() {
    let found = words_out_of_place(&["actix_web_actors"], |_| false);
    let files: BTreeSet<_> = found
        .iter()
        .filter_map(|place| place.split(':').next())
        .collect();
    assert!(files.len() <= 2, "actix_web_actors is named in {files:?}");
}

#[test]
fn actix_web_serves_in_web_app_and_sessions_alone() {
    let rooms = [
        "src/web",
        "src/app",
        "src/main.rs",
        "src/realtime/session",
        // The two ways out of a session, and what stands before it.
        "src/realtime/body.rs",
        "src/realtime/direct.rs",
        "src/realtime/guard",
    ];
    let found = words_out_of_place(&["actix_web", "actix_http"], |path| {
        rooms.iter().any(|room| path.starts_with(room))
    });
    assert_none(
        "actix_web is used outside of web, app and the session",
        found,
    );
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    let folders = ["src", "tests", "benches", "public", "views", "scripts"];
    let files = folders.into_iter().flat_map(texts);
    let own = files.filter(|file| file.name() != "package-lock.json");
    let long = own.filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", file.path))
    });
    assert_none("a file is too long", long);
}

#[test]
fn every_module_says_what_it_is() {
    let silent = program()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "));
    let found = silent.map(|source| format!("{}:1: no //! line", source.path));
    assert_none("a module does not open with its description", found);
}

#[test]
fn no_module_has_an_empty_name() {
    let mut found = Vec::new();
    for source in program() {
        let names = source.module();
        if let Some(name) = names.iter().find(|name| EMPTY_NAMES.contains(name)) {
            found.push(format!("{}: {name}", source.path));
        }
        let declared = |line: &str, name: &&&str| has_word(line, &format!("mod {name}"));
        for (number, line) in source.lines() {
            if let Some(name) = EMPTY_NAMES.iter().find(|name| declared(line, name)) {
                found.push(format!("{}:{number}: mod {name}", source.path));
            }
        }
    }
    assert_none("a name says nothing of what is inside", found);
}

#[test]
fn nothing_is_printed_or_left_undone() {
    let words = ["println!", "print!", "dbg!", "todo!", "unimplemented!"];
    let found = words_out_of_place(&words, |_| false);
    // What stops the start is told on stderr.
    let told = words_out_of_place(&["eprintln!", "eprint!"], |path| path == "src/main.rs");
    assert_none(
        "a source prints or is unfinished",
        found.into_iter().chain(told),
    );
}

#[test]
fn nothing_is_unwrapped_outside_of_tests() {
    let sources = program();
    let found = sources.iter().flat_map(|source| {
        lines_with(
            source,
            source.lines_for_tests(false),
            &[".unwrap()", ".unwrap_err()"],
        )
    });
    assert_none(
        "say with `expect` why it cannot fail, or return the error",
        found,
    );
}

#[test]
fn no_test_sleeps() {
    let sources: Vec<_> = program().into_iter().chain(tests()).collect();
    let rust = sources.iter().flat_map(|source| {
        lines_with(
            source,
            source.lines_for_tests(true),
            &["sleep(", "sleep_until("],
        )
    });
    let scripts = texts("tests")
        .into_iter()
        .filter(|file| file.is(&[".js", ".mjs", ".py", ".sh"]));
    let browser = scripts.flat_map(|file| {
        let sleeps = ["waitForTimeout(", "sleep("];
        let lines = (1..).zip(file.text.lines());
        let found = lines.filter(|(_, line)| sleeps.iter().any(|sleep| line.contains(sleep)));
        let place = |(number, line): (i32, &str)| format!("{}:{number}: {line}", file.path);
        found.map(place).collect::<Vec<_>>()
    });
    let found: Vec<_> = rust.chain(browser).collect();
    assert_none("await a frame, a reply or a health answer", found);
}

#[test]
fn no_test_is_ignored() {
    let sources: Vec<_> = program().into_iter().chain(tests()).collect();
    let found = sources
        .iter()
        .flat_map(|source| lines_with(source, source.lines(), &["#[ignore", "ignore)]"]));
    assert_none("a test is ignored", found);
}

#[test]
fn both_languages_say_the_same() {
    let english = fluent::Language::read("locales/en");
    let spanish = fluent::Language::read("locales/es");
    let twice = english.said_twice().chain(spanish.said_twice());
    let found: Vec<_> = twice
        .chain(english.not_said_by(&spanish))
        .chain(spanish.not_said_by(&english))
        .chain(english.told_otherwise_by(&spanish))
        .collect();
    assert_none("the languages differ", found);
}

#[test]
fn pages_ask_no_other_host() {
    let mut found = Vec::new();
    for file in ["views", "public"].into_iter().flat_map(texts) {
        for (number, line) in (1..).zip(file.text.lines()) {
            // The name of SVG's namespace is never fetched.
            let line = line
                .replace("http://www.w3.org/2000/svg", "")
                .to_lowercase();
            let outside = [
                "http://",
                "https://",
                "src=\"//",
                "href=\"//",
                "url(//",
                "import '//",
            ];
            if let Some(start) = outside.iter().find(|start| line.contains(**start)) {
                found.push(format!("{}:{number}: {start}", file.path));
            }
        }
    }
    assert_none("a page names another host", found);
}
