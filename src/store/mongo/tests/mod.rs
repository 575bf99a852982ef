//! Faults of the server, and bounds that only this store has. The shared rules are in
//! `tests/store`.

mod code_index;
mod commit;
mod connecting;
mod doubt;
mod driver;
mod feed;
mod holds;
mod idempotency;
mod nodes;
mod sessions;

use std::future::Future;

use futures_util::TryStreamExt;
use mongodb::bson::doc;
use mongodb::{Client, Database};
use vitrina_test_support::test_mongo;

use super::MongoStore;
use crate::domain::field::Field;
use crate::domain::hold::HoldLength;
use crate::domain::ids::CartId;
use crate::domain::product::{NewProduct, RawProduct};

/// The URL of a database on the server of the tests.
pub(in crate::store::mongo) fn database_url(name: &str) -> Option<String> {
    let server = test_mongo::server()?;
    let (host, options) = server.split_once('?').unwrap_or((&server, ""));
    Some(format!("{}/{name}?{options}", host.trim_end_matches('/')))
}

/// Runs a test with a database of its own: its URL, and its handle of another client.
pub(in crate::store::mongo) fn with_database(test: impl AsyncFnOnce(String, Database)) {
    let id = CartId::generate().expect("random bytes");
    let name = format!("vitrina_test_{id}");
    let Some(url) = database_url(&name) else {
        return;
    };
    run(async {
        let client = Client::with_uri_str(&url).await.expect("a client");
        let database = client.database(&name);
        test(url, database.clone()).await;
        database.drop().await.expect("dropped");
    });
}

fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    runtime.block_on(test);
}

pub(in crate::store::mongo) async fn open(url: &str) -> MongoStore {
    let store = MongoStore::connect(url, HoldLength::OFF).await;
    store.expect("an open store")
}

pub(in crate::store::mongo) fn new_product(code: &str) -> NewProduct {
    let product = NewProduct::parse(RawProduct {
        title: Field::Present("Vase".into()),
        code: Field::Present(code.into()),
        price: Field::Present("19.99".into()),
        stock: Field::Present(10),
        ..RawProduct::default()
    });
    product.expect("valid")
}

/// Kills the change streams on a database, as a server that fails does; returns how many.
async fn kill_streams(database: &Database) -> usize {
    // The first is the namespace of idle cursors, the second of those that await events.
    let namespaces = ["$cmd.aggregate", "$cmd"].map(|name| format!("{}.{name}", database.name()));
    let admin = database.client().database("admin");
    let pipeline = [
        doc! { "$currentOp": { "allUsers": true, "idleCursors": true } },
        doc! { "$match": { "ns": { "$in": namespaces.to_vec() } } },
        doc! { "$project": { "id": "$cursor.cursorId" } },
    ];
    let found = admin.aggregate(pipeline).await.expect("operations");
    let operations: Vec<_> = found.try_collect().await.expect("operations");
    let ids = operations
        .iter()
        .filter_map(|operation| operation.get_i64("id").ok());
    let cursors: Vec<_> = ids.collect();
    let kill = doc! { "killCursors": "$cmd.aggregate", "cursors": &cursors };
    database.run_command(kill).await.expect("killed");
    cursors.len()
}
