//! The site's languages, and messages from the Fluent files under `locales/`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{ArcLoader, LanguageIdentifier, Loader, LoaderError, langid, static_loader};

use crate::checkout::{self, Reloaded};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolating marks would appear in prices and in text that scripts compare.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The messages of the checkout; `None` if it is not in use.
fn edited() -> Option<Result<Arc<ArcLoader>, String>> {
    static EDITED: OnceLock<Reloaded<ArcLoader>> = OnceLock::new();
    let folder = checkout::folder("locales")?;
    Some(EDITED.get_or_init(|| Reloaded::new(folder, load)).get())
}

/// # Errors
/// A Fluent file of the checkout in use is malformed: its name, the line and the reason.
pub(crate) fn check_edited() -> Result<(), String> {
    edited().map_or(Ok(()), |messages| messages.map(drop))
}

fn load(folder: &Path) -> Result<ArcLoader, String> {
    let files = checkout::files(folder, "ftl").map_err(|error| format!("locales: {error}"))?;
    for (name, path) in files {
        check(&path).map_err(|reason| format!("locales/{name}{reason}"))?;
    }
    ArcLoader::builder(folder, langid!("en"))
        .customize(|bundle| bundle.set_use_isolating(false))
        .build()
        .map_err(|error| match error {
            LoaderError::FluentBundle { errors } => format!("locales: {errors:?}"),
            error => format!("locales: {error}"),
        })
}

/// The first mistake in a Fluent file, as the end of a sentence that begins with its name. The
/// loader names neither file nor line.
fn check(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!(": {error}"))?;
    let Err(LoaderError::Fluent { source }) = fluent_templates::fs::resource_from_str(&text) else {
        return Ok(());
    };
    let mistakes: Vec<_> = source.into();
    mistakes.first().map_or(Ok(()), |mistake| {
        let before = text.bytes().take(mistake.pos.start);
        let line = 1 + before.filter(|byte| *byte == b'\n').count();
        Err(format!(":{line}: {}", mistake.kind))
    })
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
        let language = self.identifier();
        let found = match edited() {
            // Until a broken file is fixed, the embedded messages.
            Some(Ok(edited)) => edited.try_lookup_complete(&language, id, Some(arguments)),
            Some(Err(_)) | None => LOCALES.try_lookup_complete(&language, id, Some(arguments)),
        };
        found.unwrap_or_else(|| id.to_owned())
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
    fn edited_messages_are_loaded_again_and_a_mistake_is_located() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("en/main.ftl");
        fs::create_dir(dir.path().join("en")).unwrap();
        let messages = Reloaded::new(dir.path().to_owned(), load);
        let greeting = || {
            let id = Language::En.identifier();
            messages
                .get()
                .map(|messages| messages.lookup(&id, "greeting"))
        };
        fs::write(&file, "greeting = Hello\n").unwrap();
        assert_eq!(greeting().unwrap(), "Hello");
        fs::write(&file, "greeting = Good day\n").unwrap();
        assert_eq!(greeting().unwrap(), "Good day");
        fs::write(&file, "# A mistake\ngreeting Hello\n").unwrap();
        let mistake = greeting().unwrap_err();
        assert!(mistake.starts_with("locales/en/main.ftl:2: "), "{mistake}");
        fs::write(&file, "greeting = Hello again\n").unwrap();
        assert_eq!(greeting().unwrap(), "Hello again");
    }

    #[test]
    fn the_primary_subtag_sets_the_language() {
        assert_eq!(Language::from_tag("es-AR"), Some(Language::Es));
        assert_eq!(Language::from_tag("EN"), Some(Language::En));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
