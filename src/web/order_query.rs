//! The query string of the list of orders.

use utoipa::IntoParams;

use super::product_query::QueryString;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::order::{OrderFilter, OrderQuery};
use crate::domain::product_query::{MAX_LIMIT, MAX_PAGE};
use crate::domain::purchase::PurchaseMode;

/// How the parameters of the list are described; unknown ones are ignored.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what is read below")]
pub(super) struct OrderParameters {
    /// Orders on a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u32>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// By the moment of the purchase; the newest first without it.
    #[param(pattern = "^(purchase_datetime:)?(asc|desc)$", example = "asc")]
    sort: Option<String>,
    /// One condition, `key:value`.
    #[param(
        pattern = "^((code|purchaser):[\\s\\S]*|cart:[0-9A-Fa-f]{24}|cancelled:(true|false|1|0))$",
        example = "code:7KQM-3XWD"
    )]
    query: Option<String>,
    /// Only those of this address.
    purchaser: Option<String>,
    /// Only cancelled ones, or only others.
    #[param(pattern = "^(true|false|1|0)$", example = "false")]
    cancelled: Option<String>,
}

/// How the parameters of a purchase are described.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what is read below")]
pub(super) struct PurchaseParameters {
    /// `partial` sells a line whole or leaves it; `whole`, the default, sells everything or nothing.
    #[param(pattern = "^(whole|partial)$", example = "whole")]
    mode: Option<String>,
}

impl QueryString {
    /// The page of orders that is asked for. Unknown parameters are ignored.
    ///
    /// # Errors
    /// Every parameter with a value that it cannot have.
    pub(super) fn order_query(&self) -> Result<OrderQuery, ValidationError> {
        let mut errors = Vec::new();
        let mut query = OrderQuery::default();
        match self.number("limit", query.limit, MAX_LIMIT) {
            Ok(limit) => query.limit = limit,
            Err(error) => errors.push(error),
        }
        match self.number("page", query.page, MAX_PAGE) {
            Ok(page) => query.page = page,
            Err(error) => errors.push(error),
        }
        match self.get("sort").map(oldest_first).transpose() {
            Ok(oldest_first) => query.oldest_first = oldest_first.unwrap_or(false),
            Err(error) => errors.push(error),
        }
        for read in [
            self.pair(filter),
            self.alone("purchaser", filter),
            self.alone("cancelled", filter),
        ] {
            match read {
                Ok(filter) => query.filters.extend(filter),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(query)
        } else {
            Err(ValidationError::Query(errors))
        }
    }

    /// `mode=partial`, or `whole`, which is the default.
    pub(super) fn purchase_mode(&self) -> Result<PurchaseMode, ValidationError> {
        match self.get("mode") {
            None | Some("whole") => Ok(PurchaseMode::Whole),
            Some("partial") => Ok(PurchaseMode::Partial),
            Some(_) => Err(ValidationError::Query(vec![FieldError::new(
                "mode",
                "must be whole or partial",
            )])),
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
            .map_err(|_| "cart must be an id"),
        "cancelled" => match value {
            "true" | "1" => Ok(OrderFilter::Cancelled(true)),
            "false" | "0" => Ok(OrderFilter::Cancelled(false)),
            _ => Err("cancelled must be true or false"),
        },
        _ => Err("has no such key: code, purchaser, cart, cancelled"),
    }
}

/// Orders are sorted by their moment alone.
fn oldest_first(text: &str) -> Result<bool, FieldError> {
    match text {
        "asc" | "purchase_datetime:asc" => Ok(true),
        "desc" | "purchase_datetime:desc" => Ok(false),
        _ => Err(FieldError::new("sort", "must be asc or desc")),
    }
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
    fn a_mode_is_one_of_two() {
        let mode = |text| QueryString::parse(text).purchase_mode().ok();
        assert_eq!(mode(""), Some(PurchaseMode::Whole));
        assert_eq!(mode("mode=whole"), Some(PurchaseMode::Whole));
        assert_eq!(mode("mode=partial"), Some(PurchaseMode::Partial));
        assert_eq!(mode("mode=all"), None);
    }
}
