//! Groups of writes, and what becomes of them when something fails.

use std::sync::{Arc, Mutex, mpsc};

use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use rusqlite::Connection;

use super::{Home, is_unavailable, new_product, said, set_stock};
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::error::GroupFailure;
use crate::store::sqlite::writer::{Job, Order, QUEUE};
use crate::store::{ChatStore, ProductStore, StoreError, StoreLifecycle, StoreResult};

/// Keeps the writer busy until the sender that it returns is dropped, so that what is written
/// meanwhile waits and becomes one group.
async fn hold_writer(
    store: &SqliteStore,
) -> (mpsc::Sender<()>, impl Future<Output = StoreResult<()>>) {
    let (release, held) = mpsc::channel();
    let (begun, running) = tokio::sync::oneshot::channel();
    let mut holding = Box::pin(store.writer.write(move |_| {
        let _ = begun.send(());
        let _ = held.recv();
        Ok(())
    }));
    tokio::select! {
        _ = &mut holding => panic!("the writer was not held"),
        running = running => running.unwrap(),
    }
    (release, holding)
}

fn products(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM products", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn beyond_so_many_waiting_writes_the_next_is_refused_at_once() {
    let home = Home::new();
    let store = home.open();
    let (release, holding) = hold_writer(&store).await;
    let mut waiting: FuturesUnordered<_> = (0..QUEUE)
        .map(|_| store.writer.write(|conn| Ok(products(conn))))
        .collect();
    // Each is in the queue once it was asked for the first time.
    assert!(waiting.next().now_or_never().is_none());

    let refused = store.writer.write(|conn| Ok(products(conn))).await;
    assert!(refused.is_err_and(|error| is_unavailable(&error)));
    drop(release);
    holding.await.unwrap();
    assert_eq!(waiting.try_collect::<Vec<_>>().await.unwrap().len(), QUEUE);
}

#[tokio::test]
async fn a_read_that_finds_no_turn_is_refused_in_time() {
    let home = Home::new();
    let store = home.open();
    let (release, held) = mpsc::channel::<()>();
    let held = Arc::new(Mutex::new(held));
    // More readers than there are connections, none of which ends before the test says so.
    let busy: Vec<_> = (0..store.scans.size)
        .map(|_| {
            let (pool, held) = (Arc::clone(&store.scans), Arc::clone(&held));
            tokio::spawn(async move {
                pool.aside(move |_| {
                    let _ = held.lock().map(|held| held.recv());
                    Ok(())
                })
                .await
            })
        })
        .collect();
    while store.scans.turns.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let refused = store.scans.aside(|_| Ok(())).await;
    assert!(refused.is_err_and(|error| is_unavailable(&error)));
    drop(release);
    for reader in busy {
        reader.await.unwrap().unwrap();
    }
    store.scans.aside(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn writes_that_wait_share_one_transaction() {
    let home = Home::new();
    let store = home.open();
    let stranger = home.stranger();
    let (release, holding) = hold_writer(&store).await;

    let first = store.create_product(new_product("A"));
    // Runs behind the first, before the commit: it sees the product, and nobody else does.
    let second = store
        .writer
        .write(move |conn| Ok((products(conn), products(&stranger))));
    let release = async {
        drop(release);
        holding.await
    };
    let (first, seen, held) = tokio::join!(first, second, release);

    held.unwrap();
    first.unwrap();
    assert_eq!(seen.unwrap(), (1, 0));
    assert_eq!(products(&home.stranger()), 1);
}

#[tokio::test]
async fn a_refusal_takes_back_its_own_writes_alone() {
    let home = Home::new();
    let store = home.open();
    let (release, holding) = hold_writer(&store).await;

    let creations = ["A", "B", "A", "C"].map(|code| store.create_product(new_product(code)));
    let half_done = store.writer.write(|conn| {
        conn.execute("DELETE FROM products", [])?;
        Err::<(), _>(StoreError::DuplicateCode)
    });
    let release = async {
        drop(release);
        holding.await
    };
    let (created, half_done, _) = tokio::join!(join_all(creations), half_done, release);

    let refused: Vec<_> = created.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, false, true, false]);
    assert!(half_done.is_err());
    assert_eq!(products(&home.stranger()), 3);
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_own_operation() {
    let home = Home::new();
    let store = home.open();
    let outcome: StoreResult<()> = store
        .writer
        .write(|conn| {
            conn.execute("DELETE FROM changes", [])?;
            panic!("on purpose")
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Internal(_))));
    store.create_product(new_product("A")).await.unwrap();

    let outcome: StoreResult<()> = store.points.at_once(|_| panic!("on purpose")).await;
    assert!(matches!(outcome, Err(StoreError::Internal(_))));
    let outcome: StoreResult<()> = store.scans.aside(|_| panic!("on purpose")).await;
    assert!(matches!(outcome, Err(StoreError::Internal(_))));
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_commit_that_fails_fails_the_whole_group() {
    let home = Home::new();
    let store = home.open();
    let (release, holding) = hold_writer(&store).await;

    let good = store.create_product(new_product("A"));
    // The line of no cart passes until the commit.
    let bad = store.writer.write(|conn| {
        conn.execute_batch(
            "PRAGMA defer_foreign_keys = ON;
             INSERT INTO cart_lines (cart, product, place, quantity) VALUES (x'00', x'00', 1, 1);",
        )?;
        Ok(())
    });
    let release = async {
        drop(release);
        holding.await
    };
    let (good, bad, held) = tokio::join!(good, bad, release);
    held.unwrap();
    assert!(good.is_err() && bad.is_err());
    assert_eq!(products(&home.stranger()), 0);

    store.create_product(new_product("A")).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_unavailable_and_passes() {
    let home = Home::new();
    let store = home.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    let limit_pages = |pages: i64| {
        store.writer.write(move |conn| {
            conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
            Ok(())
        })
    };

    limit_pages(1).await.unwrap();
    let refusal = loop {
        let text = "x".repeat(2_000);
        match store.append_message(said(&text)).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(is_unavailable(&refusal), "{refusal}");
    assert_eq!(store.product(product.id).await.unwrap(), product);

    limit_pages(1_000_000).await.unwrap();
    store.append_message(said("again")).await.unwrap();
}

#[tokio::test]
async fn a_foreign_lock_is_unavailable_and_passes() {
    let home = Home::new();
    let store = home.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    let stranger = home.stranger();

    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refusal = store.create_product(new_product("B")).await.unwrap_err();
    assert!(is_unavailable(&refusal), "{refusal}");
    assert_eq!(store.product(product.id).await.unwrap(), product);

    stranger.execute_batch("ROLLBACK").unwrap();
    store.create_product(new_product("B")).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_its_write_along() {
    let home = Home::new();
    let store = home.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    let (release, holding) = hold_writer(&store).await;

    let mut abandoned = Box::pin(set_stock(&store, &product, 3));
    assert!(futures_util::poll!(&mut abandoned).is_pending());
    drop(abandoned);
    drop(release);
    holding.await.unwrap();

    store.ping().await.unwrap();
    assert_eq!(store.product(product.id).await.unwrap().stock, 3);
}

#[tokio::test]
async fn what_was_accepted_before_the_end_is_stored() {
    let home = Home::new();
    let store = home.open();
    let (release, holding) = hold_writer(&store).await;

    let writes = (0..20).map(|n| store.create_product(new_product(&n.to_string())));
    let close = async {
        drop(release);
        store.close().await;
    };
    let (created, _, held) = tokio::join!(join_all(writes), close, holding);
    held.unwrap();
    assert!(created.iter().all(Result::is_ok));
    assert_eq!(products(&home.stranger()), 20);
}

#[tokio::test]
async fn the_text_of_a_deleted_message_is_nowhere_in_the_file() {
    let home = Home::new();
    let store = home.open();
    let secret = "never said ".repeat(150);
    let appended = store.append_message(said(&secret)).await.unwrap();
    store.append_message(said("other")).await.unwrap();
    store.delete_message(appended.message.id).await.unwrap();
    store.close().await;

    let bytes = std::fs::read(home.path()).unwrap();
    let found = bytes.windows(10).any(|part| part == b"never said");
    assert!(!found);
}

/// A piece of the writer's own work that panics, before its commit or behind it.
struct Mine {
    behind_the_commit: bool,
}

impl Job for Mine {
    fn run(&mut self, conn: &Connection) -> bool {
        conn.execute("UPDATE pulse SET beat = -1", []).unwrap();
        assert!(self.behind_the_commit, "on purpose");
        true
    }

    fn answer(self: Box<Self>, _: Option<&GroupFailure>) {
        panic!("on purpose");
    }
}

#[tokio::test]
async fn a_writer_that_panics_goes_on_and_takes_back_what_was_not_committed() {
    let home = Home::new();
    let store = home.open();
    let mut newest = store.writer.newest();
    for behind_the_commit in [false, true] {
        let before = store.create_product(new_product(&format!("A-{behind_the_commit}")));
        before.await.unwrap();
        newest.mark_unchanged();
        let (release, holding) = hold_writer(&store).await;
        let mine = Box::new(Mine { behind_the_commit });
        store.writer.orders.send(Order::Run(mine)).await.unwrap();
        // In the same group as the mine.
        let beside = store.create_product(new_product(&format!("B-{behind_the_commit}")));
        let release = async {
            drop(release);
            holding.await
        };
        let (beside, held) = tokio::join!(beside, release);
        held.unwrap();
        assert!(is_unavailable(&beside.unwrap_err()));
        if behind_the_commit {
            // The feed hears of it all the same.
            newest.changed().await.unwrap();
        }
        let code = format!("C-{behind_the_commit}");
        store.create_product(new_product(&code)).await.unwrap();
    }
    // Nothing of the first group, all of the second.
    assert_eq!(products(&home.stranger()), 5);
    let beat = "SELECT beat FROM pulse";
    let beat: i64 = home
        .stranger()
        .query_row(beat, [], |row| row.get(0))
        .unwrap();
    assert_eq!(beat, -1);
}
