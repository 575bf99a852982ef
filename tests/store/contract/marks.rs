//! Marks: when a feed has delivered what a write acknowledged.

use vitrina::domain::change::{Change, ChangeKind};
use vitrina::domain::ids::ProductId;
use vitrina::store::{FeedStart, SharedStore};

use super::holds::{LONG, after, expire_holds_until};
use super::upserts::{complete_row, upsert};
use crate::feed_reader::FeedReader;
use crate::fixtures::*;
use crate::test_store::TestStore;
use crate::typed_commands::TypedCommands;

fn changes_of(id: ProductId, changes: &[Change]) -> usize {
    let of_product = changes.iter().filter(|change| match &change.kind {
        ChangeKind::Product(product) => product.id == id,
        _ => false,
    });
    of_product.count()
}

pub(crate) async fn an_acknowledged_write_is_delivered_with_its_mark(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let mut delivered = async |id: ProductId| {
        let changes = reader.up_to(store.written()).await;
        assert_eq!(changes_of(id, &changes), 1, "{changes:?}");
    };
    let id = create_vase(store, "A").await.id;
    delivered(id).await;
    restock(store, id, 3).await;
    delivered(id).await;
    let names = vec!["a.png".to_owned()];
    store.add_thumbnails(id, names).await.expect("added");
    delivered(id).await;
    store.remove_thumbnail(id, "a.png").await.expect("removed");
    delivered(id).await;
    let order = buy_lines(store, &[(id, 1)]).await;
    delivered(id).await;
    store.cancel_order(order.id).await.expect("cancelled");
    delivered(id).await;
    upsert(store, [complete_row("A", 7)]).await;
    delivered(id).await;
    delete_product(store, id).await;
    delivered(id).await;
}

pub(crate) async fn a_feed_starts_at_the_mark_of_what_is_before_it(store: &SharedStore) {
    create_vase(store, "A").await;
    let feed = store.open_feed(FeedStart::Now).await;
    assert!(feed.expect("a feed").mark >= store.written());
}

pub(crate) async fn many_changes_are_delivered_with_the_last_mark(store: &SharedStore) {
    let mut reader = FeedReader::open(store).await;
    let rows = (0..500).map(|number| complete_row(&format!("c-{number}"), 1));
    upsert(store, rows).await;
    // A full batch may end among the events of one transaction; this one comes after it.
    create_vase(store, "Z").await;
    let changes = reader.up_to(store.written()).await;
    assert_eq!(changes.len(), 501);
}

pub(crate) async fn holds_are_delivered_with_their_mark(test_store: &TestStore) {
    let store = test_store.open_with_holds(LONG).await;
    let mut reader = FeedReader::open(&store).await;
    let id = create_vase(&store, "A").await.id;
    let cart = filled_cart(&store, &[]).await.id;
    reader.up_to(store.written()).await;

    store.add_to_cart(cart, id, units(1)).await.expect("held");
    let changes = reader.up_to(store.written()).await;
    assert_eq!(changes_of(id, &changes), 1, "{changes:?}");
    let end = after(store.now().await.expect("a moment"), 4_000_000);
    assert_eq!(expire_holds_until(&store, end).await, 1);
    let changes = reader.up_to(store.written()).await;
    assert_eq!(changes_of(id, &changes), 1, "{changes:?}");
    store.close().await;
}
