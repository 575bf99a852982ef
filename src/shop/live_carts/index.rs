//! Which carts pages follow, as they were read last, and which products concern them.

use std::collections::{HashMap, HashSet};

use crate::domain::cart::Cart;
use crate::domain::cart_transition::{CartReason, transition};
use crate::domain::ids::{CartId, ProductId};

/// The most products whose changes are remembered one by one; beyond it every cart is looked at.
const MAX_NOTED: usize = 10_000;

/// The open carts. A state machine: reads and changes go in, what must be told comes out.
#[derive(Debug, Default)]
pub(super) struct Index {
    carts: HashMap<CartId, OpenCart>,
    by_product: HashMap<ProductId, HashSet<CartId>>,
    noted: Noted,
}

#[derive(Debug)]
struct OpenCart {
    pages: usize,
    last: Cart,
}

/// What has changed since carts were looked at.
#[derive(Debug, Default)]
struct Noted {
    products: HashSet<ProductId>,
    carts: HashSet<CartId>,
    everything: bool,
}

impl Index {
    /// A product changed.
    pub(super) fn note_product(&mut self, id: ProductId) {
        if self.noted.products.len() < MAX_NOTED {
            self.noted.products.insert(id);
        } else {
            self.noted.everything = true;
        }
    }

    /// A cart changed, or could not be read.
    pub(super) fn note_cart(&mut self, id: CartId) {
        if self.noted.carts.len() < MAX_NOTED {
            self.noted.carts.insert(id);
        } else {
            self.noted.everything = true;
        }
    }

    /// Whatever was noted may be lost: every open cart is looked at.
    pub(super) fn note_everything(&mut self) {
        self.noted.everything = true;
    }

    /// The open carts that what was noted concerns; they are taken as looked at.
    pub(super) fn take_concerned(&mut self) -> HashSet<CartId> {
        let noted = std::mem::take(&mut self.noted);
        if noted.everything {
            return self.carts.keys().copied().collect();
        }
        let open = noted.carts.into_iter();
        let mut concerned: HashSet<_> = open.filter(|id| self.carts.contains_key(id)).collect();
        for product in &noted.products {
            concerned.extend(self.by_product.get(product).into_iter().flatten());
        }
        concerned
    }

    /// Takes in a cart as it was read; returns what its followers must be told.
    pub(super) fn update(&mut self, cart: &Cart) -> Option<CartReason> {
        let open = self.carts.get_mut(&cart.id)?;
        let before = std::mem::replace(&mut open.last, cart.clone());
        let reason = transition(&before, cart);
        self.forget_products(&before);
        self.remember_products(cart);
        reason
    }

    /// The cart as its followers know it, emptied: it is gone.
    pub(super) fn emptied(&self, id: CartId) -> Option<Cart> {
        let last = &self.carts.get(&id)?.last;
        Some(Cart {
            lines: Vec::new(),
            dropped: Vec::new(),
            ..last.clone()
        })
    }

    /// A page follows a cart from this state on.
    pub(super) fn follow(&mut self, cart: &Cart) {
        match self.carts.get_mut(&cart.id) {
            Some(open) => open.pages += 1,
            None => {
                let last = cart.clone();
                self.carts.insert(cart.id, OpenCart { pages: 1, last });
                self.remember_products(cart);
            }
        }
    }

    /// A page follows a cart no more.
    pub(super) fn release(&mut self, id: CartId) {
        let Some(open) = self.carts.get_mut(&id) else {
            return;
        };
        open.pages -= 1;
        if open.pages == 0
            && let Some(open) = self.carts.remove(&id)
        {
            self.forget_products(&open.last);
        }
    }

    fn remember_products(&mut self, cart: &Cart) {
        for line in &cart.lines {
            let carts = self.by_product.entry(line.product.id).or_default();
            carts.insert(cart.id);
        }
    }

    fn forget_products(&mut self, cart: &Cart) {
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
