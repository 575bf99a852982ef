//! The Handlebars templates, one engine for each language, embedded in the binary.

use fluent_templates::fluent_bundle::FluentValue;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, ScopedJson,
};
use rust_embed::RustEmbed;
use serde::Serialize;
use serde_json::Value;

use crate::text::{Arguments, Language};
use crate::web::{assets, modules};

#[derive(RustEmbed)]
#[folder = "views/"]
struct Views;

/// A template of ours cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("template {name}: {reason}")]
pub struct TemplateError {
    name: String,
    reason: String,
}

/// All pages in all languages.
#[derive(Debug)]
pub struct Pages {
    engines: Vec<(Language, Handlebars<'static>)>,
}

impl Pages {
    /// Reads the templates.
    ///
    /// # Errors
    /// A template is malformed, which the tests forbid.
    pub fn load() -> Result<Self, TemplateError> {
        let engines = Language::ALL
            .into_iter()
            .map(|language| Ok((language, engine(language)?)))
            .collect::<Result<_, TemplateError>>()?;
        Ok(Self { engines })
    }

    /// Fills a template in a language.
    pub(super) fn render<T: Serialize>(
        &self,
        language: Language,
        template: &str,
        context: &T,
    ) -> Result<String, RenderError> {
        let (_, engine) = self
            .engines
            .iter()
            .find(|(known, _)| *known == language)
            .ok_or(RenderErrorReason::Other("unknown language".into()))?;
        engine.render(template, context)
    }
}

fn engine(language: Language) -> Result<Handlebars<'static>, TemplateError> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_helper("t", Box::new(Translate(language)));
    engine.register_helper("asset", Box::new(asset));
    engine.register_helper("module", Box::new(module));
    engine.register_helper("prose", Box::new(prose));
    for path in Views::iter() {
        let (Some(file), Some(name)) = (Views::get(&path), path.strip_suffix(".hbs")) else {
            continue;
        };
        engine
            .register_template_string(name, String::from_utf8_lossy(&file.data))
            .map_err(|error| TemplateError {
                name: name.to_owned(),
                reason: error.to_string(),
            })?;
    }
    Ok(engine)
}

/// `{{t "id" name=value …}}`: a sentence in the page's language, escaped like any other value.
struct Translate(Language);

impl HelperDef for Translate {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let id = helper
            .param(0)
            .and_then(|param| param.value().as_str())
            .ok_or(RenderErrorReason::ParamNotFoundForIndex("t", 0))?;
        let arguments: Arguments<'_> = helper
            .hash()
            .iter()
            .map(|(name, value)| ((*name).to_owned().into(), fluent_value(value.value())))
            .collect();
        let text = self.0.say_with(id, &arguments);
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}

fn fluent_value(value: &Value) -> FluentValue<'static> {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or_default().into(),
        Value::String(text) => text.clone().into(),
        other => other.to_string().into(),
    }
}

/// The text that a helper is given.
fn text_of<'a>(helper: &'a Helper<'_>, name: &'static str) -> Result<&'a str, RenderErrorReason> {
    let text = helper.param(0).and_then(|param| param.value().as_str());
    text.ok_or(RenderErrorReason::ParamNotFoundForIndex(name, 0))
}

/// `{{asset "app.css"}}`: the address of an embedded file.
fn asset(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = text_of(helper, "asset")?;
    if !assets::exists(name) {
        return Err(RenderErrorReason::Other(format!("there is no asset {name}")).into());
    }
    Ok(out.write(&assets::url(name))?)
}

/// `{{module "shop.js"}}`: the tags that run an embedded module.
fn module(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = text_of(helper, "module")?;
    let tags = modules::tags(name)
        .ok_or_else(|| RenderErrorReason::Other(format!("there is no module {name}")))?;
    Ok(out.write(tags)?)
}

/// `{{prose text}}`: a text, escaped, in which backticks mark code.
fn prose(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = text_of(helper, "prose")?;
    for (index, part) in text.split('`').enumerate() {
        let part = handlebars::html_escape(part);
        match index % 2 {
            0 => out.write(&part)?,
            _ => out.write(&format!("<code>{part}</code>"))?,
        }
    }
    Ok(())
}
