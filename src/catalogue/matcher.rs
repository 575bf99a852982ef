//! Which products a list shows.

use super::entry::Entry;
use super::table::{AVAILABLE, Slot, Table, number_column};
use crate::domain::product_query::{Filter, ProductQuery, folded};

/// The conditions of a query, but for the category whose products are looked at.
pub(super) struct Matcher<'a> {
    conditions: Vec<Condition<'a>>,
    /// Folded.
    search: Option<String>,
}

enum Condition<'a> {
    /// A field of one line is this text.
    Text(&'static str, &'a str),
    /// A number is in a range, both ends included.
    Number { column: usize, from: i64, to: i64 },
}

impl<'a> Matcher<'a> {
    /// Without the first condition on the category.
    pub(super) fn new(query: &'a ProductQuery) -> Self {
        let of_category = query.filters.iter().position(is_of_category);
        let filters = query.filters.iter().enumerate();
        let others = filters.filter(|(at, _)| Some(*at) != of_category);
        Self {
            conditions: others.map(|(_, filter)| Condition::new(filter)).collect(),
            search: query.search.as_deref().map(folded),
        }
    }

    pub(super) fn takes_all(&self) -> bool {
        self.conditions.is_empty() && self.search.is_none()
    }

    pub(super) fn takes(&self, table: &Table, slot: Slot) -> bool {
        let mut conditions = self.conditions.iter();
        let found = |entry: &Entry| match &self.search {
            Some(search) => entry.contains(search),
            None => true,
        };
        conditions.all(|condition| condition.holds(table, slot))
            && table.entry(slot).is_some_and(|entry| found(entry))
    }
}

/// The category whose products a query looks at. Of two different ones no product has both.
pub(super) fn category(query: &ProductQuery) -> Option<&str> {
    query.filters.iter().find_map(|filter| match filter {
        Filter::Text("category", name) => Some(name.as_str()),
        _ => None,
    })
}

fn is_of_category(filter: &Filter) -> bool {
    matches!(filter, Filter::Text("category", _))
}

impl<'a> Condition<'a> {
    fn new(filter: &'a Filter) -> Self {
        let in_column = |column, from, to| Self::Number { column, from, to };
        let number = |name, from, to| in_column(number_column(name), from, to);
        match filter {
            Filter::Text(field, text) => Self::Text(field, text),
            Filter::Status(status) => number("status", i64::from(*status), i64::from(*status)),
            Filter::StockAtLeast(least) => number("stock", *least, i64::MAX),
            Filter::Available(true) => in_column(AVAILABLE, 1, i64::MAX),
            Filter::Available(false) => in_column(AVAILABLE, i64::MIN, 0),
            Filter::Price(price) => number("price", price.minor(), price.minor()),
            Filter::PriceAtLeast(price) => number("price", price.minor(), i64::MAX),
            Filter::PriceAtMost(price) => number("price", i64::MIN, price.minor()),
        }
    }

    fn holds(&self, table: &Table, slot: Slot) -> bool {
        match self {
            Self::Text(field, text) => {
                let entry = table.entry(slot);
                entry.is_some_and(|entry| entry.text(field) == Some(text))
            }
            Self::Number { column, from, to } => {
                (from..=to).contains(&&table.number(slot, *column))
            }
        }
    }
}
