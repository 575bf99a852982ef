//! Products, carts and messages for the tests, and parallel execution.

use std::future::Future;

use tokio::task::JoinSet;
use vitrina::catalogue::Catalogue;
use vitrina::domain::cart::{Cart, LineRequest, LineRequests, Quantity};
use vitrina::domain::chat_message::{ChatMessage, NewChatMessage};
use vitrina::domain::email::Email;
use vitrina::domain::field::Field;
use vitrina::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use vitrina::domain::order::Order;
use vitrina::domain::position::Position;
use vitrina::domain::product::{NewProduct, Product, ProductPatch, RawProduct};
use vitrina::domain::purchase::{PurchaseMode, PurchaseOutcome, PurchaseRequest};
use vitrina::shop::change_dispatcher::catalogue_entries;
use vitrina::store::{SharedStore, StoreResult};

use crate::typed_commands::TypedCommands;

/// Asserts that a call was refused for this reason.
macro_rules! assert_refused {
    ($call:expr, $($reason:pat_param)|+ $(if $guard:expr)?) => {
        match $call {
            Err($($reason)|+) $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($($reason)|+)),
        }
    };
}

/// A vase: 10 in stock at 19.99.
pub(crate) fn new_vase(code: &str) -> NewProduct {
    let raw = RawProduct {
        title: Field::Present("Vase".into()),
        code: Field::Present(code.into()),
        price: Field::Present("19.99".into()),
        stock: Field::Present(10),
        ..RawProduct::default()
    };
    NewProduct::parse(raw).expect("a valid product")
}

/// A vase with changes.
pub(crate) fn new_vase_with(code: &str, edit: impl FnOnce(&mut NewProduct)) -> NewProduct {
    let mut vase = new_vase(code);
    edit(&mut vase);
    vase
}

pub(crate) async fn create_vase(store: &SharedStore, code: &str) -> Product {
    create_vase_with(store, code, |_| ()).await
}

pub(crate) async fn create_vase_with(
    store: &SharedStore,
    code: &str,
    edit: impl FnOnce(&mut NewProduct),
) -> Product {
    let vase = new_vase_with(code, edit);
    store.create_product(vase).await.expect("a new product")
}

/// Creates vases in parallel, and returns them in the order of their ids.
pub(crate) async fn create_vases(store: &SharedStore, count: usize) -> Vec<Product> {
    let writer = store.clone();
    let mut products = by_writers(20, count, move |n| {
        let store = writer.clone();
        async move { create_vase(&store, &format!("C-{n:03}")).await }
    })
    .await;
    products.sort_by_key(|product| product.id);
    products
}

pub(crate) fn patch(edit: impl FnOnce(&mut ProductPatch)) -> ProductPatch {
    let mut patch = ProductPatch::default();
    edit(&mut patch);
    patch
}

pub(crate) async fn restock(store: &SharedStore, id: ProductId, stock: i64) -> Product {
    let patch = patch(|patch| patch.stock = Some(stock));
    let updated = store.update_product(id, patch, None).await;
    updated.expect("an updated product")
}

pub(crate) async fn delete_product(store: &SharedStore, id: ProductId) -> Product {
    let deleted = store.delete_product(id, None).await;
    deleted.expect("a deleted product")
}

/// All products, as lists show them.
pub(crate) async fn catalogue(store: &SharedStore) -> Catalogue {
    let entries = catalogue_entries(store).await.expect("a walk");
    let position = Position::new("loaded").expect("plain");
    Catalogue::new(position, entries)
}

/// All products, in the order of their ids.
pub(crate) async fn all_products(store: &SharedStore) -> Vec<Product> {
    let catalogue = catalogue(store).await;
    let all = catalogue.chunk(None, None, usize::MAX);
    let products = all.entries.iter();
    products
        .map(|entry| Product::clone(entry.product()))
        .collect()
}

pub(crate) fn unknown_product() -> ProductId {
    ProductId::generate().expect("random bytes")
}

pub(crate) fn unknown_cart() -> CartId {
    CartId::generate().expect("random bytes")
}

pub(crate) fn unknown_message() -> ChatMessageId {
    ChatMessageId::generate().expect("random bytes")
}

pub(crate) fn units(count: i64) -> Quantity {
    Quantity::parse(count).expect("a quantity")
}

pub(crate) fn lines(requested: &[(ProductId, i64)]) -> LineRequests {
    let line = |&(product, count): &(ProductId, i64)| LineRequest {
        product,
        quantity: units(count),
    };
    LineRequests::parse(requested.iter().map(line).collect()).expect("lines of a cart")
}

pub(crate) async fn filled_cart(store: &SharedStore, requested: &[(ProductId, i64)]) -> Cart {
    store
        .create_cart(lines(requested))
        .await
        .expect("a new cart")
}

/// The products of a cart and their quantities, in order.
pub(crate) fn content(cart: &Cart) -> Vec<(ProductId, i64)> {
    let line = |line: &vitrina::domain::cart::CartLine| (line.product.id, line.quantity);
    cart.lines.iter().map(line).collect()
}

pub(crate) fn unknown_order() -> OrderId {
    OrderId::generate().expect("random bytes")
}

/// A purchase of a whole cart at any price.
pub(crate) fn purchase_request() -> PurchaseRequest {
    PurchaseRequest {
        purchaser: Email::parse("ana@example.com").expect("an address"),
        total: None,
        mode: PurchaseMode::AllOrNothing,
    }
}

/// A purchase of the available lines of a cart at any price.
pub(crate) fn partial_request() -> PurchaseRequest {
    PurchaseRequest {
        mode: PurchaseMode::Partial,
        ..purchase_request()
    }
}

pub(crate) async fn buy(store: &SharedStore, cart: CartId) -> StoreResult<PurchaseOutcome> {
    store.purchase(cart, purchase_request()).await
}

/// Creates a cart with these lines and buys it.
pub(crate) async fn buy_lines(store: &SharedStore, requested: &[(ProductId, i64)]) -> Order {
    let cart = filled_cart(store, requested).await.id;
    buy(store, cart).await.expect("a purchase").order
}

pub(crate) async fn stock(store: &SharedStore, id: ProductId) -> i64 {
    store.product(id).await.expect("a product").stock
}

pub(crate) fn message(user: &str, text: &str) -> NewChatMessage {
    new_message(user, text, None)
}

pub(crate) fn message_with_nonce(user: &str, text: &str, nonce: &str) -> NewChatMessage {
    new_message(user, text, Some(nonce.to_owned()))
}

fn new_message(user: &str, text: &str, nonce: Option<String>) -> NewChatMessage {
    let user = Email::parse(user).expect("an address");
    NewChatMessage::new(user, text.to_owned(), nonce).expect("a message")
}

pub(crate) async fn send_message(store: &SharedStore, text: &str) -> ChatMessage {
    let appended = store.append_message(message("ana@example.com", text)).await;
    let appended = appended.expect("an appended message");
    assert!(!appended.repeated, "a message without a nonce is new");
    appended.message
}

/// Runs numbered tasks in parallel, and returns their results in the order of the numbers.
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

/// Runs numbered tasks on several parallel writers, each of which runs its tasks in sequence. The
/// results are in no order.
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
