//! The site's languages, and messages from the Fluent files under `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolating marks would appear in prices and in text that scripts compare.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, clap::ValueEnum)]
pub enum Language {
    #[default]
    En,
    Es,
}

/// The values of a message's variables.
pub type Arguments<'a> = HashMap<Cow<'static, str>, FluentValue<'a>>;

impl Language {
    pub const ALL: [Language; 2] = [Language::En, Language::Es];

    /// The value of `lang` attributes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// By the primary subtag: `es-AR` is Spanish.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next()?;
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// A message without variables. A missing message shows its id; a test makes sure none is
    /// missing.
    pub fn translate(self, id: &str) -> String {
        self.translate_with(id, &Arguments::new())
    }

    /// A message with variables.
    pub fn translate_with(self, id: &str, arguments: &Arguments<'_>) -> String {
        LOCALES
            .try_lookup_complete(&self.identifier(), id, Some(arguments))
            .unwrap_or_else(|| id.to_owned())
    }

    /// A message with the variable `title`.
    pub fn translate_titled(self, id: &str, title: &str) -> String {
        let title = FluentValue::from(title.to_owned());
        self.translate_with(id, &Arguments::from([("title".into(), title)]))
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
    fn titles_are_inserted_in_every_language() {
        for language in Language::ALL {
            let message = language.translate_titled("product-created", "Vase {1}");
            assert!(message.contains("Vase {1}"), "{message}");
        }
    }

    #[test]
    fn the_primary_subtag_sets_the_language() {
        assert_eq!(Language::from_tag("es-AR"), Some(Language::Es));
        assert_eq!(Language::from_tag("EN"), Some(Language::En));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
