//! What the owner of a cart must be told when something around the cart, or the cart itself, changes.

use super::cart::{Cart, CartLine};

/// Why a cart is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CartReason {
    /// A page has begun to follow it.
    Snapshot,
    /// A product of it was deleted, and its line went.
    Deleted,
    /// What it kept of a product is free for all again.
    Expired,
    /// A line cannot be had any more: others took what it wants, or it is not offered.
    Short,
    /// A line can be had again.
    Available,
    /// A product of it has another price.
    Price,
    /// Somebody changed its lines.
    Changed,
}

impl CartReason {
    /// The reason's word on the wire.
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

/// What happened to a cart between two moments; of several things the one that weighs most.
pub fn transition(before: &Cart, now: &Cart) -> Option<CartReason> {
    let lines = before
        .lines
        .iter()
        .filter_map(|line| line_reason(line, now));
    lines.min().or_else(|| {
        let same = before.version == now.version && holds_the_same(before, now);
        (!same).then_some(CartReason::Changed)
    })
}

fn holds_the_same(before: &Cart, now: &Cart) -> bool {
    let held = |cart: &Cart| -> Vec<_> {
        let lines = cart.lines.iter();
        lines.map(|line| (line.product.id, line.quantity)).collect()
    };
    held(before) == held(now)
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
    match (can_be_had(before), can_be_had(line)) {
        (true, false) => Some(CartReason::Short),
        (false, true) if unchanged => Some(CartReason::Available),
        _ => (line.product.price != before.product.price).then_some(CartReason::Price),
    }
}

/// Whether a line can be bought as it is.
pub fn can_be_had(line: &CartLine) -> bool {
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
            description: String::new(),
            code: format!("V-{id}"),
            price: Money::from_minor(500),
            status: true,
            stock,
            held: 0,
            category: "general".into(),
            thumbnails: Vec::new(),
            version: 1,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        };
        CartLine {
            product,
            quantity,
            hold: None,
            older: 0,
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
    fn nothing_is_told_while_a_line_can_still_be_had() {
        let before = cart(1, vec![line(1, 9, 2)]);
        assert_eq!(transition(&before, &before), None);
        assert_eq!(transition(&before, &cart(1, vec![line(1, 2, 2)])), None);
    }

    #[test]
    fn a_line_runs_short_and_is_available_again_once_each() {
        let (enough, short) = (cart(1, vec![line(1, 2, 2)]), cart(1, vec![line(1, 1, 2)]));
        let none = cart(1, vec![line(1, 0, 2)]);
        assert_eq!(transition(&enough, &short), Some(CartReason::Short));
        assert_eq!(transition(&short, &none), None);
        assert_eq!(transition(&none, &enough), Some(CartReason::Available));
    }

    #[test]
    fn what_is_not_offered_cannot_be_had() {
        let before = cart(1, vec![line(1, 9, 2)]);
        let mut now = before.clone();
        now.lines[0].product.status = false;
        assert_eq!(transition(&before, &now), Some(CartReason::Short));
        assert_eq!(transition(&now, &before), Some(CartReason::Available));
    }

    #[test]
    fn who_takes_what_is_left_has_changed_the_cart() {
        let short = cart(1, vec![line(1, 1, 2)]);
        let taken = cart(2, vec![line(1, 1, 1)]);
        assert_eq!(transition(&short, &taken), Some(CartReason::Changed));
    }

    #[test]
    fn a_price_is_told() {
        let before = cart(1, vec![line(1, 9, 2)]);
        let mut now = before.clone();
        now.lines[0].product.price = Money::from_minor(600);
        assert_eq!(transition(&before, &now), Some(CartReason::Price));
    }

    #[test]
    fn a_deleted_product_is_told_and_a_removed_line_is_a_change() {
        let before = cart(1, vec![line(1, 9, 2), line(2, 9, 2)]);
        let mut now = cart(1, vec![line(1, 0, 2)]);
        now.dropped = vec![ProductId::from_bytes([2; 12])];
        // The first of two reasons.
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
    fn a_hold_that_ran_out_is_told_once_and_before_what_it_leads_to() {
        let before = cart(1, vec![held(line(1, 2, 2))]);
        assert_eq!(transition(&before, &before), None);
        for stock in [2, 1] {
            let after = cart(1, vec![line(1, stock, 2)]);
            assert_eq!(transition(&before, &after), Some(CartReason::Expired));
            assert_eq!(transition(&after, &after), None);
        }
        // Its owner took the line out.
        let removed = cart(2, vec![]);
        assert_eq!(transition(&before, &removed), Some(CartReason::Changed));
    }

    #[test]
    fn a_cart_can_have_what_it_keeps() {
        let kept = cart(1, vec![held(line(1, 2, 2))]);
        assert_eq!(transition(&cart(1, vec![line(1, 2, 2)]), &kept), None);
        let mut others = line(1, 2, 2);
        others.product.held = 2;
        let others = cart(1, vec![others]);
        assert_eq!(transition(&kept, &others), Some(CartReason::Expired));
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
}
