//! Upserts: import rows that create a product or change the one with the same code.

use std::collections::HashSet;

use super::error::{FieldError, ValidationError};
use super::field::Field;
use super::field_value::FieldValue;
use super::product::{NewProduct, Product, ProductPatch, RawProduct};

/// Maximum number of rows in a batch.
pub const MAX_BATCH: usize = 500;
/// Maximum bytes of text in a batch; one MongoDB command has at most 16 MiB.
const MAX_TEXT: usize = 4 << 20;

/// A row for the product with this code. Missing fields stay unchanged, or get their defaults in a
/// new product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductUpsert {
    code: String,
    /// Everything but the code.
    patch: ProductPatch,
}

/// The effect of a row, given the stored product with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// No product has the code.
    Create(NewProduct),
    /// The patch has only the fields that differ.
    Change(ProductPatch),
    /// Nothing differs.
    Keep,
    /// A new product would lack required fields.
    Refuse(ValidationError),
}

/// The result of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpsertOutcome {
    Created,
    Updated {
        /// Names of images that the product no longer has.
        dropped: Vec<String>,
    },
    /// Nothing differed and nothing was written.
    Unchanged,
    Refused(ValidationError),
}

impl ProductUpsert {
    /// Applies the rules of [`ProductPatch`] and requires `code`; an error names every invalid
    /// field.
    pub fn parse(raw: RawProduct) -> Result<Self, ValidationError> {
        let has_code = !matches!(raw.code, Field::Missing);
        let required = || FieldError::new("code", "is required");
        let mut patch = ProductPatch::parse(raw).map_err(|error| match error {
            ValidationError::Fields(mut fields) if !has_code => {
                fields.insert(0, required());
                ValidationError::Fields(fields)
            }
            other => other,
        })?;
        match patch.code.take() {
            Some(code) => Ok(Self { code, patch }),
            None => Err(ValidationError::Fields(vec![required()])),
        }
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    /// The image names in the row.
    pub fn thumbnails(&self) -> &[String] {
        self.patch.thumbnails.as_deref().unwrap_or_default()
    }

    /// The row as a new product; an error names the missing fields.
    pub fn product(&self) -> Result<NewProduct, ValidationError> {
        let patch = ProductPatch {
            code: Some(self.code.clone()),
            ..self.patch.clone()
        };
        patch.into_new()
    }

    /// Decides what the row does; `known` is the stored product with its code.
    pub fn decide(&self, known: Option<&Product>) -> Decision {
        match known {
            None => match self.product() {
                Ok(new) => Decision::Create(new),
                Err(error) => Decision::Refuse(error),
            },
            Some(product) => match self.patch.differing_from(product) {
                patch if patch == ProductPatch::default() => Decision::Keep,
                patch => Decision::Change(patch),
            },
        }
    }

    /// All fields of the row except its code.
    pub fn patch(&self) -> &ProductPatch {
        &self.patch
    }

    /// The bytes of its strings, roughly.
    fn size(&self) -> usize {
        let sizes = self.patch.values().map(|(_, value)| match value {
            FieldValue::Text(text) => text.len(),
            FieldValue::Strings(strings) => strings.iter().map(String::len).sum(),
            FieldValue::Money(_) | FieldValue::Boolean(_) | FieldValue::Integer(_) => 0,
        });
        self.code.len() + sizes.sum::<usize>()
    }
}

/// Names of images that a patch removes from a product.
pub fn dropped_by(patch: &ProductPatch, product: &Product) -> Vec<String> {
    let Some(names) = &patch.thumbnails else {
        return Vec::new();
    };
    let had = product.thumbnails.iter();
    had.filter(|name| !names.contains(name)).cloned().collect()
}

/// Rows that are stored together: each code once, at most [`MAX_BATCH`] rows and `MAX_TEXT`
/// bytes.
#[derive(Debug, Clone, Default)]
pub struct ProductBatch {
    rows: Vec<ProductUpsert>,
    codes: HashSet<String>,
    size: usize,
}

impl ProductBatch {
    /// Whether the row fits; an empty batch accepts any row.
    pub fn accepts(&self, row: &ProductUpsert) -> bool {
        let has_room = self.rows.len() < MAX_BATCH
            && (self.rows.is_empty() || self.size + row.size() <= MAX_TEXT);
        has_room && !self.codes.contains(&row.code)
    }

    /// Adds a row, or returns it if the batch does not [accept](Self::accepts) it.
    pub fn push(&mut self, row: ProductUpsert) -> Option<ProductUpsert> {
        if !self.accepts(&row) {
            return Some(row);
        }
        self.codes.insert(row.code.clone());
        self.size += row.size();
        self.rows.push(row);
        None
    }

    /// Whether any row sets the images of its product.
    pub fn names_images(&self) -> bool {
        self.rows.iter().any(|row| row.patch.thumbnails.is_some())
    }

    pub fn rows(&self) -> &[ProductUpsert] {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ProductId;
    use crate::domain::timestamp::Timestamp;

    fn row(code: &str) -> ProductUpsert {
        let raw = RawProduct {
            code: Field::Present(code.into()),
            stock: Field::Present(3),
            ..RawProduct::default()
        };
        ProductUpsert::parse(raw).expect("a row")
    }

    #[test]
    fn a_row_requires_its_code_and_names_every_invalid_field() {
        let raw = RawProduct {
            price: Field::Present("1.005".into()),
            ..RawProduct::default()
        };
        let error = ProductUpsert::parse(raw).expect_err("no code");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["code", "price"]);
    }

    #[test]
    fn a_new_product_requires_title_price_and_stock() {
        let Decision::Refuse(error) = row("A").decide(None) else {
            panic!("it has no title and no price");
        };
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["title", "price"]);
    }

    #[test]
    fn a_batch_has_each_code_once_and_is_bounded() {
        let mut batch = ProductBatch::default();
        assert_eq!(batch.push(row("A")), None);
        assert!(batch.push(row("A")).is_some(), "twice");
        for number in 1..MAX_BATCH {
            assert_eq!(batch.push(row(&number.to_string())), None);
        }
        assert!(batch.push(row("B")).is_some(), "full");
        assert_eq!(batch.len(), MAX_BATCH);
    }

    fn full(code: &str, thumbnails: &[&str]) -> ProductUpsert {
        let thumbnails = thumbnails.iter().map(|name| (*name).to_owned());
        let raw = RawProduct {
            code: Field::Present(code.into()),
            title: Field::Present("Vase".into()),
            price: Field::Present("19.99".into()),
            stock: Field::Present(3),
            thumbnails: Field::Present(thumbnails.collect()),
            ..RawProduct::default()
        };
        ProductUpsert::parse(raw).expect("a row")
    }

    fn stored(row: &ProductUpsert) -> Product {
        let id = ProductId::from_bytes([1; 12]);
        let new = row.product().expect("all required fields");
        Product::new(id, new, Timestamp::default())
    }

    /// A row with so many bytes of text.
    fn large(code: &str, bytes: usize) -> ProductUpsert {
        let mut row = row(code);
        row.patch.thumbnails = Some(vec!["x".repeat(bytes - code.len())]);
        row
    }

    #[test]
    fn a_row_without_a_product_creates_one() {
        let row = full("A", &["a.png"]);
        let Decision::Create(new) = row.decide(None) else {
            panic!("it has all required fields");
        };
        assert_eq!((new.code.as_str(), new.title.as_str()), ("A", "Vase"));
        assert!(new.status, "the default");
    }

    #[test]
    fn a_row_changes_only_what_differs() {
        let first = full("A", &["a.png"]);
        let product = stored(&first);
        assert_eq!(first.decide(Some(&product)), Decision::Keep);
        let fewer = row("A");
        assert_eq!(fewer.decide(Some(&product)), Decision::Keep);
        let change = ProductPatch {
            thumbnails: Some(Vec::new()),
            ..ProductPatch::default()
        };
        assert_eq!(
            full("A", &[]).decide(Some(&product)),
            Decision::Change(change)
        );
    }

    #[test]
    fn an_invalid_code_is_named_once() {
        let raw = RawProduct {
            code: Field::Present(" ".into()),
            ..RawProduct::default()
        };
        let error = ProductUpsert::parse(raw).expect_err("a blank code");
        assert_eq!(
            error.fields(),
            [FieldError::new("code", "must not be empty")]
        );
        let error = ProductUpsert::parse(RawProduct::default()).expect_err("no code");
        assert_eq!(error.fields(), [FieldError::new("code", "is required")]);
    }

    #[test]
    fn a_row_names_its_code_and_its_images() {
        let row = full("A", &["a.png", "b.png"]);
        assert_eq!(
            (row.code(), row.thumbnails()),
            ("A", ["a.png".into(), "b.png".into()].as_slice())
        );
        assert_eq!(row.patch().code, None);
        assert_eq!(row.patch().stock, Some(3));
    }

    #[test]
    fn a_patch_drops_the_images_that_it_does_not_name() {
        let product = stored(&full("A", &["a.png", "b.png"]));
        let next = full("A", &["b.png", "c.png"]);
        assert_eq!(dropped_by(next.patch(), &product), ["a.png"]);
        assert!(
            dropped_by(row("A").patch(), &product).is_empty(),
            "it names none at all"
        );
    }

    #[test]
    fn a_batch_has_at_most_4_mebibytes_of_text_or_one_row() {
        const HALF: usize = 2 << 20;
        let mut batch = ProductBatch::default();
        assert_eq!(batch.push(large("A", HALF)), None);
        assert!(
            batch.push(large("B", HALF + 1)).is_some(),
            "one byte too many"
        );
        assert_eq!(batch.push(large("C", HALF - 1)), None);
        assert_eq!(batch.push(large("D", 1)), None);
        assert!(batch.push(large("E", 1)).is_some(), "full");
        assert_eq!(batch.rows().len(), 3);
        let mut batch = ProductBatch::default();
        assert_eq!(batch.push(large("A", 3 * HALF)), None);
        assert!(batch.push(large("B", 1)).is_some());
    }

    #[test]
    fn a_batch_knows_whether_a_row_sets_images() {
        let mut batch = ProductBatch::default();
        assert!(batch.is_empty() && !batch.names_images());
        assert_eq!(batch.push(row("A")), None);
        assert!(!batch.is_empty() && !batch.names_images());
        assert_eq!(batch.push(full("B", &[])), None);
        assert!(batch.names_images());
    }
}
