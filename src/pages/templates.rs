//! The Handlebars templates, embedded in the binary, with an engine for each language.

use actix_web::HttpRequest;
use actix_web::web::Data;
use fluent_templates::fluent_bundle::FluentValue;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, ScopedJson,
};
use rust_embed::RustEmbed;
use serde::Serialize;
use serde_json::Value;

use super::script_tags;
use crate::http::assets;
use crate::i18n::{Arguments, Language};

#[derive(RustEmbed)]
#[folder = "views/"]
struct Views;

#[derive(Debug, thiserror::Error)]
#[error("template {name}: {reason}")]
pub struct TemplateError {
    name: String,
    reason: String,
}

/// All templates in all languages.
#[derive(Debug)]
pub struct Templates {
    engines: Vec<(Language, Handlebars<'static>)>,
}

impl Templates {
    /// # Errors
    /// A template is malformed; tests make sure that none is.
    pub fn load() -> Result<Self, TemplateError> {
        let engines = Language::ALL
            .into_iter()
            .map(|language| Ok((language, engine(language)?)))
            .collect::<Result<_, TemplateError>>()?;
        Ok(Self { engines })
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

/// `{{t "id" name=value …}}`: a message in the page's language, escaped like any other value.
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
        let text = self.0.translate_with(id, &arguments);
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

/// The string argument of a helper.
fn argument<'a>(helper: &'a Helper<'_>, name: &'static str) -> Result<&'a str, RenderErrorReason> {
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
    let name = argument(helper, "asset")?;
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
    let name = argument(helper, "module")?;
    let tags = script_tags::of(name)
        .ok_or_else(|| RenderErrorReason::Other(format!("there is no module {name}")))?;
    Ok(out.write(tags)?)
}

/// `{{prose text}}`: escaped, with `<code>` for backticks.
fn prose(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let text = argument(helper, "prose")?;
    for (index, part) in text.split('`').enumerate() {
        let part = handlebars::html_escape(part);
        match index % 2 {
            0 => out.write(&part)?,
            _ => out.write(&format!("<code>{part}</code>"))?,
        }
    }
    Ok(())
}
