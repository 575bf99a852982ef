//! The Handlebars templates, embedded in the binary or read from the checkout, with an engine for
//! each language.

use std::fmt::Display;
use std::path::Path;

use actix_web::HttpRequest;
use actix_web::web::Data;
use handlebars::{Handlebars, RenderError, RenderErrorReason};
use rust_embed::RustEmbed;
use serde::Serialize;

use super::template_helpers::{Bound, Translate, asset, module, prose};
use crate::checkout::{self, Reloaded};
use crate::i18n::{self, Language};

#[derive(RustEmbed)]
#[folder = "views/"]
struct Views;

#[derive(Debug, thiserror::Error)]
#[error("template {name}: {source}")]
pub struct TemplateError {
    name: String,
    source: handlebars::TemplateError,
}

/// A page that cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A file of the checkout with its line and the reason: for the person who edits it.
    #[error("{0}")]
    Checkout(String),
}

/// All templates in all languages.
#[derive(Debug)]
pub struct Templates(Source);

#[derive(Debug)]
enum Source {
    Embedded(Engines),
    Checkout(Reloaded<Engines>),
}

type Engines = Vec<(Language, Handlebars<'static>)>;

impl Templates {
    /// # Errors
    /// An embedded template is malformed; tests make sure that none is.
    pub fn load() -> Result<Self, TemplateError> {
        let source = match checkout::folder("views") {
            Some(folder) => Source::Checkout(Reloaded::new(folder, read)),
            None => Source::Embedded(engines(&embedded())?),
        };
        Ok(Self(source))
    }

    /// The templates of a request's application.
    pub(super) fn of(request: &HttpRequest) -> Data<Self> {
        let templates = request.app_data::<Data<Self>>();
        Data::clone(templates.expect("every application has templates"))
    }

    pub(super) fn render<T: Serialize>(
        &self,
        language: Language,
        template: &str,
        context: &T,
    ) -> Result<String, PageError> {
        match &self.0 {
            Source::Embedded(engines) => Ok(render(engines, language, template, context)?),
            Source::Checkout(engines) => {
                i18n::check_edited().map_err(PageError::Checkout)?;
                let engines = engines.get().map_err(PageError::Checkout)?;
                render(&engines, language, template, context).map_err(|error| {
                    let name = error.template_name.as_deref().unwrap_or(template);
                    PageError::Checkout(located(name, error.line_no, error.reason()))
                })
            }
        }
    }
}

fn render<T: Serialize>(
    engines: &Engines,
    language: Language,
    template: &str,
    context: &T,
) -> Result<String, RenderError> {
    let (_, engine) = engines
        .iter()
        .find(|(known, _)| *known == language)
        .ok_or(RenderErrorReason::Other("unknown language".into()))?;
    engine.render(template, context)
}

/// Names of templates with their contents.
type TemplateStrings = Vec<(String, String)>;

fn embedded() -> TemplateStrings {
    let files = Views::iter().filter_map(|path| {
        let (file, name) = (Views::get(&path)?, path.strip_suffix(".hbs")?);
        let text = String::from_utf8_lossy(&file.data).into_owned();
        Some((name.to_owned(), text))
    });
    files.collect()
}

/// The engines for the templates of a folder.
fn read(folder: &Path) -> Result<Engines, String> {
    let mut templates = TemplateStrings::new();
    for (path, file) in checkout::files(folder, "hbs").map_err(|e| format!("views: {e}"))? {
        let name = path.strip_suffix(".hbs").unwrap_or(&path);
        let text = std::fs::read_to_string(file);
        templates.push((name.to_owned(), text.map_err(|e| located(name, None, e))?));
    }
    engines(&templates).map_err(|TemplateError { name, source }| {
        let line = source.pos().map(|(line, _)| line);
        located(&name, line, source.reason())
    })
}

/// `views/home.hbs:12: reason`
fn located(name: &str, line: Option<usize>, reason: impl Display) -> String {
    match line {
        Some(line) => format!("views/{name}.hbs:{line}: {reason}"),
        None => format!("views/{name}.hbs: {reason}"),
    }
}

fn engines(templates: &TemplateStrings) -> Result<Engines, TemplateError> {
    let engines = Language::ALL
        .into_iter()
        .map(|language| Ok((language, engine(language, templates)?)));
    engines.collect()
}

fn engine(
    language: Language,
    templates: &TemplateStrings,
) -> Result<Handlebars<'static>, TemplateError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_helper("t", Box::new(Translate(language)));
    engine.register_helper("asset", Box::new(asset));
    engine.register_helper("module", Box::new(module));
    engine.register_helper("bound", Box::new(Bound));
    engine.register_helper("prose", Box::new(prose));
    for (name, text) in templates {
        engine
            .register_template_string(name, text)
            .map_err(|source| TemplateError {
                name: name.clone(),
                source,
            })?;
    }
    Ok(engine)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[test]
    fn edited_templates_are_used_and_a_mistake_is_located() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("inner/hello.hbs");
        fs::create_dir(dir.path().join("inner")).unwrap();
        let folder = dir.path().to_owned();
        let templates = Templates(Source::Checkout(Reloaded::new(folder, read)));
        let render = || {
            let rendered = templates.render(Language::En, "inner/hello", &json!({ "name": "Ana" }));
            rendered.map_err(|error| error.to_string())
        };
        fs::write(&file, "Hello {{name}}").unwrap();
        assert_eq!(render().unwrap(), "Hello Ana");
        fs::write(&file, "Good day, {{name}}").unwrap();
        assert_eq!(render().unwrap(), "Good day, Ana");
        for mistake in [
            "First line\n{{#if name}} never closed",
            "First line\n{{no_such_field}}",
        ] {
            fs::write(&file, mistake).unwrap();
            let error = render().unwrap_err();
            assert!(error.starts_with("views/inner/hello.hbs:2: "), "{error}");
        }
        fs::write(&file, "Hello again, {{name}}").unwrap();
        assert_eq!(render().unwrap(), "Hello again, Ana");
        fs::remove_file(&file).unwrap();
        let error = render().unwrap_err();
        assert!(error.starts_with("views/inner/hello.hbs: "), "{error}");
    }
}
