//! The query strings of orders and purchases.

use super::parameters::{BOOLEAN, LIMIT, PAGE, QueryErrors, boolean, descending};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::order::{OrderFilter, OrderQuery};
use crate::domain::purchase::PurchaseMode;
use crate::http::query::QueryString;

pub(super) const PARAMETERS: &[FieldSpec] = &[
    LIMIT.spec(),
    PAGE.spec(),
    FieldSpec::optional(
        "sort",
        FieldKind::pattern("^(purchase_datetime:)?(asc|desc|ASC|DESC|1|-1)$"),
        "The order by time of purchase; `desc` by default.",
    )
    .example(Literal::Text("asc")),
    FieldSpec::optional(
        "query",
        FieldKind::pattern(
            "^((code|purchaser):[\\s\\S]*|cart:[0-9A-Fa-f]{24}|cancelled:(true|false|1|0))$",
        ),
        "One condition, `key:value`.",
    )
    .example(Literal::Text("code:7KQM-3XWD")),
    FieldSpec::optional(
        "purchaser",
        FieldKind::TEXT,
        "Only orders of this e-mail address.",
    ),
    FieldSpec::optional(
        "cancelled",
        BOOLEAN,
        "Only orders that are, or are not, cancelled.",
    )
    .example(Literal::Text("false")),
];

/// Of a purchase.
pub(super) const MODE: FieldSpec = FieldSpec::optional(
    "mode",
    FieldKind::pattern("^(whole|partial)$"),
    "`whole`, the default, sells all lines or nothing; `partial` leaves unavailable lines in the \
        cart.",
)
.example(Literal::Text("whole"));

impl QueryString {
    /// The requested page of orders; an error names every invalid parameter. An empty parameter is
    /// an absent one.
    pub(crate) fn order_query(&self) -> Result<OrderQuery, ValidationError> {
        let names: Vec<_> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        let filled = self.filled(&names);
        let mut errors = QueryErrors::default();
        let limit = errors.keep(LIMIT.read(&filled));
        let page = errors.keep(PAGE.read(&filled));
        let sort = errors.keep(filled.get("sort").map(oldest_first).transpose());
        let filters = [
            filled.condition(filter),
            filled.parameter("purchaser", filter),
            filled.parameter("cancelled", filter),
        ]
        .map(|filter| errors.keep(filter).flatten());
        let query = || {
            Some(OrderQuery {
                limit: limit?,
                page: page?,
                oldest_first: sort?.unwrap_or(false),
                filters: filters.into_iter().flatten().collect(),
            })
        };
        errors.finish(query())
    }

    pub(crate) fn purchase_mode(&self) -> Result<PurchaseMode, ValidationError> {
        match self.get(MODE.name) {
            None | Some("whole") => Ok(PurchaseMode::AllOrNothing),
            Some("partial") => Ok(PurchaseMode::Partial),
            Some(_) => {
                let error = FieldError::new(MODE.name, "must be whole or partial");
                Err(ValidationError::Query(vec![error]))
            }
        }
    }
}

fn filter(key: &str, value: &str) -> Result<OrderFilter, &'static str> {
    match key {
        "code" => Ok(OrderFilter::Code(value.to_owned())),
        "purchaser" => Ok(OrderFilter::Purchaser(value.to_owned())),
        "cart" => value
            .parse()
            .map(OrderFilter::Cart)
            .map_err(|_| "must be an id"),
        "cancelled" => boolean(value)
            .map(OrderFilter::Cancelled)
            .ok_or("must be true or false"),
        _ => Err("is an unknown key; use one of code, purchaser, cart, cancelled"),
    }
}

fn oldest_first(text: &str) -> Result<bool, FieldError> {
    let direction = text.strip_prefix("purchase_datetime:").unwrap_or(text);
    let newest_first = descending(direction);
    newest_first
        .map(|newest_first| !newest_first)
        .ok_or_else(|| FieldError::new("sort", "must be asc or desc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_parameter_is_named() {
        let text = "limit=0&page=x&sort=amount:asc&query=cart:1&cancelled=maybe";
        let error = QueryString::parse(text).order_query().expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["limit", "page", "sort", "query", "cancelled"]);
    }

    #[test]
    fn modes_are_whole_and_partial() {
        let mode = |text| QueryString::parse(text).purchase_mode().ok();
        assert_eq!(mode(""), Some(PurchaseMode::AllOrNothing));
        assert_eq!(mode("mode=whole"), Some(PurchaseMode::AllOrNothing));
        assert_eq!(mode("mode=partial"), Some(PurchaseMode::Partial));
        assert_eq!(mode("mode=all"), None);
    }
}
