//! Rules of the source tree: directions of dependency, sizes of files, words.
//!
//! Every rule reads the tree and lists each file and line that breaks it.

#[path = "tidy/fluent.rs"]
mod fluent;
#[path = "tidy/imports.rs"]
mod imports;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

use std::collections::BTreeSet;

use source::{Source, has_word, program, tests, text_files};

const MAX_LINES: usize = 500;

/// Names that do not describe a module's contents.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "helpers", "common", "manager", "service"];

/// Fails with everything that was found, one per line.
fn assert_none(rule: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<_> = found.into_iter().collect();
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

/// Every line of the program with one of these words, except in allowed files.
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

/// Every line with one of these snippets of code.
fn lines_with<'a>(
    source: &'a Source,
    lines: impl Iterator<Item = (usize, &'a str)>,
    snippets: &[&str],
) -> Vec<String> {
    let has = |line: &str| {
        snippets
            .iter()
            .find(|snippet| line.contains(**snippet))
            .copied()
    };
    lines
        .filter_map(|(number, line)| Some((number, has(line)?)))
        .map(|(number, snippet)| format!("{}:{number}: {snippet}", source.path))
        .collect()
}

#[test]
fn database_drivers_are_used_only_in_their_stores() {
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
fn the_metrics_library_is_used_only_in_metrics() {
    let found = words_out_of_place(&["prometheus_client"], |path| {
        path.starts_with("src/metrics")
    });
    assert_none("the metrics library is used outside of metrics", found);
}

#[test]
fn at_most_two_files_use_actix_web_actors() {
    let found = words_out_of_place(&["actix_web_actors"], |_| false);
    let files: BTreeSet<_> = found
        .iter()
        .filter_map(|place| place.split(':').next())
        .collect();
    assert!(files.len() <= 2, "actix_web_actors is named in {files:?}");
}

#[test]
fn actix_web_is_used_only_where_http_is_spoken() {
    let modules = [
        "src/http",
        "src/api",
        "src/pages",
        "src/app",
        "src/main.rs",
        "src/realtime/session",
        "src/realtime/sink",
    ];
    let found = words_out_of_place(&["actix_web", "actix_http"], |path| {
        modules.iter().any(|module| path.starts_with(module))
    });
    assert_none(
        "actix_web is used outside of http, api, pages, app and the sessions",
        found,
    );
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    let folders = [
        "src", "tests", "benches", "tools", "public", "views", "scripts",
    ];
    let files = folders.into_iter().flat_map(text_files);
    let own = files.filter(|file| file.name() != "package-lock.json");
    let long = own.filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", file.path))
    });
    assert_none("a file is too long", long);
}

#[test]
fn every_module_has_a_description() {
    let without = program()
        .into_iter()
        .filter(|source| !source.text.starts_with("//! "));
    let found = without.map(|source| format!("{}:1: no //! line", source.path));
    assert_none("a module does not begin with a description", found);
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
    assert_none("a name does not describe the contents", found);
}

#[test]
fn nothing_is_printed_or_left_undone() {
    let words = ["println!", "print!", "dbg!", "todo!", "unimplemented!"];
    let found = words_out_of_place(&words, |_| false);
    // A failed start is reported on stderr.
    let on_stderr = words_out_of_place(&["eprintln!", "eprint!"], |path| path == "src/main.rs");
    assert_none(
        "a source prints or is unfinished",
        found.into_iter().chain(on_stderr),
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
        "explain with `expect` why it cannot fail, or return the error",
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
    let scripts = text_files("tests")
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
fn both_languages_have_the_same_messages() {
    let english = fluent::Language::read("locales/en");
    let spanish = fluent::Language::read("locales/es");
    let duplicates = english.duplicates().chain(spanish.duplicates());
    let found: Vec<_> = duplicates
        .chain(english.missing_in(&spanish))
        .chain(spanish.missing_in(&english))
        .chain(english.different_in(&spanish))
        .collect();
    assert_none("the languages differ", found);
}

#[test]
fn pages_load_nothing_from_other_hosts() {
    let mut found = Vec::new();
    for file in ["views", "public"].into_iter().flat_map(text_files) {
        for (number, line) in (1..).zip(file.text.lines()) {
            // The URL of the SVG namespace is never fetched.
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
