//! Creation, reading and deletion of products.

use std::collections::HashSet;

use vitrina::domain::money::Money;
use vitrina::domain::product::{
    MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_TITLE, Product, ProductPatch,
};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{Noun, SharedStore, StoreError};

use crate::fixtures::*;

async fn read(store: &SharedStore, product: &Product) -> Product {
    store.product(product.id).await.expect("a stored product")
}

pub(crate) async fn a_new_product_reads_back_as_it_was_made(store: &SharedStore) {
    let before = Timestamp::now();
    let made = stored_with(store, "CER-1", |goods| {
        goods.description = "Blue.\nBy hand.".into();
        goods.category = "ceramics".into();
        goods.thumbnails = vec!["b.png".into(), "a.png".into()];
    })
    .await;

    assert_eq!(read(store, &made).await, made);
    assert_eq!(made.version, 1);
    assert_eq!(made.created_at, made.updated_at);
    assert!((before..=Timestamp::now()).contains(&made.created_at));
    assert_eq!((made.title.as_str(), made.code.as_str()), ("Vase", "CER-1"));
    assert_eq!((made.price, made.stock), (Money::from_minor(1999), 10));
    assert_eq!(made.description, "Blue.\nBy hand.");
    assert_eq!((made.category.as_str(), made.status), ("ceramics", true));
    assert_eq!(made.thumbnails, ["b.png", "a.png"]);
}

pub(crate) async fn every_product_gets_an_id_of_its_own(store: &SharedStore) {
    let products = stored_many(store, 50).await;
    let ids: HashSet<_> = products.iter().map(|product| product.id).collect();
    assert_eq!(ids.len(), 50);
}

pub(crate) async fn zero_and_false_are_stored(store: &SharedStore) {
    let made = stored_with(store, "ZERO", |goods| {
        goods.price = Money::default();
        goods.stock = 0;
        goods.status = false;
    })
    .await;
    let found = read(store, &made).await;
    assert_eq!(
        (found.price, found.stock, found.status),
        (Money::default(), 0, false)
    );
    assert_eq!(found.description, "");
}

pub(crate) async fn the_largest_numbers_are_stored(store: &SharedStore) {
    let made = stored_with(store, "MAX", |goods| {
        goods.price = Money::MAX_PRICE;
        goods.stock = MAX_STOCK;
    })
    .await;
    let found = read(store, &made).await;
    assert_eq!((found.price, found.stock), (Money::MAX_PRICE, MAX_STOCK));
}

pub(crate) async fn prices_are_exact(store: &SharedStore) {
    for minor in [1, 10, 29, 57, 58, 115, 1001, 1999, 435_679, 999_999_999] {
        let price = Money::from_minor(minor);
        let made = stored_with(store, &minor.to_string(), |goods| goods.price = price).await;
        assert_eq!(read(store, &made).await.price, price);
    }
}

pub(crate) async fn the_longest_texts_are_stored(store: &SharedStore) {
    let made = stored_with(store, &"🏺".repeat(MAX_NAME), |goods| {
        goods.title = "🙂".repeat(MAX_TITLE);
        goods.description = "🌵".repeat(MAX_DESCRIPTION);
        goods.category = "🍵".repeat(MAX_NAME);
        goods.thumbnails = (0..20)
            .map(|n| format!("{n}-{}.png", "x".repeat(200)))
            .collect();
    })
    .await;
    assert_eq!(read(store, &made).await, made);
    assert_eq!(made.description.chars().count(), MAX_DESCRIPTION);
}

pub(crate) async fn any_text_is_kept_as_it_is(store: &SharedStore) {
    let texts = [
        "it's \"quoted\" `here`",
        "'; DROP TABLE products; --",
        "$set",
        "$where: {\"$gt\": \"\"}",
        "a.b.c",
        "100 % _ * ? [x] \\ /",
        " spaces around ",
        "null",
        "0",
        "Ñandú 漢字 👩‍👩‍👧 ẞß e\u{301}",
        "right \u{202e}to left",
        "<b>&amp;</b> {{title}}",
    ];
    for text in texts {
        let made = stored_with(store, text, |goods| {
            goods.title = text.into();
            goods.description = format!("{text}\r\n\t{text}");
            goods.category = text.into();
            goods.thumbnails = vec![text.into()];
        })
        .await;
        let found = read(store, &made).await;
        assert_eq!((found.title.as_str(), found.code.as_str()), (text, text));
        assert_eq!(found.description, format!("{text}\r\n\t{text}"));
        assert_eq!(
            (found.category.as_str(), found.thumbnails),
            (text, vec![text.to_owned()])
        );
    }
}

pub(crate) async fn a_second_product_with_a_code_is_refused(store: &SharedStore) {
    let first = stored(store, "SAME").await;
    let second = store
        .create_product(goods_with("SAME", |goods| goods.stock = 1))
        .await;
    assert_refused!(second, StoreError::DuplicateCode);
    assert_eq!(read(store, &first).await, first);
}

pub(crate) async fn of_parallel_creations_with_one_code_one_wins(store: &SharedStore) {
    let results = in_parallel(20, |_| {
        let store = store.clone();
        async move { store.create_product(goods("SAME")).await }
    })
    .await;
    let mut winners = 0;
    for result in results {
        match result {
            Ok(_) => winners += 1,
            refused => assert_refused!(refused, StoreError::DuplicateCode),
        }
    }
    assert_eq!(winners, 1);
}

pub(crate) async fn codes_differ_by_every_character(store: &SharedStore) {
    for code in [
        "abc",
        "ABC",
        "abc ",
        " abc",
        "ábc",
        "a\u{301}bc",
        "abç",
        "a%c",
        "a_c",
        "123",
        "0123",
    ] {
        stored(store, code).await;
    }
}

pub(crate) async fn an_unknown_product_is_not_found(store: &SharedStore) {
    stored(store, "KNOWN").await;
    let id = unknown_product();
    let empty = ProductPatch::default;
    assert_refused!(store.product(id).await, StoreError::NotFound(Noun::Product));
    let updated = store.update_product(id, empty(), None).await;
    assert_refused!(updated, StoreError::NotFound(Noun::Product));
    let updated = store.update_product(id, empty(), Some(1)).await;
    assert_refused!(updated, StoreError::NotFound(Noun::Product));
    assert_refused!(
        store.delete_product(id, None).await,
        StoreError::NotFound(Noun::Product)
    );
    assert_refused!(
        store.delete_product(id, Some(1)).await,
        StoreError::NotFound(Noun::Product)
    );
    // An update must not make what it did not find.
    assert_refused!(store.product(id).await, StoreError::NotFound(Noun::Product));
}

pub(crate) async fn a_deleted_product_is_returned_and_gone(store: &SharedStore) {
    let made = stored(store, "A").await;
    let last = restock(store, made.id, 3).await;
    let bystander = stored(store, "B").await;
    assert_eq!(deleted(store, made.id).await, last);
    assert_refused!(
        store.product(made.id).await,
        StoreError::NotFound(Noun::Product)
    );
    let again = store.delete_product(made.id, None).await;
    assert_refused!(again, StoreError::NotFound(Noun::Product));
    assert_eq!(read(store, &bystander).await, bystander);
}

pub(crate) async fn a_deletion_of_another_version_is_refused(store: &SharedStore) {
    let made = stored(store, "A").await;
    let result = store.delete_product(made.id, Some(2)).await;
    assert_refused!(result, StoreError::VersionMismatch { current: 1 });
    assert_eq!(read(store, &made).await, made);
    let result = store.delete_product(made.id, Some(1)).await;
    assert_eq!(result.expect("deleted"), made);
}

pub(crate) async fn of_parallel_deletions_one_wins(store: &SharedStore) {
    let id = stored(store, "A").await.id;
    let results = in_parallel(10, |_| {
        let store = store.clone();
        async move { store.delete_product(id, None).await }
    })
    .await;
    let winners = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(winners, 1);
    for result in results.into_iter().filter(Result::is_err) {
        assert_refused!(result, StoreError::NotFound(Noun::Product));
    }
}
