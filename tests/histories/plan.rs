//! What happens next in a history: drawn from its seed, and from what the buyers have seen.

use crate::model::Shop;
use crate::random::Random;
use crate::request::{B, C, Call, Edit, P, Request};

/// Most calls at one time.
const CALLS: u64 = 5;

/// Every hold ends.
const EXPIRY: Call = Call {
    request: Request::Expire { cart: None },
    key: None,
};

/// The habits of a history.
pub(crate) struct Plan {
    pub(crate) random: Random,
    /// What is put into a cart is kept for it.
    pub(crate) holds: bool,
    /// Time cannot be let go by; only some requests take keys, which count for each address.
    is_program: bool,
    pub(crate) products: u8,
    pub(crate) carts: u8,
    pub(crate) batches: u64,
    /// A crash in one of so many batches.
    pub(crate) crashes: u64,
    /// How often each kind of call is made.
    weights: [u64; 8],
    buyers: B,
    keys: u32,
    /// Calls under keys that were made, to be made again.
    keyed: Vec<Call>,
    /// Calls under keys that nobody answered.
    pub(crate) unanswered: Vec<Call>,
    /// Buyers whose orders are known.
    pub(crate) orders: Vec<B>,
}

impl Plan {
    /// The habits of a seed, for a store or for a program before it.
    pub(crate) fn new(seed: u64, is_program: bool) -> Self {
        let mut random = Random::new(seed);
        let mut weights = [10, 12, 8, 6, 1, 4, 5, 2];
        // Every seed has its own habits: some things often, some never.
        for weight in &mut weights[2..] {
            *weight *= random.pick(&[0, 1, 1, 2]);
        }
        Self {
            holds: seed % 3 == 2,
            is_program,
            products: random.between(1, 4) as u8,
            carts: random.between(1, 5) as u8,
            batches: random.between(4, 12),
            crashes: random.pick(&[2, 3, 4, 1_000]),
            weights,
            random,
            buyers: 0,
            keys: 0,
            keyed: Vec::new(),
            unanswered: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// What is asked at the same time next. Whoever got no answer asks again, with the same key.
    pub(crate) fn batch(&mut self, shop: &Shop, blind: bool) -> Vec<Call> {
        let mut calls = Vec::new();
        for call in std::mem::take(&mut self.unanswered) {
            if self.random.once_in(4) {
                calls.push(call.clone());
            }
            calls.push(call);
        }
        if self.holds && !self.is_program && self.random.once_in(6) {
            calls.push(EXPIRY);
            if calls.len() == 1 && self.random.once_in(2) {
                return calls;
            }
        }
        let empty = |cart: &C| shop.lines(*cart).is_empty();
        if calls.is_empty() && (0..self.carts).all(|cart| empty(&cart)) {
            // Everybody wants the same.
            calls.extend((0..self.carts).map(|cart| self.filled(shop, cart)));
            return calls;
        }
        if calls.is_empty() && self.random.once_in(4) {
            // Everybody buys at once.
            calls.extend((0..self.carts).map(|cart| self.purchase(shop, cart)));
            return calls;
        }
        let more = match calls.len() as u64 {
            0 => self.random.between(1, CALLS),
            some => self.random.below(CALLS.saturating_sub(some).min(2) + 1),
        };
        while (calls.len() as u64) < more.min(CALLS) || calls.is_empty() {
            let call = self.call(shop, blind);
            // Parallel retries, and a second buyer of the same cart.
            if let Request::Purchase { cart, .. } = call.request
                && self.random.once_in(3)
            {
                let twin = match self.random.once_in(2) && call.key.is_some() {
                    true => call.clone(),
                    false => self.purchase(shop, cart),
                };
                calls.push(twin);
            }
            calls.push(call);
        }
        calls
    }

    /// As much as there is of some products.
    fn filled(&mut self, shop: &Shop, cart: C) -> Call {
        let mut lines = Vec::new();
        for (product, known) in &shop.products {
            let free = known.stock - known.held;
            if free > 0 && !self.random.once_in(3) {
                let quantity = self.random.between(1, free.min(3) as u64);
                lines.push((*product, quantity as i64));
            }
        }
        let request = Request::Replace { cart, lines };
        Call { request, key: None }
    }

    fn call(&mut self, shop: &Shop, blind: bool) -> Call {
        let mut at = self.random.below(self.weights.iter().sum());
        let kind = self.weights.iter().position(|weight| {
            let is_it = at < *weight;
            at = at.saturating_sub(*weight);
            is_it
        });
        let request = match kind.unwrap_or_default() {
            0 => {
                let cart = self.cart_to_buy(shop);
                return self.purchase(shop, cart);
            }
            2 => self.rewritten(shop),
            3 => self.edited(shop, blind),
            4 => Request::Delete {
                product: self.product(),
            },
            5 if !self.orders.is_empty() => Request::Cancel {
                buyer: self.random.pick(&self.orders),
            },
            6 if !self.keyed.is_empty() => return self.again(),
            _ => Request::Add {
                cart: self.cart(),
                product: self.product(),
                quantity: self.random.pick(&[1, 1, 2, 3]),
            },
        };
        let takes_key = match request {
            Request::Edit { .. } | Request::Delete { .. } | Request::Cancel { .. } => false,
            Request::Add { .. } => true,
            _ => !self.is_program,
        };
        let key = (takes_key && self.random.once_in(3)).then(|| self.key());
        self.noted(Call { request, key })
    }

    fn purchase(&mut self, shop: &Shop, cart: C) -> Call {
        self.buyers += 1;
        let total = match self.random.below(4) {
            0 | 1 => None,
            2 => Some(shop.total(cart)),
            _ => Some(shop.total(cart) + self.random.pick(&[0, 100])),
        };
        let request = Request::Purchase {
            cart,
            buyer: self.buyers,
            total,
            partial: self.random.once_in(2),
        };
        let key = (!self.random.once_in(3)).then(|| self.key());
        self.noted(Call { request, key })
    }

    /// A call under a key once more, or another request under its key.
    fn again(&mut self) -> Call {
        let at = self.random.below(self.keyed.len() as u64) as usize;
        let mut call = self.keyed[at].clone();
        if self.random.once_in(5) && !self.is_program {
            call.request = Request::Add {
                cart: self.cart(),
                product: self.product(),
                quantity: 4,
            };
        }
        call
    }

    fn rewritten(&mut self, shop: &Shop) -> Request {
        let (cart, product) = (self.cart(), self.product());
        match self.random.below(3) {
            0 => Request::Set {
                cart,
                product,
                quantity: self.random.between(1, 4) as i64,
            },
            1 => match shop.lines(cart).first() {
                Some(line) => Request::Remove {
                    cart,
                    product: line.product,
                },
                None => Request::Remove { cart, product },
            },
            _ => {
                let count = self.random.between(1, u64::from(self.products)) as u8;
                let lines = (0..count).map(|product| (product, self.random.between(1, 2) as i64));
                Request::Replace {
                    cart,
                    lines: lines.collect(),
                }
            }
        }
    }

    fn edited(&mut self, shop: &Shop, blind: bool) -> Request {
        let product = self.product();
        let edit = match self.random.below(8) {
            // Below what is held, the oldest holds would count first: the model knows no time.
            0..=2 if !self.holds => Edit::Stock(self.random.below(7) as i64),
            0..=5 => Edit::Price(self.random.between(1, 4) as i64 * 100),
            6 => Edit::ForSale(self.random.once_in(2)),
            _ => Edit::Title(self.random.below(3) as u8),
        };
        let version = shop.products.get(&product).map(|product| product.version);
        let looks = !blind && self.random.once_in(3);
        Request::Edit {
            product,
            edit,
            expected: version.filter(|_| looks),
        }
    }

    fn noted(&mut self, call: Call) -> Call {
        if call.key.is_some() {
            self.keyed.push(call.clone());
        }
        call
    }

    fn key(&mut self) -> u32 {
        self.keys += 1;
        self.keys
    }

    /// Most often one that holds something.
    fn cart_to_buy(&mut self, shop: &Shop) -> C {
        let full: Vec<C> = (0..self.carts)
            .filter(|cart| !shop.lines(*cart).is_empty())
            .collect();
        match full.is_empty() || self.random.once_in(6) {
            true => self.cart(),
            false => self.random.pick(&full),
        }
    }

    fn cart(&mut self) -> C {
        self.random.below(u64::from(self.carts)) as C
    }

    fn product(&mut self) -> P {
        self.random.below(u64::from(self.products)) as P
    }
}
