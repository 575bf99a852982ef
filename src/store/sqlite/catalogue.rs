//! Reads of many products: pages, chunks, categories, images in use.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::product_columns::{self, select};
use super::product_rows::{self, SEPARATOR};
use super::readers::snapshot;
use super::rows::read_count;
use crate::domain::ids::ProductId;
use crate::domain::product_query::{
    Filter, ProductChunk, ProductPage, ProductQuery, SortField, folded,
};
use crate::store::StoreResult;

const MAX_CATEGORIES: u32 = 200;

/// One page and the number of matching products, in one state of the database.
pub(super) fn page(conn: &Connection, query: &ProductQuery) -> StoreResult<ProductPage> {
    let snapshot = snapshot(conn)?;
    let (condition, mut values) = condition(query);
    let order = order(query);
    let count = values.len();
    values.push(Value::from(query.limit));
    values.push(Value::from(
        i64::try_from(query.offset()).unwrap_or(i64::MAX),
    ));
    // The inner query orders only row numbers, which an index often has in order; only the rows of
    // the page are read completely.
    let columns = &*product_columns::COLUMNS;
    let products = snapshot
        .prepare_cached(&format!(
            "SELECT {columns} FROM products WHERE row IN \
             (SELECT row FROM products {condition} ORDER BY {order} LIMIT ? OFFSET ?) \
             ORDER BY {order}"
        ))?
        .query_map(params_from_iter(&values), product_columns::product)?
        .collect::<Result<Vec<_>, _>>()?;

    let read = products.len() as u64;
    let is_last = read < u64::from(query.limit) && (read > 0 || query.page == 1);
    let total = if is_last {
        query.offset() + read
    } else {
        snapshot
            .prepare_cached(&format!("SELECT count(*) FROM products {condition}"))?
            .query_row(params_from_iter(&values[..count]), read_count)?
    };
    Ok(ProductPage { products, total })
}

/// The filters as SQL, with the values of its parameters. Without filters there is no `WHERE`:
/// SQLite then counts by the pages of an index instead of its rows.
fn condition(query: &ProductQuery) -> (String, Vec<Value>) {
    let mut terms = Vec::new();
    let mut values = Vec::new();
    for filter in &query.filters {
        let (term, value) = match filter {
            Filter::Text(field, text) => (format!("{field} = ?"), text.clone().into()),
            Filter::Status(status) => ("status = ?".into(), (*status).into()),
            Filter::StockAtLeast(stock) => ("stock >= ?".into(), (*stock).into()),
            Filter::Price(price) => ("price = ?".into(), price.minor().into()),
        };
        terms.push(term);
        values.push(value);
    }
    match &query.search {
        // Only the separators in search strings could match it.
        Some(text) if text.contains(SEPARATOR) => terms.push("FALSE".into()),
        Some(text) => {
            terms.push("instr(search, ?) > 0".into());
            values.push(folded(text).into());
        }
        None => {}
    }
    if terms.is_empty() {
        return (String::new(), values);
    }
    (format!("WHERE {}", terms.join(" AND ")), values)
}

fn order(query: &ProductQuery) -> String {
    let Some(sort) = query.sort else {
        return "id".into();
    };
    let column = match sort.field {
        SortField::Field(name) => name,
        SortField::CreatedAt => "created_at",
        SortField::UpdatedAt => "updated_at",
    };
    let direction = if sort.descending { "DESC" } else { "ASC" };
    format!("{column} {direction}, id")
}

/// The first `limit` products after `after` and the number of products after those, in one state of
/// the database.
pub(super) fn chunk(
    conn: &Connection,
    after: Option<ProductId>,
    only: Option<&[ProductId]>,
    limit: u32,
) -> StoreResult<ProductChunk> {
    let snapshot = snapshot(conn)?;
    match only {
        None => chunk_of_all(&snapshot, after, limit),
        Some(ids) => chunk_of(&snapshot, after, ids.to_vec(), limit),
    }
}

fn chunk_of_all(
    conn: &Connection,
    after: Option<ProductId>,
    limit: u32,
) -> StoreResult<ProductChunk> {
    // No id sorts before the empty blob.
    let after = after.map(|id| id.bytes().to_vec()).unwrap_or_default();
    let products = conn
        .prepare_cached(&select("WHERE id > ? ORDER BY id LIMIT ?"))?
        .query_map(params![after, limit], product_columns::product)?
        .collect::<Result<Vec<_>, _>>()?;
    let remaining = match products.last() {
        Some(last) if products.len() as u64 >= u64::from(limit) => conn
            .prepare_cached("SELECT count(*) FROM products WHERE id > ?")?
            .query_row([last.id.bytes()], read_count)?,
        _ => 0,
    };
    Ok(ProductChunk {
        products,
        remaining,
    })
}

fn chunk_of(
    conn: &Connection,
    after: Option<ProductId>,
    mut ids: Vec<ProductId>,
    limit: u32,
) -> StoreResult<ProductChunk> {
    ids.retain(|id| Some(*id) > after);
    ids.sort_unstable();
    ids.dedup();
    let mut chunk = ProductChunk {
        products: Vec::new(),
        remaining: 0,
    };
    for id in ids {
        if chunk.products.len() < limit as usize {
            chunk.products.extend(product_rows::find(conn, id)?);
        } else if conn
            .prepare_cached("SELECT 1 FROM products WHERE id = ?")?
            .exists([id.bytes()])?
        {
            chunk.remaining += 1;
        }
    }
    Ok(chunk)
}

/// All categories. Jumps in the index from each to the next instead of reading every product.
pub(super) fn categories(conn: &Connection) -> StoreResult<Vec<String>> {
    let categories = conn
        .prepare_cached(
            "WITH RECURSIVE found (name) AS (\
                 SELECT min(category) FROM products UNION ALL \
                 SELECT (SELECT min(category) FROM products WHERE category > name) FROM found \
                 WHERE name IS NOT NULL\
             ) SELECT name FROM found WHERE name IS NOT NULL LIMIT ?",
        )?
        .query_map([MAX_CATEGORIES], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(categories)
}

/// Which of the names some product has.
pub(super) fn thumbnails_in_use(conn: &Connection, names: &[String]) -> StoreResult<Vec<String>> {
    let snapshot = snapshot(conn)?;
    let mut statement =
        snapshot.prepare_cached("SELECT 1 FROM thumbnail_names WHERE name = ? LIMIT 1")?;
    let mut used = Vec::new();
    for name in names {
        if statement.exists([name])? {
            used.push(name.clone());
        }
    }
    Ok(used)
}
