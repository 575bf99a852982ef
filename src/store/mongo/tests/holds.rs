//! Holds: the server's query plans, edits of other programs, and several nodes.

use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use mongodb::Database;
use mongodb::bson::{Document, doc};

use super::{new_product, with_database};
use crate::domain::cart::{Cart, LineRequest, LineRequests, Quantity};
use crate::domain::email::Email;
use crate::domain::hold::HoldLength;
use crate::domain::ids::ProductId;
use crate::domain::product::ProductPatch;
use crate::domain::purchase::{PurchaseMode, PurchaseRequest};
use crate::domain::refusal::Refusal;
use crate::domain::timestamp::Timestamp;
use crate::store::mongo::MongoStore;
use crate::store::typed_commands::TypedCommands;
use crate::store::{CartStore, ExpiryStore, ProductStore, StoreError, StoreLifecycle};

async fn open(url: &str) -> MongoStore {
    let hour = HoldLength::new(Duration::from_secs(3_600));
    MongoStore::connect(url, hour).await.expect("an open store")
}

async fn cart_of(store: &MongoStore, product: ProductId, units: i64) -> Cart {
    let quantity = Quantity::parse(units).expect("units");
    let lines = LineRequests::parse(vec![LineRequest { product, quantity }]);
    let made = store.create_cart(lines.expect("lines")).await;
    made.expect("a cart")
}

async fn set_stock(store: &MongoStore, product: ProductId, stock: i64) {
    let patch = ProductPatch {
        stock: Some(stock),
        ..ProductPatch::default()
    };
    let set = store.update_product(product, patch, None).await;
    set.expect("a product");
}

/// The server's query plans for carts, since it profiles.
async fn plans(database: &Database) -> Vec<String> {
    let of_carts = doc! { "ns": format!("{}.carts", database.name()) };
    let profile = database.collection::<Document>("system.profile");
    let found = profile.find(of_carts).await.expect("profiles");
    let profiles: Vec<_> = found.try_collect().await.expect("profiles");
    let plan = |profile: &Document| profile.get_str("planSummary").map(str::to_owned).ok();
    profiles.iter().filter_map(plan).collect()
}

#[test]
fn no_query_for_holds_scans_all_carts() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let product = store
            .create_product(new_product("A"))
            .await
            .expect("a product");
        let carts = [
            cart_of(&store, product.id, 4).await,
            cart_of(&store, product.id, 4).await,
        ];
        set_stock(&store, product.id, 5).await;
        let profile = |level| database.run_command(doc! { "profile": level });
        profile(2).await.expect("a profile");
        store.cart(carts[1].id).await.expect("a cart");
        let less = Quantity::ONE;
        let changed = store.set_cart_line(carts[1].id, product.id, less).await;
        changed.expect("a line");
        let far = Timestamp::from_millis(Timestamp::now().millis() + 10_000_000_000);
        let expired = store.expire_holds(far, 10).await.expect("expired").expired;
        assert_eq!(expired, 2);
        assert_eq!(store.expire_carts(far, 10).await.expect("expired"), 2);
        profile(0).await.expect("no profile");
        let plans = plans(&database).await;
        assert!(plans.len() >= 8, "{plans:?}");
        assert!(
            !plans.iter().any(|plan| plan.contains("COLLSCAN")),
            "{plans:?}"
        );
        store.close().await;
    });
}

#[test]
fn a_line_edited_by_another_program_frees_only_its_hold() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let product = store
            .create_product(new_product("A"))
            .await
            .expect("a product")
            .id;
        let cart = cart_of(&store, product, 2).await;
        let other = cart_of(&store, product, 3).await;
        let edit = doc! { "$set": { "products.0.quantity": 9 } };
        let carts = database.collection::<Document>("carts");
        let of = doc! { "_id": mongodb::bson::oid::ObjectId::from_bytes(cart.id.bytes()) };
        carts.update_one(of, edit).await.expect("an edit");
        let edited = store.cart(cart.id).await.expect("a cart");
        assert_eq!(
            (edited.lines[0].quantity, edited.lines[0].available()),
            (9, 7)
        );
        store
            .remove_cart_line(cart.id, product)
            .await
            .expect("removed");
        let held = store.product(product).await.expect("a product").held;
        assert_eq!(held, other.lines[0].quantity);
        store.close().await;
    });
}

/// Holds one unit of a product for a new cart.
async fn hold_one(store: &MongoStore, product: ProductId) -> bool {
    let quantity = Quantity::ONE;
    let lines = LineRequests::parse(vec![LineRequest { product, quantity }]);
    match store.create_cart(lines.expect("lines")).await {
        Ok(_) => true,
        Err(StoreError::Refused(Refusal::InsufficientStock { available: 0, .. })) => false,
        Err(error) => panic!("{error}"),
    }
}

async fn buy(store: &MongoStore, cart: &Cart) -> bool {
    let request = PurchaseRequest {
        purchaser: Email::parse("ana@example.com").expect("an e-mail address"),
        total: None,
        mode: PurchaseMode::AllOrNothing,
    };
    match store.purchase(cart.id, request).await {
        Ok(_) => true,
        Err(StoreError::Refused(Refusal::LinesShort { .. })) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn two_nodes_hold_no_more_than_the_stock() {
    with_database(async |url, _| {
        let nodes = [open(&url).await, open(&url).await];
        // They conflict at the last unit, so there are many last units.
        for n in 0..40 {
            let mut last = new_product(&n.to_string());
            last.stock = 1;
            let product = nodes[0].create_product(last).await.expect("a product").id;
            let holds = (0..4).map(|n| hold_one(&nodes[n % 2], product));
            let holds = join_all(holds).await.into_iter();
            let held = holds.filter(|is_held| *is_held).count();
            let now = nodes[0].product(product).await.expect("a product");
            assert_eq!((held, now.stock, now.held), (1, 1, 1), "product {n}");
        }
        for node in &nodes {
            node.close().await;
        }
    });
}

#[test]
fn two_nodes_sell_no_held_units() {
    with_database(async |url, _| {
        let before = MongoStore::connect(&url, HoldLength::OFF).await;
        let before = before.expect("an open store");
        let product = before
            .create_product(new_product("A"))
            .await
            .expect("a product")
            .id;
        let mut carts = Vec::new();
        for _ in 0..20 {
            carts.push(cart_of(&before, product, 1).await);
        }
        before.close().await;
        let nodes = [open(&url).await, open(&url).await];
        let sales = join_all(carts.iter().map(|cart| buy(&nodes[0], cart)));
        let holds = join_all((0..20).map(|_| hold_one(&nodes[1], product)));
        let (sales, holds) = futures_util::future::join(sales, holds).await;
        let count = |done: Vec<bool>| done.into_iter().filter(|done| *done).count() as i64;
        let (sold, held) = (count(sales), count(holds));
        let now = nodes[0].product(product).await.expect("a product");
        assert_eq!((now.stock, now.held, sold + held), (10 - sold, held, 10));
        for node in &nodes {
            node.close().await;
        }
    });
}
