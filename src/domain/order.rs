//! Orders: products as they were at the time of the purchase.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::email::Email;
use super::ids::{CartId, EntropyError, OrderId, ProductId};
use super::money::Money;
use super::timestamp::Timestamp;

/// Crockford's base 32: no letters that look like digits.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The short name of an order: eight letters and digits in two groups, easy to read out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderCode(String);

impl OrderCode {
    /// A random code. The store must check that it is unique.
    pub fn generate() -> Result<Self, EntropyError> {
        let mut bytes = [0; 8];
        EntropyError::fill(&mut bytes)?;
        let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        let (first, second) = letters.split_at(4);
        Ok(Self(first.iter().chain(&['-']).chain(second).collect()))
    }

    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stored order; only `cancelled` ever changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Random: anyone who knows it can read the order.
    pub id: OrderId,
    /// Unique over all orders.
    pub code: OrderCode,
    pub purchase_datetime: Timestamp,
    /// The buyer's e-mail address as entered.
    pub purchaser: String,
    pub cart: CartId,
    /// In the order of the cart.
    pub lines: Vec<OrderLine>,
    pub cancelled: Option<Timestamp>,
}

impl Order {
    /// The order that a sale makes.
    pub fn of_sale(
        id: OrderId,
        code: OrderCode,
        cart: CartId,
        purchaser: &Email,
        sold: Vec<OrderLine>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            code,
            purchase_datetime: now,
            purchaser: purchaser.as_str().to_owned(),
            cart,
            lines: sold,
            cancelled: None,
        }
    }

    pub fn amount(&self) -> Money {
        self.lines.iter().map(OrderLine::amount).sum()
    }
}

/// A product as it was at the time of the purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub product: ProductId,
    pub code: String,
    pub title: String,
    /// Per unit.
    pub price: Money,
    /// At least 1.
    pub quantity: i64,
}

impl OrderLine {
    pub fn amount(&self) -> Money {
        self.price
            .times(self.quantity)
            .unwrap_or(Money::from_minor(i64::MAX))
    }
}

/// A page of orders, newest first by default; ties are ordered by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuery {
    /// Orders on a page, at least 1.
    pub limit: u32,
    /// From 1.
    pub page: u32,
    pub oldest_first: bool,
    /// All of them must match.
    pub filters: Vec<OrderFilter>,
}

impl Default for OrderQuery {
    fn default() -> Self {
        Self {
            limit: super::product_query::DEFAULT_LIMIT,
            page: 1,
            oldest_first: false,
            filters: Vec::new(),
        }
    }
}

impl OrderQuery {
    /// Orders before this page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.limit)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderFilter {
    /// This code exactly.
    Code(String),
    /// This address exactly.
    Purchaser(String),
    Cart(CartId),
    Cancelled(bool),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    pub orders: Vec<Order>,
    /// Matching orders on all pages.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_groups_of_unambiguous_letters() {
        for _ in 0..200 {
            let code = OrderCode::generate().expect("random bytes").to_string();
            assert_eq!((code.len(), &code[4..5]), (9, "-"), "{code}");
            assert!(!code.contains(['I', 'L', 'O', 'U']), "{code}");
            assert!(
                code.chars()
                    .all(|c| c == '-' || LETTERS.contains(&(c as u8)))
            );
        }
    }

    #[test]
    fn the_largest_order_has_an_exact_amount() {
        let line = OrderLine {
            product: ProductId::from_bytes([1; 12]),
            code: "A".into(),
            title: "Vase".into(),
            price: Money::MAX_PRICE,
            quantity: super::super::cart::MAX_QUANTITY,
        };
        let order = Order {
            id: OrderId::from_bytes([2; 12]),
            code: OrderCode::from_stored("7KQM-3XWD".into()),
            purchase_datetime: Timestamp::default(),
            purchaser: "ana@example.com".into(),
            cart: CartId::from_bytes([3; 12]),
            lines: vec![line; super::super::cart::MAX_LINES],
            cancelled: None,
        };
        assert_eq!(order.amount(), Money::MAX_AMOUNT);
    }

    #[test]
    fn an_order_is_what_was_sold() {
        let sold = OrderLine {
            product: ProductId::from_bytes([1; 12]),
            code: "A".into(),
            title: "Vase".into(),
            price: Money::from_minor(1_999),
            quantity: 2,
        };
        let order = Order::of_sale(
            OrderId::from_bytes([2; 12]),
            OrderCode::from_stored("7KQM-3XWD".into()),
            CartId::from_bytes([3; 12]),
            &Email::parse("Ana@example.com").expect("an address"),
            vec![sold.clone()],
            Timestamp::from_millis(5),
        );
        assert_eq!(order.code.as_str(), "7KQM-3XWD");
        assert_eq!(order.code.to_string(), "7KQM-3XWD");
        assert_eq!(order.purchaser, "Ana@example.com");
        assert_eq!(
            (order.lines.as_slice(), order.cancelled),
            ([sold].as_slice(), None)
        );
        assert_eq!(order.amount(), Money::from_minor(3_998));
    }

    #[test]
    fn codes_differ_and_use_every_letter() {
        let codes: std::collections::HashSet<_> = (0..1000)
            .map(|_| OrderCode::generate().expect("random bytes").to_string())
            .collect();
        assert_eq!(codes.len(), 1000);
        let used: std::collections::HashSet<_> =
            codes.iter().flat_map(|code| code.bytes()).collect();
        assert!(LETTERS.iter().all(|letter| used.contains(letter)));
    }

    #[test]
    fn a_page_begins_after_all_earlier_pages() {
        let query = |page, limit| OrderQuery {
            page,
            limit,
            ..OrderQuery::default()
        };
        assert_eq!(query(1, 50).offset(), 0);
        assert_eq!(query(4, 50).offset(), 150);
        assert_eq!(
            query(u32::MAX, u32::MAX).offset(),
            u64::from(u32::MAX - 1) * u64::from(u32::MAX)
        );
    }
}
