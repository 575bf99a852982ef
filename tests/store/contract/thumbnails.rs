//! Names of images of products.

use std::collections::HashSet;

use vitrina::domain::ids::ProductId;
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::store::{SharedStore, StoreError, StoreResult};

use crate::fixtures::*;

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

fn numbered(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| format!("{n}.png")).collect()
}

async fn in_use(store: &SharedStore, list: &[&str]) -> HashSet<String> {
    let found = store.thumbnails_in_use(&names(list)).await;
    found.expect("an answer").into_iter().collect()
}

pub(crate) async fn new_thumbnails_are_appended(store: &SharedStore) {
    let made = create_vase(store, "A").await;
    store
        .add_thumbnails(made.id, names(&["b.png", "a.png"]))
        .await
        .expect("added");
    let added = store
        .add_thumbnails(made.id, names(&["0.png"]))
        .await
        .expect("added");
    assert_eq!(added.thumbnails, ["b.png", "a.png", "0.png"]);
    assert_eq!(added.version, 3);
    assert!(added.updated_at >= made.updated_at);
    assert_eq!(store.product(made.id).await.expect("a product"), added);
}

pub(crate) async fn a_product_has_twenty_thumbnails_at_most(store: &SharedStore) {
    let made = create_vase(store, "A").await;
    let too_many = store.add_thumbnails(made.id, numbered(0..21)).await;
    assert_refused!(too_many, StoreError::Refused(Refusal::TooManyThumbnails));
    assert_eq!(store.product(made.id).await.expect("a product"), made);

    store
        .add_thumbnails(made.id, numbered(0..18))
        .await
        .expect("added");
    let full = store
        .add_thumbnails(made.id, numbered(18..20))
        .await
        .expect("added");
    assert_eq!(full.thumbnails, numbered(0..20));
    let too_many = store.add_thumbnails(made.id, names(&["more.png"])).await;
    assert_refused!(too_many, StoreError::Refused(Refusal::TooManyThumbnails));
    assert_eq!(store.product(made.id).await.expect("a product"), full);
}

pub(crate) async fn parallel_thumbnails_all_count_up_to_the_limit(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let results: Vec<StoreResult<_>> = in_parallel(10, |n| {
        let store = store.clone();
        async move { store.add_thumbnails(id, numbered(n * 3..n * 3 + 3)).await }
    })
    .await;
    let mut added: HashSet<String> = HashSet::new();
    for (n, result) in results.into_iter().enumerate() {
        match result {
            Ok(_) => added.extend(numbered(n * 3..n * 3 + 3)),
            refused => assert_refused!(refused, StoreError::Refused(Refusal::TooManyThumbnails)),
        }
    }
    let found = store.product(id).await.expect("a product");
    assert_eq!((found.thumbnails.len(), found.version), (18, 7));
    assert_eq!(found.thumbnails.into_iter().collect::<HashSet<_>>(), added);
}

pub(crate) async fn a_removed_thumbnail_leaves_the_others_in_order(store: &SharedStore) {
    let made = create_vase_with(store, "A", |vase| vase.thumbnails = numbered(0..4)).await;
    let left = store
        .remove_thumbnail(made.id, "1.png")
        .await
        .expect("removed");
    assert_eq!(left.thumbnails, ["0.png", "2.png", "3.png"]);
    assert_eq!(left.version, 2);
    assert_eq!(store.product(made.id).await.expect("a product"), left);
}

pub(crate) async fn an_unknown_thumbnail_is_not_found(store: &SharedStore) {
    let made = create_vase_with(store, "A", |vase| vase.thumbnails = names(&["a.png"])).await;
    for name in ["b.png", "A.png", "a_png", "a.pn", "%", ""] {
        let result = store.remove_thumbnail(made.id, name).await;
        assert_refused!(
            result,
            StoreError::Refused(Refusal::NotFound(Resource::Thumbnail))
        );
    }
    assert_eq!(store.product(made.id).await.expect("a product"), made);
}

pub(crate) async fn thumbnails_of_an_unknown_product_are_not_found(store: &SharedStore) {
    let id: ProductId = unknown_product();
    let added = store.add_thumbnails(id, names(&["a.png"])).await;
    assert_refused!(
        added,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    let removed = store.remove_thumbnail(id, "a.png").await;
    assert_refused!(
        removed,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
}

pub(crate) async fn thumbnails_of_any_product_are_in_use(store: &SharedStore) {
    let mine = names(&["a.png", "it's.png", "100%.png", "both.png"]);
    let made = create_vase_with(store, "A", |vase| vase.thumbnails = mine).await;
    create_vase_with(store, "B", |vase| {
        vase.thumbnails = names(&["b.png", "both.png"])
    })
    .await;

    let asked = [
        "a.png", "b.png", "both.png", "c.png", "it's.png", "a.pn", "aa.png", "a_png", "A.png",
        "100%.png", "%", "1000.png", "",
    ];
    let expected = ["a.png", "b.png", "both.png", "it's.png", "100%.png"];
    assert_eq!(
        in_use(store, &asked).await,
        expected.map(str::to_owned).into()
    );
    assert!(in_use(store, &[]).await.is_empty());

    store
        .remove_thumbnail(made.id, "a.png")
        .await
        .expect("removed");
    assert!(in_use(store, &["a.png"]).await.is_empty());
    delete_product(store, made.id).await;
    let left = in_use(store, &asked).await;
    assert_eq!(left, ["b.png", "both.png"].map(str::to_owned).into());
}
