//! The plan of a history: draws its calls from the seed and from the current state of the model.

use crate::model::Shop;
use crate::random::Random;
use crate::request::{B, C, Call, Edit, P, Request};

/// Calls in a batch.
const MAX_CALLS: u64 = 5;

/// Every hold expires.
const EXPIRY: Call = Call {
    request: Request::Expire { cart: None },
    key: None,
};

/// The parameters of a history, and the calls so far.
pub(crate) struct Plan {
    pub(crate) random: Random,
    /// Whether carts hold their units.
    pub(crate) holds: bool,
    /// On a separate server holds do not expire, and only some requests take keys, which are per
    /// path.
    is_server: bool,
    pub(crate) products: u8,
    pub(crate) carts: u8,
    pub(crate) batches: u64,
    /// One batch in this many crashes.
    pub(crate) crashes: u64,
    /// The frequency of each kind of call.
    weights: [u64; 8],
    buyers: B,
    keys: u32,
    /// Calls with keys, which may be repeated.
    keyed: Vec<Call>,
    /// Calls with keys that got no answer.
    pub(crate) unanswered: Vec<Call>,
    /// Buyers whose orders are known.
    pub(crate) orders: Vec<B>,
}

impl Plan {
    /// The plan of a seed, for a store or for a separate server.
    pub(crate) fn new(seed: u64, is_server: bool) -> Self {
        let mut random = Random::new(seed);
        let mut weights = [10, 12, 8, 6, 1, 4, 5, 2];
        // Each seed has its own mix of calls: some are frequent, some never occur.
        for weight in &mut weights[2..] {
            *weight *= random.pick(&[0, 1, 1, 2]);
        }
        Self {
            holds: seed % 3 == 2,
            is_server,
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

    /// The next parallel calls. A call without an answer is repeated with its key.
    pub(crate) fn batch(&mut self, shop: &Shop, lenient: bool) -> Vec<Call> {
        let mut calls = Vec::new();
        for call in std::mem::take(&mut self.unanswered) {
            if self.random.once_in(4) {
                calls.push(call.clone());
            }
            calls.push(call);
        }
        if self.holds && !self.is_server && self.random.once_in(6) {
            calls.push(EXPIRY);
            if calls.len() == 1 && self.random.once_in(2) {
                return calls;
            }
        }
        let empty = |cart: &C| shop.lines(*cart).is_empty();
        if calls.is_empty() && (0..self.carts).all(|cart| empty(&cart)) {
            // All carts get the same products.
            calls.extend((0..self.carts).map(|cart| self.fill_request(shop, cart)));
            return calls;
        }
        if calls.is_empty() && self.random.once_in(4) {
            // All carts are bought at once.
            calls.extend((0..self.carts).map(|cart| self.purchase(shop, cart)));
            return calls;
        }
        let more = match calls.len() as u64 {
            0 => self.random.between(1, MAX_CALLS),
            some => self.random.below(MAX_CALLS.saturating_sub(some).min(2) + 1),
        };
        while (calls.len() as u64) < more.min(MAX_CALLS) || calls.is_empty() {
            let call = self.call(shop, lenient);
            // Parallel retries, and a second buyer of the same cart.
            if let Request::Purchase { cart, .. } = call.request
                && self.random.once_in(3)
            {
                let twin = if self.random.once_in(2) && call.key.is_some() {
                    call.clone()
                } else {
                    self.purchase(shop, cart)
                };
                calls.push(twin);
            }
            calls.push(call);
        }
        calls
    }

    /// Fills a cart with up to all free units of some products.
    fn fill_request(&mut self, shop: &Shop, cart: C) -> Call {
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

    fn call(&mut self, shop: &Shop, lenient: bool) -> Call {
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
            2 => self.rewrite(shop),
            3 => self.edit(shop, lenient),
            4 => Request::Delete {
                product: self.product(),
            },
            5 if !self.orders.is_empty() => Request::Cancel {
                buyer: self.random.pick(&self.orders),
            },
            6 if !self.keyed.is_empty() => return self.repeat(),
            _ => Request::Add {
                cart: self.cart(),
                product: self.product(),
                quantity: self.random.pick(&[1, 1, 2, 3]),
            },
        };
        let takes_key = match request {
            Request::Edit { .. } | Request::Delete { .. } | Request::Cancel { .. } => false,
            Request::Add { .. } => true,
            _ => !self.is_server,
        };
        let key = (takes_key && self.random.once_in(3)).then(|| self.key());
        self.remember(Call { request, key })
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
        self.remember(Call { request, key })
    }

    /// Repeats a call with its key, or another request with that key.
    fn repeat(&mut self) -> Call {
        let at = self.random.below(self.keyed.len() as u64) as usize;
        let mut call = self.keyed[at].clone();
        if self.random.once_in(5) && !self.is_server {
            call.request = Request::Add {
                cart: self.cart(),
                product: self.product(),
                quantity: 4,
            };
        }
        call
    }

    fn rewrite(&mut self, shop: &Shop) -> Request {
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

    fn edit(&mut self, shop: &Shop, lenient: bool) -> Request {
        let product = self.product();
        let edit = match self.random.below(8) {
            // With less stock than is held, the oldest holds take precedence, but the model has no
            // time.
            0..=2 if !self.holds => Edit::Stock(self.random.below(7) as i64),
            0..=5 => Edit::Price(self.random.between(1, 4) as i64 * 100),
            6 => Edit::ForSale(self.random.once_in(2)),
            _ => Edit::Title(self.random.below(3) as u8),
        };
        let version = shop.products.get(&product).map(|product| product.version);
        let checks_version = !lenient && self.random.once_in(3);
        Request::Edit {
            product,
            edit,
            expected: version.filter(|_| checks_version),
        }
    }

    fn remember(&mut self, call: Call) -> Call {
        if call.key.is_some() {
            self.keyed.push(call.clone());
        }
        call
    }

    fn key(&mut self) -> u32 {
        self.keys += 1;
        self.keys
    }

    /// Usually a cart that is not empty.
    fn cart_to_buy(&mut self, shop: &Shop) -> C {
        let full: Vec<C> = (0..self.carts)
            .filter(|cart| !shop.lines(*cart).is_empty())
            .collect();
        if full.is_empty() || self.random.once_in(6) {
            return self.cart();
        }
        self.random.pick(&full)
    }

    fn cart(&mut self) -> C {
        self.random.below(u64::from(self.carts)) as C
    }

    fn product(&mut self) -> P {
        self.random.below(u64::from(self.products)) as P
    }
}
