//! Idempotency keys: one effect and one answer for each.

use std::collections::HashSet;
use std::sync::Arc;

use vitrina::domain::cart::WantedLine;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::ids::ProductId;
use vitrina::domain::money::Money;
use vitrina::domain::purchase::PurchaseRequest;
use vitrina::store::{Effect, KeyedRequest, Once, Reply, SharedStore, StoreError, StoreResult};

use crate::fixtures::*;
use crate::place::Place;

fn key(name: &str) -> IdempotencyKey {
    key_of(name, "the content")
}

fn key_of(name: &str, content: &str) -> IdempotencyKey {
    IdempotencyKey::parse(name, "POST", "/some/path", &[content.as_bytes()]).expect("a key")
}

/// A request whose answer tells its outcome.
fn once(name: &str, request: KeyedRequest) -> Once {
    Once {
        key: key(name),
        request,
        answer: Arc::new(|outcome| told(outcome).into_bytes()),
    }
}

fn told(outcome: StoreResult<Effect>) -> String {
    match outcome {
        Ok(Effect::Product(product)) => format!("product {}", product.id),
        Ok(Effect::Cart(cart)) => format!("cart {} {:?}", cart.id, content(&cart)),
        Ok(Effect::Purchase(purchased)) => format!("order {}", purchased.order.id),
        Ok(Effect::Message(appended)) => {
            format!("message {} {}", appended.message.seq, appended.repeated)
        }
        Err(refusal) => format!("refused: {refusal}"),
    }
}

fn text(reply: &Reply) -> String {
    let (Reply::First(bytes) | Reply::Replayed(bytes)) = reply;
    String::from_utf8(bytes.clone()).expect("a text")
}

async fn first(store: &SharedStore, once: Once) -> String {
    let reply = store.answer_once(once).await.expect("an answer");
    assert!(matches!(reply, Reply::First(_)), "{reply:?}");
    text(&reply)
}

async fn replayed(store: &SharedStore, once: Once) -> String {
    let reply = store.answer_once(once).await.expect("an answer");
    assert!(matches!(reply, Reply::Replayed(_)), "{reply:?}");
    text(&reply)
}

/// One request of each kind, on a shop of its own.
async fn every_request(store: &SharedStore) -> Vec<(&'static str, KeyedRequest)> {
    let product = stored_with(store, "A", |goods| goods.stock = 1_000)
        .await
        .id;
    let line = |count| WantedLine {
        product,
        quantity: units(count),
    };
    let mut carts = Vec::new();
    for _ in 0..5 {
        carts.push(filled_cart(store, &[(product, 2)]).await.id);
    }
    vec![
        ("product", KeyedRequest::CreateProduct(goods("NEW"))),
        ("cart", KeyedRequest::CreateCart(lines(&[(product, 3)]))),
        ("add", KeyedRequest::AddToCart(carts[0], line(1))),
        ("set", KeyedRequest::SetCartLine(carts[1], line(5))),
        ("replace", KeyedRequest::ReplaceCart(carts[2], lines(&[]))),
        ("remove", KeyedRequest::RemoveCartLine(carts[3], product)),
        ("purchase", KeyedRequest::Purchase(carts[4], wish())),
        (
            "say",
            KeyedRequest::AppendMessage(words("ana@example.com", "hello")),
        ),
    ]
}

/// What a shop holds, in a form that can be compared.
async fn everything(store: &SharedStore) -> String {
    let products = store
        .product_chunk(None, None, 100)
        .await
        .expect("products");
    let orders = store.orders(&Default::default()).await.expect("orders");
    let messages = store.history(None, 100).await.expect("messages");
    format!("{products:?} {orders:?} {messages:?}")
}

pub(crate) async fn every_request_is_done_once_and_answered_alike(store: &SharedStore) {
    let mut carts = Vec::new();
    for (name, request) in every_request(store).await {
        if let KeyedRequest::AddToCart(cart, _)
        | KeyedRequest::SetCartLine(cart, _)
        | KeyedRequest::ReplaceCart(cart, _)
        | KeyedRequest::RemoveCartLine(cart, _)
        | KeyedRequest::Purchase(cart, _) = &request
        {
            carts.push(*cart);
        }
        let answer = first(store, once(name, request.clone())).await;
        assert!(!answer.starts_with("refused"), "{name}: {answer}");
        let after = everything(store).await;
        let mut versions = Vec::new();
        for cart in &carts {
            versions.push(store.cart(*cart).await.expect("a cart").version);
        }
        assert!(
            versions.iter().all(|version| *version == 2),
            "{name}: {versions:?}"
        );
        for _ in 0..2 {
            assert_eq!(replayed(store, once(name, request.clone())).await, answer);
        }
        assert_eq!(everything(store).await, after, "{name}");
        for cart in &carts {
            assert_eq!(
                store.cart(*cart).await.expect("a cart").version,
                2,
                "{name}"
            );
        }
    }
    assert_eq!(carts.len(), 5);
}

pub(crate) async fn what_was_done_is_as_without_a_key(store: &SharedStore) {
    let requests = every_request(store).await;
    for (name, request) in requests {
        let answer = first(store, once(name, request.clone())).await;
        match request {
            KeyedRequest::CreateProduct(_) => {
                let id = answer
                    .trim_start_matches("product ")
                    .parse()
                    .expect("an id");
                let product = store.product(id).await.expect("a product");
                assert_eq!((&product.code[..], product.version), ("NEW", 1));
            }
            KeyedRequest::AddToCart(cart, line) => {
                let cart = store.cart(cart).await.expect("a cart");
                assert_eq!(content(&cart), [(line.product, 3)]);
            }
            KeyedRequest::SetCartLine(cart, line) => {
                let cart = store.cart(cart).await.expect("a cart");
                assert_eq!(content(&cart), [(line.product, 5)]);
            }
            KeyedRequest::ReplaceCart(cart, _) | KeyedRequest::RemoveCartLine(cart, _) => {
                assert_eq!(content(&store.cart(cart).await.expect("a cart")), []);
            }
            KeyedRequest::Purchase(cart, _) => {
                assert_eq!(content(&store.cart(cart).await.expect("a cart")), []);
                let id = answer.trim_start_matches("order ").parse().expect("an id");
                let order = store.order(id).await.expect("an order");
                assert_eq!((order.cart, order.lines[0].quantity), (cart, 2));
                assert_eq!(stock(store, order.lines[0].product).await, 998);
            }
            KeyedRequest::AppendMessage(_) => {
                let history = store.history(None, 10).await.expect("messages");
                assert_eq!(answer, format!("message {} false", history.messages[0].seq));
            }
            KeyedRequest::CreateCart(_) => assert!(answer.ends_with(", 3)]"), "{answer}"),
        }
    }
}

pub(crate) async fn another_request_with_the_key_is_a_mismatch(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 1)]).await.id;
    let answer = first(store, once("k", KeyedRequest::Purchase(cart, wish()))).await;
    let other = Once {
        key: key_of("k", "another content"),
        ..once("k", KeyedRequest::CreateProduct(goods("B")))
    };
    assert_refused!(
        store.answer_once(other.clone()).await,
        StoreError::IdempotencyMismatch
    );
    let kept = store.keep_answer(other.key, b"other".to_vec()).await;
    assert_refused!(kept, StoreError::IdempotencyMismatch);
    let all = store.product_chunk(None, None, 10).await.expect("products");
    assert_eq!(all.products.len(), 1);
    let again = once("k", KeyedRequest::Purchase(cart, wish()));
    assert_eq!(replayed(store, again).await, answer);
}

pub(crate) async fn keys_do_not_know_each_other(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let line = WantedLine {
        product,
        quantity: units(1),
    };
    let cart = filled_cart(store, &[]).await.id;
    for name in ["k", "K", "k ", "l"] {
        first(store, once(name, KeyedRequest::AddToCart(cart, line))).await;
    }
    let cart = store.cart(cart).await.expect("a cart");
    assert_eq!(content(&cart), [(product, 4)]);
}

pub(crate) async fn a_final_refusal_is_an_answer_that_stays(store: &SharedStore) {
    let product = stored(store, "A").await.id;
    let line = |count| WantedLine {
        product,
        quantity: units(count),
    };
    let cart = filled_cart(store, &[(product, 5)]).await.id;
    let empty = filled_cart(store, &[]).await.id;
    let dear = PurchaseRequest {
        total: Some(Money::from_minor(1)),
        ..wish()
    };
    let refusals = [
        KeyedRequest::CreateProduct(goods("A")),
        KeyedRequest::CreateCart(lines(&[(product, 11)])),
        KeyedRequest::AddToCart(cart, line(6)),
        KeyedRequest::SetCartLine(unknown_cart(), line(1)),
        KeyedRequest::RemoveCartLine(cart, unknown_product()),
        KeyedRequest::Purchase(empty, wish()),
        KeyedRequest::Purchase(cart, dear),
        KeyedRequest::Purchase(unknown_cart(), wish()),
    ];
    let mut answers = Vec::new();
    for (n, refused) in refusals.iter().enumerate() {
        let answer = first(store, once(&n.to_string(), refused.clone())).await;
        assert!(answer.starts_with("refused"), "{answer}");
        answers.push(answer);
    }
    let held = store.cart(cart).await.expect("a cart");
    assert_eq!((content(&held), held.version), (vec![(product, 5)], 1));
    assert_eq!(stock(store, product).await, 10);

    // What was refused could be had now, and the answer is still the first.
    restock(store, product, 100).await;
    store
        .add_to_cart(empty, product, units(1))
        .await
        .expect("added");
    for (n, refused) in refusals.iter().enumerate() {
        let answer = replayed(store, once(&n.to_string(), refused.clone())).await;
        assert_eq!(answer, answers[n]);
    }
}

pub(crate) async fn an_answer_without_an_effect_is_kept(store: &SharedStore) {
    let kept = async |answer: &str| {
        let answer = answer.as_bytes().to_vec();
        store
            .keep_answer(key("k"), answer)
            .await
            .expect("an answer")
    };
    assert_eq!(kept("first").await, Reply::First(b"first".to_vec()));
    assert_eq!(kept("second").await, Reply::Replayed(b"first".to_vec()));
    let late = once("k", KeyedRequest::CreateProduct(goods("A")));
    assert_eq!(replayed(store, late).await, "first");
    let all = store.product_chunk(None, None, 10).await.expect("products");
    assert_eq!(all.products.len(), 0);
}

pub(crate) async fn any_answer_is_kept_byte_for_byte(store: &SharedStore) {
    let long = (0..=255u8).cycle().take(40_000).collect::<Vec<_>>();
    for (name, answer) in [("empty", Vec::new()), ("long", long)] {
        for _ in 0..2 {
            let reply = store.keep_answer(key(name), answer.clone()).await;
            let (Reply::First(kept) | Reply::Replayed(kept)) = reply.expect("an answer");
            assert!(kept == answer, "{name}");
        }
    }
}

/// Sends each of these requests many times at once, and tells the one answer that all get.
async fn in_a_rush(store: &SharedStore, requests: &[(&'static str, KeyedRequest)]) -> Vec<String> {
    let each = 6;
    let replies = in_parallel(each * requests.len(), |n| {
        let (name, request) = requests[n / each].clone();
        let store = store.clone();
        async move {
            store
                .answer_once(once(name, request))
                .await
                .expect("an answer")
        }
    })
    .await;
    let answer = |replies: &[Reply]| {
        let firsts = replies
            .iter()
            .filter(|reply| matches!(reply, Reply::First(_)));
        assert_eq!(firsts.count(), 1, "{replies:?}");
        let texts: HashSet<_> = replies.iter().map(text).collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        texts.into_iter().collect::<String>()
    };
    replies.chunks(each).map(answer).collect()
}

pub(crate) async fn parallel_requests_with_one_key_have_one_effect(store: &SharedStore) {
    let requests = every_request(store).await;
    let answers = in_a_rush(store, &requests).await;
    assert!(answers.iter().all(|answer| !answer.starts_with("refused")));
    let orders = store.orders(&Default::default()).await.expect("orders");
    assert_eq!((orders.total, orders.orders[0].lines[0].quantity), (1, 2));
    let line = orders.orders[0].lines[0].product;
    assert_eq!(stock(store, line).await, 998);
    let messages = store.history(None, 100).await.expect("messages").messages;
    assert_eq!(messages.len(), 1);
    for (_, request) in requests {
        if let KeyedRequest::AddToCart(cart, line) = request {
            let cart = store.cart(cart).await.expect("a cart");
            assert_eq!((content(&cart), cart.version), (vec![(line.product, 3)], 2));
        }
    }
}

pub(crate) async fn parallel_keys_of_one_cart_buy_it_once(store: &SharedStore) {
    let product: ProductId = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(product, 2)]).await.id;
    let names = ["a", "b", "c", "d"];
    let requests = names.map(|name| (name, KeyedRequest::Purchase(cart, wish())));
    let answers = in_a_rush(store, &requests).await;
    let bought = answers.iter().filter(|answer| answer.starts_with("order"));
    assert_eq!((bought.count(), stock(store, product).await), (1, 8));
}

pub(crate) async fn a_key_is_known_after_opening_again(place: &Place) {
    let store = place.open().await;
    let requests = every_request(&store).await;
    let mut answers = Vec::new();
    for (name, request) in &requests {
        answers.push(first(&store, once(name, request.clone())).await);
    }
    store.close().await;
    let store = place.open().await;
    for ((name, request), answer) in requests.into_iter().zip(answers) {
        assert_eq!(replayed(&store, once(name, request)).await, answer);
    }
    store.close().await;
}
