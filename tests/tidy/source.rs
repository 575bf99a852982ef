//! Text files of the project, and Rust sources without their comments and literals.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Marks an item that exists only in tests.
const TEST_MARK: &str = "#[cfg(test)]";

/// A text file, with its path from the project's root.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether its name has one of these endings.
    pub(crate) fn is(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.name().ends_with(ending))
    }
}

/// All text files in a folder, without vendored ones; none if there is no such folder.
pub(crate) fn text_files(folder: &str) -> Vec<TextFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join(folder), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        let path = path.strip_prefix(root).ok()?.to_str()?.to_owned();
        Some(TextFile { path, text })
    };
    found.into_iter().filter_map(read).collect()
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    let name = path.file_name().and_then(|name| name.to_str());
    if name.is_some_and(|name| ["vendor", "node_modules"].contains(&name)) {
        return;
    }
    if path.is_file() {
        found.push(path.to_owned());
    } else if let Ok(entries) = fs::read_dir(path) {
        entries
            .flatten()
            .for_each(|entry| collect(&entry.path(), found));
    }
}

/// A Rust source.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with blanks in place of comments and literals: the lines are the same.
    pub(crate) code: String,
    /// For each line, whether it exists only in tests.
    tests: Vec<bool>,
}

impl Source {
    pub(crate) fn new(file: TextFile) -> Self {
        let code = code_of(&file.text);
        let tests = test_lines(&code);
        Self {
            path: file.path,
            text: file.text,
            code,
            tests,
        }
    }

    /// The path of this module from the crate's root.
    pub(crate) fn module(&self) -> Vec<&str> {
        let path = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let mut names: Vec<_> = path.trim_end_matches(".rs").split('/').collect();
        if ["mod", "lib", "main"].contains(names.last().unwrap_or(&"")) {
            names.pop();
        }
        names
    }

    /// The top-level module of this source; none for the crate's root.
    pub(crate) fn top_module(&self) -> Option<&str> {
        self.module().first().copied()
    }

    /// The lines of code with their numbers.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.code.lines())
    }

    /// The lines of code that exist only in tests, or the others.
    pub(crate) fn lines_for_tests(&self, tests: bool) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .filter(move |(number, _)| self.tests[number - 1] == tests)
    }

    /// The paths of modules in their own files that are declared only in tests.
    fn test_modules(&self) -> Vec<String> {
        let within = |name: &str| {
            let mut path = self.module();
            path.push(name);
            path.join("/")
        };
        let name = |line: &str| {
            let line = line.trim().trim_start_matches(TEST_MARK).trim_start();
            let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
            Some(within(name))
        };
        let declared = self.lines_for_tests(true);
        declared.filter_map(|(_, line)| name(line)).collect()
    }

    pub(crate) fn is_test_line(&self, number: usize) -> bool {
        self.tests[number - 1]
    }

    /// Words, `::` and single signs of the code, each with its line.
    pub(crate) fn tokens(&self) -> Vec<(usize, &str)> {
        tokens(&self.code)
    }

    /// The comments and literals, with blanks in place of the code.
    pub(crate) fn prose(&self) -> String {
        let pairs = self.text.chars().zip(self.code.chars());
        let prose = |(text, code): (char, char)| match code {
            '\n' => '\n',
            ' ' => text,
            _ => ' ',
        };
        pairs.map(prose).collect()
    }
}

/// All sources of the program.
pub(crate) fn program() -> Vec<Source> {
    let mut sources: Vec<_> = text_files("src")
        .into_iter()
        .filter(|file| file.is(&[".rs"]))
        .map(Source::new)
        .collect();
    let tests: BTreeSet<_> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        let module = source.module().join("/") + "/";
        if tests
            .iter()
            .any(|test| module.starts_with(&format!("{test}/")))
        {
            source.tests.fill(true);
        }
    }
    sources
}

/// All sources of the tests.
pub(crate) fn tests() -> Vec<Source> {
    let files = text_files("tests")
        .into_iter()
        .filter(|file| file.is(&[".rs"]));
    let mut sources: Vec<_> = files.map(Source::new).collect();
    sources
        .iter_mut()
        .for_each(|source| source.tests.fill(true));
    sources
}

/// Whether a line has a word, not only as a part of a longer one.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        !line[..start].ends_with(part) && !line[start + word.len()..].starts_with(part)
    })
}

/// Words, `::` and single signs, each with its line.
fn tokens(code: &str) -> Vec<(usize, &str)> {
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let length = match word {
                0 if rest.starts_with("::") => 2,
                0 => first.len_utf8(),
                word => word,
            };
            tokens.push((number, &rest[..length]));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// For each line of code, whether it belongs to an item with `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut lines = vec![false; code.lines().count()];
    for (start, _) in code.match_indices(TEST_MARK) {
        let rest = &code[start + TEST_MARK.len()..];
        let mut depth = 0;
        let closes = rest.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0 && [';', '}'].contains(c)
        });
        let end = closes.map_or(code.len(), |(at, _)| start + TEST_MARK.len() + at);
        let first = code[..start].matches('\n').count();
        let last = code[..end].matches('\n').count();
        lines
            .iter_mut()
            .take(last + 1)
            .skip(first)
            .for_each(|line| *line = true);
    }
    lines
}

/// Rust source with blanks in place of comments, strings and characters.
fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let length = blank_length(&chars[at..]);
        if length == 0 {
            code.push(chars[at]);
        }
        let blanks = &chars[at..at + length];
        code.extend(blanks.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
        at += length.max(1);
    }
    code
}

/// How many characters from here are a comment or a literal.
fn blank_length(rest: &[char]) -> usize {
    let length = match rest {
        ['/', '/', ..] => rest.iter().position(|c| *c == '\n'),
        ['/', '*', ..] => {
            let mut depth = 0;
            let closes = |n: &usize| {
                depth += i32::from(rest[*n..].starts_with(&['/', '*']));
                depth -= i32::from(rest[..=*n].ends_with(&['*', '/']));
                depth == 0
            };
            (0..rest.len()).find(closes).map(|n| n + 1)
        }
        ['r', '#' | '"', ..] => {
            let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
            if rest.get(1 + hashes) != Some(&'"') {
                return 0;
            }
            let end: Vec<char> = format!("\"{}", "#".repeat(hashes)).chars().collect();
            let body = 2 + hashes;
            let closes = rest[body..].windows(end.len()).position(|part| part == end);
            closes.map(|n| body + n + end.len())
        }
        ['"', ..] => {
            let mut escaped = false;
            let closes = |c: &char| {
                let closes = *c == '"' && !escaped;
                escaped = *c == '\\' && !escaped;
                closes
            };
            rest[1..].iter().position(closes).map(|n| n + 2)
        }
        ['\'', '\\', _, rest @ ..] => rest.iter().position(|c| *c == '\'').map(|n| n + 4),
        ['\'', _, '\'', ..] => Some(3),
        _ => Some(0),
    };
    length.unwrap_or(rest.len())
}
