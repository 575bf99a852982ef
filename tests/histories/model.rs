//! The shop as it must be: one request after the other, with nothing between them. It shares no line
//! with the program.

use std::collections::{BTreeMap, BTreeSet};

use crate::request::{
    Answer, B, C, Call, Cart, Edit, Left, Order, P, Product, Refusal, Request, Sold,
};

/// What of the shop can be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Seen {
    pub(crate) products: BTreeMap<P, Product>,
    pub(crate) carts: BTreeMap<C, Cart>,
    pub(crate) orders: BTreeMap<B, Order>,
}

/// A state of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Shop {
    pub(crate) products: BTreeMap<P, Product>,
    /// Lines of deleted products are among the others.
    carts: BTreeMap<C, (Vec<Line>, i64)>,
    pub(crate) orders: BTreeMap<B, Order>,
    keys: BTreeMap<u32, (Request, Answer)>,
    /// What is put into a cart is kept for it.
    holds: bool,
    /// Neither versions nor who is called a repeat are looked at.
    blind: bool,
}

/// A line of a cart, and how many units it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) product: P,
    pub(crate) quantity: i64,
    kept: i64,
}

/// Products as they were a moment ago.
pub(crate) type Past = BTreeMap<P, Product>;

type Outcome = Result<Answer, Refusal>;

impl Shop {
    /// The shop as it was read before anything was asked under a key.
    pub(crate) fn begin(seen: Seen, holds: bool, blind: bool) -> Self {
        let empty = seen.carts.into_iter().map(|(id, cart)| {
            assert!(cart.lines.is_empty(), "a history begins with empty carts");
            (id, (Vec::new(), cart.version))
        });
        Self {
            products: seen.products,
            carts: empty.collect(),
            orders: seen.orders,
            keys: BTreeMap::new(),
            holds,
            blind,
        }
    }

    pub(crate) fn is_blind(&self) -> bool {
        self.blind
    }

    pub(crate) fn seen(&self) -> Seen {
        Seen {
            products: self.products.clone(),
            carts: self.carts.keys().map(|id| (*id, self.cart(*id))).collect(),
            orders: self.orders.clone(),
        }
    }

    /// What the cart costs now.
    pub(crate) fn total(&self, cart: C) -> i64 {
        let price = |product: &P| self.products.get(product).map_or(0, |p| p.price);
        let lines = self.carts[&cart].0.iter();
        lines.map(|line| price(&line.product) * line.quantity).sum()
    }

    pub(crate) fn lines(&self, cart: C) -> &[Line] {
        &self.carts[&cart].0
    }

    /// Answers a call; `true` with the answer of an earlier one.
    pub(crate) fn answer(&mut self, call: &Call) -> (Answer, bool) {
        self.answer_by(call, &Past::new())
    }

    /// The same, where a partial purchase judges the lines that it leaves by products of the past.
    pub(crate) fn answer_by(&mut self, call: &Call, past: &Past) -> (Answer, bool) {
        if let Some((request, answer)) = call.key.and_then(|key| self.keys.get(&key)) {
            return match *request == call.request {
                true => (answer.clone(), true),
                false => (Answer::Refused(Refusal::KeyMismatch), false),
            };
        }
        let answer = self
            .done(&call.request, past)
            .unwrap_or_else(Answer::Refused);
        if let Some(key) = call.key {
            self.keys
                .insert(key, (call.request.clone(), answer.clone()));
        }
        (answer, false)
    }

    fn done(&mut self, request: &Request, past: &Past) -> Outcome {
        match request {
            Request::Edit {
                product,
                edit,
                expected,
            } => self.edit(*product, *edit, *expected),
            Request::Delete { product } => match self.products.remove(product) {
                Some(last) => Ok(Answer::Product(last)),
                None => Err(not_found("Product")),
            },
            Request::Add {
                cart,
                product,
                quantity,
            } => {
                let known = self.line(*cart, *product);
                let before = known.map_or(0, |line| line.quantity);
                // A line of a deleted product is forgotten first, and then the product is unknown.
                self.put(*cart, &[(*product, before + quantity)], false)
            }
            Request::Set {
                cart,
                product,
                quantity,
            } => self.put(*cart, &[(*product, *quantity)], false),
            Request::Replace { cart, lines } => self.put(*cart, lines, true),
            Request::Remove { cart, product } => self.remove(*cart, *product),
            Request::Purchase {
                cart,
                buyer,
                total,
                partial,
            } => {
                let (sold, left, sum) = self.judged(*cart, past)?;
                let off = left
                    .iter()
                    .find(|line| !self.is_offered(line.product, past));
                if sold.is_empty() || !partial && !left.is_empty() {
                    let off = off.map(|line| Refusal::NotForSale(line.product));
                    return Err(off.unwrap_or(Refusal::LinesShort(left)));
                }
                if total.is_some_and(|total| total != sum) {
                    return Err(Refusal::PriceChanged(sum));
                }
                Ok(self.sell(*cart, *buyer, sold, left))
            }
            Request::Cancel { buyer } => self.cancel(*buyer),
            Request::Expire { cart } => {
                let all: Vec<C> = self.carts.keys().copied().collect();
                for cart in cart.map_or(all, |cart| vec![cart]) {
                    for line in self.carts.get_mut(&cart).expect("a cart").0.iter_mut() {
                        let_go(&mut self.products, line);
                    }
                }
                Ok(Answer::Expired)
            }
        }
    }

    fn line(&self, cart: C, product: P) -> Option<Line> {
        let mut lines = self.lines(cart).iter();
        lines.find(|line| line.product == product).copied()
    }

    fn edit(&mut self, id: P, edit: Edit, expected: Option<i64>) -> Outcome {
        let step = self.step();
        let Some(product) = self.products.get_mut(&id) else {
            return Err(not_found("Product"));
        };
        if expected.is_some_and(|expected| expected != product.version) {
            return Err(Refusal::VersionMismatch(product.version));
        }
        match edit {
            Edit::Stock(stock) => product.stock = stock,
            Edit::Price(price) => product.price = price,
            Edit::ForSale(for_sale) => product.for_sale = for_sale,
            Edit::Title(number) => product.title = title(number),
        }
        product.version += step;
        Ok(Answer::Product(product.clone()))
    }

    fn step(&self) -> i64 {
        i64::from(!self.blind)
    }

    fn put(&mut self, cart: C, wanted: &[(P, i64)], anew: bool) -> Outcome {
        for (product, quantity) in wanted {
            let Some(offered) = self.products.get(product) else {
                return Err(not_found("Product"));
            };
            if !offered.for_sale {
                return Err(Refusal::NotForSale(*product));
            }
            let own = self.line(cart, *product).map_or(0, |line| line.kept);
            let available = free(offered) + own;
            if *quantity > available {
                return Err(Refusal::Insufficient {
                    product: *product,
                    available,
                });
            }
        }
        let gone = self.forget_dropped(cart);
        let lines = &mut self.carts.get_mut(&cart).expect("a cart").0;
        if anew {
            for line in lines.iter_mut() {
                let_go(&mut self.products, line);
            }
            lines.clear();
        }
        for (product, quantity) in wanted {
            let kept = if self.holds { *quantity } else { 0 };
            let line = Line {
                product: *product,
                quantity: *quantity,
                kept,
            };
            match lines.iter_mut().find(|line| line.product == *product) {
                Some(known) => {
                    let_go(&mut self.products, known);
                    *known = line;
                }
                None => lines.push(line),
            }
            self.products.get_mut(product).expect("a product").held += kept;
        }
        Ok(self.changed(cart, gone))
    }

    fn remove(&mut self, cart: C, product: P) -> Outcome {
        let lines = &mut self.carts.get_mut(&cart).expect("a cart").0;
        let Some(at) = lines.iter().position(|line| line.product == product) else {
            return Err(not_found("CartLine"));
        };
        let_go(&mut self.products, &mut lines.remove(at));
        let gone = self.forget_dropped(cart);
        Ok(self.changed(cart, gone))
    }

    /// What of a cart can be sold, what is left, and what all of it costs.
    fn judged(&self, cart: C, past: &Past) -> Result<(Vec<Sold>, Vec<Left>, i64), Refusal> {
        let (mut sold, mut left, mut sum) = (Vec::new(), Vec::new(), 0);
        for line in self.lines(cart) {
            let (id, quantity) = (line.product, line.quantity);
            let Some(product) = past.get(&id).or_else(|| self.products.get(&id)) else {
                continue;
            };
            sum += product.price * quantity;
            let can_be_had = product.for_sale && quantity <= free(product) + line.kept;
            if can_be_had && past.contains_key(&id) {
                // Nothing is sold by the past: this is no way that it can have been.
                return Err(Refusal::EmptyCart);
            }
            if can_be_had {
                sold.push(Sold {
                    product: id,
                    title: product.title.clone(),
                    price: product.price,
                    quantity,
                });
            } else {
                let available = match product.for_sale {
                    true => free(product) + line.kept,
                    false => 0,
                };
                left.push(Left {
                    product: id,
                    quantity,
                    available,
                });
            }
        }
        match sold.is_empty() && left.is_empty() {
            true => Err(Refusal::EmptyCart),
            false => Ok((sold, left, sum)),
        }
    }

    fn is_offered(&self, id: P, past: &Past) -> bool {
        let product = past.get(&id).or_else(|| self.products.get(&id));
        product.is_some_and(|product| product.for_sale)
    }

    fn sell(&mut self, cart: C, buyer: B, sold: Vec<Sold>, left: Vec<Left>) -> Answer {
        let step = self.step();
        for line in &sold {
            let product = self.products.get_mut(&line.product).expect("a product");
            product.stock -= line.quantity;
            product.version += step;
        }
        let (lines, version) = self.carts.get_mut(&cart).expect("a cart");
        let stays = |line: &Line| left.iter().any(|left| left.product == line.product);
        let mut dropped = BTreeSet::new();
        for mut line in lines.extract_if(.., |line| !stays(line)) {
            if !self.products.contains_key(&line.product) {
                dropped.insert(line.product);
            }
            let_go(&mut self.products, &mut line);
        }
        *version += step;
        let order = Order {
            buyer,
            cart,
            lines: sold,
            cancelled: false,
        };
        self.orders.insert(buyer, order.clone());
        Answer::Bought {
            order,
            left,
            dropped,
        }
    }

    fn cancel(&mut self, buyer: B) -> Outcome {
        let step = self.step();
        let Some(order) = self.orders.get_mut(&buyer) else {
            return Err(not_found("Order"));
        };
        if !order.cancelled {
            order.cancelled = true;
            for line in &order.lines {
                if let Some(product) = self.products.get_mut(&line.product) {
                    product.stock += line.quantity;
                    product.version += step;
                }
            }
        }
        Ok(Answer::Cancelled(order.clone()))
    }

    fn forget_dropped(&mut self, cart: C) -> BTreeSet<P> {
        let products = &self.products;
        let lines = &mut self.carts.get_mut(&cart).expect("a cart").0;
        let gone = lines.extract_if(.., |line| !products.contains_key(&line.product));
        gone.map(|line| line.product).collect()
    }

    fn changed(&mut self, cart: C, gone: BTreeSet<P>) -> Answer {
        let step = self.step();
        self.carts.get_mut(&cart).expect("a cart").1 += step;
        Answer::Cart(Cart {
            dropped: gone,
            ..self.cart(cart)
        })
    }

    fn cart(&self, id: C) -> Cart {
        let (lines, version) = &self.carts[&id];
        let is_there = |line: &&Line| self.products.contains_key(&line.product);
        let there = lines.iter().filter(is_there);
        let gone = lines.iter().filter(|line| !is_there(line));
        let kept = there.clone().filter(|line| line.kept > 0);
        Cart {
            lines: there.map(|line| (line.product, line.quantity)).collect(),
            kept: kept.map(|line| (line.product, line.kept)).collect(),
            dropped: gone.map(|line| line.product).collect(),
            version: *version,
        }
    }
}

/// Units that nobody keeps.
fn free(product: &Product) -> i64 {
    product.stock - product.held
}

/// Ends a line's hold.
fn let_go(products: &mut BTreeMap<P, Product>, line: &mut Line) {
    let kept = std::mem::take(&mut line.kept);
    if let Some(product) = products.get_mut(&line.product) {
        product.held -= kept;
    }
}

fn not_found(what: &str) -> Refusal {
    Refusal::NotFound(what.into())
}

/// The titles that products can have.
pub(crate) fn title(number: u8) -> String {
    format!("Vase {number}")
}
