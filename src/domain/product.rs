//! Products: what is stored, and what a client may ask to store.

use super::error::ValidationError;
use super::field::{Field, Fields};
use super::hold::Kept;
use super::ids::ProductId;
use super::members::Members;
use super::money::Money;
use super::text;
use super::timestamp::Timestamp;

/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// Longest code and category, in characters.
pub const MAX_NAME: usize = 100;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 10_000;
/// Most images of one product.
pub const MAX_THUMBNAILS: usize = 20;
/// Largest stock.
pub const MAX_STOCK: i64 = 1_000_000;
/// The category of a product that names none.
pub const DEFAULT_CATEGORY: &str = "general";

/// The names of the members that a client may set.
pub const FIELDS: [&str; 8] = [
    "title",
    "description",
    "code",
    "price",
    "status",
    "stock",
    "category",
    "thumbnails",
];

/// A stored product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Assigned by the store.
    pub id: ProductId,
    /// Its name.
    pub title: String,
    /// What it is; may be empty and have several lines.
    pub description: String,
    /// The shop's own code, unique over all products.
    pub code: String,
    /// The price of one.
    pub price: Money,
    /// Whether it is for sale.
    pub status: bool,
    /// Units in the shop; never negative.
    pub stock: i64,
    /// Units that carts keep for themselves; more than are in stock where the stock was lowered since.
    pub held: i64,
    /// The group that it is listed under.
    pub category: String,
    /// Names of its images.
    pub thumbnails: Vec<String>,
    /// Starts at 1 and grows by 1 on every change.
    pub version: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Product {
    /// Units that anybody can have now: those that no cart keeps for itself.
    pub fn available(&self) -> i64 {
        self.available_to(Kept::default())
    }

    /// Units that a cart can have now that keeps so many already.
    pub fn available_to(&self, kept: Kept) -> i64 {
        kept.most(self.stock, self.held)
    }
}

/// The members of a product as a border read them, before any rule was applied.
#[derive(Debug, Clone, Default)]
pub struct RawProduct {
    /// See [`Product::title`].
    pub title: Field<String>,
    /// See [`Product::description`].
    pub description: Field<String>,
    /// See [`Product::code`].
    pub code: Field<String>,
    /// A decimal literal.
    pub price: Field<String>,
    /// See [`Product::status`].
    pub status: Field<bool>,
    /// See [`Product::stock`].
    pub stock: Field<i64>,
    /// See [`Product::category`].
    pub category: Field<String>,
    /// See [`Product::thumbnails`].
    pub thumbnails: Field<Vec<String>>,
}

impl RawProduct {
    /// Takes the members of a product, whichever form they came in.
    ///
    /// # Errors
    /// Members that no product has.
    pub fn read(members: Members) -> Result<Self, ValidationError> {
        let mut members = members.only(&FIELDS)?;
        Ok(Self {
            title: members.text("title"),
            description: members.text("description"),
            code: members.text("code"),
            price: members.number("price"),
            status: members.flag("status"),
            stock: members.integer("stock"),
            category: members.text("category"),
            thumbnails: members.texts("thumbnails"),
        })
    }
}

/// A product that may be stored: every rule that needs no store holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewProduct {
    /// See [`Product::title`].
    pub title: String,
    /// See [`Product::description`].
    pub description: String,
    /// See [`Product::code`].
    pub code: String,
    /// See [`Product::price`].
    pub price: Money,
    /// See [`Product::status`].
    pub status: bool,
    /// See [`Product::stock`].
    pub stock: i64,
    /// See [`Product::category`].
    pub category: String,
    /// See [`Product::thumbnails`].
    pub thumbnails: Vec<String>,
}

impl NewProduct {
    /// Applies the rules and the defaults.
    ///
    /// # Errors
    /// Every missing or bad field, at once.
    pub fn parse(raw: RawProduct) -> Result<Self, ValidationError> {
        let mut fields = Fields::default();
        let title = fields.required("title", raw.title, title);
        let description = fields.optional("description", raw.description, description);
        let code = fields.required("code", raw.code, name);
        let price = fields.required("price", raw.price, |literal| Money::parse_price(&literal));
        let status = fields.optional("status", raw.status, Ok);
        let stock = fields.required("stock", raw.stock, stock);
        let category = fields.optional("category", raw.category, name);
        let thumbnails = fields.optional("thumbnails", raw.thumbnails, thumbnails);

        let product =
            title
                .zip(code)
                .zip(price.zip(stock))
                .map(|((title, code), (price, stock))| Self {
                    title,
                    description: description.unwrap_or_default(),
                    code,
                    price,
                    status: status.unwrap_or(true),
                    stock,
                    category: category.unwrap_or_else(|| DEFAULT_CATEGORY.to_owned()),
                    thumbnails: thumbnails.unwrap_or_default(),
                });
        fields.finish(product)
    }
}

/// A change of some fields of a product; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProductPatch {
    /// See [`Product::title`].
    pub title: Option<String>,
    /// See [`Product::description`].
    pub description: Option<String>,
    /// See [`Product::code`].
    pub code: Option<String>,
    /// See [`Product::price`].
    pub price: Option<Money>,
    /// See [`Product::status`].
    pub status: Option<bool>,
    /// See [`Product::stock`].
    pub stock: Option<i64>,
    /// See [`Product::category`].
    pub category: Option<String>,
    /// See [`Product::thumbnails`].
    pub thumbnails: Option<Vec<String>>,
}

impl ProductPatch {
    /// Applies the rules to the fields that were sent.
    ///
    /// # Errors
    /// Every bad field, at once.
    pub fn parse(raw: RawProduct) -> Result<Self, ValidationError> {
        let mut fields = Fields::default();
        let patch = Self {
            title: fields.optional("title", raw.title, title),
            description: fields.optional("description", raw.description, description),
            code: fields.optional("code", raw.code, name),
            price: fields.optional("price", raw.price, |literal| Money::parse_price(&literal)),
            status: fields.optional("status", raw.status, Ok),
            stock: fields.optional("stock", raw.stock, stock),
            category: fields.optional("category", raw.category, name),
            thumbnails: fields.optional("thumbnails", raw.thumbnails, thumbnails),
        };
        fields.finish(Some(patch))
    }
}

fn title(value: String) -> Result<String, String> {
    text::line(value, MAX_TITLE)
}

fn name(value: String) -> Result<String, String> {
    text::line(value, MAX_NAME)
}

fn description(value: String) -> Result<String, String> {
    text::paragraphs(value, MAX_DESCRIPTION)
}

fn stock(value: i64) -> Result<i64, String> {
    if (0..=MAX_STOCK).contains(&value) {
        Ok(value)
    } else {
        Err(format!("must be from 0 to {MAX_STOCK}"))
    }
}

fn thumbnails(names: Vec<String>) -> Result<Vec<String>, String> {
    if names.len() > MAX_THUMBNAILS {
        return Err(format!("must have at most {MAX_THUMBNAILS} entries"));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valid() -> RawProduct {
        RawProduct {
            title: Field::Given("Vase".into()),
            code: Field::Given("CER-1".into()),
            price: Field::Given("0".into()),
            stock: Field::Given(0),
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
    fn every_bad_field_is_named_at_once() {
        let raw = RawProduct {
            title: Field::Given(" ".into()),
            price: Field::Bad("must be a number"),
            stock: Field::Given(-1),
            ..RawProduct::default()
        };
        let error = NewProduct::parse(raw).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["title", "code", "price", "stock"]);
    }

    #[test]
    fn a_patch_takes_false_and_zero() {
        let patch = ProductPatch::parse(RawProduct {
            status: Field::Given(false),
            stock: Field::Given(0),
            ..RawProduct::default()
        })
        .expect("valid");
        assert_eq!((patch.status, patch.stock), (Some(false), Some(0)));
        assert_eq!(patch.title, None);
    }
}
