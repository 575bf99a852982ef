//! The followed carts as last read, and an index of them by product.

use std::collections::{HashMap, HashSet};

use crate::domain::cart::Cart;
use crate::domain::cart_transition::{CartReason, transition};
use crate::domain::ids::{CartId, ProductId};

/// Changed products, and carts, that are recorded one by one; with more, all carts are read again.
const MAX_PENDING: usize = 10_000;

/// The followed carts. A state machine: reads and changes go in, reasons for updates come out.
#[derive(Debug, Default)]
pub(super) struct Index {
    carts: HashMap<CartId, WatchedCart>,
    by_product: HashMap<ProductId, HashSet<CartId>>,
    pending: PendingChanges,
}

#[derive(Debug)]
struct WatchedCart {
    followers: usize,
    last: Cart,
}

/// Changes since the last [`Index::take_affected`].
#[derive(Debug, Default)]
struct PendingChanges {
    products: HashSet<ProductId>,
    carts: HashSet<CartId>,
    everything: bool,
}

impl Index {
    pub(super) fn mark_product(&mut self, id: ProductId) {
        if self.pending.products.len() < MAX_PENDING {
            self.pending.products.insert(id);
        } else {
            self.pending.everything = true;
        }
    }

    /// A cart changed, or could not be read.
    pub(super) fn mark_cart(&mut self, id: CartId) {
        if self.pending.carts.len() < MAX_PENDING {
            self.pending.carts.insert(id);
        } else {
            self.pending.everything = true;
        }
    }

    /// Marks may be lost: every followed cart counts as changed.
    pub(super) fn mark_everything(&mut self) {
        self.pending.everything = true;
    }

    /// Takes the followed carts that changes affect.
    pub(super) fn take_affected(&mut self) -> HashSet<CartId> {
        let pending = std::mem::take(&mut self.pending);
        if pending.everything {
            return self.carts.keys().copied().collect();
        }
        let mut affected = pending.carts;
        affected.retain(|id| self.carts.contains_key(id));
        for product in &pending.products {
            affected.extend(self.by_product.get(product).into_iter().flatten());
        }
        affected
    }

    /// Replaces a followed cart; returns the reason to notify its followers, if any.
    pub(super) fn update(&mut self, cart: &Cart) -> Option<CartReason> {
        let watched = self.carts.get_mut(&cart.id)?;
        let before = std::mem::replace(&mut watched.last, cart.clone());
        let reason = transition(&before, cart);
        self.remove_products(&before);
        self.add_products(cart);
        reason
    }

    /// The last state of a cart that no longer exists, without its lines.
    pub(super) fn emptied(&self, id: CartId) -> Option<Cart> {
        let last = &self.carts.get(&id)?.last;
        Some(Cart {
            lines: Vec::new(),
            dropped: Vec::new(),
            ..last.clone()
        })
    }

    /// Adds a follower, who gets this state of the cart.
    pub(super) fn follow(&mut self, cart: &Cart) {
        match self.carts.get_mut(&cart.id) {
            Some(watched) => watched.followers += 1,
            None => {
                let watched = WatchedCart {
                    followers: 1,
                    last: cart.clone(),
                };
                self.carts.insert(cart.id, watched);
                self.add_products(cart);
            }
        }
    }

    /// Removes a follower.
    pub(super) fn release(&mut self, id: CartId) {
        let Some(watched) = self.carts.get_mut(&id) else {
            return;
        };
        watched.followers -= 1;
        if watched.followers == 0
            && let Some(watched) = self.carts.remove(&id)
        {
            self.remove_products(&watched.last);
        }
    }

    fn add_products(&mut self, cart: &Cart) {
        for line in &cart.lines {
            let carts = self.by_product.entry(line.product.id).or_default();
            carts.insert(cart.id);
        }
    }

    fn remove_products(&mut self, cart: &Cart) {
        for line in &cart.lines {
            if let Some(carts) = self.by_product.get_mut(&line.product.id) {
                carts.remove(&cart.id);
                if carts.is_empty() {
                    self.by_product.remove(&line.product.id);
                }
            }
        }
    }
}
