//! Pages of orders.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::order_rows::{self, ORDER_COLUMNS, read_lines};
use super::readers::snapshot;
use super::rows::read_count;
use crate::domain::order::{OrderFilter, OrderPage, OrderQuery};
use crate::store::StoreResult;

/// One page and the number of matching orders, in one state of the database.
pub(super) fn page(conn: &Connection, query: &OrderQuery) -> StoreResult<OrderPage> {
    let snapshot = snapshot(conn)?;
    let (condition, mut values) = condition(&query.filters);
    let total = snapshot
        .prepare_cached(&format!("SELECT count(*) FROM orders {condition}"))?
        .query_row(params_from_iter(&values), read_count)?;

    values.push(Value::from(query.limit));
    values.push(Value::from(
        i64::try_from(query.offset()).unwrap_or(i64::MAX),
    ));
    let direction = if query.oldest_first { "ASC" } else { "DESC" };
    let mut orders = snapshot
        .prepare_cached(&format!(
            "SELECT {ORDER_COLUMNS} FROM orders {condition} ORDER BY purchased_at {direction}, id \
             LIMIT ? OFFSET ?"
        ))?
        .query_map(params_from_iter(&values), order_rows::order)?
        .collect::<Result<Vec<_>, _>>()?;
    for order in &mut orders {
        read_lines(&snapshot, order)?;
    }
    Ok(OrderPage { orders, total })
}

/// The filters as SQL, with the values of its parameters.
fn condition(filters: &[OrderFilter]) -> (String, Vec<Value>) {
    let mut terms = Vec::new();
    let mut values = Vec::new();
    for filter in filters {
        let (term, value) = match filter {
            OrderFilter::Code(text) => ("code = ?", Value::from(text.clone())),
            OrderFilter::Purchaser(text) => ("purchaser = ?", text.clone().into()),
            OrderFilter::Cart(id) => ("cart = ?", id.bytes().to_vec().into()),
            OrderFilter::Cancelled(cancelled) => {
                ("(cancelled_at IS NOT NULL) = ?", (*cancelled).into())
            }
        };
        terms.push(term);
        values.push(value);
    }
    if terms.is_empty() {
        return (String::new(), values);
    }
    (format!("WHERE {}", terms.join(" AND ")), values)
}
