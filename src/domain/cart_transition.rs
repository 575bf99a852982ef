//! The reason that a cart's followers are notified with when the cart or one of its products
//! changes.

use super::cart::{Cart, CartLine};

/// Why a cart update is sent; the first of several reasons wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CartReason {
    /// A page starts to follow the cart.
    Snapshot,
    /// A product was deleted, and its line removed.
    Deleted,
    /// A hold ended; its units are available to everyone again.
    Expired,
    /// A line is no longer available: others bought the units, or the product is not for sale.
    Short,
    /// A line is available again.
    Available,
    /// A product's price changed.
    Price,
    /// The lines were changed.
    Changed,
}

impl CartReason {
    /// The name on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Deleted => "deleted",
            Self::Expired => "expired",
            Self::Short => "short",
            Self::Available => "available",
            Self::Price => "price",
            Self::Changed => "changed",
        }
    }
}

/// Compares two states of a cart; `None` when its followers need no update.
pub fn transition(before: &Cart, now: &Cart) -> Option<CartReason> {
    let lines = before
        .lines
        .iter()
        .filter_map(|line| line_reason(line, now));
    lines.min().or_else(|| {
        let same = before.version == now.version && has_same_lines(before, now);
        (!same).then_some(CartReason::Changed)
    })
}

fn has_same_lines(before: &Cart, now: &Cart) -> bool {
    let lines = |cart: &Cart| -> Vec<_> {
        let lines = cart.lines.iter();
        lines.map(|line| (line.product.id, line.quantity)).collect()
    };
    lines(before) == lines(now)
}

fn line_reason(before: &CartLine, now: &Cart) -> Option<CartReason> {
    let id = before.product.id;
    let Some(line) = now.lines.iter().find(|line| line.product.id == id) else {
        return now.dropped.contains(&id).then_some(CartReason::Deleted);
    };
    if before.hold.is_some() && line.hold.is_none() {
        return Some(CartReason::Expired);
    }
    let unchanged = line.quantity == before.quantity;
    match (is_available(before), is_available(line)) {
        (true, false) => Some(CartReason::Short),
        (false, true) if unchanged => Some(CartReason::Available),
        _ => (line.product.price != before.product.price).then_some(CartReason::Price),
    }
}

/// Whether the line can be bought in its quantity.
pub fn is_available(line: &CartLine) -> bool {
    line.product.status && line.quantity <= line.available()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hold::Hold;
    use crate::domain::ids::{CartId, ProductId};
    use crate::domain::money::Money;
    use crate::domain::product::Product;
    use crate::domain::timestamp::Timestamp;

    fn line(id: u8, stock: i64, quantity: i64) -> CartLine {
        let product = Product {
            id: ProductId::from_bytes([id; 12]),
            title: "Vase".into(),
            code: format!("V-{id}"),
            price: Money::from_minor(500),
            status: true,
            stock,
            category: "general".into(),
            version: 1,
            ..Product::default()
        };
        CartLine {
            product,
            quantity,
            hold: None,
            earlier_held: 0,
        }
    }

    fn cart(version: i64, lines: Vec<CartLine>) -> Cart {
        Cart {
            id: CartId::from_bytes([7; 12]),
            lines,
            dropped: Vec::new(),
            version,
        }
    }

    #[test]
    fn available_lines_need_no_update() {
        let before = cart(1, vec![line(1, 9, 2)]);
        assert_eq!(transition(&before, &before), None);
        assert_eq!(transition(&before, &cart(1, vec![line(1, 2, 2)])), None);
    }

    #[test]
    fn short_and_available_are_reported_once_each() {
        let (enough, short) = (cart(1, vec![line(1, 2, 2)]), cart(1, vec![line(1, 1, 2)]));
        let none = cart(1, vec![line(1, 0, 2)]);
        assert_eq!(transition(&enough, &short), Some(CartReason::Short));
        assert_eq!(transition(&short, &none), None);
        assert_eq!(transition(&none, &enough), Some(CartReason::Available));
    }

    #[test]
    fn a_line_not_for_sale_is_short() {
        let before = cart(1, vec![line(1, 9, 2)]);
        let mut now = before.clone();
        now.lines[0].product.status = false;
        assert_eq!(transition(&before, &now), Some(CartReason::Short));
        assert_eq!(transition(&now, &before), Some(CartReason::Available));
    }

    #[test]
    fn a_smaller_quantity_is_a_change_by_the_owner() {
        let short = cart(1, vec![line(1, 1, 2)]);
        let taken = cart(2, vec![line(1, 1, 1)]);
        assert_eq!(transition(&short, &taken), Some(CartReason::Changed));
    }

    #[test]
    fn a_new_price_is_reported() {
        let before = cart(1, vec![line(1, 9, 2)]);
        let mut now = before.clone();
        now.lines[0].product.price = Money::from_minor(600);
        assert_eq!(transition(&before, &now), Some(CartReason::Price));
    }

    #[test]
    fn a_deleted_product_and_a_removed_line_have_different_reasons() {
        let before = cart(1, vec![line(1, 9, 2), line(2, 9, 2)]);
        let mut now = cart(1, vec![line(1, 0, 2)]);
        now.dropped = vec![ProductId::from_bytes([2; 12])];
        // Line 1 is also short; `Deleted` comes first.
        assert_eq!(transition(&before, &now), Some(CartReason::Deleted));
        let removed = cart(2, vec![line(1, 9, 2)]);
        assert_eq!(transition(&before, &removed), Some(CartReason::Changed));
    }

    fn held(mut line: CartLine) -> CartLine {
        let until = Timestamp::from_millis(1);
        line.hold = Some(Hold {
            units: line.quantity,
            since: Timestamp::default(),
            until,
        });
        line.product.held = line.quantity;
        line
    }

    #[test]
    fn an_expired_hold_is_reported_once_and_before_its_effects() {
        let before = cart(1, vec![held(line(1, 2, 2))]);
        assert_eq!(transition(&before, &before), None);
        for stock in [2, 1] {
            let after = cart(1, vec![line(1, stock, 2)]);
            assert_eq!(transition(&before, &after), Some(CartReason::Expired));
            assert_eq!(transition(&after, &after), None);
        }
        // The owner removed the line.
        let removed = cart(2, vec![]);
        assert_eq!(transition(&before, &removed), Some(CartReason::Changed));
    }

    #[test]
    fn held_units_are_available_to_their_cart() {
        let holding = cart(1, vec![held(line(1, 2, 2))]);
        assert_eq!(transition(&cart(1, vec![line(1, 2, 2)]), &holding), None);
        let mut others = line(1, 2, 2);
        others.product.held = 2;
        let others = cart(1, vec![others]);
        assert_eq!(transition(&holding, &others), Some(CartReason::Expired));
        assert_eq!(
            transition(&cart(1, vec![line(1, 2, 2)]), &others),
            Some(CartReason::Short)
        );
    }

    #[test]
    fn a_purchase_is_a_change() {
        let before = cart(1, vec![line(1, 2, 2)]);
        assert_eq!(
            transition(&before, &cart(2, vec![])),
            Some(CartReason::Changed)
        );
    }

    #[test]
    fn every_reason_has_its_name_on_the_wire() {
        for (reason, name) in [
            (CartReason::Snapshot, "snapshot"),
            (CartReason::Deleted, "deleted"),
            (CartReason::Expired, "expired"),
            (CartReason::Short, "short"),
            (CartReason::Available, "available"),
            (CartReason::Price, "price"),
            (CartReason::Changed, "changed"),
        ] {
            assert_eq!(reason.word(), name);
        }
    }

    #[test]
    fn other_lines_or_another_version_are_a_change() {
        let before = cart(1, vec![line(1, 9, 2)]);
        for now in [
            cart(2, vec![line(1, 9, 2)]),
            cart(1, vec![line(1, 9, 3)]),
            cart(1, vec![line(1, 9, 2), line(2, 9, 1)]),
        ] {
            assert_eq!(transition(&before, &now), Some(CartReason::Changed));
        }
    }
}
