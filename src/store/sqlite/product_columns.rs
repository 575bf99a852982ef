//! The columns of a product: each field of [`FIELDS`] has one of its name.

use std::sync::LazyLock;

use rusqlite::Row;
use rusqlite::types::{FromSql, ToSqlOutput, Type, Value};

use crate::domain::field_spec::FieldSpec;
use crate::domain::field_value::{FieldSource, FieldValue};
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::product::{FIELDS, NewProduct, Product};
use crate::domain::timestamp::Timestamp;

/// The columns that [`read`] reads.
pub(super) static COLUMNS: LazyLock<String> = LazyLock::new(|| {
    let fields = FIELDS.iter().map(|field| field.name);
    let others = ["held", "version", "created_at", "updated_at"];
    let columns = ["id"].into_iter().chain(fields).chain(others);
    let columns: Vec<_> = columns.map(|name| format!("products.{name}")).collect();
    columns.join(", ")
});

/// A query for products.
pub(super) fn select(condition: &str) -> String {
    format!("SELECT {} FROM products {condition}", *COLUMNS)
}

/// The product in a row of [`select`].
pub(super) fn product(row: &Row<'_>) -> rusqlite::Result<Product> {
    read(row, 0)
}

/// Reads [`COLUMNS`], the first of which has the index `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Product> {
    let mut columns = Columns { row, at };
    let id = ProductId::from_bytes(columns.next()?);
    let fields = NewProduct::from_stored(&mut columns)?;
    let (held, version, created_at) = (columns.next()?, columns.next()?, columns.next()?);
    Ok(Product {
        held,
        version,
        updated_at: Timestamp::from_millis(columns.next()?),
        ..Product::new(id, fields, Timestamp::from_millis(created_at))
    })
}

/// The column of a field, and its value as it is stored.
pub(super) fn stored<'a>(
    (field, value): (&FieldSpec, FieldValue<'a>),
) -> (&'static str, ToSqlOutput<'a>) {
    let value = match value {
        FieldValue::Text(text) => text.into(),
        FieldValue::Money(money) => money.minor().into(),
        FieldValue::Boolean(value) => value.into(),
        FieldValue::Integer(number) => number.into(),
        FieldValue::Strings(strings) => {
            let json = serde_json::Value::from(strings).to_string();
            ToSqlOutput::Owned(Value::Text(json))
        }
    };
    (field.name, value)
}

/// The rest of a row, column by column.
struct Columns<'a> {
    row: &'a Row<'a>,
    at: usize,
}

impl Columns<'_> {
    fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.at += 1;
        self.row.get(self.at - 1)
    }
}

impl FieldSource for Columns<'_> {
    type Error = rusqlite::Error;

    fn text(&mut self, _: &FieldSpec) -> rusqlite::Result<String> {
        self.next()
    }

    fn money(&mut self, _: &FieldSpec) -> rusqlite::Result<Money> {
        self.next().map(Money::from_minor)
    }

    fn boolean(&mut self, _: &FieldSpec) -> rusqlite::Result<bool> {
        self.next()
    }

    fn integer(&mut self, _: &FieldSpec) -> rusqlite::Result<i64> {
        self.next()
    }

    fn strings(&mut self, _: &FieldSpec) -> rusqlite::Result<Vec<String>> {
        let json: String = self.next()?;
        serde_json::from_str(&json).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(self.at - 1, Type::Text, error.into())
        })
    }
}
