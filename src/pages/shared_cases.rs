//! The cases of rules that pages and their scripts share. `tests/browser/rules.test.js` gives them
//! to the scripts.

use serde_json::Value;

use crate::i18n::Language;

/// The cases of a rule.
pub(super) fn of(rule: &str) -> Vec<Value> {
    let file = include_str!("../../tests/cases/page_rules.json");
    let mut rules: Value = serde_json::from_str(file).expect("JSON");
    match rules[rule].take() {
        Value::Array(cases) if !cases.is_empty() => cases,
        other => panic!("no cases of {rule}: {other}"),
    }
}

/// Asserts the text of a case in every language.
pub(super) fn assert_text(case: &Value, text: impl Fn(Language) -> String) {
    for language in Language::ALL {
        assert_eq!(case[language.code()], text(language), "{case}");
    }
}
