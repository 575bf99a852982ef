//! Groups of writes, and their failures.

use std::sync::{Arc, Mutex, mpsc};

use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use rusqlite::Connection;

use super::{TestFile, is_unavailable, message, new_product, set_stock};
use crate::domain::refusal::Refusal;
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::error::GroupCommitError;
use crate::store::sqlite::writer::{MAX_QUEUED, WriteJob, WriterMessage};
use crate::store::typed_commands::TypedCommands;
use crate::store::{ChatStore, ProductStore, StoreError, StoreLifecycle, StoreResult};

/// Keeps the writer busy until the returned sender is dropped. Writes wait meanwhile and become one
/// group.
async fn hold_writer(
    store: &SqliteStore,
) -> (mpsc::Sender<()>, impl Future<Output = StoreResult<()>>) {
    let (release, released) = mpsc::channel();
    let (started, running) = tokio::sync::oneshot::channel();
    let mut holding = Box::pin(store.writer.write(move |_| {
        let _ = started.send(());
        let _ = released.recv();
        Ok(())
    }));
    tokio::select! {
        _ = &mut holding => panic!("the writer is not busy"),
        running = running => running.unwrap(),
    }
    (release, holding)
}

fn products(conn: &Connection) -> i64 {
    conn.query_row("SELECT count(*) FROM products", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn a_write_beyond_the_queue_is_refused_at_once() {
    let file = TestFile::new();
    let store = file.open();
    let (release, holding) = hold_writer(&store).await;
    let mut waiting: FuturesUnordered<_> = (0..MAX_QUEUED)
        .map(|_| store.writer.write(|conn| Ok(products(conn))))
        .collect();
    // The first poll of each puts it into the queue.
    assert!(waiting.next().now_or_never().is_none());

    let refused = store.writer.write(|conn| Ok(products(conn))).await;
    assert!(refused.is_err_and(|error| is_unavailable(&error)));
    drop(release);
    holding.await.unwrap();
    assert_eq!(
        waiting.try_collect::<Vec<_>>().await.unwrap().len(),
        MAX_QUEUED
    );
}

#[tokio::test]
async fn a_read_without_a_free_connection_is_refused_in_time() {
    let file = TestFile::new();
    let store = file.open();
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    // As many readers as connections; none ends before `release` is dropped.
    let busy: Vec<_> = (0..store.scans.size)
        .map(|_| {
            let (pool, released) = (Arc::clone(&store.scans), Arc::clone(&released));
            tokio::spawn(async move {
                pool.read_blocking(move |_| {
                    let _ = released.lock().map(|released| released.recv());
                    Ok(())
                })
                .await
            })
        })
        .collect();
    while store.scans.permits.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    let refused = store.scans.read_blocking(|_| Ok(())).await;
    assert!(refused.is_err_and(|error| is_unavailable(&error)));
    drop(release);
    for reader in busy {
        reader.await.unwrap().unwrap();
    }
    store.scans.read_blocking(|_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn waiting_writes_share_a_transaction() {
    let file = TestFile::new();
    let store = file.open();
    let other_connection = file.other_connection();
    let (release, holding) = hold_writer(&store).await;

    let first = store.create_product(new_product("A"));
    // Runs after the first and before the commit, so only this connection sees the product.
    let second = store
        .writer
        .write(move |conn| Ok((products(conn), products(&other_connection))));
    let release = async {
        drop(release);
        holding.await
    };
    let (first, seen, holding) = tokio::join!(first, second, release);

    holding.unwrap();
    first.unwrap();
    assert_eq!(seen.unwrap(), (1, 0));
    assert_eq!(products(&file.other_connection()), 1);
}

#[tokio::test]
async fn a_refusal_rolls_back_only_its_own_writes() {
    let file = TestFile::new();
    let store = file.open();
    let (release, holding) = hold_writer(&store).await;

    let creations = ["A", "B", "A", "C"].map(|code| store.create_product(new_product(code)));
    let half_done = store.writer.write(|conn| {
        conn.execute("DELETE FROM products", [])?;
        Err::<(), _>(StoreError::Refused(Refusal::DuplicateCode))
    });
    let release = async {
        drop(release);
        holding.await
    };
    let (created, half_done, _) = tokio::join!(join_all(creations), half_done, release);

    let refused: Vec<_> = created.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, false, true, false]);
    assert!(half_done.is_err());
    assert_eq!(products(&file.other_connection()), 3);
}

#[tokio::test]
async fn a_panic_fails_only_its_own_operation() {
    let file = TestFile::new();
    let store = file.open();
    let outcome: StoreResult<()> = store
        .writer
        .write(|conn| {
            conn.execute("DELETE FROM changes", [])?;
            panic!("on purpose")
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Internal(_))));
    store.create_product(new_product("A")).await.unwrap();

    let outcome: StoreResult<()> = store.points.read_inline(|_| panic!("on purpose")).await;
    assert!(matches!(outcome, Err(StoreError::Internal(_))));
    let outcome: StoreResult<()> = store.scans.read_blocking(|_| panic!("on purpose")).await;
    assert!(matches!(outcome, Err(StoreError::Internal(_))));
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_failed_commit_fails_the_whole_group() {
    let file = TestFile::new();
    let store = file.open();
    let (release, holding) = hold_writer(&store).await;

    let good = store.create_product(new_product("A"));
    // A line without a cart is checked only by the commit.
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
    let (good, bad, holding) = tokio::join!(good, bad, release);
    holding.unwrap();
    assert!(good.is_err() && bad.is_err());
    assert_eq!(products(&file.other_connection()), 0);

    store.create_product(new_product("A")).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_unavailable_until_there_is_space() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    let limit_pages = |pages: i64| {
        store.writer.write(move |conn| {
            conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
            Ok(())
        })
    };

    limit_pages(1).await.unwrap();
    let error = loop {
        let text = "x".repeat(2_000);
        match store.append_message(message(&text)).await {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(is_unavailable(&error), "{error}");
    assert_eq!(store.product(product.id).await.unwrap(), product);

    limit_pages(1_000_000).await.unwrap();
    store.append_message(message("again")).await.unwrap();
}

#[tokio::test]
async fn a_locked_file_is_unavailable_until_it_is_unlocked() {
    let file = TestFile::new();
    let store = file.open();
    let product = store.create_product(new_product("A")).await.unwrap();
    let other_connection = file.other_connection();

    other_connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.create_product(new_product("B")).await.unwrap_err();
    assert!(is_unavailable(&error), "{error}");
    assert_eq!(store.product(product.id).await.unwrap(), product);

    other_connection.execute_batch("ROLLBACK").unwrap();
    store.create_product(new_product("B")).await.unwrap();
}

#[tokio::test]
async fn an_abandoned_write_is_stored() {
    let file = TestFile::new();
    let store = file.open();
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
async fn accepted_writes_are_stored_before_the_end() {
    let file = TestFile::new();
    let store = file.open();
    let (release, holding) = hold_writer(&store).await;

    let writes = (0..20).map(|n| store.create_product(new_product(&n.to_string())));
    let close = async {
        drop(release);
        store.close().await;
    };
    let (created, _, holding) = tokio::join!(join_all(writes), close, holding);
    holding.unwrap();
    assert!(created.iter().all(Result::is_ok));
    assert_eq!(products(&file.other_connection()), 20);
}

#[tokio::test]
async fn a_deleted_message_is_erased_from_the_file() {
    let file = TestFile::new();
    let store = file.open();
    let secret = "top secret ".repeat(150);
    let appended = store.append_message(message(&secret)).await.unwrap();
    store.append_message(message("other")).await.unwrap();
    store.delete_message(appended.message.id).await.unwrap();
    store.close().await;

    let bytes = std::fs::read(file.path()).unwrap();
    let found = bytes.windows(10).any(|part| part == b"top secret");
    assert!(!found);
}

/// A job that panics before the commit or after it.
struct PanickingJob {
    after_commit: bool,
}

impl WriteJob for PanickingJob {
    fn run(&mut self, conn: &Connection) -> bool {
        conn.execute("UPDATE pulse SET beat = -1", []).unwrap();
        assert!(self.after_commit, "on purpose");
        true
    }

    fn reply(self: Box<Self>, _: Option<&GroupCommitError>) {
        panic!("on purpose");
    }
}

#[tokio::test]
async fn a_panicking_writer_restarts_and_rolls_back_uncommitted_writes() {
    let file = TestFile::new();
    let store = file.open();
    let mut latest = store.writer.latest();
    for after_commit in [false, true] {
        let before = store.create_product(new_product(&format!("A-{after_commit}")));
        before.await.unwrap();
        latest.mark_unchanged();
        let (release, holding) = hold_writer(&store).await;
        let job = Box::new(PanickingJob { after_commit });
        store.writer.tx.send(WriterMessage::Run(job)).await.unwrap();
        // In the same group.
        let beside = store.create_product(new_product(&format!("B-{after_commit}")));
        let release = async {
            drop(release);
            holding.await
        };
        let (beside, holding) = tokio::join!(beside, release);
        holding.unwrap();
        assert!(is_unavailable(&beside.unwrap_err()));
        if after_commit {
            // The feed is notified.
            latest.changed().await.unwrap();
        }
        let code = format!("C-{after_commit}");
        store.create_product(new_product(&code)).await.unwrap();
    }
    // Nothing of the first group, all of the second.
    assert_eq!(products(&file.other_connection()), 5);
    let beat = "SELECT beat FROM pulse";
    let beat: i64 = file
        .other_connection()
        .query_row(beat, [], |row| row.get(0))
        .unwrap();
    assert_eq!(beat, -1);
}
