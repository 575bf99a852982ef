//! Opening, closing and opening again.

use std::collections::HashSet;

use vitrina::domain::cart::WantedLines;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::product::ProductPatch;
use vitrina::domain::product_query::ProductQuery;
use vitrina::store::{FeedStart, SharedStore, StoreError};

use crate::fixtures::*;
use crate::place::Place;
use crate::reader::Reader;

/// Closes a store and opens the same data again, while somebody still has the old handle.
async fn reopened(place: &Place, store: &SharedStore) -> SharedStore {
    store.close().await;
    place.open().await
}

pub(crate) async fn an_open_store_answers(place: &Place) {
    let store = place.open().await;
    store.ping().await.expect("an answer");
    store.close().await;
}

pub(crate) async fn a_description_says_where_the_data_lies_and_no_secret(place: &Place) {
    let store = place.open().await;
    let description = store.describe();
    assert!(description.contains(&place.name()), "{description}");
    assert!(!description.contains(['@', '?', '\n']), "{description}");
    store.close().await;
}

pub(crate) async fn everything_is_there_after_opening_again(place: &Place) {
    let store = place.open().await;
    let product = stored(&store, "A").await;
    let product = restock(&store, product.id, 7).await;
    let gone = stored(&store, "B").await.id;
    let cart = filled_cart(&store, &[(product.id, 2), (gone, 1)]).await.id;
    deleted(&store, gone).await;
    let message = said(&store, "hello").await;

    let store = reopened(place, &store).await;
    assert_eq!(store.product(product.id).await.expect("a product"), product);
    let cart = store.cart(cart).await.expect("a cart");
    assert_eq!(
        (content(&cart), cart.dropped),
        (vec![(product.id, 2)], vec![gone])
    );
    let history = store.history(None, 10).await.expect("a history");
    assert_eq!(history.messages, [message]);
    let page = store
        .list_products(&ProductQuery::default())
        .await
        .expect("a page");
    assert_eq!(page.products, [product]);
    store.close().await;
}

pub(crate) async fn the_rules_go_on_after_opening_again(place: &Place) {
    let store = place.open().await;
    let product = stored(&store, "A").await;
    let nonce = marked("ana@example.com", "hello", "n");
    let first = store.append_message(nonce.clone()).await.expect("appended");
    let last = said(&store, "last").await;
    store.delete_message(last.id).await.expect("deleted");

    let store = reopened(place, &store).await;
    let twice = store.create_product(goods("A")).await;
    assert_refused!(twice, StoreError::DuplicateCode);
    assert_eq!(restock(&store, product.id, 7).await.version, 2);
    let again = store.append_message(nonce).await.expect("a repeat");
    assert_eq!((again.repeated, again.message), (true, first.message));
    let next = said(&store, "next").await;
    assert!(
        next.seq > last.seq,
        "the number of a deleted message stays unused"
    );
    store.close().await;
}

pub(crate) async fn positions_are_never_used_again(place: &Place) {
    let store = place.open().await;
    let mut reader = Reader::open(&store).await;
    let mut used = HashSet::from([reader.base.clone()]);
    for n in 0..3 {
        said(&store, &n.to_string()).await;
        assert!(used.insert(reader.next().await.position));
    }

    let store = reopened(place, &store).await;
    let mut reader = Reader::open(&store).await;
    for n in 0..3 {
        said(&store, &n.to_string()).await;
        assert!(
            used.insert(reader.next().await.position),
            "a position is used again"
        );
    }
    store.close().await;
}

pub(crate) async fn positions_stay_after_opening_again(place: &Place) {
    let store = place.open().await;
    let mut reader = Reader::open(&store).await;
    let mut known = Vec::new();
    for n in 0..5 {
        said(&store, &n.to_string()).await;
        known.push(reader.next().await);
    }

    let store = reopened(place, &store).await;
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

pub(crate) async fn a_closed_store_is_unavailable(place: &Place) {
    let store = place.open().await;
    let product = stored(&store, "A").await.id;
    let cart = filled_cart(&store, &[(product, 1)]).await.id;
    let message = said(&store, "hello").await.id;
    store.close().await;
    // Closing again is harmless.
    store.close().await;

    let key = IdempotencyKey::parse("k", "POST", "/", &[]).expect("a key");
    let names = || vec!["a.png".to_owned()];
    let outcomes = [
        store.ping().await,
        store.create_product(goods("B")).await.map(drop),
        store.product(product).await.map(drop),
        store
            .list_products(&ProductQuery::default())
            .await
            .map(drop),
        store.product_chunk(None, None, 10).await.map(drop),
        store.categories().await.map(drop),
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
            .replace_cart(cart, WantedLines::default())
            .await
            .map(drop),
        store.remove_cart_line(cart, product).await.map(drop),
        buy(&store, cart).await.map(drop),
        store.order(unknown_order()).await.map(drop),
        store.orders(&Default::default()).await.map(drop),
        store.cancel_order(unknown_order()).await.map(drop),
        store.now().await.map(drop),
        store.end_holds(Default::default(), 1).await.map(drop),
        store.end_carts(Default::default(), 1).await.map(drop),
        store.keep_answer(key, Vec::new()).await.map(drop),
        store
            .append_message(words("ana@example.com", "hello"))
            .await
            .map(drop),
        store.history(None, 10).await.map(drop),
        store.delete_message(message).await,
        store.open_feed(FeedStart::Now).await.map(drop),
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        assert!(
            matches!(outcome, Err(StoreError::Unavailable(_))),
            "call {n}: {outcome:?}"
        );
    }
}

pub(crate) async fn what_was_acknowledged_while_closing_is_there(place: &Place) {
    let store = place.open().await;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..40 {
        let store = store.clone();
        writers.spawn(async move { store.create_product(goods(&n.to_string())).await });
    }
    // Some have been accepted by now, some have not.
    let first = writers
        .join_next()
        .await
        .expect("a writer")
        .expect("no panic");
    store.close().await;
    let mut results = writers.join_all().await;
    results.push(first);

    let store = place.open().await;
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

pub(crate) async fn abandoned_calls_harm_no_other(place: &Place) {
    let store = place.open().await;
    let product = stored_with(&store, "A", |goods| goods.stock = 1000)
        .await
        .id;
    let cart = filled_cart(&store, &[]).await.id;
    for n in 0..10 {
        abandon!(store.create_product(goods(&n.to_string())));
        abandon!(store.update_product(product, ProductPatch::default(), None));
        abandon!(store.add_to_cart(cart, product, units(1)));
        abandon!(store.append_message(words("ana@example.com", "gone")));
        abandon!(store.product(product));
        abandon!(store.open_feed(FeedStart::Now));
    }
    let mut reader = Reader::open(&store).await;
    restock(&store, product, 1000).await;
    store
        .add_to_cart(cart, product, units(1))
        .await
        .expect("added");
    said(&store, "here").await;
    stored(&store, "B").await;

    // Whatever became of the abandoned ones, what is told and what is there agree.
    let told = reader.all_so_far(&store).await;
    assert!(told.len() >= 4);
    let found = store.product(product).await.expect("a product");
    let last = told.iter().rev().find_map(|change| match &change.fact {
        vitrina::domain::change::Fact::Product(change) if change.id == product => {
            Some(change.version)
        }
        _ => None,
    });
    assert_eq!(last, Some(found.version));
    let cart = store.cart(cart).await.expect("a cart");
    assert_eq!(cart.version, 1 + cart.lines[0].quantity);
    store.close().await;
}
