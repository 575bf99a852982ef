//! Products, and the rules for their fields.

use serde::{Deserialize, Serialize};

use super::body_fields::BodyFields;
use super::body_reader::Fields;
use super::error::ValidationError;
use super::field::Field;
use super::field_spec::FieldKind::{Boolean, Integer, Line, Paragraphs, Strings};
use super::field_spec::Literal::{self, EmptyList, Number, Text};
use super::field_spec::Presence::{self, Optional, Required};
use super::field_spec::{BodySpec, FieldKind, FieldSpec};
use super::field_value::{FieldSource, FieldValue, StoredField};
use super::from_field::FromField;
use super::hold::HeldLine;
use super::ids::ProductId;
use super::money::Money;
use super::product_fields::product_fields;
use super::refusal::Refusal;
use super::timestamp::Timestamp;

/// Maximum length of a title, in characters.
pub const MAX_TITLE: usize = 200;
/// Maximum length of a code and of a category, in characters.
pub const MAX_NAME: usize = 100;
/// Maximum length of a description, in characters.
pub const MAX_DESCRIPTION: usize = 10_000;
/// Maximum number of images of one product.
pub const MAX_THUMBNAILS: usize = 20;
pub const MAX_STOCK: i64 = 1_000_000;
pub const DEFAULT_CATEGORY: &str = "general";

product_fields! {
    title: String = Line { max: MAX_TITLE }, Required,
        "The name; no control characters.", Some(Text("Blue vase"));
    description: String = Paragraphs { max: MAX_DESCRIPTION }, Optional,
        "The description; may be empty or have several lines.",
        Some(Text("Thrown and glazed by hand"));
    code: String = Line { max: MAX_NAME }, Required,
        "The shop's own code, unique among all products.", Some(Text("CER-100"));
    price: Money = FieldKind::Money { max: Money::MAX_PRICE }, Required,
        "The price of one unit, with at most two decimals.", Some(Number(49.9));
    status: bool = Boolean, Presence::Default(Literal::Boolean(true)),
        "Whether it is for sale.", None;
    stock: i64 = Integer { min: 0, max: MAX_STOCK }, Required,
        "Units in stock.", Some(Literal::Integer(3));
    category: String = Line { max: MAX_NAME }, Presence::Default(Text(DEFAULT_CATEGORY)),
        "The category.", Some(Text("ceramics"));
    thumbnails: Vec<String> = Strings { max: MAX_THUMBNAILS }, Optional,
        "Names of images that exist in the uploads.", Some(EmptyList);
}

impl Product {
    /// Units that are not held for any cart.
    pub fn available(&self) -> i64 {
        self.available_to(HeldLine::default())
    }

    /// Maximum quantity for a cart that already holds some units.
    pub fn available_to(&self, held: HeldLine) -> i64 {
        held.max_units(self.stock, self.held)
    }

    /// Refuses a change that expects another version.
    pub fn require_version(&self, expected: Option<i64>) -> Result<(), Refusal> {
        match expected {
            Some(expected) if expected != self.version => Err(Refusal::VersionMismatch {
                current: self.version,
            }),
            _ => Ok(()),
        }
    }
}

/// The body of a new product.
pub const NEW_PRODUCT: BodySpec = BodySpec::new(
    "NewProduct",
    "A product to create. Members that the server sets (`_id`, `version`, `available` …) are \
        ignored.",
    FIELDS,
);
/// The body of a change.
pub const PRODUCT_PATCH: BodySpec = BodySpec {
    name: "ProductPatch",
    description: "The fields to change; missing ones keep their values.",
    fields: FIELDS,
    is_patch: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> RawProduct {
        RawProduct {
            title: Field::Present("Vase".into()),
            code: Field::Present("CER-1".into()),
            price: Field::Present("0".into()),
            stock: Field::Present(0),
            ..RawProduct::default()
        }
    }

    #[test]
    fn zero_price_and_zero_stock_are_valid() {
        let product = NewProduct::parse(valid()).expect("valid");
        assert_eq!((product.price, product.stock), (Money::default(), 0));
        assert!(product.status);
        assert_eq!(product.category, DEFAULT_CATEGORY);
    }

    #[test]
    fn an_error_names_every_invalid_field() {
        let raw = RawProduct {
            title: Field::Present(" ".into()),
            price: Field::Invalid("must be a number"),
            stock: Field::Present(-1),
            ..RawProduct::default()
        };
        let error = NewProduct::parse(raw).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["title", "code", "price", "stock"]);
    }

    #[test]
    fn a_patch_accepts_false_and_zero() {
        let patch = ProductPatch::parse(RawProduct {
            status: Field::Present(false),
            stock: Field::Present(0),
            ..RawProduct::default()
        })
        .expect("valid");
        assert_eq!((patch.status, patch.stock), (Some(false), Some(0)));
        assert_eq!(patch.title, None);
    }

    fn stored() -> Product {
        let id = ProductId::from_bytes([1; 12]);
        let new = NewProduct::parse(valid()).expect("valid");
        Product::new(id, new, Timestamp::from_millis(5))
    }

    #[test]
    fn a_change_makes_the_next_version_and_keeps_the_other_fields() {
        let before = stored();
        assert_eq!((before.version, before.held), (1, 0));
        let patch = ProductPatch {
            stock: Some(7),
            ..ProductPatch::default()
        };
        let after = before.clone().patched(&patch, Timestamp::from_millis(9));
        let expected = Product {
            stock: 7,
            version: 2,
            updated_at: Timestamp::from_millis(9),
            ..before
        };
        assert_eq!(after, expected);
    }

    #[test]
    fn only_a_change_that_expects_the_current_version_is_made() {
        let product = Product {
            version: 3,
            ..stored()
        };
        assert_eq!(product.require_version(None), Ok(()));
        assert_eq!(product.require_version(Some(3)), Ok(()));
        let refusal = Refusal::VersionMismatch { current: 3 };
        for other in [2, 4] {
            assert_eq!(product.require_version(Some(other)), Err(refusal.clone()));
        }
    }

    #[test]
    fn held_units_are_available_only_to_their_cart() {
        let product = Product {
            stock: 5,
            held: 3,
            ..stored()
        };
        assert_eq!(product.available(), 2);
        let own = HeldLine {
            units: 3,
            earlier_held: 0,
        };
        assert_eq!(product.available_to(own), 5);
    }
}
