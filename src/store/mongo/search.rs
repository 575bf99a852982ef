//! The text search as a regular expression of MongoDB.
//!
//! The server's `i` option does not follow the Unicode standard's simple case folding (it matches İ
//! with i, and ẞ not with ß). So each character becomes the class of all that fold to the same one.
//! Characters are written by their numbers, so none has a special meaning.

use std::fmt::Write;

use icu_casemap::{CaseMapper, ClosureSink};
use mongodb::bson::{Bson, Regex, cstr};

/// Matches strings that contain `search`.
pub(super) fn substring(search: &str) -> Bson {
    let mut pattern = String::with_capacity(search.len() * 24);
    for character in search.chars() {
        pattern.push('[');
        for same in folding_alike(character) {
            // Writing to a string cannot fail.
            let _ = write!(pattern, "\\x{{{:X}}}", u32::from(same));
        }
        pattern.push(']');
    }
    let pattern =
        mongodb::bson::raw::CString::try_from(pattern).unwrap_or_else(|_| cstr!("(?!)").into());
    Bson::RegularExpression(Regex {
        pattern,
        options: cstr!("").into(),
    })
}

/// The characters with the same simple case folding, the given one first.
fn folding_alike(character: char) -> Vec<char> {
    struct Sink(Vec<char>);
    impl ClosureSink for Sink {
        fn add_char(&mut self, character: char) {
            self.0.push(character);
        }
        fn add_string(&mut self, _: &str) {}
    }

    let mapper = CaseMapper::new();
    let mut closure = Sink(vec![character]);
    mapper.add_case_closure_to(character, &mut closure);
    let folded = mapper.simple_fold(character);
    let Sink(mut alike) = closure;
    // The closure also has characters that only full folding equates.
    alike.retain(|other| mapper.simple_fold(*other) == folded);
    alike
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_classes_are_those_of_simple_folding() {
        let mapper = CaseMapper::new();
        let mut classes: BTreeMap<char, Vec<char>> = BTreeMap::new();
        // No script beyond this has letter case.
        for character in '\0'..='\u{1FFFF}' {
            classes
                .entry(mapper.simple_fold(character))
                .or_default()
                .push(character);
        }
        for class in classes.into_values().filter(|class| class.len() > 1) {
            for character in &class {
                let mut alike = folding_alike(*character);
                alike.sort_unstable();
                alike.dedup();
                assert_eq!(alike, class, "{character}");
            }
        }
    }

    #[test]
    fn letter_case_is_folded_and_accents_count() {
        assert_eq!(folding_alike('ñ'), ['ñ', 'Ñ']);
        assert_eq!(folding_alike('n'), ['n', 'N']);
        assert_eq!(folding_alike('İ'), ['İ']);
        assert!(folding_alike('Σ').contains(&'ς'));
        assert!(folding_alike('ß').contains(&'ẞ'));
    }

    #[test]
    fn no_character_has_a_special_meaning() {
        let Bson::RegularExpression(regex) = substring(".*\0") else {
            panic!("no expression");
        };
        assert_eq!(regex.pattern.as_str(), r"[\x{2E}][\x{2A}][\x{0}]");
    }
}
