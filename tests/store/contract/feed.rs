//! The change feed: every change once, in one order.

use std::collections::HashSet;

use vitrina::domain::cart::LineRequests;
use vitrina::domain::change::{Change, ChangeKind, ProductAction};
use vitrina::domain::chat_message::ChatMessage;
use vitrina::domain::ids::{CartId, ProductId};
use vitrina::domain::position::Position;
use vitrina::domain::product::ProductPatch;
use vitrina::domain::refusal::Refusal;
use vitrina::store::{FeedError, FeedStart, SharedStore, StoreError};

use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

/// A change as a short string.
fn describe(change: &Change) -> String {
    match &change.kind {
        ChangeKind::Product(product) => {
            let action = product.action.word();
            format!("{action} {} by version {}", product.id, product.version)
        }
        ChangeKind::MessageAppended(message) => format!("message {}", message.text),
        ChangeKind::MessageDeleted { id, seq } => format!("deleted message {id} at {seq}"),
        ChangeKind::Cart(id) => format!("cart {id}"),
    }
}

fn describe_all(changes: &[Change]) -> Vec<String> {
    changes.iter().map(describe).collect()
}

fn positions(changes: &[Change]) -> Vec<Position> {
    changes
        .iter()
        .map(|change| change.position.clone())
        .collect()
}

/// The state before a feed is opened.
struct Before {
    held: ProductId,
    cart: CartId,
    message: ChatMessage,
}

async fn prepare(store: &SharedStore) -> Before {
    Before {
        held: create_vase(store, "HELD").await.id,
        cart: filled_cart(store, &[]).await.id,
        message: send_message(store, "earlier").await,
    }
}

/// Makes one change of each kind, and returns their descriptions.
async fn change_everything(store: &SharedStore, before: &Before) -> Vec<String> {
    let Before {
        held,
        cart,
        message,
    } = before;
    let (held, cart) = (*held, *cart);
    let id = create_vase(store, "A").await.id;
    restock(store, id, 3).await;
    let thumbnails = vec!["a.png".to_owned(), "b.png".to_owned()];
    store.add_thumbnails(id, thumbnails).await.expect("added");
    send_message(store, "hello").await;
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
    delete_product(store, id).await;
    vec![
        format!("created {id} by version 1"),
        format!("updated {id} by version 2"),
        format!("updated {id} by version 3"),
        "message hello".into(),
        format!("updated {id} by version 4"),
        format!("cart {cart}"),
        format!("cart {cart}"),
        format!("deleted message {} at {}", message.id, message.seq),
        format!("cart {cart}"),
        format!("cart {cart}"),
        format!("deleted {id} by version 5"),
    ]
}

pub(crate) async fn every_kind_of_change_is_in_the_feed_in_order(store: &SharedStore) {
    let before = prepare(store).await;
    let mut reader = FeedReader::open(store).await;
    let expected = change_everything(store, &before).await;
    assert_eq!(describe_all(&reader.all_so_far(store).await), expected);
}

pub(crate) async fn every_change_has_its_own_position(store: &SharedStore) {
    let before = prepare(store).await;
    let mut reader = FeedReader::open(store).await;
    change_everything(store, &before).await;
    let mut positions = positions(&reader.all_so_far(store).await);
    positions.push(reader.base);
    let distinct: HashSet<_> = positions.iter().collect();
    assert_eq!(distinct.len(), positions.len(), "{positions:?}");
}

pub(crate) async fn a_feed_from_now_has_only_later_changes(store: &SharedStore) {
    change_everything(store, &prepare(store).await).await;
    let mut reader = FeedReader::open(store).await;
    assert_eq!(describe_all(&reader.backlog), [""; 0]);
    send_message(store, "later").await;
    let changes = reader.all_so_far(store).await;
    assert_eq!(describe_all(&changes), ["message later"]);
}

pub(crate) async fn feeds_have_the_same_changes_at_the_same_positions(store: &SharedStore) {
    let before = prepare(store).await;
    let mut first = FeedReader::open(store).await;
    let mut second = FeedReader::open(store).await;
    change_everything(store, &before).await;
    let mut third = FeedReader::open(store).await;
    create_vase(store, "B").await;
    let first = first.all_so_far(store).await;
    let second = second.all_so_far(store).await;
    let third = third.all_so_far(store).await;
    assert_eq!(positions(&first), positions(&second)[..first.len()]);
    assert_eq!(describe_all(&first), describe_all(&second)[..first.len()]);
    assert_eq!(third[0].position, first[first.len() - 1].position);
}

pub(crate) async fn a_product_in_the_feed_is_never_older_than_its_change(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let id = create_vase(store, "A").await.id;
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

pub(crate) async fn a_change_that_is_read_at_once_has_its_own_product(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let mut product = create_vase(store, "A").await;
    for stock in 0..10 {
        let change = reader.next_product().await;
        assert_eq!(change.product.as_deref(), Some(&product));
        product = restock(store, product.id, stock).await;
    }
}

pub(crate) async fn a_deletion_has_the_version_after_the_last(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let id = create_vase(store, "A").await.id;
    restock(store, id, 1).await;
    delete_product(store, id).await;
    let untouched = create_vase(store, "B").await.id;
    delete_product(store, untouched).await;

    let changes = reader.all_so_far(store).await;
    let deletions: Vec<_> = changes
        .into_iter()
        .filter_map(|change| match change.kind {
            ChangeKind::Product(change) if change.action == ProductAction::Deleted => Some(change),
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

pub(crate) async fn a_message_in_the_feed_is_as_stored(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    for message in [
        message_with_nonce("ana@example.com", "one 🙂\n", "n"),
        message("b@x", "two"),
    ] {
        let appended = store.append_message(message).await.expect("appended");
        let change = reader.next().await;
        assert_eq!(
            change.kind,
            ChangeKind::MessageAppended(appended.message.into())
        );
    }
}

pub(crate) async fn a_message_that_was_deleted_since_may_be_missing(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let message = send_message(store, "hello").await;
    store.delete_message(message.id).await.expect("deleted");
    let gone = ChangeKind::MessageDeleted {
        id: message.id,
        seq: message.seq,
    };

    // Its own change has the message, or already the deletion.
    let appended = reader.next().await.kind;
    let appended_as_sent = ChangeKind::MessageAppended(message.into());
    assert!(
        appended == appended_as_sent || appended == gone,
        "{appended:?}"
    );
    assert_eq!(reader.next().await.kind, gone);
    assert_eq!(describe_all(&reader.all_so_far(store).await), [""; 0]);
}

pub(crate) async fn a_refused_write_has_no_change_in_the_feed(store: &SharedStore) {
    let taken = create_vase(store, "TAKEN").await.id;
    let id = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(id, 1)]).await.id;
    let message = message_with_nonce("ana@example.com", "hello", "n");
    store
        .append_message(message.clone())
        .await
        .expect("appended");
    let mut reader = FeedReader::open(store).await;

    let twice = store.create_product(new_vase("TAKEN")).await;
    assert_refused!(twice, StoreError::Refused(Refusal::DuplicateCode));
    let rename = patch(|patch| patch.code = Some("TAKEN".into()));
    let renamed = store.update_product(id, rename, None).await;
    assert_refused!(renamed, StoreError::Refused(Refusal::DuplicateCode));
    let stale = store
        .update_product(id, ProductPatch::default(), Some(9))
        .await;
    assert_refused!(
        stale,
        StoreError::Refused(Refusal::VersionMismatch { current: 1 })
    );
    let stale = store.delete_product(taken, Some(9)).await;
    assert_refused!(
        stale,
        StoreError::Refused(Refusal::VersionMismatch { current: 1 })
    );
    let names = (0..21).map(|n| n.to_string()).collect();
    let many = store.add_thumbnails(id, names).await;
    assert_refused!(many, StoreError::Refused(Refusal::TooManyThumbnails));
    let none = store.remove_thumbnail(id, "a.png").await;
    assert_refused!(none, StoreError::Refused(Refusal::NotFound(_)));
    let short = store.add_to_cart(cart, id, units(99)).await;
    assert_refused!(
        short,
        StoreError::Refused(Refusal::InsufficientStock { .. })
    );
    let short = store.create_cart(lines(&[(id, 99)])).await;
    assert_refused!(
        short,
        StoreError::Refused(Refusal::InsufficientStock { .. })
    );
    let none = store.remove_cart_line(cart, taken).await;
    assert_refused!(none, StoreError::Refused(Refusal::NotFound(_)));
    let none = store.delete_message(unknown_message()).await;
    assert_refused!(none, StoreError::Refused(Refusal::NotFound(_)));
    let again = store.append_message(message).await.expect("a repeat");
    assert!(again.repeated);

    assert_eq!(describe_all(&reader.all_so_far(store).await), [""; 0]);
}

pub(crate) async fn a_read_has_no_change_in_the_feed(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[(id, 1)]).await.id;
    let gone = create_vase(store, "B").await.id;
    store
        .add_to_cart(cart, gone, units(1))
        .await
        .expect("added");
    delete_product(store, gone).await;
    let mut reader = FeedReader::open(store).await;

    store.product(id).await.expect("a product");
    store.cart(cart).await.expect("a cart");
    store.history(None, 10).await.expect("a history");
    all_products(store).await;
    store.ping().await.expect("an answer");
    assert_eq!(describe_all(&reader.all_so_far(store).await), [""; 0]);
}

pub(crate) async fn every_change_of_a_cart_is_in_the_feed(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let cart = filled_cart(store, &[]).await.id;
    let mut reader = FeedReader::open(store).await;
    in_parallel(8, |_| {
        let store = store.clone();
        async move { store.add_to_cart(cart, id, units(1)).await.expect("added") }
    })
    .await;
    let empty = LineRequests::default();
    store.replace_cart(cart, empty).await.expect("emptied");
    let changes = reader.all_so_far(store).await;
    assert_eq!(describe_all(&changes), vec![format!("cart {cart}"); 9]);
}

pub(crate) async fn a_closed_store_ends_its_feeds(store: &SharedStore) {
    let mut waiting = FeedReader::open(store).await;
    let mut late = FeedReader::open(store).await;
    let waiter = tokio::spawn(async move { waiting.try_next().await });
    tokio::task::yield_now().await;
    store.close().await;
    let ended = waiter.await.expect("the reader ends");
    assert_refused!(ended, FeedError::Closed);
    assert_refused!(late.try_next().await, FeedError::Closed);
    let opened = store.open_feed(FeedStart::Now).await.map(drop);
    assert_refused!(opened, StoreError::Unavailable(_));
}
