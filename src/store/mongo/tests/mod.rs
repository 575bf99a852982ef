//! What only this store can meet: faults of the server, and the inside of the driver's bounds. The
//! shared rules are in `tests/store`.

mod idempotency;
mod code_index;
mod connecting;
mod doubt;
mod driver;
mod feed;
mod holds;
mod nodes;
mod sessions;
mod steps;

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

/// Runs a test with a database of its own, by its URL and as another program sees it.
pub(in crate::store::mongo) fn with_database(test: impl AsyncFnOnce(String, Database)) {
    let Some(server) = test_mongo::server() else {
        return;
    };
    let name = format!("vitrina_test_{}", CartId::generate().expect("random bytes"));
    let (host, options) = server.split_once('?').unwrap_or((&server, ""));
    let url = format!("{}/{name}?{options}", host.trim_end_matches('/'));
    run(async {
        let client = Client::with_uri_str(&url).await.expect("a client");
        let database = client.database(&name);
        test(url, database.clone()).await;
        database.drop().await.expect("dropped");
    });
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    runtime.block_on(test);
}

pub(in crate::store::mongo) async fn open(url: &str) -> MongoStore {
    MongoStore::connect(url, HoldLength::OFF)
        .await
        .expect("an open store")
}

pub(in crate::store::mongo) fn goods(code: &str) -> NewProduct {
    NewProduct::parse(RawProduct {
        title: Field::Present("Vase".into()),
        code: Field::Present(code.into()),
        price: Field::Present("19.99".into()),
        stock: Field::Present(10),
        ..RawProduct::default()
    })
    .expect("valid goods")
}

/// Ends the change streams on a database, as a server does that goes away; tells how many.
async fn cut_streams(database: &Database) -> usize {
    // Idle cursors have one namespace, those that the server waits for events for the other.
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
