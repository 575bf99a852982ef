//! A product as the catalogue keeps it.

use std::sync::{Arc, LazyLock, OnceLock};

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use serde_json::value::{RawValue, to_raw_value};

use crate::domain::field_value::FieldValue;
use crate::domain::product::Product;
use crate::domain::product_query::{folded, line_fields};
use crate::protocol::product_view::ProductView;

/// A product with its derived data, which all workers share.
#[derive(Debug)]
pub struct Entry {
    product: Arc<Product>,
    /// Sort keys of the fields of one line, in their order.
    text_keys: Box<[Box<[u8]>]>,
    json: OnceLock<Box<RawValue>>,
    /// The folded strings that `q` searches.
    searched: OnceLock<Box<str>>,
}

/// Separates the strings that are searched; none contains it.
const SEPARATOR: char = '\0';

impl Entry {
    pub fn new(product: Arc<Product>) -> Self {
        let lines = product.values().filter_map(|(field, value)| match value {
            FieldValue::Text(text) if field.kind.is_line() => Some(sort_key(text)),
            _ => None,
        });
        Self {
            text_keys: lines.collect(),
            json: OnceLock::new(),
            searched: OnceLock::new(),
            product,
        }
    }

    pub fn product(&self) -> &Arc<Product> {
        &self.product
    }

    /// The product's JSON, encoded once.
    pub fn json(&self) -> &RawValue {
        self.json.get_or_init(|| {
            let view = ProductView::from(&*self.product);
            // Strings and numbers cannot fail.
            to_raw_value(&view).unwrap_or_default()
        })
    }

    /// Whether title, description or code contain a folded string.
    pub(super) fn contains(&self, string: &str) -> bool {
        !string.contains(SEPARATOR) && self.searched().contains(string)
    }

    /// Makes the search ready, so that the first one does not wait for it.
    #[must_use]
    pub fn ready(self) -> Self {
        self.searched();
        self
    }

    fn searched(&self) -> &str {
        self.searched.get_or_init(|| {
            let product = &self.product;
            let fields = [&product.title, &product.description, &product.code];
            let folded = fields.map(|field| folded(field));
            folded.join(&*String::from(SEPARATOR)).into()
        })
    }

    /// The string in a field, by its name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let mut values = self.product.values();
        values.find_map(|(field, value)| match value {
            FieldValue::Text(text) if field.name == name => Some(text),
            _ => None,
        })
    }

    pub(super) fn category_key(&self) -> &[u8] {
        static CATEGORY: LazyLock<usize> = LazyLock::new(|| {
            line_fields()
                .position(|name| name == "category")
                .unwrap_or(0)
        });
        self.text_key(*CATEGORY)
    }

    pub(super) fn text_key(&self, field: usize) -> &[u8] {
        &self.text_keys[field]
    }
}

/// A key whose bytes compare as the strings do by the root collation of Unicode (UTS #10), the same
/// for every language.
pub fn sort_key(text: &str) -> Box<[u8]> {
    static COLLATOR: OnceLock<Option<CollatorBorrowed<'static>>> = OnceLock::new();
    let collator = COLLATOR.get_or_init(|| {
        let root = CollatorPreferences::default();
        Collator::try_new(root, CollatorOptions::default()).ok()
    });
    let mut key = Vec::new();
    if let Some(collator) = collator {
        let Ok(()) = collator.write_sort_key_to(text, &mut key);
    }
    key.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_compare_as_a_reader_would_order_them() {
        let sorted = [
            "", "2 cups", "10 cups", "aloe", "Aloe", "álamo", "Ánfora", "banco", "ñandú", "oso",
            "zócalo", "Ж", "日本",
        ];
        let mut shuffled = sorted;
        shuffled.sort_by_key(|string| sort_key(string));
        // Digits by their value one by one, accents after letters, case last.
        let expected = [
            "", "10 cups", "2 cups", "álamo", "aloe", "Aloe", "Ánfora", "banco", "ñandú", "oso",
            "zócalo", "Ж", "日本",
        ];
        assert_eq!(shuffled, expected);
    }
}
