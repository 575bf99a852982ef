//! Opening, closing and reopening.

use std::collections::HashSet;

use vitrina::domain::cart::LineRequests;
use vitrina::domain::command::Conclusion;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::product::ProductPatch;
use vitrina::domain::refusal::Refusal;
use vitrina::store::{FeedStart, SharedStore, StoreError};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

/// Closes a store and opens its data again; the old handle still exists.
async fn reopened(test_store: &TestStore, store: &SharedStore) -> SharedStore {
    store.close().await;
    test_store.open().await
}

pub(crate) async fn an_open_store_answers_a_ping(test_store: &TestStore) {
    let store = test_store.open().await;
    store.ping().await.expect("an answer");
    store.close().await;
}

pub(crate) async fn a_description_names_the_data_without_secrets(test_store: &TestStore) {
    let store = test_store.open().await;
    let description = store.describe();
    assert!(description.contains(&test_store.name()), "{description}");
    assert!(!description.contains(['@', '?', '\n']), "{description}");
    store.close().await;
}

pub(crate) async fn everything_survives_a_restart(test_store: &TestStore) {
    let store = test_store.open().await;
    let product = create_vase(&store, "A").await;
    let product = restock(&store, product.id, 7).await;
    let gone = create_vase(&store, "B").await.id;
    let cart = filled_cart(&store, &[(product.id, 2), (gone, 1)]).await.id;
    delete_product(&store, gone).await;
    let message = send_message(&store, "hello").await;

    let store = reopened(test_store, &store).await;
    assert_eq!(store.product(product.id).await.expect("a product"), product);
    let cart = store.cart(cart).await.expect("a cart");
    assert_eq!(
        (content(&cart), cart.dropped),
        (vec![(product.id, 2)], vec![gone])
    );
    let history = store.history(None, 10).await.expect("a history");
    assert_eq!(history.messages, [message]);
    assert_eq!(all_products(&store).await, [product]);
    store.close().await;
}

pub(crate) async fn the_rules_continue_after_a_restart(test_store: &TestStore) {
    let store = test_store.open().await;
    let product = create_vase(&store, "A").await;
    let nonce = message_with_nonce("ana@example.com", "hello", "n");
    let first = store.append_message(nonce.clone()).await.expect("appended");
    let last = send_message(&store, "last").await;
    store.delete_message(last.id).await.expect("deleted");

    let store = reopened(test_store, &store).await;
    let twice = store.create_product(new_vase("A")).await;
    assert_refused!(twice, StoreError::Refused(Refusal::DuplicateCode));
    assert_eq!(restock(&store, product.id, 7).await.version, 2);
    let again = store.append_message(nonce).await.expect("a repeat");
    assert_eq!((again.repeated, again.message), (true, first.message));
    let next = send_message(&store, "next").await;
    assert!(
        next.seq > last.seq,
        "the number of a deleted message stays unused"
    );
    store.close().await;
}

pub(crate) async fn positions_are_never_used_again(test_store: &TestStore) {
    let store = test_store.open().await;
    let mut reader = FeedReader::open(&store).await;
    let mut used = HashSet::from([reader.base.clone()]);
    for n in 0..3 {
        send_message(&store, &n.to_string()).await;
        assert!(used.insert(reader.next().await.position));
    }

    let store = reopened(test_store, &store).await;
    let mut reader = FeedReader::open(&store).await;
    for n in 0..3 {
        send_message(&store, &n.to_string()).await;
        assert!(
            used.insert(reader.next().await.position),
            "a position is used again"
        );
    }
    store.close().await;
}

pub(crate) async fn positions_survive_a_restart(test_store: &TestStore) {
    let store = test_store.open().await;
    let mut reader = FeedReader::open(&store).await;
    let mut known = Vec::new();
    for n in 0..5 {
        send_message(&store, &n.to_string()).await;
        known.push(reader.next().await);
    }

    let store = reopened(test_store, &store).await;
    let feed = store.open_feed(FeedStart::Back(5)).await.expect("a feed");
    let length = feed.backlog.len();
    assert!(length <= 5, "{length}");
    assert_eq!(feed.backlog, known[5 - length..]);
    if let Some(before) = 5usize.checked_sub(length + 1) {
        let later: Vec<_> = known[before + 1..]
            .iter()
            .map(|change| &change.position)
            .collect();
        assert!(!later.contains(&&feed.base));
    }
    store.close().await;
}

pub(crate) async fn a_closed_store_is_unavailable(test_store: &TestStore) {
    let store = test_store.open().await;
    let product = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 1)]).await.id;
    let stored = send_message(&store, "hello").await.id;
    store.close().await;
    // A second close has no effect.
    store.close().await;

    let key = IdempotencyKey::parse("k", "POST", "/", &[]).expect("a key");
    let names = || vec!["a.png".to_owned()];
    let outcomes = [
        store.ping().await,
        store.create_product(new_vase("B")).await.map(drop),
        store.product(product).await.map(drop),
        store.products_with_code("A").await.map(drop),
        store.walk_products().await.map(drop),
        store
            .update_product(product, ProductPatch::default(), None)
            .await
            .map(drop),
        store.delete_product(product, None).await.map(drop),
        store.add_thumbnails(product, names()).await.map(drop),
        store.remove_thumbnail(product, "a.png").await.map(drop),
        store.thumbnails_in_use(&names()).await.map(drop),
        store.create_cart(lines(&[(product, 1)])).await.map(drop),
        store.cart(cart).await.map(drop),
        store.add_to_cart(cart, product, units(1)).await.map(drop),
        store.set_cart_line(cart, product, units(1)).await.map(drop),
        store
            .replace_cart(cart, LineRequests::default())
            .await
            .map(drop),
        store.remove_cart_line(cart, product).await.map(drop),
        buy(&store, cart).await.map(drop),
        store.order(unknown_order()).await.map(drop),
        store.orders(&Default::default()).await.map(drop),
        store.cancel_order(unknown_order()).await.map(drop),
        store.now().await.map(drop),
        store.expire_holds(Default::default(), 1).await.map(drop),
        store.expire_carts(Default::default(), 1).await.map(drop),
        store
            .save_conclusion(key, Conclusion::Refused(Refusal::EmptyCart))
            .await
            .map(drop),
        store
            .append_message(message("ana@example.com", "hello"))
            .await
            .map(drop),
        store.history(None, 10).await.map(drop),
        store.delete_message(stored).await,
        store.open_feed(FeedStart::Now).await.map(drop),
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        assert!(
            matches!(outcome, Err(StoreError::Unavailable(_))),
            "call {n}: {outcome:?}"
        );
    }
}

pub(crate) async fn writes_acknowledged_during_closing_are_stored(test_store: &TestStore) {
    let store = test_store.open().await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..40 {
        let store = store.clone();
        writers.spawn(async move { store.create_product(new_vase(&n.to_string())).await });
    }
    // Some writes have been accepted by now.
    let first = writers
        .join_next()
        .await
        .expect("a writer")
        .expect("no panic");
    store.close().await;
    let mut results = writers.join_all().await;
    results.push(first);

    let store = test_store.open().await;
    for result in results {
        match result {
            Ok(product) => {
                assert_eq!(
                    store
                        .product(product.id)
                        .await
                        .expect("it was acknowledged"),
                    product
                );
            }
            refused => assert_refused!(refused, StoreError::Unavailable(_)),
        }
    }
    store.close().await;
}

/// Starts a call, and drops it before it ends.
macro_rules! abandon {
    ($call:expr) => {
        tokio::select! {
            biased;
            _ = $call => {}
            () = std::future::ready(()) => {}
        }
    };
}

pub(crate) async fn abandoned_calls_do_not_affect_others(test_store: &TestStore) {
    let store = test_store.open().await;
    let product = create_vase_with(&store, "A", |vase| vase.stock = 1000)
        .await
        .id;
    let cart = filled_cart(&store, &[]).await.id;
    for n in 0..10 {
        abandon!(store.create_product(new_vase(&n.to_string())));
        abandon!(store.update_product(product, ProductPatch::default(), None));
        abandon!(store.add_to_cart(cart, product, units(1)));
        abandon!(store.append_message(message("ana@example.com", "gone")));
        abandon!(store.product(product));
        abandon!(store.open_feed(FeedStart::Now));
    }
    let mut reader = FeedReader::open(&store).await;
    restock(&store, product, 1000).await;
    store
        .add_to_cart(cart, product, units(1))
        .await
        .expect("added");
    send_message(&store, "here").await;
    create_vase(&store, "B").await;

    // Whether or not the abandoned calls had an effect, feed and store agree.
    let received = reader.all_so_far(&store).await;
    assert!(received.len() >= 4);
    let found = store.product(product).await.expect("a product");
    let last = received.iter().rev().find_map(|change| match &change.kind {
        vitrina::domain::change::ChangeKind::Product(change) if change.id == product => {
            Some(change.version)
        }
        _ => None,
    });
    assert_eq!(last, Some(found.version));
    let cart = store.cart(cart).await.expect("a cart");
    assert_eq!(cart.version, 1 + cart.lines[0].quantity);
    store.close().await;
}
