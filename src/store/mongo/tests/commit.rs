//! Group commit.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::future::join_all;
use mongodb::bson::{Document, doc};

use super::nodes::{carts, purchase_request};
use super::{open, with_database};
use crate::store::mongo::commit::{CommitResult, Write};
use crate::store::typed_commands::TypedCommands;

/// So many that some are waiting at every commit.
const MANY: usize = 10;

#[test]
fn waiting_units_share_a_transaction() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let carts = carts(&store, MANY).await;
        let mut changes = database.collection::<Document>("orders").watch().await;
        let changes = changes.as_mut().expect("a change stream");
        let purchases = carts
            .iter()
            .map(|cart| store.purchase(*cart, purchase_request()));
        let purchased = join_all(purchases).await;
        assert!(purchased.iter().all(Result::is_ok));

        let mut transactions = HashSet::new();
        for _ in 0..MANY {
            let event = changes.next().await.expect("an event").expect("an event");
            let session = event.lsid.expect("a transaction").to_string();
            transactions.insert((session, event.txn_number));
        }
        assert!(transactions.len() < MANY, "each had its own transaction");
    });
}

#[test]
fn a_failing_unit_fails_no_other_unit_of_its_group() {
    with_database(async |url, _| {
        let store = open(&url).await;
        let db = store.db.clone();
        let commits = async move {
            let orders = &db.orders;
            let absent = doc! { "_id": "absent" };
            let set = doc! { "$set": { "n": 1 } };
            let unit = |n: usize| match n % 4 {
                1 => vec![Write::update(orders, absent.clone(), set.clone())],
                3 => vec![Write::insert(orders, doc! { "_id": 0 })],
                _ => vec![
                    Write::insert(orders, doc! { "_id": n as i32 }),
                    Write::update_if_found(orders, absent.clone(), set.clone()),
                    Write::update(orders, doc! { "_id": 0 }, doc! { "$inc": { "n": 1 } }),
                ],
            };
            let zero = vec![Write::insert(orders, doc! { "_id": 0 })];
            let result = db.commit_queue.commit(zero).await;
            assert!(matches!(result, CommitResult::Committed));
            let results = join_all((1..26).map(|n| db.commit_queue.commit(unit(n)))).await;
            for (n, result) in (1..).zip(results) {
                let is_expected = match n % 4 {
                    1 => matches!(result, CommitResult::Conflict),
                    3 => is_refused(&result),
                    _ => matches!(result, CommitResult::Committed),
                };
                assert!(is_expected, "unit {n}: {result:?}");
            }
            let zero = orders.count_documents(doc! { "_id": 0, "n": 12 }).await?;
            let all = orders.count_documents(doc! {}).await?;
            Ok((zero, all))
        };
        assert_eq!(store.driver.run(commits).await.expect("counted"), (1, 13));
    });
}

fn is_refused(result: &CommitResult) -> bool {
    matches!(
        result,
        CommitResult::Failed {
            in_doubt: false,
            ..
        }
    )
}
