//! Goods, carts and words for the rules, and ways to do many things at once.

use std::future::Future;

use tokio::task::JoinSet;
use vitrina::domain::cart::{Cart, Quantity, WantedLine, WantedLines};
use vitrina::domain::chat_message::{ChatMessage, NewChatMessage};
use vitrina::domain::email::Email;
use vitrina::domain::field::Field;
use vitrina::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use vitrina::domain::order::Order;
use vitrina::domain::product::{NewProduct, Product, ProductPatch, RawProduct};
use vitrina::domain::purchase::{PurchaseMode, PurchaseRequest, Purchased};
use vitrina::store::{SharedStore, StoreResult};

/// Asserts that a call was refused, for this reason.
macro_rules! assert_refused {
    ($call:expr, $($reason:pat_param)|+ $(if $guard:expr)?) => {
        match $call {
            Err($($reason)|+) $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($($reason)|+)),
        }
    };
}

/// A vase: 10 in stock at 19.99 each.
pub(crate) fn goods(code: &str) -> NewProduct {
    let raw = RawProduct {
        title: Field::Given("Vase".into()),
        code: Field::Given(code.into()),
        price: Field::Given("19.99".into()),
        stock: Field::Given(10),
        ..RawProduct::default()
    };
    NewProduct::parse(raw).expect("valid goods")
}

/// A vase with some differences.
pub(crate) fn goods_with(code: &str, edit: impl FnOnce(&mut NewProduct)) -> NewProduct {
    let mut goods = goods(code);
    edit(&mut goods);
    goods
}

/// Stores a vase.
pub(crate) async fn stored(store: &SharedStore, code: &str) -> Product {
    stored_with(store, code, |_| ()).await
}

/// Stores a vase with some differences.
pub(crate) async fn stored_with(
    store: &SharedStore,
    code: &str,
    edit: impl FnOnce(&mut NewProduct),
) -> Product {
    let goods = goods_with(code, edit);
    store.create_product(goods).await.expect("a new product")
}

/// Stores so many vases, and tells them in the order of their ids.
pub(crate) async fn stored_many(store: &SharedStore, count: usize) -> Vec<Product> {
    let writer = store.clone();
    let mut products = by_writers(20, count, move |n| {
        let store = writer.clone();
        async move { stored(&store, &format!("C-{n:03}")).await }
    })
    .await;
    products.sort_by_key(|product| product.id);
    products
}

/// A change of some fields.
pub(crate) fn patch(edit: impl FnOnce(&mut ProductPatch)) -> ProductPatch {
    let mut patch = ProductPatch::default();
    edit(&mut patch);
    patch
}

/// Changes the stock of a product.
pub(crate) async fn restock(store: &SharedStore, id: ProductId, stock: i64) -> Product {
    let patch = patch(|patch| patch.stock = Some(stock));
    let updated = store.update_product(id, patch, None).await;
    updated.expect("an updated product")
}

/// Deletes a product.
pub(crate) async fn deleted(store: &SharedStore, id: ProductId) -> Product {
    let deleted = store.delete_product(id, None).await;
    deleted.expect("a deleted product")
}

/// A product's id that no store knows.
pub(crate) fn unknown_product() -> ProductId {
    ProductId::generate().expect("random bytes")
}

/// A cart's id that no store knows.
pub(crate) fn unknown_cart() -> CartId {
    CartId::generate().expect("random bytes")
}

/// A message's id that no store knows.
pub(crate) fn unknown_message() -> ChatMessageId {
    ChatMessageId::generate().expect("random bytes")
}

/// So many units.
pub(crate) fn units(count: i64) -> Quantity {
    Quantity::parse(count).expect("a quantity")
}

/// Lines for a cart.
pub(crate) fn lines(wanted: &[(ProductId, i64)]) -> WantedLines {
    let line = |&(product, count): &(ProductId, i64)| WantedLine {
        product,
        quantity: units(count),
    };
    WantedLines::parse(wanted.iter().map(line).collect()).expect("lines of a cart")
}

/// Makes a cart with these lines.
pub(crate) async fn filled_cart(store: &SharedStore, wanted: &[(ProductId, i64)]) -> Cart {
    store.create_cart(lines(wanted)).await.expect("a new cart")
}

/// What a cart holds: products and their quantities, in its order.
pub(crate) fn content(cart: &Cart) -> Vec<(ProductId, i64)> {
    let line = |line: &vitrina::domain::cart::CartLine| (line.product.id, line.quantity);
    cart.lines.iter().map(line).collect()
}

/// An order's id that no store knows.
pub(crate) fn unknown_order() -> OrderId {
    OrderId::generate().expect("random bytes")
}

/// A wish to buy a cart as a whole, whatever it costs.
pub(crate) fn wish() -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse("ana@example.com").expect("an address"),
        total: None,
        mode: PurchaseMode::Whole,
    }
}

/// A wish to buy what can be had of a cart.
pub(crate) fn partial_wish() -> PurchaseRequest {
    PurchaseRequest {
        mode: PurchaseMode::Partial,
        ..wish()
    }
}

/// Buys a cart as a whole.
pub(crate) async fn buy(store: &SharedStore, cart: CartId) -> StoreResult<Purchased> {
    store.purchase(cart, wish()).await
}

/// Makes a cart with these lines and buys it.
pub(crate) async fn bought(store: &SharedStore, wanted: &[(ProductId, i64)]) -> Order {
    let cart = filled_cart(store, wanted).await.id;
    buy(store, cart).await.expect("a purchase").order
}

/// What is in stock of a product.
pub(crate) async fn stock(store: &SharedStore, id: ProductId) -> i64 {
    store.product(id).await.expect("a product").stock
}

/// A message without a nonce.
pub(crate) fn words(user: &str, text: &str) -> NewChatMessage {
    message(user, text, None)
}

/// A message with a nonce.
pub(crate) fn marked(user: &str, text: &str, nonce: &str) -> NewChatMessage {
    message(user, text, Some(nonce.to_owned()))
}

fn message(user: &str, text: &str, nonce: Option<String>) -> NewChatMessage {
    let user = Email::parse(user).expect("an address");
    NewChatMessage::new(user, text.to_owned(), nonce).expect("a message")
}

/// Appends a message that is new.
pub(crate) async fn said(store: &SharedStore, text: &str) -> ChatMessage {
    let appended = store.append_message(words("ana@example.com", text)).await;
    let appended = appended.expect("an appended message");
    assert!(!appended.repeated, "a message without a nonce is new");
    appended.message
}

/// Does so many things at the same time; the results are in the order of their numbers.
pub(crate) async fn in_parallel<F>(count: usize, task: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let task = task(number);
        tasks.spawn(async move { (number, task.await) });
    }
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does so many things by several writers at the same time, each of them one thing after another;
/// the results are in no order.
pub(crate) async fn by_writers<F>(
    writers: usize,
    count: usize,
    task: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send,
{
    let results = in_parallel(writers, |writer| {
        let task = task.clone();
        async move {
            let mut results = Vec::new();
            for number in (writer..count).step_by(writers) {
                results.push(task(number).await);
            }
            results
        }
    });
    results.await.into_iter().flatten().collect()
}
