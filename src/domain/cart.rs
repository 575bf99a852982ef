//! Carts: lines of products, checked against what is in stock.

use std::time::Duration;

use super::error::{FieldError, ValidationError};
use super::field::{Field, Fields};
use super::hold::{Hold, Kept};
use super::ids::{CartId, ProductId};
use super::money::Money;
use super::product::Product;

/// Most lines of a cart.
pub const MAX_LINES: usize = 100;
/// Largest quantity of a line.
pub const MAX_QUANTITY: i64 = 1_000_000;

/// How long a cart is kept after its last change.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// The same for one without lines.
const EMPTY_LIFE: Duration = Duration::from_secs(6 * 3600);

/// How long a cart is kept after its last change, with lines or without.
pub fn life(is_empty: bool) -> Duration {
    if is_empty { EMPTY_LIFE } else { LIFE }
}

/// How many units of a product somebody wants: 1 to [`MAX_QUANTITY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

impl Quantity {
    /// One unit.
    pub const ONE: Quantity = Quantity(1);

    /// Takes a whole number within the bounds.
    pub fn parse(value: i64) -> Result<Self, String> {
        if (1..=MAX_QUANTITY).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("must be from 1 to {MAX_QUANTITY}"))
        }
    }

    /// Reads a quantity that may be absent: then it is `default`.
    ///
    /// # Errors
    /// A bad quantity, by the name of its field.
    pub fn read(
        name: &str,
        field: Field<i64>,
        default: Option<Self>,
    ) -> Result<Self, ValidationError> {
        let mut fields = Fields::default();
        let value = match default {
            Some(_) => fields.optional(name, field, Self::parse).or(default),
            None => fields.required(name, field, Self::parse),
        };
        fields.finish(value)
    }

    /// The number of units.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A line that somebody wants in a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedLine {
    /// Which product.
    pub product: ProductId,
    /// How many.
    pub quantity: Quantity,
}

/// The lines of a whole cart: each product once, at most [`MAX_LINES`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WantedLines(Vec<WantedLine>);

impl WantedLines {
    /// Sums lines of one product, so that each product is checked once against its stock.
    ///
    /// # Errors
    /// More lines, or more units of a product, than a cart can have.
    pub fn parse(lines: Vec<WantedLine>) -> Result<Self, ValidationError> {
        let mut summed: Vec<WantedLine> = Vec::new();
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

    /// The lines, in the order of their first mention.
    pub fn as_slice(&self) -> &[WantedLine] {
        &self.0
    }
}

/// The refusal of one line more than a cart can have.
pub fn cart_full() -> FieldError {
    FieldError::new("products", format!("must have at most {MAX_LINES} lines"))
}

/// A cart as it is read: its lines filled with the products of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// Random: whoever knows it owns the cart.
    pub id: CartId,
    /// In the order in which the products were first put in.
    pub lines: Vec<CartLine>,
    /// Products that the cart held when they were deleted. The cart's next change forgets them, and
    /// is the last to tell them.
    pub dropped: Vec<ProductId>,
    /// Grows by 1 on every change of the cart.
    pub version: i64,
}

impl Cart {
    /// What everything costs now.
    pub fn total(&self) -> Money {
        self.lines.iter().map(CartLine::subtotal).sum()
    }
}

/// A line of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    /// The product as it is now.
    pub product: Product,
    /// Units wanted.
    pub quantity: i64,
    /// What the cart keeps of the product.
    pub hold: Option<Hold>,
    /// Units of the product that older holds of other carts keep; told where it has a hold and more is
    /// held than there is, 0 elsewhere.
    pub older: i64,
}

impl CartLine {
    /// The most that this line could hold now, what it keeps already included.
    pub fn available(&self) -> i64 {
        self.product.available_to(self.kept())
    }

    /// What it keeps already.
    pub fn kept(&self) -> Kept {
        self.hold.map_or_else(Kept::default, |hold| Kept {
            units: hold.units,
            older: self.older,
        })
    }

    /// What the line costs now.
    pub fn subtotal(&self) -> Money {
        self.product
            .price
            .times(self.quantity)
            .unwrap_or(Money::from_minor(i64::MAX))
    }
}

/// Why a product cannot be put into a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineRefusal {
    /// It is not offered.
    NotForSale,
    /// There are not that many.
    InsufficientStock {
        /// The most that the line can hold.
        available: i64,
    },
}

/// Whether a cart that keeps so much of a product already may hold `quantity` of it.
///
/// # Errors
/// Why it may not.
pub fn check_line(product: &Product, kept: Kept, quantity: i64) -> Result<(), LineRefusal> {
    if !product.status {
        return Err(LineRefusal::NotForSale);
    }
    let available = product.available_to(kept);
    if quantity > available {
        return Err(LineRefusal::InsufficientStock { available });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(id: u8, quantity: i64) -> WantedLine {
        WantedLine {
            product: ProductId::from_bytes([id; 12]),
            quantity: Quantity::parse(quantity).expect("a quantity"),
        }
    }

    #[test]
    fn lines_of_one_product_are_summed() {
        let lines = WantedLines::parse(vec![wanted(1, 2), wanted(2, 1), wanted(1, 3)]);
        assert_eq!(
            lines.expect("valid").as_slice(),
            [wanted(1, 5), wanted(2, 1)]
        );
    }

    #[test]
    fn a_sum_beyond_the_bound_names_the_line() {
        let error =
            WantedLines::parse(vec![wanted(1, MAX_QUANTITY), wanted(1, 1)]).expect_err("too many");
        assert_eq!(error.fields()[0].field, "products[1].quantity");
    }

    #[test]
    fn a_quantity_is_a_positive_number() {
        for value in [0, -1, MAX_QUANTITY + 1] {
            assert!(Quantity::parse(value).is_err(), "{value}");
        }
    }
}
