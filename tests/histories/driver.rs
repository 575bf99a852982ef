//! Drives the store under test: translates calls to commands, and outcomes to answers of the
//! history.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vitrina::domain::cart::{Cart as StoredCart, CartLine, LineRequest, LineRequests, Quantity};
use vitrina::domain::cart_change::CartChange;
use vitrina::domain::command::{Command, Conclusion, Outcome};
use vitrina::domain::email::Email;
use vitrina::domain::field::Field;
use vitrina::domain::hold::HoldLength;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::ids::{CartId, OrderId, ProductId};
use vitrina::domain::money::Money;
use vitrina::domain::order::{Order as StoredOrder, OrderQuery};
use vitrina::domain::product::{NewProduct, Product as StoredProduct, ProductPatch, RawProduct};
use vitrina::domain::purchase::{PurchaseMode, PurchaseOutcome, PurchaseRequest};
use vitrina::domain::refusal;
use vitrina::domain::timestamp::Timestamp;
use vitrina::domain::unavailable_line::UnavailableLine;
use vitrina::shop::change_dispatcher::catalogue_entries;
use vitrina::store::{Executed, Saved, SharedStore, StoreError, StoreResult};

use crate::http_shop::HttpShop;
use crate::model::{ShopView, title};
use crate::mutant::Mutant;
use crate::request::{
    Answer, B, C, Call, Cart, Edit, Identity, Order, OrderLine, P, Product, Refusal, Reply,
    Request, SavedAnswer, ShortLine,
};

/// The length of holds: longer than any history, which lets them expire explicitly.
pub(crate) const HOLD: HoldLength = HoldLength::new(Duration::from_secs(3_600));

/// The ids of products, carts and orders, by their numbers in the history.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    pub(crate) products: Vec<ProductId>,
    pub(crate) carts: Vec<CartId>,
    pub(crate) orders: Mutex<BTreeMap<B, OrderId>>,
}

/// Access to the shop.
#[derive(Clone)]
pub(crate) enum StoreClient {
    /// Its store, in this process.
    Store(SharedStore),
    /// A separate server.
    Http(HttpShop),
}

impl StoreClient {
    pub(crate) async fn create_product(&self, number: P, stock: i64) -> ProductId {
        match self {
            Self::Store(store) => {
                let command = Command::CreateProduct(new_product(number, stock));
                let created = store.execute(command).await.expect("an outcome");
                created.product().expect("a product").id
            }
            Self::Http(shop) => shop.create_product(number, stock).await,
        }
    }

    pub(crate) async fn create_cart(&self) -> CartId {
        match self {
            Self::Store(store) => {
                let command = Command::CreateCart(LineRequests::default());
                let created = store.execute(command).await.expect("an outcome");
                created.cart().expect("a cart").id
            }
            Self::Http(shop) => shop.create_cart().await,
        }
    }
}

/// Makes calls to a shop and reads its state.
#[derive(Clone)]
pub(crate) struct Driver {
    pub(crate) client: StoreClient,
    pub(crate) ids: Arc<Ids>,
    pub(crate) mutant: Option<Mutant>,
    /// The price of each product when it was last put into a cart.
    pub(crate) cart_prices: Arc<Mutex<BTreeMap<P, i64>>>,
}

impl Driver {
    /// The store, which must be in this process.
    pub(crate) fn store(&self) -> &SharedStore {
        match &self.client {
            StoreClient::Store(store) => store,
            StoreClient::Http(_) => panic!("the store belongs to another process"),
        }
    }

    /// Makes a call without any mutant.
    pub(crate) async fn send_unmutated(&self, call: &Call) -> Reply {
        if let StoreClient::Http(shop) = &self.client {
            return shop.send(&self.ids, call).await;
        }
        match call.key.zip(self.command(&call.request)) {
            Some((key, command)) => {
                let key = self.key(key, &call.request);
                self.reply(self.store().execute_once(command, key).await)
            }
            None => first_reply(self.send_without_key(&call.request).await),
        }
    }

    /// Makes a request without a key.
    pub(crate) async fn send_without_key(&self, request: &Request) -> SavedAnswer {
        if let Some(command) = self.command(request) {
            let outcome = self.store().execute(command).await;
            return self.ids.outcome_answer(outcome, self.is_lenient());
        }
        match request {
            Request::Edit {
                product,
                edit,
                expected,
            } => {
                let id = self.ids.products[usize::from(*product)];
                let done = self
                    .store()
                    .update_product(id, patch(*edit), *expected)
                    .await;
                self.product_answer(done)
            }
            Request::Delete { product } => {
                let id = self.ids.products[usize::from(*product)];
                self.product_answer(self.store().delete_product(id, None).await)
            }
            Request::Cancel { buyer } => {
                let id = self.ids.orders.lock().expect("orders")[buyer];
                match self.store().cancel_order(id).await {
                    Ok(order) => saved(Answer::Cancelled(self.ids.order(&order).1)),
                    Err(error) => saved(self.ids.error_answer(error)),
                }
            }
            Request::Expire { .. } => saved(match self.expire_holds().await {
                Ok(()) => Answer::Expired,
                Err(error) => self.ids.error_answer(error),
            }),
            command => panic!("{command:?} is a command"),
        }
    }

    /// The command of a request; only commands take keys.
    pub(crate) fn command(&self, request: &Request) -> Option<Command> {
        let (cart, change) = match request {
            Request::Add {
                cart,
                product,
                quantity,
            } => (cart, CartChange::Add(self.line(*product, *quantity))),
            Request::Set {
                cart,
                product,
                quantity,
            } => (cart, CartChange::Set(self.line(*product, *quantity))),
            Request::Replace { cart, lines } => (cart, CartChange::Replace(self.lines(lines))),
            Request::Remove { cart, product } => {
                let product = self.ids.products[usize::from(*product)];
                (cart, CartChange::Remove(product))
            }
            Request::Purchase {
                cart,
                buyer,
                total,
                partial,
            } => {
                let cart = self.ids.carts[usize::from(*cart)];
                let request = purchase_request(*buyer, *total, *partial);
                return Some(Command::Purchase(cart, request));
            }
            Request::Edit { .. }
            | Request::Delete { .. }
            | Request::Cancel { .. }
            | Request::Expire { .. } => return None,
        };
        let cart = self.ids.carts[usize::from(*cart)];
        Some(Command::ChangeCart(cart, change))
    }

    /// The reply to a command with a key.
    pub(crate) fn reply(&self, executed: StoreResult<Executed>) -> Reply {
        let executed = match executed {
            Ok(executed) => executed,
            Err(error) => return first_reply(saved(self.ids.error_answer(error))),
        };
        let Saved::Conclusion(conclusion) = executed.saved else {
            panic!("{executed:?} is of another version");
        };
        let outcome = match *conclusion {
            Conclusion::Done(outcome) => Ok(outcome),
            Conclusion::Refused(refusal) => Err(refusal.into()),
            Conclusion::Invalid(invalid) => panic!("{invalid}"),
        };
        Reply {
            saved: self.ids.outcome_answer(outcome, self.is_lenient()),
            replayed: executed.replayed,
        }
    }

    /// Ends all holds, as if enough time had passed.
    async fn expire_holds(&self) -> StoreResult<()> {
        if self.mutant == Some(Mutant::HoldsNeverExpire) {
            return Ok(());
        }
        let now = self.store().now().await?;
        let later = Timestamp::from_millis(now.millis() + HOLD.max_millis() + 1);
        // Documents that a crashed server locked need several attempts, as in the shop.
        while self.store().expire_holds(later, 100).await?.next.is_some() {}
        Ok(())
    }

    pub(crate) fn key(&self, key: u32, request: &Request) -> IdempotencyKey {
        let content = match self.mutant {
            Some(Mutant::KeyNotCompared) => String::new(),
            _ => format!("{request:?}"),
        };
        IdempotencyKey::parse(&key.to_string(), "POST", "/", &[content.as_bytes()]).expect("a key")
    }

    /// Reads the whole shop.
    pub(crate) async fn read(&self) -> StoreResult<(ShopView, BTreeMap<B, Identity>)> {
        if let StoreClient::Http(shop) = &self.client {
            return Ok(shop.read(&self.ids).await);
        }
        let mut view = ShopView::default();
        for entry in catalogue_entries(self.store()).await? {
            let product = entry.product();
            let number = self.ids.product(product.id);
            view.products.insert(number, self.product(product));
        }
        for (number, id) in (0..).zip(&self.ids.carts) {
            let cart = self.store().cart(*id).await?;
            let cart = self.ids.cart(&cart, self.is_lenient());
            view.carts.insert(number, cart);
        }
        let query = OrderQuery {
            limit: 1_000,
            ..OrderQuery::default()
        };
        let mut identities = BTreeMap::new();
        let page = self.store().orders(&query).await?;
        assert_eq!(
            page.total,
            page.orders.len() as u64,
            "all orders are on the page"
        );
        for stored in &page.orders {
            let (identity, order) = self.ids.order(stored);
            let buyer = order.buyer;
            let id = OrderId::from_bytes(identity.id);
            self.ids.orders.lock().expect("orders").insert(buyer, id);
            assert!(
                identities.insert(buyer, identity).is_none(),
                "two orders of buyer {buyer}"
            );
            view.orders.insert(buyer, order);
        }
        Ok((view, identities))
    }

    pub(crate) fn is_lenient(&self) -> bool {
        self.mutant.is_some()
    }

    pub(crate) fn line(&self, product: P, quantity: i64) -> LineRequest {
        LineRequest {
            product: self.ids.products[usize::from(product)],
            quantity: Quantity::parse(quantity).expect("a quantity"),
        }
    }

    fn lines(&self, lines: &[(P, i64)]) -> LineRequests {
        let lines = lines.iter().map(|line| self.line(line.0, line.1));
        LineRequests::parse(lines.collect()).expect("lines")
    }

    fn product_answer(&self, outcome: StoreResult<StoredProduct>) -> SavedAnswer {
        saved(match outcome {
            Ok(product) => Answer::Product(self.product(&product)),
            Err(error) => self.ids.error_answer(error),
        })
    }

    fn product(&self, stored: &StoredProduct) -> Product {
        Product {
            title: stored.title.clone(),
            stock: stored.stock,
            held: stored.held,
            price: stored.price.minor(),
            for_sale: stored.status,
            version: if self.is_lenient() { 0 } else { stored.version },
        }
    }
}

impl Ids {
    pub(crate) fn product(&self, id: ProductId) -> P {
        index_of(&self.products, &id)
    }

    pub(crate) fn cart_number(&self, id: CartId) -> C {
        index_of(&self.carts, &id)
    }

    fn cart(&self, stored: &StoredCart, lenient: bool) -> Cart {
        let line = |line: &CartLine| (self.product(line.product.id), line.quantity);
        let held = |line: &CartLine| Some((self.product(line.product.id), line.hold?.units));
        Cart {
            lines: stored.lines.iter().map(line).collect(),
            held: stored.lines.iter().filter_map(held).collect(),
            dropped: stored.dropped.iter().map(|id| self.product(*id)).collect(),
            version: if lenient { 0 } else { stored.version },
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
            OrderLine {
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

    fn outcome_answer(&self, outcome: StoreResult<Outcome>, lenient: bool) -> SavedAnswer {
        match outcome {
            Ok(Outcome::Cart(cart)) => saved(Answer::Cart(self.cart(&cart, lenient))),
            Ok(Outcome::Purchase(purchased)) => self.purchase_answer(&purchased),
            Ok(other) => panic!("unexpected outcome {other:?}"),
            Err(error) => saved(self.error_answer(error)),
        }
    }

    fn purchase_answer(&self, purchased: &PurchaseOutcome) -> SavedAnswer {
        let (identity, order) = self.order(&purchased.order);
        let dropped = purchased.dropped.iter().map(|id| self.product(*id));
        SavedAnswer {
            answer: Answer::Bought {
                order,
                left: self.short_lines(&purchased.left),
                dropped: dropped.collect(),
            },
            identity: Some(identity),
        }
    }

    fn short_lines(&self, lines: &[UnavailableLine]) -> Vec<ShortLine> {
        let left = lines.iter().map(|line| ShortLine {
            product: self.product(line.product),
            quantity: line.quantity,
            available: line.available,
        });
        left.collect()
    }

    fn error_answer(&self, error: StoreError) -> Answer {
        Answer::Refused(match error {
            StoreError::Refused(refusal::Refusal::NotFound(resource)) => {
                Refusal::NotFound(format!("{resource:?}"))
            }
            StoreError::Refused(refusal::Refusal::NotForSale { product }) => {
                Refusal::NotForSale(self.product(product))
            }
            StoreError::Refused(refusal::Refusal::InsufficientStock { product, available }) => {
                Refusal::Insufficient {
                    product: self.product(product),
                    available,
                }
            }
            StoreError::Refused(refusal::Refusal::EmptyCart) => Refusal::EmptyCart,
            StoreError::Refused(refusal::Refusal::LinesShort { lines }) => {
                Refusal::LinesShort(self.short_lines(&lines))
            }
            StoreError::Refused(refusal::Refusal::PriceChanged { total }) => {
                Refusal::PriceChanged(total.minor())
            }
            StoreError::Refused(refusal::Refusal::VersionMismatch { current }) => {
                Refusal::VersionMismatch(current)
            }
            StoreError::IdempotencyMismatch => Refusal::KeyMismatch,
            other => return Answer::Failed(other.to_string()),
        })
    }
}

fn new_product(number: P, stock: i64) -> NewProduct {
    let raw = RawProduct {
        title: Field::Present(title(0)),
        code: Field::Present(code(number)),
        price: Field::Present("2.00".into()),
        stock: Field::Present(stock),
        ..RawProduct::default()
    };
    NewProduct::parse(raw).expect("a valid product")
}

/// The code of a product.
pub(crate) fn code(product: P) -> String {
    format!("V-{product}")
}

fn index_of<T: PartialEq>(all: &[T], one: &T) -> u8 {
    let index = all.iter().position(|known| known == one);
    index.expect("a known id") as u8
}

pub(crate) fn purchase_request(buyer: B, total: Option<i64>, partial: bool) -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse(&format!("{buyer}@example.com")).expect("a valid address"),
        total: total.map(Money::from_minor),
        mode: if partial {
            PurchaseMode::Partial
        } else {
            PurchaseMode::AllOrNothing
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

pub(crate) fn saved(answer: Answer) -> SavedAnswer {
    SavedAnswer {
        answer,
        identity: None,
    }
}

pub(crate) fn first_reply(saved: SavedAnswer) -> Reply {
    Reply {
        saved,
        replayed: false,
    }
}
