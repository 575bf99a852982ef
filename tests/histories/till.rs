//! The way to the store under proof: calls go in, answers come out in the words of the history.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vitrina::domain::cart::{Cart as StoredCart, CartLine, Quantity, WantedLine, WantedLines};
use vitrina::domain::email::Email;
use vitrina::domain::field::Field;
use vitrina::domain::hold::HoldLength;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::ids::{CartId, OrderId, ProductId};
use vitrina::domain::money::Money;
use vitrina::domain::order::{Order as StoredOrder, OrderQuery};
use vitrina::domain::product::{NewProduct, Product as StoredProduct, ProductPatch, RawProduct};
use vitrina::domain::purchase::{LineLeft, PurchaseMode, PurchaseRequest, Purchased};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{Effect, KeyedRequest, Once, Reply, SharedStore, StoreError, StoreResult};

use crate::model::{Seen, title};
use crate::plant::Plant;
use crate::request::{
    Answer, B, C, Call, Cart, Edit, Identity, Kept, Left, Order, P, Product, Refusal, Request,
    Sold, Told,
};
use crate::site::Site;

/// How long holds last: they end when a history says so, and not before.
pub(crate) const HOLD: HoldLength = HoldLength::new(Duration::from_secs(3_600));

/// The numbers of things, and what the store calls them.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) products: Vec<ProductId>,
    pub(crate) carts: Vec<CartId>,
    pub(crate) orders: Mutex<BTreeMap<B, OrderId>>,
}

/// Where the shop is asked.
#[derive(Clone)]
pub(crate) enum Door {
    /// At its store, in this process.
    Store(SharedStore),
    /// Where a program serves.
    Site(Site),
}

impl Door {
    pub(crate) async fn create_product(&self, number: P, stock: i64) -> ProductId {
        match self {
            Self::Store(store) => {
                let made = store.create_product(goods(number, stock)).await;
                made.expect("a product").id
            }
            Self::Site(site) => site.create_product(number, stock).await,
        }
    }

    pub(crate) async fn create_cart(&self) -> CartId {
        match self {
            Self::Store(store) => {
                let made = store.create_cart(WantedLines::default()).await;
                made.expect("a cart").id
            }
            Self::Site(site) => site.create_cart().await,
        }
    }
}

/// The shop that is asked.
#[derive(Clone)]
pub(crate) struct Till {
    pub(crate) door: Door,
    pub(crate) names: Arc<Names>,
    pub(crate) plant: Option<Plant>,
    /// The price that a product had when it was last put into a cart.
    pub(crate) cart_prices: Arc<Mutex<BTreeMap<P, i64>>>,
}

impl Till {
    /// The store of a shop in this process.
    pub(crate) fn store(&self) -> &SharedStore {
        match &self.door {
            Door::Store(store) => store,
            Door::Site(_) => panic!("the store is another program's"),
        }
    }

    /// Does a call as the program would.
    pub(crate) async fn ask(&self, call: &Call) -> Told {
        if let Door::Site(site) = &self.door {
            return site.ask(&self.names, call).await;
        }
        match call.key.and_then(|key| self.once(key, &call.request)) {
            Some(once) => told(self.store().answer_once(once).await),
            None => first(self.plainly(&call.request).await),
        }
    }

    /// Does a request without a key.
    pub(crate) async fn plainly(&self, request: &Request) -> Kept {
        let outcome = match request {
            Request::Edit {
                product,
                edit,
                expected,
            } => {
                let id = self.names.products[usize::from(*product)];
                let done = self
                    .store()
                    .update_product(id, patch(*edit), *expected)
                    .await;
                return self.product_told(done);
            }
            Request::Delete { product } => {
                let id = self.names.products[usize::from(*product)];
                return self.product_told(self.store().delete_product(id, None).await);
            }
            Request::Cancel { buyer } => {
                let id = self.names.orders.lock().expect("orders")[buyer];
                return match self.store().cancel_order(id).await {
                    Ok(order) => kept(Answer::Cancelled(self.names.order(&order).1)),
                    Err(error) => kept(self.names.refused(error)),
                };
            }
            Request::Add {
                cart,
                product,
                quantity,
            } => {
                let line = self.line(*product, *quantity);
                let cart = self.names.carts[usize::from(*cart)];
                let added = self.store().add_to_cart(cart, line.product, line.quantity);
                added.await.map(Effect::Cart)
            }
            Request::Set {
                cart,
                product,
                quantity,
            } => {
                let line = self.line(*product, *quantity);
                let cart = self.names.carts[usize::from(*cart)];
                let set = self
                    .store()
                    .set_cart_line(cart, line.product, line.quantity);
                set.await.map(Effect::Cart)
            }
            Request::Replace { cart, lines } => {
                let cart = self.names.carts[usize::from(*cart)];
                let replaced = self.store().replace_cart(cart, self.lines(lines));
                replaced.await.map(Effect::Cart)
            }
            Request::Remove { cart, product } => {
                let product = self.names.products[usize::from(*product)];
                let cart = self.names.carts[usize::from(*cart)];
                let removed = self.store().remove_cart_line(cart, product);
                removed.await.map(Effect::Cart)
            }
            Request::Purchase {
                cart,
                buyer,
                total,
                partial,
            } => {
                let cart = self.names.carts[usize::from(*cart)];
                let bought = self.store().purchase(cart, wish(*buyer, *total, *partial));
                bought.await.map(Effect::Purchase)
            }
            Request::Expire { .. } => {
                return kept(match self.end_holds().await {
                    Ok(()) => Answer::Expired,
                    Err(error) => self.names.refused(error),
                });
            }
        };
        self.names.effect(outcome, self.is_blind())
    }

    /// The request under its key; none where requests of its kind take no key.
    pub(crate) fn once(&self, key: u32, request: &Request) -> Option<Once> {
        let cart = |cart: &C| self.names.carts[usize::from(*cart)];
        let keyed = match request {
            Request::Add {
                cart: id,
                product,
                quantity,
            } => KeyedRequest::AddToCart(cart(id), self.line(*product, *quantity)),
            Request::Set {
                cart: id,
                product,
                quantity,
            } => KeyedRequest::SetCartLine(cart(id), self.line(*product, *quantity)),
            Request::Replace { cart: id, lines } => {
                KeyedRequest::ReplaceCart(cart(id), self.lines(lines))
            }
            Request::Remove { cart: id, product } => {
                KeyedRequest::RemoveCartLine(cart(id), self.names.products[usize::from(*product)])
            }
            Request::Purchase {
                cart: id,
                buyer,
                total,
                partial,
            } => KeyedRequest::Purchase(cart(id), wish(*buyer, *total, *partial)),
            Request::Edit { .. }
            | Request::Delete { .. }
            | Request::Cancel { .. }
            | Request::Expire { .. } => return None,
        };
        let (names, blind) = (self.names.clone(), self.is_blind());
        Some(Once {
            key: self.key(key, request),
            request: keyed,
            answer: Arc::new(move |outcome| encode(&names.effect(outcome, blind))),
        })
    }

    /// Ends all holds, as if enough time had gone by.
    async fn end_holds(&self) -> StoreResult<()> {
        if self.plant == Some(Plant::HoldsNeverEnd) {
            return Ok(());
        }
        let now = self.store().now().await?;
        let later = Timestamp::from_millis(now.millis() + HOLD.most_millis() + 1);
        // What a dead program has locked takes several looks, as the shop takes them.
        while self.store().end_holds(later, 100).await?.next.is_some() {}
        Ok(())
    }

    pub(crate) fn key(&self, key: u32, request: &Request) -> IdempotencyKey {
        let content = match self.plant {
            Some(Plant::KeyNotCompared) => String::new(),
            _ => format!("{request:?}"),
        };
        IdempotencyKey::parse(&key.to_string(), "POST", "/", &[content.as_bytes()]).expect("a key")
    }

    /// Reads the whole shop.
    pub(crate) async fn read(&self) -> StoreResult<(Seen, BTreeMap<B, Identity>)> {
        if let Door::Site(site) = &self.door {
            return Ok(site.read(&self.names).await);
        }
        let mut seen = Seen::default();
        let chunk = self.store().product_chunk(None, None, 100).await?;
        for product in &chunk.products {
            let number = self.names.product(product.id);
            seen.products.insert(number, self.product(product));
        }
        for (number, id) in (0..).zip(&self.names.carts) {
            let cart = self.store().cart(*id).await?;
            let cart = self.names.cart(&cart, self.is_blind());
            seen.carts.insert(number, cart);
        }
        let query = OrderQuery {
            limit: 1_000,
            ..OrderQuery::default()
        };
        let mut identities = BTreeMap::new();
        let page = self.store().orders(&query).await?;
        assert_eq!(page.total, page.orders.len() as u64, "orders are counted");
        for stored in &page.orders {
            let (identity, order) = self.names.order(stored);
            let buyer = order.buyer;
            let id = OrderId::from_bytes(identity.id);
            self.names.orders.lock().expect("orders").insert(buyer, id);
            assert!(
                identities.insert(buyer, identity).is_none(),
                "two orders of buyer {buyer}"
            );
            seen.orders.insert(buyer, order);
        }
        Ok((seen, identities))
    }

    pub(crate) fn is_blind(&self) -> bool {
        self.plant.is_some()
    }

    pub(crate) fn line(&self, product: P, quantity: i64) -> WantedLine {
        WantedLine {
            product: self.names.products[usize::from(product)],
            quantity: Quantity::parse(quantity).expect("a quantity"),
        }
    }

    fn lines(&self, lines: &[(P, i64)]) -> WantedLines {
        let lines = lines.iter().map(|line| self.line(line.0, line.1));
        WantedLines::parse(lines.collect()).expect("lines")
    }

    fn product_told(&self, outcome: StoreResult<StoredProduct>) -> Kept {
        kept(match outcome {
            Ok(product) => Answer::Product(self.product(&product)),
            Err(error) => self.names.refused(error),
        })
    }

    fn product(&self, stored: &StoredProduct) -> Product {
        Product {
            title: stored.title.clone(),
            stock: stored.stock,
            held: stored.held,
            price: stored.price.minor(),
            for_sale: stored.status,
            version: if self.is_blind() { 0 } else { stored.version },
        }
    }
}

impl Names {
    pub(crate) fn product(&self, id: ProductId) -> P {
        place(&self.products, &id)
    }

    pub(crate) fn cart_number(&self, id: CartId) -> C {
        place(&self.carts, &id)
    }

    fn cart(&self, stored: &StoredCart, blind: bool) -> Cart {
        let line = |line: &CartLine| (self.product(line.product.id), line.quantity);
        let kept = |line: &CartLine| Some((self.product(line.product.id), line.hold?.units));
        Cart {
            lines: stored.lines.iter().map(line).collect(),
            kept: stored.lines.iter().filter_map(kept).collect(),
            dropped: stored.dropped.iter().map(|id| self.product(*id)).collect(),
            version: if blind { 0 } else { stored.version },
        }
    }

    fn order(&self, stored: &StoredOrder) -> (Identity, Order) {
        let buyer = stored.purchaser.split('@').next().unwrap_or_default();
        let identity = Identity {
            id: stored.id.bytes(),
            code: stored.code.to_string(),
            at: stored.purchase_datetime.to_string(),
        };
        let lines = stored.lines.iter().map(|line| {
            assert_eq!(line.code, code(self.product(line.product)));
            Sold {
                product: self.product(line.product),
                title: line.title.clone(),
                price: line.price.minor(),
                quantity: line.quantity,
            }
        });
        let order = Order {
            buyer: buyer.parse().expect("a buyer's number"),
            cart: self.cart_number(stored.cart),
            lines: lines.collect(),
            cancelled: stored.cancelled.is_some(),
        };
        (identity, order)
    }

    fn effect(&self, outcome: StoreResult<Effect>, blind: bool) -> Kept {
        match outcome {
            Ok(Effect::Cart(cart)) => kept(Answer::Cart(self.cart(&cart, blind))),
            Ok(Effect::Purchase(purchased)) => self.bought(&purchased),
            Ok(other) => panic!("nobody asked for {other:?}"),
            Err(error) => kept(self.refused(error)),
        }
    }

    fn bought(&self, purchased: &Purchased) -> Kept {
        let (identity, order) = self.order(&purchased.order);
        let dropped = purchased.dropped.iter().map(|id| self.product(*id));
        Kept {
            answer: Answer::Bought {
                order,
                left: self.left(&purchased.left),
                dropped: dropped.collect(),
            },
            identity: Some(identity),
        }
    }

    fn left(&self, lines: &[LineLeft]) -> Vec<Left> {
        let left = lines.iter().map(|line| Left {
            product: self.product(line.product),
            quantity: line.quantity,
            available: line.available,
        });
        left.collect()
    }

    fn refused(&self, error: StoreError) -> Answer {
        Answer::Refused(match error {
            StoreError::NotFound(noun) => Refusal::NotFound(format!("{noun:?}")),
            StoreError::NotForSale { product } => Refusal::NotForSale(self.product(product)),
            StoreError::InsufficientStock { product, available } => Refusal::Insufficient {
                product: self.product(product),
                available,
            },
            StoreError::EmptyCart => Refusal::EmptyCart,
            StoreError::LinesShort { lines } => Refusal::LinesShort(self.left(&lines)),
            StoreError::PriceChanged { total } => Refusal::PriceChanged(total.minor()),
            StoreError::VersionMismatch { current } => Refusal::VersionMismatch(current),
            StoreError::IdempotencyMismatch => Refusal::KeyMismatch,
            other => return Answer::Failed(other.to_string()),
        })
    }
}

fn goods(number: P, stock: i64) -> NewProduct {
    let raw = RawProduct {
        title: Field::Given(title(0)),
        code: Field::Given(code(number)),
        price: Field::Given("2.00".into()),
        stock: Field::Given(stock),
        ..RawProduct::default()
    };
    NewProduct::parse(raw).expect("valid goods")
}

/// The code of a product.
pub(crate) fn code(product: P) -> String {
    format!("V-{product}")
}

fn place<T: PartialEq>(all: &[T], one: &T) -> u8 {
    let place = all.iter().position(|known| known == one);
    place.expect("a known thing") as u8
}

pub(crate) fn wish(buyer: B, total: Option<i64>, partial: bool) -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse(&format!("{buyer}@example.com")).expect("an address"),
        total: total.map(Money::from_minor),
        mode: match partial {
            true => PurchaseMode::Partial,
            false => PurchaseMode::Whole,
        },
    }
}

pub(crate) fn patch(edit: Edit) -> ProductPatch {
    let mut patch = ProductPatch::default();
    match edit {
        Edit::Stock(stock) => patch.stock = Some(stock),
        Edit::Price(price) => patch.price = Some(Money::from_minor(price)),
        Edit::ForSale(for_sale) => patch.status = Some(for_sale),
        Edit::Title(number) => patch.title = Some(title(number)),
    }
    patch
}

pub(crate) fn kept(answer: Answer) -> Kept {
    Kept {
        answer,
        identity: None,
    }
}

pub(crate) fn first(kept: Kept) -> Told {
    Told {
        kept,
        replayed: false,
    }
}

pub(crate) fn encode(kept: &Kept) -> Vec<u8> {
    serde_json::to_vec(kept).expect("JSON")
}

pub(crate) fn told(reply: StoreResult<Reply>) -> Told {
    let (bytes, replayed) = match reply {
        Ok(Reply::First(bytes)) => (bytes, false),
        Ok(Reply::Replayed(bytes)) => (bytes, true),
        Err(StoreError::IdempotencyMismatch) => {
            return first(kept(Answer::Refused(Refusal::KeyMismatch)));
        }
        Err(error) => return first(kept(Answer::Failed(error.to_string()))),
    };
    Told {
        kept: serde_json::from_slice(&bytes).expect("an answer that was kept"),
        replayed,
    }
}
