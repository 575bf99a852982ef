//! Chunks of the catalogue, and categories.

use vitrina::domain::ids::ProductId;
use vitrina::domain::product_query::ProductChunk;
use vitrina::store::SharedStore;

use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

async fn chunk(
    store: &SharedStore,
    after: Option<ProductId>,
    only: Option<&[ProductId]>,
    limit: u32,
) -> ProductChunk {
    let chunk = store.product_chunk(after, only, limit).await;
    chunk.expect("a chunk")
}

pub(crate) async fn an_empty_catalogue_has_one_empty_chunk(store: &SharedStore) {
    let first = chunk(store, None, None, 100).await;
    assert_eq!((first.products.len(), first.remaining), (0, 0));
    let later = chunk(store, Some(unknown_product()), None, 100).await;
    assert_eq!((later.products.len(), later.remaining), (0, 0));
}

pub(crate) async fn chunks_return_every_product_once(store: &SharedStore) {
    let products = create_vases(store, 7).await;
    let (mut seen, mut after) = (Vec::new(), None);
    for remaining in [5, 3, 1, 0] {
        let part = chunk(store, after, None, 2).await;
        assert_eq!(part.remaining, remaining);
        seen.extend(part.products);
        after = seen.last().map(|product| product.id);
    }
    assert_eq!(seen, products);
    let beyond = chunk(store, after, None, 2).await;
    assert_eq!((beyond.products.len(), beyond.remaining), (0, 0));
}

pub(crate) async fn a_chunk_of_all_products_has_no_rest(store: &SharedStore) {
    let products = create_vases(store, 4).await;
    for limit in [4, 5, 1000] {
        let part = chunk(store, None, None, limit).await;
        assert_eq!((part.products, part.remaining), (products.clone(), 0));
    }
}

pub(crate) async fn chunks_of_selected_products_return_only_those(store: &SharedStore) {
    let products = create_vases(store, 6).await;
    // Unordered, with one product twice and one unknown.
    let some = [4, 0, 5, 2, 4].map(|n| products[n].id);
    let only: Vec<_> = some.into_iter().chain([unknown_product()]).collect();

    let first = chunk(store, None, Some(&only), 3).await;
    let expected = [0, 2, 4].map(|n| products[n].clone());
    assert_eq!((first.products, first.remaining), (expected.to_vec(), 1));
    let last = chunk(store, Some(products[4].id), Some(&only), 3).await;
    assert_eq!(
        (last.products, last.remaining),
        (vec![products[5].clone()], 0)
    );
}

pub(crate) async fn a_chunk_of_no_products_is_empty(store: &SharedStore) {
    create_vase(store, "A").await;
    let none = chunk(store, None, Some(&[]), 10).await;
    assert_eq!((none.products.len(), none.remaining), (0, 0));
    let unknown = chunk(store, None, Some(&[unknown_product()]), 10).await;
    assert_eq!((unknown.products.len(), unknown.remaining), (0, 0));
}

pub(crate) async fn a_chunk_can_select_very_many_products(store: &SharedStore) {
    let products = create_vases(store, 3).await;
    let mut only: Vec<_> = (0..2_000).map(|_| unknown_product()).collect();
    only.extend(products.iter().map(|product| product.id));
    let part = chunk(store, None, Some(&only), 100).await;
    assert_eq!((part.products, part.remaining), (products, 0));
}

pub(crate) async fn chunks_during_changes_return_all_remaining_products(store: &SharedStore) {
    let products = create_vases(store, 12).await;
    let (mut seen, mut after) = (Vec::new(), None);
    let mut round = 0;
    loop {
        let part = chunk(store, after, None, 2).await;
        let Some(last) = part.products.last() else {
            break;
        };
        after = Some(last.id);
        seen.extend(part.products.iter().map(|product| product.id));
        // Deletes a product behind the position, changes one ahead of it, and adds one at the end.
        if round < 3 {
            delete_product(store, products[round].id).await;
            restock(store, products[11 - round].id, 99).await;
            create_vase(store, &format!("NEW-{round}")).await;
        }
        round += 1;
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "none twice");
    for product in &products[3..] {
        assert!(seen.contains(&product.id), "{} is missing", product.code);
    }
}

pub(crate) async fn categories_are_distinct_and_in_order(store: &SharedStore) {
    assert!(store.categories().await.expect("categories").is_empty());
    let names = ["b", "a", "b", "B", "é", "10", "9", "🙂", "\u{ff5e}", "a b"];
    for (n, name) in names.into_iter().enumerate() {
        let code = n.to_string();
        create_vase_with(store, &code, |vase| vase.category = name.into()).await;
    }
    let expected = ["10", "9", "B", "a", "a b", "b", "é", "\u{ff5e}", "🙂"];
    assert_eq!(store.categories().await.expect("categories"), expected);
}

pub(crate) async fn a_category_without_products_is_not_listed(store: &SharedStore) {
    let made = create_vase_with(store, "A", |vase| vase.category = "old".into()).await;
    let to_new = patch(|patch| patch.category = Some("new".into()));
    store
        .update_product(made.id, to_new, None)
        .await
        .expect("updated");
    assert_eq!(store.categories().await.expect("categories"), ["new"]);
    delete_product(store, made.id).await;
    assert!(store.categories().await.expect("categories").is_empty());
}

pub(crate) async fn at_most_two_hundred_categories_are_listed(store: &SharedStore) {
    let writer = store.clone();
    by_writers(20, 203, move |n| {
        let store = writer.clone();
        let vase = new_vase_with(&n.to_string(), |vase| vase.category = format!("{n:03}"));
        async move { store.create_product(vase).await.expect("created") }
    })
    .await;
    let expected: Vec<_> = (0..200).map(|n| format!("{n:03}")).collect();
    assert_eq!(store.categories().await.expect("categories"), expected);
}
