//! The shop's words in each of its languages, from the Fluent files under `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolating marks would show up in prices and in sentences that scripts compare.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

/// The values of a sentence's variables.
pub type Arguments<'a> = HashMap<Cow<'static, str>, FluentValue<'a>>;

impl Language {
    /// Every language of the site.
    pub const ALL: [Language; 2] = [Language::En, Language::Es];

    /// Its code, as in `lang` attributes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// The language whose code starts the tag (`es-AR` is Spanish).
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// A sentence without variables; a missing one shows its own id, which a test forbids.
    pub fn say(self, id: &str) -> String {
        self.say_with(id, &Arguments::new())
    }

    /// A sentence with variables.
    pub fn say_with(self, id: &str, arguments: &Arguments<'_>) -> String {
        LOCALES
            .try_lookup_complete(&self.identifier(), id, Some(arguments))
            .unwrap_or_else(|| id.to_owned())
    }

    /// A sentence with a title in it.
    pub fn say_of(self, id: &str, title: &str) -> String {
        let title = FluentValue::from(title.to_owned());
        self.say_with(id, &Arguments::from([("title".into(), title)]))
    }

    fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::En => langid!("en"),
            Self::Es => langid!("es"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_holds_its_title_in_both_languages() {
        for language in Language::ALL {
            let sentence = language.say_of("product-created", "Vase {1}");
            assert!(sentence.contains("Vase {1}"), "{sentence}");
        }
    }

    #[test]
    fn a_tag_names_its_language() {
        assert_eq!(Language::from_tag("es-AR"), Some(Language::Es));
        assert_eq!(Language::from_tag("EN"), Some(Language::En));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
