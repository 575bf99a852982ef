//! The change feed: what is told, once each, in one order.

use std::collections::HashSet;

use vitrina::domain::cart::WantedLines;
use vitrina::domain::change::{Change, Fact, ProductAction};
use vitrina::domain::chat_message::ChatMessage;
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::position::Position;
use vitrina::domain::product::ProductPatch;
use vitrina::store::{FeedError, FeedStart, SharedStore, StoreError};

use crate::fixtures::*;
use crate::reader::Reader;

/// A change as a short sentence.
fn told(change: &Change) -> String {
    match &change.fact {
        Fact::Product(product) => {
            let word = product.action.word();
            format!("{word} {} by version {}", product.id, product.version)
        }
        Fact::MessageAppended(message) => format!("said {}", message.text),
        Fact::MessageDeleted { id, seq } => format!("unsaid {id} at {seq}"),
        Fact::Cart(id) => format!("cart {id}"),
    }
}

fn all_told(changes: &[Change]) -> Vec<String> {
    changes.iter().map(told).collect()
}

fn positions(changes: &[Change]) -> Vec<Position> {
    changes
        .iter()
        .map(|change| change.position.clone())
        .collect()
}

/// What is there before anybody listens.
struct Before {
    held: ProductId,
    cart: CartId,
    message: ChatMessage,
}

async fn prepared(store: &SharedStore) -> Before {
    Before {
        held: stored(store, "HELD").await.id,
        cart: filled_cart(store, &[]).await.id,
        message: said(store, "earlier").await,
    }
}

/// One change of each kind; returns what they should be told as.
async fn change_everything(store: &SharedStore, before: &Before) -> Vec<String> {
    let Before {
        held,
        cart,
        message,
    } = before;
    let (held, cart) = (*held, *cart);
    let id = stored(store, "A").await.id;
    restock(store, id, 3).await;
    let thumbnails = vec!["a.png".to_owned(), "b.png".to_owned()];
    store.add_thumbnails(id, thumbnails).await.expect("added");
    said(store, "hello").await;
    store.remove_thumbnail(id, "a.png").await.expect("removed");
    store
        .add_to_cart(cart, held, units(1))
        .await
        .expect("added");
    store
        .set_cart_line(cart, held, units(2))
        .await
        .expect("set");
    store.delete_message(message.id).await.expect("deleted");
    store
        .replace_cart(cart, lines(&[(held, 5)]))
        .await
        .expect("replaced");
    store.remove_cart_line(cart, held).await.expect("removed");
    deleted(store, id).await;
    vec![
        format!("created {id} by version 1"),
        format!("updated {id} by version 2"),
        format!("updated {id} by version 3"),
        "said hello".into(),
        format!("updated {id} by version 4"),
        format!("cart {cart}"),
        format!("cart {cart}"),
        format!("unsaid {} at {}", message.id, message.seq),
        format!("cart {cart}"),
        format!("cart {cart}"),
        format!("deleted {id} by version 5"),
    ]
}

pub(crate) async fn every_kind_of_change_is_told_in_order(store: &SharedStore) {
    let before = prepared(store).await;
    let mut reader = Reader::open(store).await;
    let expected = change_everything(store, &before).await;
    assert_eq!(all_told(&reader.all_so_far(store).await), expected);
}

pub(crate) async fn every_change_has_a_position_of_its_own(store: &SharedStore) {
    let before = prepared(store).await;
    let mut reader = Reader::open(store).await;
    change_everything(store, &before).await;
    let mut positions = positions(&reader.all_so_far(store).await);
    positions.push(reader.base);
    let distinct: HashSet<_> = positions.iter().collect();
    assert_eq!(distinct.len(), positions.len(), "{positions:?}");
}

pub(crate) async fn a_feed_from_now_tells_only_what_is_later(store: &SharedStore) {
    change_everything(store, &prepared(store).await).await;
    let mut reader = Reader::open(store).await;
    assert_eq!(all_told(&reader.backlog), [""; 0]);
    said(store, "later").await;
    let changes = reader.all_so_far(store).await;
    assert_eq!(all_told(&changes), ["said later"]);
}

pub(crate) async fn two_feeds_tell_the_same_at_the_same_positions(store: &SharedStore) {
    let before = prepared(store).await;
    let mut first = Reader::open(store).await;
    let mut second = Reader::open(store).await;
    change_everything(store, &before).await;
    let mut third = Reader::open(store).await;
    stored(store, "B").await;
    let first = first.all_so_far(store).await;
    let second = second.all_so_far(store).await;
    let third = third.all_so_far(store).await;
    assert_eq!(positions(&first), positions(&second)[..first.len()]);
    assert_eq!(all_told(&first), all_told(&second)[..first.len()]);
    assert_eq!(third[0].position, first[first.len() - 1].position);
}

pub(crate) async fn a_product_is_told_as_it_was_after_the_change_or_later(store: &SharedStore) {
    let mut reader = Reader::open(store).await;
    let id = stored(store, "A").await.id;
    for stock in 0..10 {
        restock(store, id, stock).await;
    }
    for version in 1..=11 {
        let change = reader.next_product().await;
        assert_eq!(change.version, version);
        let product = change.product.expect("the product is there");
        assert!(
            product.version >= version,
            "{} at {version}",
            product.version
        );
        assert_eq!((product.id, change.title.as_str()), (id, "Vase"));
    }
}

pub(crate) async fn a_change_that_is_read_at_once_has_its_product(store: &SharedStore) {
    let mut reader = Reader::open(store).await;
    let mut product = stored(store, "A").await;
    for stock in 0..10 {
        let change = reader.next_product().await;
        assert_eq!(change.product.as_deref(), Some(&product));
        product = restock(store, product.id, stock).await;
    }
}

pub(crate) async fn a_deletion_tells_the_version_after_the_last(store: &SharedStore) {
    let mut reader = Reader::open(store).await;
    let id = stored(store, "A").await.id;
    restock(store, id, 1).await;
    deleted(store, id).await;
    let untouched = stored(store, "B").await.id;
    deleted(store, untouched).await;

    let changes = reader.all_so_far(store).await;
    let deletions: Vec<_> = changes
        .into_iter()
        .filter_map(|change| match change.fact {
            Fact::Product(change) if change.action == ProductAction::Deleted => Some(change),
            _ => None,
        })
        .collect();
    let brief: Vec<_> = deletions
        .iter()
        .map(|change| (change.id, change.version))
        .collect();
    assert_eq!(brief, [(id, 3), (untouched, 2)]);
    for change in deletions {
        assert_eq!(change.product, None);
        assert!(["", "Vase"].contains(&change.title.as_str()));
    }
}

pub(crate) async fn a_message_is_told_as_it_is_stored(store: &SharedStore) {
    let mut reader = Reader::open(store).await;
    for message in [
        marked("ana@example.com", "one 🙂\n", "n"),
        words("b@x", "two"),
    ] {
        let appended = store.append_message(message).await.expect("appended");
        let change = reader.next().await;
        assert_eq!(change.fact, Fact::MessageAppended(appended.message.into()));
    }
}

pub(crate) async fn a_message_that_was_deleted_since_is_told_as_gone(store: &SharedStore) {
    let mut reader = Reader::open(store).await;
    let message = said(store, "hello").await;
    store.delete_message(message.id).await.expect("deleted");
    let gone = Fact::MessageDeleted {
        id: message.id,
        seq: message.seq,
    };

    // Its own change may still tell it, or already that it is gone.
    let appended = reader.next().await.fact;
    let still_told = Fact::MessageAppended(message.into());
    assert!(appended == still_told || appended == gone, "{appended:?}");
    assert_eq!(reader.next().await.fact, gone);
    assert_eq!(all_told(&reader.all_so_far(store).await), [""; 0]);
}

pub(crate) async fn a_refused_write_tells_nothing(store: &SharedStore) {
    let taken = stored(store, "TAKEN").await.id;
    let id = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(id, 1)]).await.id;
    let message = marked("ana@example.com", "hello", "n");
    store
        .append_message(message.clone())
        .await
        .expect("appended");
    let mut reader = Reader::open(store).await;

    let twice = store.create_product(goods("TAKEN")).await;
    assert_refused!(twice, StoreError::DuplicateCode);
    let rename = patch(|patch| patch.code = Some("TAKEN".into()));
    let renamed = store.update_product(id, rename, None).await;
    assert_refused!(renamed, StoreError::DuplicateCode);
    let stale = store
        .update_product(id, ProductPatch::default(), Some(9))
        .await;
    assert_refused!(stale, StoreError::VersionMismatch { current: 1 });
    let stale = store.delete_product(taken, Some(9)).await;
    assert_refused!(stale, StoreError::VersionMismatch { current: 1 });
    let names = (0..21).map(|n| n.to_string()).collect();
    let many = store.add_thumbnails(id, names).await;
    assert_refused!(many, StoreError::TooManyThumbnails);
    let none = store.remove_thumbnail(id, "a.png").await;
    assert_refused!(none, StoreError::NotFound(_));
    let short = store.add_to_cart(cart, id, units(99)).await;
    assert_refused!(short, StoreError::InsufficientStock { .. });
    let short = store.create_cart(lines(&[(id, 99)])).await;
    assert_refused!(short, StoreError::InsufficientStock { .. });
    let none = store.remove_cart_line(cart, taken).await;
    assert_refused!(none, StoreError::NotFound(_));
    let none = store.delete_message(unknown_message()).await;
    assert_refused!(none, StoreError::NotFound(_));
    let again = store.append_message(message).await.expect("a repeat");
    assert!(again.repeated);

    assert_eq!(all_told(&reader.all_so_far(store).await), [""; 0]);
}

pub(crate) async fn reading_tells_nothing(store: &SharedStore) {
    let id = stored(store, "A").await.id;
    let cart = filled_cart(store, &[(id, 1)]).await.id;
    let gone = stored(store, "B").await.id;
    store
        .add_to_cart(cart, gone, units(1))
        .await
        .expect("added");
    deleted(store, gone).await;
    let mut reader = Reader::open(store).await;

    store.product(id).await.expect("a product");
    store.cart(cart).await.expect("a cart");
    store.history(None, 10).await.expect("a history");
    store.product_chunk(None, None, 10).await.expect("a part");
    store.ping().await.expect("an answer");
    assert_eq!(all_told(&reader.all_so_far(store).await), [""; 0]);
}

pub(crate) async fn a_cart_of_many_changes_is_told_for_each(store: &SharedStore) {
    let id = stored(store, "A").await.id;
    let cart = filled_cart(store, &[]).await.id;
    let mut reader = Reader::open(store).await;
    in_parallel(8, |_| {
        let store = store.clone();
        async move { store.add_to_cart(cart, id, units(1)).await.expect("added") }
    })
    .await;
    let empty = WantedLines::default();
    store.replace_cart(cart, empty).await.expect("emptied");
    let changes = reader.all_so_far(store).await;
    assert_eq!(all_told(&changes), vec![format!("cart {cart}"); 9]);
}

pub(crate) async fn a_closed_store_ends_its_feeds(store: &SharedStore) {
    let mut waiting = Reader::open(store).await;
    let mut late = Reader::open(store).await;
    let waiter = tokio::spawn(async move { waiting.try_next().await });
    tokio::task::yield_now().await;
    store.close().await;
    let ended = waiter.await.expect("the reader ends");
    assert_refused!(ended, FeedError::Closed);
    assert_refused!(late.try_next().await, FeedError::Closed);
    let opened = store.open_feed(FeedStart::Now).await;
    assert_refused!(opened, StoreError::Unavailable(_));
}
