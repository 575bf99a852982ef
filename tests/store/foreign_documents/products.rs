//! Products from mongoose, and products that mongoose can read.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use vitrina::domain::money::Money;
use vitrina::domain::product_query::{Filter, ProductQuery};
use vitrina::domain::refusal::Refusal;
use vitrina::store::StoreError;

use super::{
    assert_has, categories, in_mongo, insert, listed, listed_by, product_id, raw, vase,
    with_products,
};
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

#[test]
fn a_mongoose_product_is_read_unchanged() {
    with_products(vec![vase("CER-1")], async |store, _| {
        let product = &listed(store).await[0];
        assert_eq!(
            (product.title.as_str(), product.code.as_str()),
            ("Vase", "CER-1")
        );
        assert_eq!(
            (product.description.as_str(), product.category.as_str()),
            ("Blue", "ceramics")
        );
        assert_eq!((product.price, product.stock), (Money::from_minor(1999), 5));
        assert_eq!(
            (product.status, product.thumbnails.as_slice()),
            (true, &["a.png".to_owned()][..])
        );
        assert_eq!(
            store.product(product.id).await.expect("a product"),
            *product
        );

        let updated = restock(store, product.id, 9).await;
        assert_eq!((updated.version, updated.stock), (product.version + 1, 9));
        let updated = store
            .update_product(product.id, patch(|_| ()), Some(updated.version))
            .await;
        assert_eq!(updated.expect("updated").version, product.version + 2);
    });
}

#[test]
fn an_old_product_accepts_the_version_that_it_shows() {
    with_products(vec![vase("CER-1")], async |store, _| {
        let shown = listed(store).await[0].clone();
        let other = shown.version + 1;
        let result = store
            .update_product(shown.id, patch(|_| ()), Some(other))
            .await;
        assert_refused!(
            result,
            StoreError::Refused(Refusal::VersionMismatch { current })
                if current == shown.version
        );
        let result = store.delete_product(shown.id, Some(shown.version)).await;
        assert_eq!(result.expect("deleted"), shown);
    });
}

#[test]
fn missing_fields_get_defaults_everywhere() {
    let bare = doc! { "title": "Vase", "code": "BARE", "price": 5, "stock": 1 };
    with_products(vec![bare, vase("FULL")], async |store, _| {
        let product = &listed(store).await[0];
        assert_eq!(
            (product.status, product.category.as_str()),
            (true, "general")
        );
        assert_eq!(
            (product.thumbnails.len(), product.description.as_str()),
            (0, "")
        );
        for filter in [
            Filter::Status(true),
            Filter::Text("category", "general".into()),
        ] {
            let query = ProductQuery {
                filters: vec![filter.clone()],
                ..ProductQuery::default()
            };
            let found = listed_by(store, query).await;
            assert_eq!(found[0].code, "BARE", "{filter:?}");
        }
        assert_eq!(categories(store).await, ["ceramics", "general"]);
        filled_cart(store, &[(product.id, 1)]).await;
    });
}

#[test]
fn old_products_are_found_by_search() {
    let mut old = vase("OLD");
    old.insert("title", "ÑANDÚ 100%");
    with_products(vec![old, vase("OTHER")], async |store, _| {
        for search in ["ñandú", "0%", "old", "BLUE"] {
            let query = ProductQuery {
                search: Some(search.into()),
                ..ProductQuery::default()
            };
            assert_eq!(listed_by(store, query).await[0].code, "OLD", "{search}");
        }
    });
}

#[test]
fn foreign_fields_are_kept() {
    let mut document = vase("A");
    document.insert(
        "supplier",
        doc! { "name": "Río", "ids": [1, 2], "since": Bson::Null },
    );
    document.insert("__v", 3);
    with_products(vec![document.clone()], async |store, database| {
        let id = listed(store).await[0].id;
        restock(store, id, 3).await;
        store
            .add_thumbnails(id, vec!["b.png".into()])
            .await
            .expect("added");
        store.remove_thumbnail(id, "a.png").await.expect("removed");
        let found = raw(database, "products", ObjectId::from_bytes(id.bytes())).await;
        assert_eq!(found.get("supplier"), document.get("supplier"));
        assert!(found.contains_key("__v"));
    });
}

#[test]
fn a_product_is_written_as_by_mongoose() {
    in_mongo(async |test_store, database| {
        let store = test_store.open().await;
        let product = create_vase_with(&store, "A", |vase| {
            vase.thumbnails = vec!["a.png".into()];
            vase.price = Money::from_minor(1999);
        })
        .await;
        let id = ObjectId::from_bytes(product.id.bytes());
        let found = raw(database, "products", id).await;
        assert_eq!(found.get("price"), Some(&Bson::Double(19.99)));
        assert_has(&found, "title", "Vase");
        assert_has(&found, "code", "A");
        assert_has(&found, "description", "");
        assert_has(&found, "category", "general");
        assert_has(&found, "status", true);
        assert!(matches!(
            found.get("stock"),
            Some(Bson::Int32(10) | Bson::Int64(10))
        ));
        assert_has(&found, "thumbnails", vec!["a.png"]);

        let whole = patch(|patch| patch.price = Some(Money::from_minor(500)));
        store
            .update_product(product.id, whole, None)
            .await
            .expect("updated");
        let found = raw(database, "products", id).await;
        assert_eq!(
            found.get("price"),
            Some(&Bson::Double(5.0)),
            "also when it is whole"
        );
        store.close().await;
    });
}

#[test]
fn duplicate_codes_do_not_stop_the_start_and_new_ones_are_refused() {
    let documents = vec![vase("TWICE"), vase("TWICE"), vase("ONCE")];
    with_products(documents, async |store, _| {
        assert_eq!(listed(store).await.len(), 3);
        for code in ["TWICE", "ONCE"] {
            let result = store.create_product(new_vase(code)).await;
            assert_refused!(result, StoreError::Refused(Refusal::DuplicateCode));
        }
        let once = listed(store).await[2].clone();
        let rename = patch(|patch| patch.code = Some("TWICE".into()));
        let result = store.update_product(once.id, rename, None).await;
        assert_refused!(result, StoreError::Refused(Refusal::DuplicateCode));
        // Other fields of a duplicate can be changed.
        let twin = restock(store, listed(store).await[0].id, 1).await;
        assert_eq!(twin.code, "TWICE");
        create_vase(store, "NEW").await;
        let result = store.create_product(new_vase("NEW")).await;
        assert_refused!(result, StoreError::Refused(Refusal::DuplicateCode));
    });
}

#[test]
fn another_program_cannot_store_a_code_twice() {
    in_mongo(async |test_store, database| {
        let store = test_store.open().await;
        create_vase(&store, "A").await;
        let products = database.collection::<Document>("products");
        products
            .insert_one(vase("A"))
            .await
            .expect_err("a duplicate");
        // Products without a code are not duplicates of each other.
        for _ in 0..2 {
            insert(database, "products", doc! { "title": "No code" }).await;
        }
        store.close().await;
    });
}

#[test]
fn a_product_with_an_id_of_another_type_is_not_fatal() {
    let mut strange = vase("STRANGE");
    strange.insert("_id", "abc");
    with_products(vec![strange], async |store, database| {
        let known = insert(database, "products", vase("KNOWN")).await;
        let listed = listed(store).await;
        let ids: Vec<_> = listed.iter().map(|product| product.id).collect();
        assert_eq!(ids, [product_id(known)]);
    });
}
