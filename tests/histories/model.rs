//! A model of the shop that executes one request after another. It shares no code with the server.

use std::collections::{BTreeMap, BTreeSet};

use crate::request::{
    Answer, B, C, Call, Cart, Edit, Order, OrderLine, P, Product, Refusal, Request, ShortLine,
};

/// The state that can be read from the shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct ShopView {
    pub(crate) products: BTreeMap<P, Product>,
    pub(crate) carts: BTreeMap<C, Cart>,
    pub(crate) orders: BTreeMap<B, Order>,
}

/// A state of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Shop {
    pub(crate) products: BTreeMap<P, Product>,
    /// Lines, including those of deleted products, and version.
    carts: BTreeMap<C, (Vec<Line>, i64)>,
    pub(crate) orders: BTreeMap<B, Order>,
    keys: BTreeMap<u32, (Request, Answer)>,
    /// Whether carts hold their units.
    holds: bool,
    /// Versions and replay flags are not compared.
    lenient: bool,
}

/// A line of a cart, and the units that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) product: P,
    pub(crate) quantity: i64,
    held: i64,
}

/// Products in an earlier state.
pub(crate) type EarlierProducts = BTreeMap<P, Product>;

type Outcome = Result<Answer, Refusal>;

impl Shop {
    /// The shop as it was read before the first call.
    pub(crate) fn begin(view: ShopView, holds: bool, lenient: bool) -> Self {
        let empty = view.carts.into_iter().map(|(id, cart)| {
            assert!(cart.lines.is_empty(), "a history begins with empty carts");
            (id, (Vec::new(), cart.version))
        });
        Self {
            products: view.products,
            carts: empty.collect(),
            orders: view.orders,
            keys: BTreeMap::new(),
            holds,
            lenient,
        }
    }

    pub(crate) fn is_lenient(&self) -> bool {
        self.lenient
    }

    pub(crate) fn view(&self) -> ShopView {
        ShopView {
            products: self.products.clone(),
            carts: self.carts.keys().map(|id| (*id, self.cart(*id))).collect(),
            orders: self.orders.clone(),
        }
    }

    /// The current total of the cart.
    pub(crate) fn total(&self, cart: C) -> i64 {
        let price = |product: &P| self.products.get(product).map_or(0, |p| p.price);
        let lines = self.carts[&cart].0.iter();
        lines.map(|line| price(&line.product) * line.quantity).sum()
    }

    pub(crate) fn lines(&self, cart: C) -> &[Line] {
        &self.carts[&cart].0
    }

    /// Executes a call; returns `true` with a replayed answer.
    pub(crate) fn answer(&mut self, call: &Call) -> (Answer, bool) {
        self.answer_with(call, &EarlierProducts::new())
    }

    /// Executes a call, where a partial purchase finds lines unavailable by `earlier` products.
    pub(crate) fn answer_with(&mut self, call: &Call, earlier: &EarlierProducts) -> (Answer, bool) {
        if let Some((request, answer)) = call.key.and_then(|key| self.keys.get(&key)) {
            if *request == call.request {
                return (answer.clone(), true);
            }
            return (Answer::Refused(Refusal::KeyMismatch), false);
        }
        let answer = self
            .execute(&call.request, earlier)
            .unwrap_or_else(Answer::Refused);
        if let Some(key) = call.key {
            self.keys
                .insert(key, (call.request.clone(), answer.clone()));
        }
        (answer, false)
    }

    fn execute(&mut self, request: &Request, earlier: &EarlierProducts) -> Outcome {
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
                // The line of a deleted product counts as removed, and its product as not found.
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
                let (sold, left, sum) = self.split_lines(*cart, earlier)?;
                let not_for_sale = left
                    .iter()
                    .find(|line| !self.is_offered(line.product, earlier));
                if sold.is_empty() || !partial && !left.is_empty() {
                    let not_for_sale = not_for_sale.map(|line| Refusal::NotForSale(line.product));
                    return Err(not_for_sale.unwrap_or(Refusal::LinesShort(left)));
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
                        release_hold(&mut self.products, line);
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
        i64::from(!self.lenient)
    }

    fn put(&mut self, cart: C, requested: &[(P, i64)], replace: bool) -> Outcome {
        for (product, quantity) in requested {
            let Some(offered) = self.products.get(product) else {
                return Err(not_found("Product"));
            };
            if !offered.for_sale {
                return Err(Refusal::NotForSale(*product));
            }
            let own = self.line(cart, *product).map_or(0, |line| line.held);
            let available = free(offered) + own;
            if *quantity > available {
                return Err(Refusal::Insufficient {
                    product: *product,
                    available,
                });
            }
        }
        let dropped = self.remove_dropped(cart);
        let lines = &mut self.carts.get_mut(&cart).expect("a cart").0;
        if replace {
            for line in lines.iter_mut() {
                release_hold(&mut self.products, line);
            }
            lines.clear();
        }
        for (product, quantity) in requested {
            let held = if self.holds { *quantity } else { 0 };
            let line = Line {
                product: *product,
                quantity: *quantity,
                held,
            };
            match lines.iter_mut().find(|line| line.product == *product) {
                Some(known) => {
                    release_hold(&mut self.products, known);
                    *known = line;
                }
                None => lines.push(line),
            }
            self.products.get_mut(product).expect("a product").held += held;
        }
        Ok(self.changed(cart, dropped))
    }

    fn remove(&mut self, cart: C, product: P) -> Outcome {
        let lines = &mut self.carts.get_mut(&cart).expect("a cart").0;
        let Some(at) = lines.iter().position(|line| line.product == product) else {
            return Err(not_found("CartLine"));
        };
        release_hold(&mut self.products, &mut lines.remove(at));
        let dropped = self.remove_dropped(cart);
        Ok(self.changed(cart, dropped))
    }

    /// The lines of a cart that can be sold, those that cannot, and the total.
    fn split_lines(
        &self,
        cart: C,
        earlier: &EarlierProducts,
    ) -> Result<(Vec<OrderLine>, Vec<ShortLine>, i64), Refusal> {
        let (mut sold, mut left, mut sum) = (Vec::new(), Vec::new(), 0);
        for line in self.lines(cart) {
            let (id, quantity) = (line.product, line.quantity);
            let Some(product) = earlier.get(&id).or_else(|| self.products.get(&id)) else {
                continue;
            };
            sum += product.price * quantity;
            let is_available = product.for_sale && quantity <= free(product) + line.held;
            if is_available && earlier.contains_key(&id) {
                // Sold lines cannot come from an earlier state: the combination is impossible.
                return Err(Refusal::EmptyCart);
            }
            if is_available {
                sold.push(OrderLine {
                    product: id,
                    title: product.title.clone(),
                    price: product.price,
                    quantity,
                });
            } else {
                let available = if product.for_sale {
                    free(product) + line.held
                } else {
                    0
                };
                left.push(ShortLine {
                    product: id,
                    quantity,
                    available,
                });
            }
        }
        if sold.is_empty() && left.is_empty() {
            return Err(Refusal::EmptyCart);
        }
        Ok((sold, left, sum))
    }

    fn is_offered(&self, id: P, earlier: &EarlierProducts) -> bool {
        let product = earlier.get(&id).or_else(|| self.products.get(&id));
        product.is_some_and(|product| product.for_sale)
    }

    fn sell(&mut self, cart: C, buyer: B, sold: Vec<OrderLine>, left: Vec<ShortLine>) -> Answer {
        let step = self.step();
        for line in &sold {
            let product = self.products.get_mut(&line.product).expect("a product");
            product.stock -= line.quantity;
            product.version += step;
        }
        let (lines, version) = self.carts.get_mut(&cart).expect("a cart");
        let is_unsold = |line: &Line| left.iter().any(|left| left.product == line.product);
        let mut dropped = BTreeSet::new();
        for mut line in lines.extract_if(.., |line| !is_unsold(line)) {
            if !self.products.contains_key(&line.product) {
                dropped.insert(line.product);
            }
            release_hold(&mut self.products, &mut line);
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

    fn remove_dropped(&mut self, cart: C) -> BTreeSet<P> {
        let products = &self.products;
        let lines = &mut self.carts.get_mut(&cart).expect("a cart").0;
        let dropped = lines.extract_if(.., |line| !products.contains_key(&line.product));
        dropped.map(|line| line.product).collect()
    }

    fn changed(&mut self, cart: C, dropped: BTreeSet<P>) -> Answer {
        let step = self.step();
        self.carts.get_mut(&cart).expect("a cart").1 += step;
        Answer::Cart(Cart {
            dropped,
            ..self.cart(cart)
        })
    }

    fn cart(&self, id: C) -> Cart {
        let (lines, version) = &self.carts[&id];
        let exists = |line: &&Line| self.products.contains_key(&line.product);
        let present = lines.iter().filter(exists);
        let dropped = lines.iter().filter(|line| !exists(line));
        let held = present.clone().filter(|line| line.held > 0);
        Cart {
            lines: present.map(|line| (line.product, line.quantity)).collect(),
            held: held.map(|line| (line.product, line.held)).collect(),
            dropped: dropped.map(|line| line.product).collect(),
            version: *version,
        }
    }
}

/// Units that no cart holds.
fn free(product: &Product) -> i64 {
    product.stock - product.held
}

fn release_hold(products: &mut BTreeMap<P, Product>, line: &mut Line) {
    let held = std::mem::take(&mut line.held);
    if let Some(product) = products.get_mut(&line.product) {
        product.held -= held;
    }
}

fn not_found(resource: &str) -> Refusal {
    Refusal::NotFound(resource.into())
}

/// The titles that products can have.
pub(crate) fn title(number: u8) -> String {
    format!("Vase {number}")
}
