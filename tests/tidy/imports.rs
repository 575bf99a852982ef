//! Which modules a source uses, and circles among modules.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// The names of a path from the crate's root.
type Path = Vec<String>;

/// The module tree of the program, and which modules its sources use.
pub(crate) struct Tree {
    modules: BTreeSet<Path>,
    /// For each module the names that it imports or re-exports, with the paths that they stand for.
    names: BTreeMap<Path, BTreeMap<String, Path>>,
    uses: Vec<Use>,
}

/// A line that uses an item of another module, outside of tests.
struct Use {
    from: Path,
    to: Path,
    place: String,
}

/// That one child of a folder uses another, with a line where it does.
pub(crate) struct Edge {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) place: String,
}

impl Tree {
    pub(crate) fn of(sources: &[Source]) -> Self {
        let mut modules = BTreeSet::new();
        for source in sources {
            let path = owned(&source.module());
            // Folders without a `mod.rs` of their own count too.
            (0..=path.len()).for_each(|end| {
                modules.insert(path[..end].to_vec());
            });
        }
        let mut tree = Self {
            modules,
            names: BTreeMap::new(),
            uses: Vec::new(),
        };
        let used: Vec<_> = sources.iter().map(|source| tree.used_by(source)).collect();
        for (source, paths) in sources.iter().zip(&used) {
            let names = paths.iter().filter_map(|(_, path)| {
                let name = path.last()?.clone();
                Some((name, path.clone()))
            });
            tree.names.insert(owned(&source.module()), names.collect());
        }
        for (source, paths) in sources.iter().zip(&used) {
            let uses: Vec<_> = paths
                .iter()
                .map(|(line, path)| Use {
                    from: owned(&source.module()),
                    to: tree.resolve(path),
                    place: format!("{}:{line}", source.path),
                })
                .collect();
            tree.uses.extend(uses);
        }
        tree
    }

    /// The modules that have children, the crate's root included.
    pub(crate) fn folders(&self) -> BTreeSet<&[String]> {
        let parents = self.modules.iter().filter_map(|path| path.split_last());
        parents.map(|(_, parent)| parent).collect()
    }

    /// The edges between the direct children of a folder.
    pub(crate) fn edges(&self, folder: &[String]) -> Vec<Edge> {
        let child = |path: &Path| {
            let is_inside = path.starts_with(folder);
            path.get(folder.len()).filter(|_| is_inside).cloned()
        };
        let edges = self.uses.iter().filter_map(|used| {
            Some(Edge {
                from: child(&used.from)?,
                to: child(&used.to)?,
                place: used.place.clone(),
            })
        });
        edges.filter(|edge| edge.from != edge.to).collect()
    }

    /// The paths that a source uses outside of tests, with their lines.
    fn used_by(&self, source: &Source) -> Vec<(usize, Path)> {
        let module = owned(&source.module());
        let is_child = |name: &str| {
            let mut child = module.clone();
            child.push(name.to_owned());
            self.modules.contains(&child)
        };
        let mut paths = used_paths(source, is_child);
        paths.retain(|(line, _)| !source.is_test_line(*line));
        paths
    }

    /// The module of the item that a path names, through re-exports.
    fn resolve(&self, path: &[String]) -> Path {
        let mut module = Path::new();
        let mut rest: Path = path.to_vec();
        // A re-export leads to a longer path, so this ends; the bound is for a broken tree.
        for _ in 0..32 {
            let Some(next) = rest.first().cloned() else {
                break;
            };
            let mut child = module.clone();
            child.push(next.clone());
            if self.modules.contains(&child) {
                module = child;
                rest.remove(0);
            } else if let Some(target) = self.names.get(&module).and_then(|names| names.get(&next))
                && has_longer_prefix(target, &module)
            {
                rest.splice(0..1, target[module.len()..].iter().cloned());
            } else {
                break;
            }
        }
        module
    }
}

fn owned(names: &[&str]) -> Path {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn has_longer_prefix(path: &[String], prefix: &[String]) -> bool {
    path.len() > prefix.len() + 1 && path.starts_with(prefix)
}

/// The paths that begin with `crate`, `self` or `super`, and those of `use` that begin with a child
/// module; from the crate's root, with their lines.
fn used_paths(source: &Source, is_child: impl Fn(&str) -> bool) -> Vec<(usize, Path)> {
    let tokens = source.tokens();
    let mut module = owned(&source.module());
    let (mut used, mut depth, mut inline) = (Vec::new(), 0_usize, Vec::new());
    let token = |at: usize| tokens.get(at).map_or("", |(_, token)| *token);
    for at in 0..tokens.len() {
        let begins = at == 0 || token(at - 1) != "::";
        match token(at) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
            }
            "mod" if token(at + 2) == "{" => {
                inline.push(depth);
                module.push(token(at + 1).to_owned());
            }
            "crate" if token(at + 1) == "::" => used.extend(expand(&tokens[at + 2..], &[])),
            "self" if begins && token(at + 1) == "::" => {
                used.extend(expand(&tokens[at + 2..], &module));
            }
            "super" if begins && token(at + 1) == "::" => {
                let ups = (0..).take_while(|n| token(at + 2 * n) == "super").count();
                let base = &module[..module.len().saturating_sub(ups)];
                let rest = (at + 2 * ups).min(tokens.len());
                used.extend(expand(&tokens[rest..], base));
            }
            name if at > 0 && token(at - 1) == "use" && is_child(name) => {
                used.extend(expand(&tokens[at..], &module));
            }
            _ => {}
        }
    }
    used
}

/// The paths that begin here, groups in braces included.
fn expand(tokens: &[(usize, &str)], base: &[String]) -> Vec<(usize, Path)> {
    let mut path = base.to_vec();
    let mut at = 0;
    while let Some((line, token)) = tokens.get(at) {
        match *token {
            "{" => return group(&tokens[at + 1..], &path),
            name if is_name(name) => path.push(name.to_owned()),
            _ => return vec![(*line, path)],
        }
        if tokens.get(at + 1).map(|(_, token)| *token) != Some("::") {
            return vec![(*line, path)];
        }
        at += 2;
    }
    Vec::new()
}

fn group(tokens: &[(usize, &str)], base: &[String]) -> Vec<(usize, Path)> {
    let (mut found, mut depth) = (Vec::new(), 0);
    for (at, (_, token)) in tokens.iter().enumerate() {
        let begins = depth == 0 && (at == 0 || tokens[at - 1].1 == ",");
        match *token {
            "self" if begins => found.push((tokens[at].0, base.to_vec())),
            name if begins && is_name(name) => found.extend(expand(&tokens[at..], base)),
            "{" => depth += 1,
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            _ => {}
        }
    }
    found
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The edges that are part of a circle.
pub(crate) fn circular(edges: Vec<Edge>) -> Vec<Edge> {
    let mut reached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for edge in &edges {
        let to = edge.to.clone();
        reached.entry(edge.from.clone()).or_default().insert(to);
    }
    loop {
        let before = reached.clone();
        for names in reached.values_mut() {
            let further = names.iter().filter_map(|name| before.get(name)).flatten();
            let further: Vec<_> = further.cloned().collect();
            names.extend(further);
        }
        if before == reached {
            break;
        }
    }
    let leads_back = |edge: &Edge| {
        let further = reached.get(&edge.to);
        further.is_some_and(|names| names.contains(&edge.from))
    };
    edges.into_iter().filter(leads_back).collect()
}
