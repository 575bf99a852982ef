//! The helpers that templates call: `t`, `asset`, `module`, `bound` and `prose`.

use fluent_templates::fluent_bundle::FluentValue;
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, ScopedJson,
};
use serde_json::Value;

use super::{bounds, script_tags};
use crate::http::assets;
use crate::i18n::{Arguments, Language};

/// `{{t "id" name=value …}}`: a message in the page's language, escaped like any other value.
pub(super) struct Translate(pub(super) Language);

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
pub(super) fn asset(
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
pub(super) fn module(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let name = argument(helper, "module")?;
    let tags = script_tags::of(name)
        .ok_or_else(|| RenderErrorReason::Other(format!("there is no module {name}")))?;
    Ok(out.write(&tags)?)
}

/// `{{bound "email"}}`: a bound as a number.
pub(super) struct Bound;

impl HelperDef for Bound {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = argument(helper, "bound")?;
        let bound = bounds::named(name)
            .ok_or_else(|| RenderErrorReason::Other(format!("there is no bound {name}")))?;
        Ok(ScopedJson::Derived(bound.into()))
    }
}

/// `{{prose text}}`: escaped, with `<code>` for backticks.
pub(super) fn prose(
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
