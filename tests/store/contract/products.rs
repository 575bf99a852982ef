//! Creation, reading and deletion of products.

use std::collections::HashSet;

use vitrina::domain::money::Money;
use vitrina::domain::product::{
    MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_TITLE, Product, ProductPatch,
};
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{SharedStore, StoreError};

use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

async fn read(store: &SharedStore, product: &Product) -> Product {
    store.product(product.id).await.expect("a stored product")
}

pub(crate) async fn a_new_product_is_read_back_unchanged(store: &SharedStore) {
    let before = Timestamp::now();
    let made = create_vase_with(store, "CER-1", |vase| {
        vase.description = "Blue.\nBy hand.".into();
        vase.category = "ceramics".into();
        vase.thumbnails = vec!["b.png".into(), "a.png".into()];
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

pub(crate) async fn every_product_has_its_own_id(store: &SharedStore) {
    let products = create_vases(store, 50).await;
    let ids: HashSet<_> = products.iter().map(|product| product.id).collect();
    assert_eq!(ids.len(), 50);
}

pub(crate) async fn zero_and_false_are_stored(store: &SharedStore) {
    let made = create_vase_with(store, "ZERO", |vase| {
        vase.price = Money::default();
        vase.stock = 0;
        vase.status = false;
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
    let made = create_vase_with(store, "MAX", |vase| {
        vase.price = Money::MAX_PRICE;
        vase.stock = MAX_STOCK;
    })
    .await;
    let found = read(store, &made).await;
    assert_eq!((found.price, found.stock), (Money::MAX_PRICE, MAX_STOCK));
}

pub(crate) async fn prices_are_exact(store: &SharedStore) {
    for minor in [1, 10, 29, 57, 58, 115, 1001, 1999, 435_679, 999_999_999] {
        let price = Money::from_minor(minor);
        let made = create_vase_with(store, &minor.to_string(), |vase| vase.price = price).await;
        assert_eq!(read(store, &made).await.price, price);
    }
}

pub(crate) async fn the_longest_strings_are_stored(store: &SharedStore) {
    let made = create_vase_with(store, &"🏺".repeat(MAX_NAME), |vase| {
        vase.title = "🙂".repeat(MAX_TITLE);
        vase.description = "🌵".repeat(MAX_DESCRIPTION);
        vase.category = "🍵".repeat(MAX_NAME);
        vase.thumbnails = (0..20)
            .map(|n| format!("{n}-{}.png", "x".repeat(200)))
            .collect();
    })
    .await;
    assert_eq!(read(store, &made).await, made);
    assert_eq!(made.description.chars().count(), MAX_DESCRIPTION);
}

pub(crate) async fn any_string_is_stored_unchanged(store: &SharedStore) {
    let strings = [
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
    for string in strings {
        let made = create_vase_with(store, string, |vase| {
            vase.title = string.into();
            vase.description = format!("{string}\r\n\t{string}");
            vase.category = string.into();
            vase.thumbnails = vec![string.into()];
        })
        .await;
        let found = read(store, &made).await;
        assert_eq!(
            (found.title.as_str(), found.code.as_str()),
            (string, string)
        );
        assert_eq!(found.description, format!("{string}\r\n\t{string}"));
        assert_eq!(
            (found.category.as_str(), found.thumbnails),
            (string, vec![string.to_owned()])
        );
    }
}

pub(crate) async fn a_second_product_with_a_code_is_refused(store: &SharedStore) {
    let first = create_vase(store, "SAME").await;
    let second = store
        .create_product(new_vase_with("SAME", |vase| vase.stock = 1))
        .await;
    assert_refused!(second, StoreError::Refused(Refusal::DuplicateCode));
    assert_eq!(read(store, &first).await, first);
}

pub(crate) async fn one_of_parallel_creations_with_one_code_succeeds(store: &SharedStore) {
    let results = in_parallel(20, |_| {
        let store = store.clone();
        async move { store.create_product(new_vase("SAME")).await }
    })
    .await;
    let mut winners = 0;
    for result in results {
        match result {
            Ok(_) => winners += 1,
            refused => assert_refused!(refused, StoreError::Refused(Refusal::DuplicateCode)),
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
        create_vase(store, code).await;
    }
}

pub(crate) async fn an_unknown_product_is_not_found(store: &SharedStore) {
    create_vase(store, "KNOWN").await;
    let id = unknown_product();
    let empty = ProductPatch::default;
    assert_refused!(
        store.product(id).await,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    let updated = store.update_product(id, empty(), None).await;
    assert_refused!(
        updated,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    let updated = store.update_product(id, empty(), Some(1)).await;
    assert_refused!(
        updated,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    assert_refused!(
        store.delete_product(id, None).await,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    assert_refused!(
        store.delete_product(id, Some(1)).await,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    // An update must not create the product.
    assert_refused!(
        store.product(id).await,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
}

pub(crate) async fn a_deleted_product_is_returned_and_gone(store: &SharedStore) {
    let made = create_vase(store, "A").await;
    let last = restock(store, made.id, 3).await;
    let bystander = create_vase(store, "B").await;
    assert_eq!(delete_product(store, made.id).await, last);
    assert_refused!(
        store.product(made.id).await,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    let again = store.delete_product(made.id, None).await;
    assert_refused!(
        again,
        StoreError::Refused(Refusal::NotFound(Resource::Product))
    );
    assert_eq!(read(store, &bystander).await, bystander);
}

pub(crate) async fn a_deletion_of_another_version_is_refused(store: &SharedStore) {
    let made = create_vase(store, "A").await;
    let result = store.delete_product(made.id, Some(2)).await;
    assert_refused!(
        result,
        StoreError::Refused(Refusal::VersionMismatch { current: 1 })
    );
    assert_eq!(read(store, &made).await, made);
    let result = store.delete_product(made.id, Some(1)).await;
    assert_eq!(result.expect("deleted"), made);
}

pub(crate) async fn one_of_parallel_deletions_succeeds(store: &SharedStore) {
    let id = create_vase(store, "A").await.id;
    let results = in_parallel(10, |_| {
        let store = store.clone();
        async move { store.delete_product(id, None).await }
    })
    .await;
    let winners = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(winners, 1);
    for result in results.into_iter().filter(Result::is_err) {
        assert_refused!(
            result,
            StoreError::Refused(Refusal::NotFound(Resource::Product))
        );
    }
}
