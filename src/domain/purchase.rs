//! Purchases: the request, and the decision which lines are sold.

use serde::{Deserialize, Serialize};

use super::body_fields::BodyFields;
use super::cart::{CartLine, LineError, check_line};
use super::email::Email;
use super::error::ValidationError;
use super::field_spec::{BodySpec, FieldKind, FieldSpec, Literal};
use super::ids::ProductId;
use super::money::Money;
use super::order::{Order, OrderLine};
use super::refusal::Refusal;
use super::unavailable_line::UnavailableLine;

/// The rule for carts with unavailable lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PurchaseMode {
    /// Sell nothing.
    #[default]
    AllOrNothing,
    /// Sell the available lines and leave the others in the cart.
    Partial,
}

/// A request to buy the contents of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRequest {
    /// The buyer's e-mail address.
    pub purchaser: Email,
    /// The total that the buyer saw; the purchase is refused if it has changed.
    pub total: Option<Money>,
    pub mode: PurchaseMode,
}

/// The body of a purchase.
pub const PURCHASE_REQUEST: BodySpec = BodySpec::new(
    "PurchaseRequest",
    "Identifies the buyer.",
    &[
        FieldSpec::required("purchaser", FieldKind::Email, "The buyer's e-mail address.")
            .example(Literal::Text("ana@example.com")),
        FieldSpec::optional(
            "total",
            FieldKind::Money {
                max: Money::MAX_AMOUNT,
            },
            "The total that the buyer saw; the purchase is refused if it has changed.",
        )
        .example(Literal::Number(99.8)),
    ],
);

impl PurchaseRequest {
    /// Reads a request; an error names every invalid field. An invalid mode is reported after
    /// unknown fields and before invalid ones.
    pub fn read(
        body: BodyFields,
        mode: Result<PurchaseMode, ValidationError>,
    ) -> Result<Self, ValidationError> {
        let mut body = PURCHASE_REQUEST.reader(body)?;
        let mode = mode?;
        let purchaser = body.read("purchaser");
        let total = body.read("total");
        body.finish(purchaser.zip(total).map(|(purchaser, total)| Self {
            purchaser,
            total,
            mode,
        }))
    }
}

/// The result of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOutcome {
    pub order: Order,
    /// Lines that are still in the cart; empty unless the mode was [`PurchaseMode::Partial`].
    pub left: Vec<UnavailableLine>,
    /// Products that were deleted while the cart held them, reported for the last time.
    pub dropped: Vec<ProductId>,
}

/// The lines of a cart that are sold, and those that stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// The lines of the order; at least one.
    pub sold: Vec<OrderLine>,
    pub left: Vec<UnavailableLine>,
}

/// Decides which lines are sold. The lines must have the current state of their products, and each
/// product must be in one line only.
pub fn decide(lines: &[CartLine], request: &PurchaseRequest) -> Result<Sale, Refusal> {
    if lines.is_empty() {
        return Err(Refusal::EmptyCart);
    }
    let mut sale = Sale {
        sold: Vec::with_capacity(lines.len()),
        left: Vec::new(),
    };
    let mut not_for_sale = None;
    for line in lines {
        let available = match check_line(&line.product, line.held(), line.quantity) {
            Ok(()) => {
                sale.sold.push(sold(line));
                continue;
            }
            Err(LineError::InsufficientStock { available }) => available,
            Err(LineError::NotForSale) => {
                not_for_sale.get_or_insert(line.product.id);
                0
            }
        };
        sale.left.push(UnavailableLine {
            product: line.product.id,
            quantity: line.quantity,
            available,
        });
    }
    let total: Money = lines.iter().map(CartLine::subtotal).sum();
    let is_refused = !sale.left.is_empty() && request.mode == PurchaseMode::AllOrNothing;
    if is_refused || sale.sold.is_empty() {
        return Err(match not_for_sale {
            Some(product) => Refusal::NotForSale { product },
            None => Refusal::LinesShort { lines: sale.left },
        });
    }
    match request.total {
        Some(seen) if seen != total => Err(Refusal::PriceChanged { total }),
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

    fn line(id: u8, stock: i64, quantity: i64) -> CartLine {
        CartLine {
            product: Product {
                id: ProductId::from_bytes([id; 12]),
                title: "Vase".into(),
                code: format!("V-{id}"),
                price: Money::from_minor(1_999),
                status: true,
                stock,
                category: "general".into(),
                version: 1,
                ..Product::default()
            },
            quantity,
            hold: None,
            earlier_held: 0,
        }
    }

    fn request(mode: PurchaseMode, total: Option<i64>) -> PurchaseRequest {
        PurchaseRequest {
            purchaser: Email::parse("ana@example.com").expect("an address"),
            total: total.map(Money::from_minor),
            mode,
        }
    }

    fn short(id: u8, quantity: i64, available: i64) -> UnavailableLine {
        UnavailableLine {
            product: ProductId::from_bytes([id; 12]),
            quantity,
            available,
        }
    }

    #[test]
    fn all_or_nothing_names_every_unavailable_line() {
        let lines = [line(1, 1, 2), line(2, 5, 5), line(3, 0, 1)];
        let refusal = decide(&lines, &request(PurchaseMode::AllOrNothing, None));
        let lines = vec![short(1, 2, 1), short(3, 1, 0)];
        assert_eq!(refusal, Err(Refusal::LinesShort { lines }));
    }

    #[test]
    fn a_partial_purchase_sells_or_leaves_whole_lines() {
        let lines = [line(1, 1, 2), line(2, 5, 5)];
        let sale = decide(&lines, &request(PurchaseMode::Partial, None)).expect("a sale");
        assert_eq!(sale.left, [short(1, 2, 1)]);
        assert_eq!((sale.sold.len(), sale.sold[0].quantity), (1, 5));
    }

    #[test]
    fn a_partial_purchase_of_nothing_is_refused() {
        let refusal = decide(&[line(1, 1, 2)], &request(PurchaseMode::Partial, None));
        let lines = vec![short(1, 2, 1)];
        assert_eq!(refusal, Err(Refusal::LinesShort { lines }));
    }

    #[test]
    fn a_product_not_for_sale_refuses_all_or_stays_in_the_cart() {
        let mut off = line(1, 9, 1);
        off.product.status = false;
        let lines = [off, line(2, 5, 1)];
        assert_eq!(
            decide(&lines, &request(PurchaseMode::AllOrNothing, None)),
            Err(Refusal::NotForSale {
                product: lines[0].product.id
            })
        );
        let sale = decide(&lines, &request(PurchaseMode::Partial, None)).expect("a sale");
        assert_eq!(sale.left, [short(1, 1, 0)]);
    }

    #[test]
    fn the_seen_total_covers_the_whole_cart() {
        let lines = [line(1, 5, 2), line(2, 0, 1)];
        let seen = request(PurchaseMode::Partial, Some(3 * 1_999));
        assert!(decide(&lines, &seen).is_ok());
        let other = request(PurchaseMode::Partial, Some(2 * 1_999));
        let total = Money::from_minor(3 * 1_999);
        assert_eq!(decide(&lines, &other), Err(Refusal::PriceChanged { total }));
    }

    #[test]
    fn an_empty_cart_buys_nothing() {
        for mode in [PurchaseMode::AllOrNothing, PurchaseMode::Partial] {
            assert_eq!(
                decide(&[], &request(mode, Some(0))),
                Err(Refusal::EmptyCart)
            );
        }
    }

    #[test]
    fn an_error_names_every_invalid_field() {
        let body = serde_json::json!({ "purchaser": "ana", "total": -1 });
        let body = BodyFields::of_json(body);
        let error =
            PurchaseRequest::read(body, Ok(PurchaseMode::AllOrNothing)).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["purchaser", "total"]);
    }

    #[test]
    fn a_request_names_the_buyer_and_may_name_the_total() {
        let read =
            |body| PurchaseRequest::read(BodyFields::of_json(body), Ok(PurchaseMode::Partial));
        let seen = read(serde_json::json!({ "purchaser": "ana@example.com", "total": 39.98 }));
        assert_eq!(seen, Ok(request(PurchaseMode::Partial, Some(3_998))));
        let none = read(serde_json::json!({ "purchaser": "ana@example.com" }));
        assert_eq!(none, Ok(request(PurchaseMode::Partial, None)));
    }

    #[test]
    fn an_order_line_is_the_product_of_now() {
        let sale = decide(&[line(1, 5, 2)], &request(PurchaseMode::AllOrNothing, None));
        let sold = OrderLine {
            product: ProductId::from_bytes([1; 12]),
            code: "V-1".into(),
            title: "Vase".into(),
            price: Money::from_minor(1_999),
            quantity: 2,
        };
        assert_eq!(sale.expect("a sale").sold, [sold]);
    }
}
