//! Purchases: what a buyer asks for, and what of it can be had.

use super::cart::{CartLine, LineRefusal, check_line};
use super::email::Email;
use super::error::ValidationError;
use super::field::{Field, Fields};
use super::ids::ProductId;
use super::money::Money;
use super::order::{Order, OrderLine};

/// What becomes of a cart that cannot be had as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PurchaseMode {
    /// Nothing is sold.
    #[default]
    Whole,
    /// Each line is sold whole, or left in the cart.
    Partial,
}

/// A buyer's wish to buy what the cart holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRequest {
    /// The buyer's address.
    pub purchaser: Email,
    /// What the buyer saw that the cart costs.
    pub total: Option<Money>,
    /// What becomes of a cart that cannot be had as a whole.
    pub mode: PurchaseMode,
}

impl PurchaseRequest {
    /// Reads a request from the members of a body; `total` is a decimal literal.
    ///
    /// # Errors
    /// Every missing or bad field, at once.
    pub fn parse(
        purchaser: Field<String>,
        total: Field<String>,
        mode: PurchaseMode,
    ) -> Result<Self, ValidationError> {
        let mut fields = Fields::default();
        let purchaser = fields.required("purchaser", purchaser, |text| Email::parse(&text));
        let total = fields.optional("total", total, |literal| Money::parse_amount(&literal));
        fields.finish(purchaser.map(|purchaser| Self {
            purchaser,
            total,
            mode,
        }))
    }
}

/// A line that was not sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineLeft {
    /// Which product.
    pub product: ProductId,
    /// How many were wanted.
    pub quantity: i64,
    /// How many could be had; none of what is not for sale.
    pub available: i64,
}

/// What a purchase did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchased {
    /// What was bought.
    pub order: Order,
    /// Lines that are still in the cart; none unless the mode was [`PurchaseMode::Partial`].
    pub left: Vec<LineLeft>,
    /// Products that the cart held when they were deleted: told for the last time.
    pub dropped: Vec<ProductId>,
}

/// Which lines of a cart are sold, and which are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// What becomes the order: one line at least.
    pub sold: Vec<OrderLine>,
    /// What stays in the cart.
    pub left: Vec<LineLeft>,
}

/// Why nothing was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PurchaseRefusal {
    /// The cart has no line.
    EmptyCart,
    /// A product is not offered.
    NotForSale(ProductId),
    /// There are not that many; every line that cannot be had, one at least.
    InsufficientStock(Vec<LineLeft>),
    /// The cart does not cost what the buyer saw, but this.
    PriceChanged(Money),
}

/// Decides what of a cart is sold, from its lines and products as they are at the moment of the
/// purchase. Each product is in one line alone.
///
/// # Errors
/// Nothing can be sold, and why.
pub fn decide(lines: &[CartLine], request: &PurchaseRequest) -> Result<Sale, PurchaseRefusal> {
    if lines.is_empty() {
        return Err(PurchaseRefusal::EmptyCart);
    }
    let mut sale = Sale {
        sold: Vec::with_capacity(lines.len()),
        left: Vec::new(),
    };
    let mut not_for_sale = None;
    for line in lines {
        let available = match check_line(&line.product, line.kept(), line.quantity) {
            Ok(()) => {
                sale.sold.push(sold(line));
                continue;
            }
            Err(LineRefusal::InsufficientStock { available }) => available,
            Err(LineRefusal::NotForSale) => {
                not_for_sale.get_or_insert(line.product.id);
                0
            }
        };
        sale.left.push(LineLeft {
            product: line.product.id,
            quantity: line.quantity,
            available,
        });
    }
    let total: Money = lines.iter().map(CartLine::subtotal).sum();
    let is_refused = !sale.left.is_empty() && request.mode == PurchaseMode::Whole;
    if is_refused || sale.sold.is_empty() {
        return Err(match not_for_sale {
            Some(product) => PurchaseRefusal::NotForSale(product),
            None => PurchaseRefusal::InsufficientStock(sale.left),
        });
    }
    match request.total {
        Some(seen) if seen != total => Err(PurchaseRefusal::PriceChanged(total)),
        _ => Ok(sale),
    }
}

fn sold(line: &CartLine) -> OrderLine {
    OrderLine {
        product: line.product.id,
        code: line.product.code.clone(),
        title: line.product.title.clone(),
        price: line.product.price,
        quantity: line.quantity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::product::Product;
    use crate::domain::timestamp::Timestamp;

    fn line(id: u8, stock: i64, quantity: i64) -> CartLine {
        CartLine {
            product: Product {
                id: ProductId::from_bytes([id; 12]),
                title: "Vase".into(),
                description: String::new(),
                code: format!("V-{id}"),
                price: Money::from_minor(1_999),
                status: true,
                stock,
                held: 0,
                category: "general".into(),
                thumbnails: Vec::new(),
                version: 1,
                created_at: Timestamp::default(),
                updated_at: Timestamp::default(),
            },
            quantity,
            hold: None,
            older: 0,
        }
    }

    fn request(mode: PurchaseMode, total: Option<i64>) -> PurchaseRequest {
        PurchaseRequest {
            purchaser: Email::parse("ana@example.com").expect("an address"),
            total: total.map(Money::from_minor),
            mode,
        }
    }

    fn short(id: u8, quantity: i64, available: i64) -> LineLeft {
        LineLeft {
            product: ProductId::from_bytes([id; 12]),
            quantity,
            available,
        }
    }

    #[test]
    fn every_short_line_is_named() {
        let lines = [line(1, 1, 2), line(2, 5, 5), line(3, 0, 1)];
        let refusal = decide(&lines, &request(PurchaseMode::Whole, None));
        let lines = vec![short(1, 2, 1), short(3, 1, 0)];
        assert_eq!(refusal, Err(PurchaseRefusal::InsufficientStock(lines)));
    }

    #[test]
    fn a_part_sells_lines_whole_or_leaves_them() {
        let lines = [line(1, 1, 2), line(2, 5, 5)];
        let sale = decide(&lines, &request(PurchaseMode::Partial, None)).expect("a sale");
        assert_eq!(sale.left, [short(1, 2, 1)]);
        assert_eq!((sale.sold.len(), sale.sold[0].quantity), (1, 5));
    }

    #[test]
    fn a_part_of_which_nothing_can_be_had_is_refused() {
        let refusal = decide(&[line(1, 1, 2)], &request(PurchaseMode::Partial, None));
        let lines = vec![short(1, 2, 1)];
        assert_eq!(refusal, Err(PurchaseRefusal::InsufficientStock(lines)));
    }

    #[test]
    fn what_is_not_for_sale_refuses_the_whole_and_is_left_by_a_part() {
        let mut off = line(1, 9, 1);
        off.product.status = false;
        let lines = [off, line(2, 5, 1)];
        assert_eq!(
            decide(&lines, &request(PurchaseMode::Whole, None)),
            Err(PurchaseRefusal::NotForSale(lines[0].product.id))
        );
        let sale = decide(&lines, &request(PurchaseMode::Partial, None)).expect("a sale");
        assert_eq!(sale.left, [short(1, 1, 0)]);
    }

    #[test]
    fn the_price_that_was_seen_is_that_of_the_whole_cart() {
        let lines = [line(1, 5, 2), line(2, 0, 1)];
        let seen = request(PurchaseMode::Partial, Some(3 * 1_999));
        assert!(decide(&lines, &seen).is_ok());
        let other = request(PurchaseMode::Partial, Some(2 * 1_999));
        let total = Money::from_minor(3 * 1_999);
        assert_eq!(
            decide(&lines, &other),
            Err(PurchaseRefusal::PriceChanged(total))
        );
    }

    #[test]
    fn an_empty_cart_buys_nothing() {
        for mode in [PurchaseMode::Whole, PurchaseMode::Partial] {
            assert_eq!(
                decide(&[], &request(mode, Some(0))),
                Err(PurchaseRefusal::EmptyCart)
            );
        }
    }

    #[test]
    fn every_bad_member_of_a_request_is_named() {
        let error = PurchaseRequest::parse(
            Field::Given("ana".into()),
            Field::Given("-1".into()),
            PurchaseMode::Whole,
        )
        .expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["purchaser", "total"]);
    }
}
