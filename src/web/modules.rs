//! The tags of a page's script with all the modules that it comes to import.
//!
//! A browser finds an import when it has read the importing module. On HTTP/1.1, where it asks six
//! things at a time, the innermost module would wait behind every image of the page.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::assets;

static TAGS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let modules = assets::names().filter(|name| name.ends_with(".js"));
    modules.map(|name| (name.clone(), written(&name))).collect()
});

/// What to write into a page that runs this module; `None` when there is none of this name.
pub(super) fn tags(name: &str) -> Option<&'static str> {
    TAGS.get(name).map(String::as_str)
}

fn written(entry: &str) -> String {
    let preloads: String = imported_by(entry)
        .iter()
        .map(|name| {
            format!(
                "<link rel=\"modulepreload\" href=\"{}\">\n",
                assets::url(name)
            )
        })
        .collect();
    let entry = assets::url(entry);
    format!("{preloads}<script type=\"module\" src=\"{entry}\"></script>")
}

/// All that a module imports, also through others; not itself.
fn imported_by(entry: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut unread = vec![entry.to_owned()];
    while let Some(name) = unread.pop() {
        let source = assets::text(&name).unwrap_or_default();
        for import in imports(&source) {
            if import != entry && found.insert(import.to_owned()) {
                unread.push(import.to_owned());
            }
        }
    }
    found
}

/// The names in `import … from './name';`, one on a line: a test holds that no
/// import is written otherwise.
fn imports(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter_map(|line| line.strip_suffix("';")?.split_once(" from './"))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_comes_with_what_it_imports_and_what_that_imports() {
        let found = imported_by("cart.js");
        for name in ["cart-live.js", "live.js", "texts.js"] {
            assert!(found.contains(name), "{name} in {found:?}");
        }
        assert!(!found.contains("cart.js"));
    }

    #[test]
    fn what_is_imported_is_there_and_no_import_is_written_otherwise() {
        for name in assets::names().filter(|name| name.ends_with(".js")) {
            let source = assets::text(&name).unwrap();
            let named = source.matches(".js'").count();
            assert_eq!(imports(&source).count(), named, "in {name}");
            for import in imports(&source) {
                assert!(assets::exists(import), "{name} imports {import}");
            }
        }
    }
}
