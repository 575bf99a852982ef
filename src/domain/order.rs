//! Orders: what was bought, as it was at the moment of the purchase.

use std::fmt;

use super::ids::{CartId, NoRandomness, OrderId, ProductId};
use super::money::Money;
use super::timestamp::Timestamp;

/// The letters and digits of codes: none that is taken for another one (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What people call an order: eight letters and digits in two groups, easy to read out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderCode(String);

impl OrderCode {
    /// Draws a code. Whoever stores it makes sure that no other order has it.
    pub fn draw() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 8];
        NoRandomness::fill(&mut bytes)?;
        let letters = bytes.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        let (first, second) = letters.split_at(4);
        Ok(Self(first.iter().chain(&['-']).chain(second).collect()))
    }

    /// Takes a code as it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stored order. Nothing of it but `cancelled` ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Random: whoever knows it may read the order.
    pub id: OrderId,
    /// What people call it, unique over all orders.
    pub code: OrderCode,
    /// When it was bought.
    pub purchase_datetime: Timestamp,
    /// The buyer's address, as it was given.
    pub purchaser: String,
    /// The cart that it came from.
    pub cart: CartId,
    /// What was bought, in the order of the cart.
    pub lines: Vec<OrderLine>,
    /// When it was cancelled, if it was.
    pub cancelled: Option<Timestamp>,
}

impl Order {
    /// What everything cost.
    pub fn amount(&self) -> Money {
        self.lines.iter().map(OrderLine::amount).sum()
    }
}

/// A product of an order as it was at the moment of the purchase, whatever became of it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Which product.
    pub product: ProductId,
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The price of one.
    pub price: Money,
    /// Units bought, 1 or more.
    pub quantity: i64,
}

impl OrderLine {
    /// What the line cost.
    pub fn amount(&self) -> Money {
        self.price
            .times(self.quantity)
            .unwrap_or(Money::from_minor(i64::MAX))
    }
}

/// Which orders a reader wants. The newest come first unless asked otherwise; ties go by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuery {
    /// Orders on a page, 1 or more.
    pub limit: u32,
    /// The page, from 1.
    pub page: u32,
    /// The oldest come first.
    pub oldest_first: bool,
    /// All of these must hold.
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
    /// How many orders lie before this page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.limit)
    }
}

/// A condition on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderFilter {
    /// Exactly this code.
    Code(String),
    /// Exactly this address.
    Purchaser(String),
    /// Bought out of this cart.
    Cart(CartId),
    /// Cancelled or not.
    Cancelled(bool),
}

/// A page of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// The orders of the page.
    pub orders: Vec<Order>,
    /// How many match over all pages.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_two_groups_of_letters_that_nobody_mistakes() {
        for _ in 0..200 {
            let code = OrderCode::draw().expect("random bytes").to_string();
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
}
