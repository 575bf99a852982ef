//! Carts: lines of products, checked against the stock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::body_fields::BodyFields;
use super::error::{FieldError, ValidationError};
use super::field_spec::{BodySpec, FieldKind, FieldSpec, Literal};
use super::from_field::{FromField, Take};
use super::hold::{HeldLine, Hold};
use super::ids::{CartId, ProductId};
use super::money::Money;
use super::product::Product;
use super::refusal::Refusal;

/// Maximum number of lines in a cart.
pub const MAX_LINES: usize = 100;
/// Largest quantity of a line.
pub const MAX_QUANTITY: i64 = 1_000_000;

/// Time from a cart's last change until it expires.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// The same for an empty cart.
const EMPTY_LIFE: Duration = Duration::from_secs(6 * 3600);

/// Time from a cart's last change until it expires.
pub fn life(is_empty: bool) -> Duration {
    if is_empty { EMPTY_LIFE } else { LIFE }
}

/// Units of a product: 1 to [`MAX_QUANTITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

impl Quantity {
    pub const ONE: Quantity = Quantity(1);

    pub fn parse(value: i64) -> Result<Self, String> {
        if (1..=MAX_QUANTITY).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("must be from 1 to {MAX_QUANTITY}"))
        }
    }

    /// Reads a body with the only field `quantity`, which was also called `qty` in the original
    /// application.
    pub fn read(mut body: BodyFields, spec: &'static BodySpec) -> Result<Self, ValidationError> {
        let is_alias = body.accept_alias("qty", "quantity");
        let mut body = spec.reader(body)?;
        let quantity = body.read("quantity");
        body.finish(quantity).map_err(|error| match error {
            ValidationError::Fields(errors) if is_alias => {
                let errors = errors.into_iter();
                let renamed = errors.map(|error| FieldError::new("qty", error.reason));
                ValidationError::Fields(renamed.collect())
            }
            other => other,
        })
    }

    pub const fn get(self) -> i64 {
        self.0
    }
}

impl FromField for Quantity {
    type Raw = i64;
    const TAKE: Take<Self::Raw> = BodyFields::integer;

    fn check(raw: i64, _: &FieldSpec) -> Result<Self, String> {
        Self::parse(raw)
    }

    fn from_literal(literal: Literal) -> Option<Self> {
        match literal {
            Literal::Integer(value) => Self::parse(value).ok(),
            _ => None,
        }
    }
}

const QUANTITY: FieldSpec = FieldSpec::required(
    "quantity",
    FieldKind::Integer {
        min: 1,
        max: MAX_QUANTITY,
    },
    "The number of units.",
)
.example(Literal::Integer(2));

/// The body that adds a product to a cart.
pub const ADDED_QUANTITY: BodySpec = BodySpec::new(
    "AddedQuantity",
    "Units of a product to add. `qty` is an alias of `quantity`.",
    &[QUANTITY.default(Literal::Integer(1))],
);
/// The body that sets the quantity of a line.
pub const SET_QUANTITY: BodySpec = BodySpec::new(
    "SetQuantity",
    "The new quantity of a product. `qty` is an alias of `quantity`.",
    &[QUANTITY],
);
/// A line in the body of a whole cart.
pub const LINE_REQUEST: BodySpec = BodySpec::new(
    "WantedLine",
    "A line of a cart.",
    &[
        FieldSpec::required("product", FieldKind::Id, "The product's id."),
        QUANTITY,
    ],
);
/// The body of a new cart.
pub const NEW_CART: BodySpec = BodySpec::new(
    "NewCart",
    "The lines of a new cart; without a body it is empty.",
    &[FieldSpec::optional("products", LINES, "The lines.").example(Literal::EmptyList)],
);
/// The body that replaces the lines of a cart.
pub const LINE_REQUESTS: BodySpec = BodySpec::new(
    "WantedLines",
    "The new lines of a cart.",
    &[FieldSpec::required("products", LINES, "All lines.")],
);
const LINES: FieldKind = FieldKind::Objects {
    max: MAX_LINES,
    item: &LINE_REQUEST,
};

/// A line that a client asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRequest {
    pub product: ProductId,
    pub quantity: Quantity,
}

/// The lines of a whole cart: each product once, at most [`MAX_LINES`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineRequests(Vec<LineRequest>);

impl LineRequests {
    /// Merges lines of the same product, so that each product is checked once against its stock.
    pub fn parse(lines: Vec<LineRequest>) -> Result<Self, ValidationError> {
        let mut summed: Vec<LineRequest> = Vec::new();
        let mut errors = Vec::new();
        for (index, line) in lines.into_iter().enumerate() {
            match summed
                .iter_mut()
                .find(|known| known.product == line.product)
            {
                None => summed.push(line),
                Some(known) => match Quantity::parse(known.quantity.get() + line.quantity.get()) {
                    Ok(sum) => known.quantity = sum,
                    Err(reason) => errors.push(FieldError::new(
                        format!("products[{index}].quantity"),
                        reason,
                    )),
                },
            }
        }
        if summed.len() > MAX_LINES {
            errors.push(cart_full());
        }
        if errors.is_empty() {
            Ok(Self(summed))
        } else {
            Err(ValidationError::Fields(errors))
        }
    }

    /// The lines, in the order of each product's first mention.
    pub fn as_slice(&self) -> &[LineRequest] {
        &self.0
    }
}

/// The error for a line beyond [`MAX_LINES`].
pub fn cart_full() -> FieldError {
    FieldError::new("products", format!("must have at most {MAX_LINES} lines"))
}

/// A cart with the current state of its products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Random: anyone who knows it can use the cart.
    pub id: CartId,
    /// In the order in which the products were first put in.
    pub lines: Vec<CartLine>,
    /// Products that were deleted while the cart held them. The response to the cart's next change
    /// reports them for the last time.
    pub dropped: Vec<ProductId>,
    /// Grows by 1 on every change of the cart.
    pub version: i64,
}

impl Cart {
    /// The sum of all lines at current prices.
    pub fn total(&self) -> Money {
        self.lines.iter().map(CartLine::subtotal).sum()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// The product as it is now.
    pub product: Product,
    pub quantity: i64,
    pub hold: Option<Hold>,
    /// Units in earlier holds of other carts. Counted only when this line has a hold and more is
    /// held than in stock; otherwise 0.
    pub earlier_held: i64,
}

impl CartLine {
    /// Maximum quantity of this line now, including units that it already holds.
    pub fn available(&self) -> i64 {
        self.product.available_to(self.held())
    }

    pub fn held(&self) -> HeldLine {
        self.hold.map_or_else(HeldLine::default, |hold| HeldLine {
            units: hold.units,
            earlier_held: self.earlier_held,
        })
    }

    /// The line at the current price.
    pub fn subtotal(&self) -> Money {
        self.product
            .price
            .times(self.quantity)
            .unwrap_or(Money::from_minor(i64::MAX))
    }
}

/// A line that cannot be in a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineError {
    NotForSale,
    InsufficientStock {
        /// Maximum quantity of the line.
        available: i64,
    },
}

impl LineError {
    /// The refusal of a command that puts this product into a cart.
    pub fn refusal(self, product: ProductId) -> Refusal {
        match self {
            Self::NotForSale => Refusal::NotForSale { product },
            Self::InsufficientStock { available } => {
                Refusal::InsufficientStock { product, available }
            }
        }
    }
}

/// Checks whether a cart that already holds `held` of a product may have `quantity` of it.
pub fn check_line(product: &Product, held: HeldLine, quantity: i64) -> Result<(), LineError> {
    if !product.status {
        return Err(LineError::NotForSale);
    }
    let available = product.available_to(held);
    if quantity > available {
        return Err(LineError::InsufficientStock { available });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hold::HoldLength;
    use crate::domain::timestamp::Timestamp;

    fn request(id: u8, quantity: i64) -> LineRequest {
        LineRequest {
            product: ProductId::from_bytes([id; 12]),
            quantity: Quantity::parse(quantity).expect("a quantity"),
        }
    }

    #[test]
    fn lines_of_one_product_are_summed() {
        let lines = LineRequests::parse(vec![request(1, 2), request(2, 1), request(1, 3)]);
        assert_eq!(
            lines.expect("valid").as_slice(),
            [request(1, 5), request(2, 1)]
        );
    }

    #[test]
    fn a_sum_above_the_maximum_names_its_line() {
        let error = LineRequests::parse(vec![request(1, MAX_QUANTITY), request(1, 1)])
            .expect_err("too many");
        assert_eq!(error.fields()[0].field, "products[1].quantity");
    }

    #[test]
    fn quantities_are_positive_and_bounded() {
        for value in [0, -1, MAX_QUANTITY + 1] {
            assert!(Quantity::parse(value).is_err(), "{value}");
        }
    }

    fn product(status: bool, stock: i64, held: i64) -> Product {
        Product {
            id: ProductId::from_bytes([1; 12]),
            title: "Vase".into(),
            code: "V-1".into(),
            price: Money::from_minor(1_999),
            status,
            stock,
            held,
            category: "general".into(),
            version: 1,
            ..Product::default()
        }
    }

    fn line(product: Product, quantity: i64, hold: Option<Hold>) -> CartLine {
        CartLine {
            product,
            quantity,
            hold,
            earlier_held: 1,
        }
    }

    #[test]
    fn a_cart_lives_30_days_and_an_empty_one_6_hours() {
        assert_eq!(life(false).as_secs(), 2_592_000);
        assert_eq!(life(true).as_secs(), 21_600);
    }

    #[test]
    fn one_unit_is_added_by_default_but_a_set_quantity_is_required() {
        let none = || BodyFields::of_json(serde_json::json!({}));
        assert_eq!(Quantity::read(none(), &ADDED_QUANTITY), Ok(Quantity::ONE));
        let error = Quantity::read(none(), &SET_QUANTITY).expect_err("nothing to set");
        assert_eq!(error.fields()[0].field, "quantity");
    }

    #[test]
    fn a_quantity_is_named_as_it_was_sent() {
        for name in ["quantity", "qty"] {
            let body = |value: i64| BodyFields::of_json(serde_json::json!({ name: value }));
            let read = Quantity::read(body(7), &SET_QUANTITY);
            assert_eq!(read.map(Quantity::get), Ok(7), "{name}");
            let error = Quantity::read(body(0), &SET_QUANTITY).expect_err(name);
            assert_eq!(error.fields()[0].field, name);
        }
    }

    #[test]
    fn a_cart_has_at_most_100_lines() {
        let lines = |count: u8| (0..count).map(|id| request(id, 1)).collect();
        assert!(LineRequests::parse(lines(100)).is_ok());
        let error = LineRequests::parse(lines(101)).expect_err("one too many");
        assert_eq!(error.fields(), [cart_full()]);
        assert_eq!(cart_full().field, "products");
    }

    #[test]
    fn a_total_is_the_sum_of_all_lines() {
        let line = |quantity| line(product(true, 9, 0), quantity, None);
        let cart = Cart {
            id: CartId::from_bytes([9; 12]),
            lines: vec![line(2), line(3)],
            dropped: Vec::new(),
            version: 1,
        };
        assert_eq!(cart.total(), Money::from_minor(5 * 1_999));
    }

    #[test]
    fn units_held_for_a_line_are_available_to_it() {
        let hold = Hold::begin(
            3,
            Timestamp::default(),
            HoldLength::new(Duration::from_secs(60)),
        );
        let held = line(product(true, 9, 5), 3, hold);
        assert_eq!(
            held.held(),
            HeldLine {
                units: 3,
                earlier_held: 1
            }
        );
        assert_eq!(held.available(), 7);
        let other = line(product(true, 9, 5), 3, None);
        assert_eq!(other.held(), HeldLine::default());
        assert_eq!(other.available(), 4);
    }

    #[test]
    fn a_line_takes_up_to_what_is_available_of_a_product_for_sale() {
        let check =
            |status, quantity| check_line(&product(status, 5, 1), HeldLine::default(), quantity);
        assert_eq!(check(true, 4), Ok(()));
        let short = LineError::InsufficientStock { available: 4 };
        assert_eq!(check(true, 5), Err(short));
        assert_eq!(check(false, 1), Err(LineError::NotForSale));
        let product = ProductId::from_bytes([1; 12]);
        assert_eq!(
            short.refusal(product),
            Refusal::InsufficientStock {
                product,
                available: 4
            }
        );
        assert_eq!(
            LineError::NotForSale.refusal(product),
            Refusal::NotForSale { product }
        );
    }
}
