//! Directions of dependency: which modules may use which, and no circles.

use std::collections::BTreeSet;

use super::assert_none;
use super::imports::{Edge, Tree, circular};
use super::source::{Source, program};

/// The top-level modules, each with those that it may use. A new module is added here first.
const MODULES: &[(&str, &[&str])] = &[
    ("checkout", &[]),
    ("domain", &[]),
    ("metrics", &[]),
    ("i18n", &["checkout", "domain"]),
    ("store", &["domain", "metrics"]),
    ("images", &["domain", "metrics"]),
    ("protocol", &["domain", "i18n"]),
    ("catalogue", &["domain", "protocol"]),
    (
        "realtime",
        &["catalogue", "domain", "i18n", "metrics", "protocol"],
    ),
    ("exchange", &["domain", "protocol"]),
    (
        "shop",
        &[
            "catalogue",
            "domain",
            "exchange",
            "i18n",
            "images",
            "metrics",
            "protocol",
            "realtime",
            "store",
        ],
    ),
    (
        "config",
        &["domain", "i18n", "images", "protocol", "realtime", "store"],
    ),
    ("telemetry", &["config", "domain", "metrics"]),
    (
        "http",
        &[
            "catalogue",
            "checkout",
            "domain",
            "i18n",
            "images",
            "metrics",
            "protocol",
            "realtime",
            "shop",
            "store",
            "telemetry",
        ],
    ),
    (
        "api",
        &[
            "domain", "exchange", "http", "images", "metrics", "protocol", "realtime", "shop",
            "store",
        ],
    ),
    (
        "pages",
        &[
            "api", "checkout", "domain", "http", "i18n", "images", "protocol", "shop", "store",
        ],
    ),
    (
        "app",
        &[
            "api",
            "catalogue",
            "checkout",
            "config",
            "domain",
            "http",
            "i18n",
            "images",
            "metrics",
            "pages",
            "protocol",
            "realtime",
            "shop",
            "store",
            "telemetry",
        ],
    ),
    (
        "commands",
        &[
            "app", "config", "domain", "exchange", "images", "shop", "store",
        ],
    ),
];

/// Folders whose direct children still use each other in a circle.
const CIRCULAR: &[&str] = &[];

#[test]
fn every_module_is_listed() {
    let sources = program();
    let modules: BTreeSet<_> = sources.iter().filter_map(Source::top_module).collect();
    let unknown = modules
        .into_iter()
        .filter(|module| MODULES.iter().all(|(known, _)| known != module));
    assert_none(
        "add a new module of src to MODULES",
        unknown.map(|module| format!("src/{module}")),
    );
}

#[test]
fn modules_use_only_those_below_them() {
    let sources = program();
    let tree = Tree::of(&sources);
    let mut found = Vec::new();
    for edge in tree.edges(&[]) {
        let Some((_, below)) = MODULES.iter().find(|(module, _)| *module == edge.from) else {
            continue;
        };
        if !below.contains(&edge.to.as_str()) {
            found.push(format!("{}: {} uses {}", edge.place, edge.from, edge.to));
        }
    }
    assert_none("a module uses one that is not below it", found);
}

/// The reference page is the only page that uses the API, for its documents.
#[test]
fn pages_use_only_the_documents_of_the_api() {
    let found = program()
        .into_iter()
        .filter(|source| source.top_module() == Some("pages") && source.path != "src/pages/docs.rs")
        .flat_map(|source| {
            let lines = source
                .lines()
                .filter(|(_, line)| line.contains("crate::api"));
            let places = lines.map(|(number, _)| format!("{}:{number}", source.path));
            places.collect::<Vec<_>>()
        });
    assert_none("a page uses the API", found);
}

/// Of `src` itself and of every folder in it, the direct children use each other in one direction.
#[test]
fn no_modules_use_each_other_in_a_circle() {
    let sources = program();
    let tree = Tree::of(&sources);
    let mut found = Vec::new();
    for folder in tree.folders() {
        let path = folder.join("/");
        let circle = circular(tree.edges(folder));
        let is_exception = CIRCULAR.contains(&path.as_str());
        if is_exception && circle.is_empty() {
            found.push(format!(
                "src/{path}: no longer circular, remove it from CIRCULAR"
            ));
        }
        let line = |edge: Edge| {
            format!(
                "{}: in src/{path}, {} uses {}",
                edge.place, edge.from, edge.to
            )
        };
        found.extend(circle.into_iter().filter(|_| !is_exception).map(line));
    }
    assert_none("modules use each other in a circle", found);
}
