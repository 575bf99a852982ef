//! Changes of a cart's lines and of the units held for them, as pure rules that both stores follow.

use std::collections::{BTreeMap, HashMap};

use super::cart::{Cart, CartLine, LineRequest, LineRequests, MAX_LINES, check_line};
use super::hold::{HeldLine, Hold, HoldLength};
use super::ids::ProductId;
use super::product::Product;
use super::purchase::Sale;
use super::refusal::{Refusal, Resource};
use super::timestamp::Timestamp;

/// A change of a cart's lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartChange {
    /// Adds units to the product's line, or a new line at the end; parallel additions all count.
    Add(LineRequest),
    /// Sets the units of the product's line, or makes it.
    Set(LineRequest),
    /// Replaces all lines.
    Replace(LineRequests),
    /// Removes the product's line, also that of a deleted product.
    Remove(ProductId),
}

/// Units that more (or, below 0, fewer) are held of products.
pub type HeldDeltas = BTreeMap<ProductId, i64>;

/// A cart after a change, and what the change means for the products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartDelta {
    /// The lines from now on, in their order; their products count the changed holds.
    pub lines: Vec<CartLine>,
    /// The change of the units held of each product; never 0.
    pub held: HeldDeltas,
    /// Products that were deleted, whose lines end with this change without being asked for.
    pub dropped: Vec<ProductId>,
}

impl CartChange {
    /// The products that must exist for this change.
    pub fn products(&self) -> Vec<ProductId> {
        match self {
            Self::Add(line) | Self::Set(line) => vec![line.product],
            Self::Replace(lines) => lines.as_slice().iter().map(|line| line.product).collect(),
            Self::Remove(_) => Vec::new(),
        }
    }

    /// Applies the change to a cart whose due holds have expired. `offered` has the products of
    /// [`products`](Self::products) that exist. Every live hold of the cart is extended.
    ///
    /// # Errors
    /// Why nothing may change.
    pub fn apply(
        &self,
        before: &Cart,
        offered: &HashMap<ProductId, Product>,
        now: Timestamp,
        length: HoldLength,
    ) -> Result<CartDelta, Refusal> {
        let mut draft = Draft {
            offered,
            now,
            length,
            lines: before.lines.clone(),
        };
        let mut dropped = before.dropped.clone();
        match self {
            Self::Add(line) => draft.put(line.product, line.quantity.get(), Put::More)?,
            Self::Set(line) => draft.put(line.product, line.quantity.get(), Put::Exactly)?,
            Self::Replace(lines) => draft.replace(lines)?,
            Self::Remove(product) => {
                let was_dropped = dropped.extract_if(.., |id| id == product).count() > 0;
                let removed = draft
                    .lines
                    .extract_if(.., |line| line.product.id == *product);
                if removed.count() == 0 && !was_dropped {
                    return Err(Refusal::NotFound(Resource::CartLine));
                }
            }
        }
        Ok(delta(before, draft.lines, dropped, now, length))
    }
}

/// The cart after a purchase: the lines that it did not sell. Units of sold lines are no longer
/// held.
pub fn after_sale(before: &Cart, sale: &Sale, now: Timestamp, length: HoldLength) -> CartDelta {
    let is_left = |line: &&CartLine| sale.left.iter().any(|left| left.product == line.product.id);
    let lines = before.lines.iter().filter(is_left).cloned().collect();
    delta(before, lines, before.dropped.clone(), now, length)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Put {
    Exactly,
    More,
}

struct Draft<'a> {
    offered: &'a HashMap<ProductId, Product>,
    now: Timestamp,
    length: HoldLength,
    lines: Vec<CartLine>,
}

impl Draft<'_> {
    /// Gives a product's line these units, or so many more than it has, all of them held.
    fn put(&mut self, id: ProductId, units: i64, put: Put) -> Result<(), Refusal> {
        let known = self.lines.iter().position(|line| line.product.id == id);
        let offered = match known {
            Some(at) => &self.lines[at].product,
            None => self
                .offered
                .get(&id)
                .ok_or(Refusal::NotFound(Resource::Product))?,
        };
        let had = known.map(|at| &self.lines[at]);
        let held = had.map_or_else(HeldLine::default, CartLine::held);
        let quantity = match (put, had) {
            (Put::More, Some(line)) => line.quantity.saturating_add(units),
            _ => units,
        };
        check_line(offered, held, quantity).map_err(|why| why.refusal(id))?;
        let since = had
            .and_then(|line| line.hold)
            .map_or(self.now, |hold| hold.since);
        let hold = Hold::begin(quantity, since, self.length);
        match known {
            Some(at) => {
                self.lines[at].quantity = quantity;
                self.lines[at].hold = hold;
            }
            None if self.lines.len() >= MAX_LINES => return Err(Refusal::CartFull),
            None => self.lines.push(CartLine {
                product: offered.clone(),
                quantity,
                hold,
                earlier_held: 0,
            }),
        }
        Ok(())
    }

    /// A line that stays keeps the age of its hold.
    fn replace(&mut self, lines: &LineRequests) -> Result<(), Refusal> {
        let mut before = std::mem::take(&mut self.lines);
        for line in lines.as_slice() {
            let known = before
                .iter()
                .position(|known| known.product.id == line.product);
            self.lines.extend(known.map(|at| before.swap_remove(at)));
            self.put(line.product, line.quantity.get(), Put::Exactly)?;
        }
        Ok(())
    }
}

fn delta(
    before: &Cart,
    mut lines: Vec<CartLine>,
    dropped: Vec<ProductId>,
    now: Timestamp,
    length: HoldLength,
) -> CartDelta {
    let mut held = HeldDeltas::new();
    for line in &before.lines {
        *held.entry(line.product.id).or_default() -= line.held().units;
    }
    for line in &mut lines {
        line.hold = line.hold.map(|hold| hold.extended(now, length));
        *held.entry(line.product.id).or_default() += line.held().units;
    }
    held.retain(|_, more| *more != 0);
    for line in &mut lines {
        line.product.held += held.get(&line.product.id).copied().unwrap_or_default();
    }
    CartDelta {
        lines,
        held,
        dropped,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::cart::Quantity;
    use crate::domain::ids::CartId;
    use crate::domain::money::Money;
    use crate::domain::unavailable_line::UnavailableLine;

    const LENGTH: HoldLength = HoldLength::new(Duration::from_millis(10));

    fn id(number: u8) -> ProductId {
        ProductId::from_bytes([number; 12])
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn product(number: u8, stock: i64, held: i64) -> Product {
        Product {
            id: id(number),
            title: "Vase".into(),
            code: format!("V-{number}"),
            price: Money::from_minor(1_999),
            status: true,
            stock,
            held,
            category: "general".into(),
            version: 1,
            ..Product::default()
        }
    }

    fn line(number: u8, quantity: i64, since: i64) -> CartLine {
        CartLine {
            product: product(number, 10, quantity),
            quantity,
            hold: Hold::begin(quantity, at(since), LENGTH),
            earlier_held: 0,
        }
    }

    fn cart(lines: Vec<CartLine>) -> Cart {
        Cart {
            id: CartId::from_bytes([9; 12]),
            lines,
            dropped: Vec::new(),
            version: 1,
        }
    }

    fn request(number: u8, quantity: i64) -> LineRequest {
        LineRequest {
            product: id(number),
            quantity: Quantity::parse(quantity).expect("a quantity"),
        }
    }

    fn offered(products: Vec<Product>) -> HashMap<ProductId, Product> {
        products
            .into_iter()
            .map(|product| (product.id, product))
            .collect()
    }

    fn apply(change: &CartChange, before: &Cart) -> Result<CartDelta, Refusal> {
        change.apply(before, &offered(vec![product(2, 10, 0)]), at(100), LENGTH)
    }

    fn units(delta: &CartDelta) -> Vec<(ProductId, i64)> {
        let lines = delta.lines.iter();
        lines.map(|line| (line.product.id, line.quantity)).collect()
    }

    #[test]
    fn adding_counts_what_the_line_has() {
        let before = cart(vec![line(1, 2, 90)]);
        let delta = apply(&CartChange::Add(request(1, 3)), &before).expect("free");
        assert_eq!(units(&delta), [(id(1), 5)]);
        assert_eq!(delta.held, HeldDeltas::from([(id(1), 3)]));
        assert_eq!(delta.lines[0].product.held, 5);
    }

    #[test]
    fn a_new_line_goes_to_the_end_and_begins_a_hold() {
        let before = cart(vec![line(1, 2, 95)]);
        let delta = apply(&CartChange::Set(request(2, 4)), &before).expect("free");
        assert_eq!(units(&delta), [(id(1), 2), (id(2), 4)]);
        let hold = delta.lines[1].hold.expect("a hold");
        assert_eq!((hold.units, hold.since, hold.until), (4, at(100), at(110)));
        assert_eq!(delta.held, HeldDeltas::from([(id(2), 4)]));
    }

    #[test]
    fn every_change_extends_the_other_holds_to_four_lengths_at_most() {
        let before = cart(vec![line(1, 1, 95), line(3, 1, 65)]);
        let delta = apply(&CartChange::Set(request(2, 1)), &before).expect("free");
        let until: Vec<_> = delta
            .lines
            .iter()
            .map(|line| line.hold.map(|hold| hold.until))
            .collect();
        assert_eq!(until, [Some(at(110)), Some(at(105)), Some(at(110))]);
    }

    #[test]
    fn replacing_keeps_the_age_of_holds_and_frees_what_is_left_out() {
        let before = cart(vec![line(1, 2, 90), line(3, 1, 95)]);
        let lines = LineRequests::parse(vec![request(2, 1), request(1, 3)]).expect("valid");
        let delta = apply(&CartChange::Replace(lines), &before).expect("free");
        assert_eq!(units(&delta), [(id(2), 1), (id(1), 3)]);
        assert_eq!(delta.lines[1].hold.map(|hold| hold.since), Some(at(90)));
        assert_eq!(
            delta.held,
            HeldDeltas::from([(id(1), 1), (id(2), 1), (id(3), -1)])
        );
    }

    #[test]
    fn removing_needs_a_line_also_that_of_a_deleted_product() {
        let mut before = cart(vec![line(1, 2, 90)]);
        before.dropped = vec![id(7), id(8)];
        let delta = apply(&CartChange::Remove(id(7)), &before).expect("a line");
        assert_eq!(
            (units(&delta), delta.dropped),
            (vec![(id(1), 2)], vec![id(8)])
        );
        let delta = apply(&CartChange::Remove(id(1)), &before).expect("a line");
        assert_eq!(delta.held, HeldDeltas::from([(id(1), -2)]));
        let refusal = apply(&CartChange::Remove(id(5)), &before);
        assert_eq!(refusal, Err(Refusal::NotFound(Resource::CartLine)));
    }

    #[test]
    fn only_existing_products_in_stock_go_in() {
        let before = cart(vec![line(1, 2, 90)]);
        let unknown = apply(&CartChange::Add(request(5, 1)), &before);
        assert_eq!(unknown, Err(Refusal::NotFound(Resource::Product)));
        let (product, available) = (id(1), 10);
        let short = apply(&CartChange::Add(request(1, 9)), &before);
        assert_eq!(
            short,
            Err(Refusal::InsufficientStock { product, available })
        );
    }

    #[test]
    fn a_full_cart_takes_more_of_its_lines_but_no_new_one() {
        let lines = (10..110).map(|number| line(number, 1, 90)).collect();
        let before = cart(lines);
        assert!(apply(&CartChange::Add(request(10, 1)), &before).is_ok());
        let refusal = apply(&CartChange::Add(request(2, 1)), &before);
        assert_eq!(refusal, Err(Refusal::CartFull));
    }

    #[test]
    fn nothing_is_held_while_holds_are_off() {
        let change = CartChange::Add(request(2, 1));
        let offered = offered(vec![product(2, 10, 0)]);
        let delta = change.apply(&cart(Vec::new()), &offered, at(100), HoldLength::OFF);
        let delta = delta.expect("free");
        assert_eq!((delta.lines[0].hold, delta.held.len()), (None, 0));
    }

    #[test]
    fn a_sale_leaves_unsold_lines_and_frees_the_others() {
        let before = cart(vec![line(1, 2, 90), line(3, 1, 95)]);
        let left = vec![UnavailableLine {
            product: id(3),
            quantity: 1,
            available: 0,
        }];
        let sale = Sale {
            sold: Vec::new(),
            left,
        };
        let delta = after_sale(&before, &sale, at(100), LENGTH);
        assert_eq!(units(&delta), [(id(3), 1)]);
        assert_eq!(delta.held, HeldDeltas::from([(id(1), -2)]));
    }

    #[test]
    fn a_change_asks_for_the_products_that_it_puts_in() {
        let lines = LineRequests::parse(vec![request(1, 1), request(2, 1)]).expect("valid");
        assert_eq!(CartChange::Add(request(1, 1)).products(), [id(1)]);
        assert_eq!(CartChange::Set(request(2, 1)).products(), [id(2)]);
        assert_eq!(CartChange::Replace(lines).products(), [id(1), id(2)]);
        assert_eq!(CartChange::Remove(id(1)).products(), []);
    }

    #[test]
    fn setting_replaces_what_the_line_has() {
        let before = cart(vec![line(1, 5, 95)]);
        let delta = apply(&CartChange::Set(request(1, 2)), &before).expect("free");
        assert_eq!(units(&delta), [(id(1), 2)]);
        assert_eq!(delta.held, HeldDeltas::from([(id(1), -3)]));
        assert_eq!(delta.lines[0].product.held, 2);
    }
}
