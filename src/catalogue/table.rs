//! The products of the catalogue, each in a slot.

use std::cmp::Ordering;
use std::sync::Arc;

use super::entry::Entry;
use crate::domain::field_spec::FieldKind;
use crate::domain::field_value::FieldValue;
use crate::domain::ids::ProductId;
use crate::domain::product::{FIELDS, Product};
use crate::domain::product_query::{Sort, SortField, line_fields};

/// A place in the table. It stays a product's as long as the product is there.
pub(super) type Slot = u32;

/// Numbers of a product that lists are ordered or filtered by, in rows of their own: comparing must
/// not touch the entries, which are all over the memory.
type Row = [i64; NUMBERS];

const NUMBERS: usize = number_fields() + 3;
const CREATED_AT: usize = NUMBERS - 3;
const UPDATED_AT: usize = NUMBERS - 2;
/// Units that can be bought; none of a product that is not for sale.
pub(super) const AVAILABLE: usize = NUMBERS - 1;

const fn is_number(kind: &FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Money { .. } | FieldKind::Boolean | FieldKind::Integer { .. }
    )
}

const fn number_fields() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < FIELDS.len() {
        if is_number(&FIELDS[at].kind) {
            count += 1;
        }
        at += 1;
    }
    count
}

/// The first key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// A number of the row.
    Number(usize),
    /// A sort key of the entry.
    Text(usize),
}

/// An order of the catalogue; ties are ordered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    key: Key,
    descending: bool,
}

impl Order {
    pub(super) fn new(Sort { field, descending }: Sort) -> Self {
        let key = match field {
            SortField::CreatedAt => Key::Number(CREATED_AT),
            SortField::UpdatedAt => Key::Number(UPDATED_AT),
            SortField::Field(name) => field_key(name),
        };
        Self { key, descending }
    }
}

fn field_key(name: &str) -> Key {
    match line_fields().position(|line| line == name) {
        Some(line) => Key::Text(line),
        None => Key::Number(number_column(name)),
    }
}

/// The place of a field in a row.
pub(super) fn number_column(name: &str) -> usize {
    let mut numbers = FIELDS.iter().filter(|field| is_number(&field.kind));
    // Every field with an order that is not a line is a number.
    numbers.position(|field| field.name == name).unwrap_or(0)
}

/// The products by slot.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    entries: Vec<Option<Arc<Entry>>>,
    ids: Vec<ProductId>,
    rows: Vec<Row>,
    free: Vec<Slot>,
}

impl Table {
    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.iter().flatten()
    }

    pub(super) fn entry(&self, slot: Slot) -> Option<&Arc<Entry>> {
        self.entries[slot as usize].as_ref()
    }

    pub(super) fn id(&self, slot: Slot) -> ProductId {
        self.ids[slot as usize]
    }

    /// Puts an entry into a free slot.
    pub(super) fn insert(&mut self, entry: Arc<Entry>) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.ids.push(ProductId::default());
            self.rows.push(Row::default());
            (self.entries.len() - 1) as Slot
        });
        self.ids[slot as usize] = entry.product().id;
        self.replace(slot, entry);
        slot
    }

    /// Replaces the entry of a product.
    pub(super) fn replace(&mut self, slot: Slot, entry: Arc<Entry>) {
        self.rows[slot as usize] = row(entry.product());
        self.entries[slot as usize] = Some(entry);
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        self.entries[slot as usize] = None;
        self.free.push(slot);
    }

    pub(super) fn number(&self, slot: Slot, column: usize) -> i64 {
        self.rows[slot as usize][column]
    }

    /// How two products compare; `None` is the order of ids.
    pub(super) fn compare(&self, order: Option<Order>, a: Slot, b: Slot) -> Ordering {
        let by_key = order.map_or(Ordering::Equal, |order| {
            let by_key = match order.key {
                Key::Number(column) => self.number(a, column).cmp(&self.number(b, column)),
                Key::Text(field) => self.text_key(a, field).cmp(self.text_key(b, field)),
            };
            if order.descending {
                by_key.reverse()
            } else {
                by_key
            }
        });
        by_key.then_with(|| self.id(a).cmp(&self.id(b)))
    }

    fn text_key(&self, slot: Slot, field: usize) -> &[u8] {
        self.entry(slot).map_or(&[], |entry| entry.text_key(field))
    }

    /// Whether an order would place the new state of a product where the former one is.
    pub(super) fn is_unmoved(order: Order, former: &Entry, entry: &Entry) -> bool {
        match order.key {
            Key::Number(column) => row(former.product())[column] == row(entry.product())[column],
            Key::Text(field) => former.text_key(field) == entry.text_key(field),
        }
    }
}

fn row(product: &Product) -> Row {
    let mut row = Row::default();
    let numbers = product.values().filter_map(|(_, value)| match value {
        FieldValue::Money(money) => Some(money.minor()),
        FieldValue::Boolean(is_true) => Some(i64::from(is_true)),
        FieldValue::Integer(number) => Some(number),
        FieldValue::Text(_) | FieldValue::Strings(_) => None,
    });
    row.iter_mut()
        .zip(numbers)
        .for_each(|(to, from)| *to = from);
    row[CREATED_AT] = product.created_at.millis();
    row[UPDATED_AT] = product.updated_at.millis();
    row[AVAILABLE] = if product.status {
        product.available()
    } else {
        0
    };
    row
}
