//! Steps that are written together.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::future::join_all;
use mongodb::bson::{Document, doc};

use super::nodes::{carts, wish};
use super::{open, with_database};
use crate::store::typed_commands::TypedCommands;
use crate::store::OrderStore;
use crate::store::mongo::step::{CommitResult, Write};

/// Enough that no commit is ever waited for by one alone.
const MANY: usize = 10;

#[test]
fn whoever_waits_is_written_in_one_transaction() {
    with_database(async |url, database| {
        let store = open(&url).await;
        let carts = carts(&store, MANY).await;
        let mut changes = database.collection::<Document>("orders").watch().await;
        let changes = changes.as_mut().expect("a change stream");
        let bought = join_all(carts.iter().map(|cart| store.purchase(*cart, wish()))).await;
        assert!(bought.iter().all(Result::is_ok));

        let mut transactions = HashSet::new();
        for _ in 0..MANY {
            let event = changes.next().await.expect("an event").expect("an event");
            let session = event.lsid.expect("a transaction").to_string();
            transactions.insert((session, event.txn_number));
        }
        assert!(transactions.len() < MANY, "each was written by itself");
    });
}

#[test]
fn a_step_that_does_not_hold_takes_no_other_with_it() {
    with_database(async |url, _| {
        let store = open(&url).await;
        let collections = store.collections.clone();
        let steps = async move {
            let orders = &collections.orders;
            let absent = doc! { "_id": "absent" };
            let step = |n: usize| match n % 4 {
                1 => vec![Write::change(
                    orders,
                    absent.clone(),
                    doc! { "$set": { "n": 1 } },
                )],
                3 => vec![Write::insert(orders, doc! { "_id": 0 })],
                _ => vec![
                    Write::insert(orders, doc! { "_id": n as i32 }),
                    Write::change_if_there(orders, absent.clone(), doc! { "$set": { "n": 1 } }),
                    Write::change(orders, doc! { "_id": 0 }, doc! { "$inc": { "n": 1 } }),
                ],
            };
            let zero = vec![Write::insert(orders, doc! { "_id": 0 })];
            assert!(matches!(
                collections.attempt(zero).await,
                CommitResult::Committed
            ));
            let outcomes = join_all((1..26).map(|n| collections.attempt(step(n)))).await;
            for (n, outcome) in (1..).zip(outcomes) {
                let is_right = match n % 4 {
                    1 => matches!(outcome, CommitResult::Conflict),
                    3 => matches!(
                        outcome,
                        CommitResult::Failed {
                            in_doubt: false,
                            ..
                        }
                    ),
                    _ => matches!(outcome, CommitResult::Committed),
                };
                assert!(is_right, "step {n}: {outcome:?}");
            }
            let zero = doc! { "_id": 0, "n": 12 };
            Ok((
                orders.count_documents(zero).await?,
                orders.count_documents(doc! {}).await?,
            ))
        };
        assert_eq!(store.driver.run(steps).await.expect("counted"), (1, 13));
    });
}
