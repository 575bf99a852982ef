//! Updates of products.

use vitrina::domain::money::Money;
use vitrina::domain::product::{Product, ProductPatch};
use vitrina::domain::refusal::Refusal;
use vitrina::store::{SharedStore, StoreError};

use crate::fixtures::*;

async fn read(store: &SharedStore, product: &Product) -> Product {
    store.product(product.id).await.expect("a stored product")
}

pub(crate) async fn an_update_changes_only_the_named_fields(store: &SharedStore) {
    let mut expected =
        create_vase_with(store, "A", |vase| vase.thumbnails = vec!["a.png".into()]).await;
    let bystander = create_vase(store, "B").await;
    let patches: [fn(&mut ProductPatch, &mut Product); 8] = [
        |patch, product| product.title = patch.title.insert("Jug".into()).clone(),
        |patch, product| product.description = patch.description.insert("Old".into()).clone(),
        |patch, product| product.code = patch.code.insert("A-2".into()).clone(),
        |patch, product| product.price = *patch.price.insert(Money::from_minor(5)),
        |patch, product| product.status = *patch.status.insert(false),
        |patch, product| product.stock = *patch.stock.insert(3),
        |patch, product| product.category = patch.category.insert("jugs".into()).clone(),
        |patch, product| product.thumbnails = patch.thumbnails.insert(vec!["c".into()]).clone(),
    ];
    for edit in patches {
        let patch = patch(|patch| edit(patch, &mut expected));
        let updated = store
            .update_product(expected.id, patch, None)
            .await
            .expect("updated");
        assert!(updated.updated_at >= expected.updated_at);
        expected.updated_at = updated.updated_at;
        expected.version += 1;
        assert_eq!(updated, expected);
        assert_eq!(read(store, &expected).await, expected);
    }
    assert_eq!(read(store, &bystander).await, bystander);
}

pub(crate) async fn zero_false_and_empty_updates_are_stored(store: &SharedStore) {
    let made = create_vase_with(store, "A", |vase| {
        vase.description = "Blue".into();
        vase.thumbnails = vec!["a.png".into()];
    })
    .await;
    let zero = patch(|patch| {
        patch.price = Some(Money::default());
        patch.stock = Some(0);
        patch.status = Some(false);
        patch.description = Some(String::new());
        patch.thumbnails = Some(vec![]);
    });
    store
        .update_product(made.id, zero, None)
        .await
        .expect("updated");
    let found = read(store, &made).await;
    assert_eq!(
        (found.price, found.stock, found.status),
        (Money::default(), 0, false)
    );
    assert_eq!(
        (found.description.as_str(), found.thumbnails.len()),
        ("", 0)
    );
}

pub(crate) async fn an_update_without_a_difference_raises_the_version(store: &SharedStore) {
    let made = create_vase(store, "A").await;
    let same = patch(|patch| patch.title = Some(made.title.clone()));
    for (version, patch) in [(2, same), (3, ProductPatch::default())] {
        let updated = store
            .update_product(made.id, patch, None)
            .await
            .expect("updated");
        assert_eq!(updated.version, version);
        assert_eq!(read(store, &made).await.version, version);
    }
}

pub(crate) async fn an_update_of_the_expected_version_succeeds(store: &SharedStore) {
    let made = create_vase(store, "A").await;
    let stock = |stock| patch(|patch| patch.stock = Some(stock));
    let updated = store
        .update_product(made.id, stock(5), Some(1))
        .await
        .expect("updated");
    assert_eq!((updated.version, updated.stock), (2, 5));
    let updated = store
        .update_product(made.id, stock(6), Some(2))
        .await
        .expect("updated");
    assert_eq!((updated.version, updated.stock), (3, 6));
}

pub(crate) async fn an_update_of_another_version_is_refused_with_the_current_one(
    store: &SharedStore,
) {
    let made = create_vase(store, "A").await;
    let current = restock(store, made.id, 5).await;
    for expected in [1, 3, 0, -1, i64::MAX] {
        let patch = patch(|patch| patch.stock = Some(7));
        let result = store.update_product(made.id, patch, Some(expected)).await;
        assert_refused!(
            result,
            StoreError::Refused(Refusal::VersionMismatch { current: 2 })
        );
    }
    assert_eq!(read(store, &made).await, current);
}

pub(crate) async fn an_update_to_a_taken_code_changes_nothing(store: &SharedStore) {
    let taken = create_vase(store, "TAKEN").await;
    let made = create_vase(store, "MINE").await;
    let rename = patch(|patch| {
        patch.code = Some("TAKEN".into());
        patch.stock = Some(1);
    });
    let result = store.update_product(made.id, rename, None).await;
    assert_refused!(result, StoreError::Refused(Refusal::DuplicateCode));
    assert_eq!(read(store, &made).await, made);
    assert_eq!(read(store, &taken).await, taken);
}

pub(crate) async fn a_product_may_be_given_its_own_code(store: &SharedStore) {
    let made = create_vase(store, "MINE").await;
    let same = patch(|patch| patch.code = Some("MINE".into()));
    let updated = store
        .update_product(made.id, same, Some(1))
        .await
        .expect("updated");
    assert_eq!((updated.code.as_str(), updated.version), ("MINE", 2));
}

pub(crate) async fn a_released_code_can_be_used_again(store: &SharedStore) {
    let made = create_vase(store, "OLD").await;
    let rename = patch(|patch| patch.code = Some("NEW".into()));
    store
        .update_product(made.id, rename, None)
        .await
        .expect("renamed");
    let heir = create_vase(store, "OLD").await;
    delete_product(store, heir.id).await;
    let third = create_vase(store, "OLD").await;
    assert!(third.id != heir.id && third.version == 1);
}

pub(crate) async fn parallel_updates_all_count(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let mut versions = in_parallel(20, |n| {
        let store = store.clone();
        async move { restock(&store, id, n as i64).await.version }
    })
    .await;
    versions.sort_unstable();
    assert_eq!(versions, (2..=21).collect::<Vec<_>>());
    assert_eq!(store.product(id).await.expect("a product").version, 21);
}

pub(crate) async fn parallel_updates_of_different_fields_lose_nothing(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    in_parallel(4, |n| {
        let store = store.clone();
        let patch = patch(|patch| match n {
            0 => patch.title = Some("Jug".into()),
            1 => patch.stock = Some(77),
            2 => patch.category = Some("jugs".into()),
            _ => patch.price = Some(Money::from_minor(5)),
        });
        async move {
            store
                .update_product(id, patch, None)
                .await
                .expect("updated")
        }
    })
    .await;
    let found = store.product(id).await.expect("a product");
    assert_eq!((found.title.as_str(), found.stock), ("Jug", 77));
    assert_eq!((found.category.as_str(), found.price.minor()), ("jugs", 5));
}

pub(crate) async fn one_of_parallel_updates_of_one_version_succeeds(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let results = in_parallel(20, |n| {
        let store = store.clone();
        let patch = patch(|patch| patch.stock = Some(n as i64 + 100));
        async move { store.update_product(id, patch, Some(1)).await }
    })
    .await;
    let found = store.product(id).await.expect("a product");
    let mut winners = Vec::new();
    for result in results {
        match result {
            Ok(product) => winners.push(product),
            refused => assert_refused!(
                refused,
                StoreError::Refused(Refusal::VersionMismatch { current: 2 })
            ),
        }
    }
    assert_eq!(winners, [found]);
}

pub(crate) async fn one_of_parallel_renames_to_one_code_succeeds(store: &SharedStore) {
    let products = create_vases(store, 10).await;
    let results = in_parallel(10, |n| {
        let (store, id) = (store.clone(), products[n].id);
        let rename = patch(|patch| patch.code = Some("WANTED".into()));
        async move { store.update_product(id, rename, None).await }
    })
    .await;
    let winners = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(winners, 1);
    for result in results.into_iter().filter(Result::is_err) {
        assert_refused!(result, StoreError::Refused(Refusal::DuplicateCode));
    }
}
