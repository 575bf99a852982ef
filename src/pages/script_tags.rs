//! The tags of a page's script, with preloads of all modules that it imports.
//!
//! A browser finds an import only when it has read the importing module. With the six parallel
//! requests of HTTP/1.1 the innermost module would wait for every image of the page.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::checkout;
use crate::http::assets;

static TAGS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let modules = assets::names().filter(|name| name.ends_with(".js"));
    modules.map(|name| (name.clone(), tags(&name))).collect()
});

/// The tags for a module; `None` if it does not exist.
pub(super) fn of(name: &str) -> Option<Cow<'static, str>> {
    if checkout::is_enabled() {
        return assets::exists(name).then(|| tags(name).into());
    }
    TAGS.get(name).map(|tags| tags.as_str().into())
}

fn tags(entry: &str) -> String {
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

/// All direct and indirect imports of a module, without itself.
fn imported_by(entry: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![entry.to_owned()];
    while let Some(name) = pending.pop() {
        let source = assets::text(&name).unwrap_or_default();
        for import in imports(&source) {
            if import != entry && found.insert(import.to_owned()) {
                pending.push(import.to_owned());
            }
        }
    }
    found
}

/// The names in `import … from './name';`, one per line. A test checks that every import has this
/// form.
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
    fn indirect_imports_are_found() {
        let found = imported_by("cart.js");
        for name in ["cart-live.js", "live.js", "i18n.js"] {
            assert!(found.contains(name), "{name} in {found:?}");
        }
        assert!(!found.contains("cart.js"));
    }

    #[test]
    fn every_import_exists_and_has_the_known_form() {
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
