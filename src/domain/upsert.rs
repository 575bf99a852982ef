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
}
