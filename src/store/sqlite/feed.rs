//! The change feed: reads the log of changes by number after each commit.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;

use super::changes;
use super::product_rows;
use super::readers::{ReaderPool, snapshot};
use super::rows::{self, CHANGE_COLUMNS, ChangeRow, Event, message_columns};
use super::store::SqliteStore;
use super::writer::LatestChange;
use crate::domain::change::{Change, ChangeKind, ProductChange};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::metrics::StoreMetrics;
use crate::store::{
    ChangeBatch, ChangeFeed, ChangeStream, Feed, FeedError, FeedStart, Mark, StoreError,
    StoreResult,
};

/// Most changes in one batch.
const MAX_BATCH: i64 = 500;
/// Up to this many changes are cheaper inline than through `spawn_blocking`.
const MAX_INLINE: i64 = 64;
/// How long to wait before reading again when the file could not be read.
const RETRY: Duration = Duration::from_millis(200);

#[async_trait]
impl ChangeFeed for SqliteStore {
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed> {
        let latest = self.writer.latest();
        let (base, batch) = self
            .scans
            .read_blocking(move |conn| open(conn, &start))
            .await?;
        Ok(Feed {
            base,
            mark: mark(batch.last),
            live: Box::new(LiveChanges {
                points: Arc::clone(&self.points),
                scans: Arc::clone(&self.scans),
                latest,
                last: batch.last,
                lag: Lag {
                    pending: VecDeque::new(),
                    metrics: self.metrics.clone(),
                },
            }),
            backlog: batch.changes,
        })
    }

    fn written(&self) -> Mark {
        mark(self.writer.newest_change())
    }
}

/// The mark of a row of the log.
fn mark(number: i64) -> Mark {
    Mark::new(number.unsigned_abs())
}

struct Batch {
    changes: Vec<Change>,
    /// The number of the last row read, which may be a mark.
    last: i64,
}

/// The position of the base and all changes after it, in one state of the database.
fn open(conn: &Connection, start: &FeedStart) -> StoreResult<(Position, Batch)> {
    let snapshot = snapshot(conn)?;
    let newest = changes::newest(&snapshot)?;
    let base = match start {
        FeedStart::Now => newest,
        FeedStart::Back(count) => changes::oldest(&snapshot)?.max(newest - i64::from(*count)),
    };
    let position = snapshot
        .prepare_cached(&format!(
            "SELECT {CHANGE_COLUMNS} FROM changes WHERE number = ?"
        ))?
        .query_row([base], ChangeRow::read)?
        .position()?;
    let batch = read_after(&snapshot, base, newest - base)?;
    let batch = batch.ok_or_else(|| StoreError::Internal("the log of changes has a gap".into()))?;
    Ok((position, batch))
}

/// At most `limit` changes after the row `last`; `None` if some of them were trimmed.
fn read_after(conn: &Connection, last: i64, limit: i64) -> StoreResult<Option<Batch>> {
    let mut reader = ChangeReader {
        conn,
        products: HashMap::new(),
    };
    let mut batch = Batch {
        changes: Vec::new(),
        last,
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {CHANGE_COLUMNS} FROM changes WHERE number > ? ORDER BY number LIMIT ?"
    ))?;
    for row in statement.query_map(params![last, limit], ChangeRow::read)? {
        let row = row?;
        if row.number != batch.last + 1 {
            return Ok(None);
        }
        batch.last = row.number;
        let position = row.position()?;
        if let Some(event) = row.event {
            let kind = reader.kind(event)?;
            batch.changes.push(Change { position, kind });
        }
    }
    Ok(Some(batch))
}

/// Adds to rows of the log the products and messages that they name.
struct ChangeReader<'a> {
    conn: &'a Connection,
    products: HashMap<ProductId, Option<Arc<Product>>>,
}

impl ChangeReader<'_> {
    fn kind(&mut self, event: Event) -> StoreResult<ChangeKind> {
        Ok(match event {
            Event::Product {
                id,
                action,
                version,
                title,
            } => ChangeKind::Product(ProductChange {
                id,
                action,
                version,
                title,
                product: self.product(id)?,
            }),
            // Of a message that has been deleted since, only the deletion is left.
            Event::MessageAppended { id, seq } => self
                .message(seq)?
                .unwrap_or(ChangeKind::MessageDeleted { id, seq }),
            Event::MessageDeleted { id, seq } => ChangeKind::MessageDeleted { id, seq },
            Event::Cart(id) => ChangeKind::Cart(id),
        })
    }

    /// Reads each product once, however many changes it has.
    fn product(&mut self, id: ProductId) -> StoreResult<Option<Arc<Product>>> {
        if let Some(known) = self.products.get(&id) {
            return Ok(known.clone());
        }
        let product = product_rows::find(self.conn, id)?.map(Arc::new);
        self.products.insert(id, product.clone());
        Ok(product)
    }

    fn message(&self, seq: i64) -> StoreResult<Option<ChangeKind>> {
        let sql = concat!(
            "SELECT ",
            message_columns!(),
            " FROM messages WHERE seq = ?"
        );
        let message = self
            .conn
            .prepare_cached(sql)?
            .query_row([seq], rows::message)
            .optional()?;
        Ok(message.map(|message| ChangeKind::MessageAppended(Arc::new(message))))
    }
}

/// The live end of a feed.
struct LiveChanges {
    points: Arc<ReaderPool>,
    scans: Arc<ReaderPool>,
    latest: watch::Receiver<LatestChange>,
    /// The number of the last row read.
    last: i64,
    lag: Lag,
}

/// Measures how long committed changes wait until the feed's reader has received them.
struct Lag {
    pending: VecDeque<LatestChange>,
    metrics: StoreMetrics,
}

impl Lag {
    /// A feed that falls behind measures only some of its commits.
    const MAX_PENDING: usize = 64;

    fn committed(&mut self, latest: LatestChange) {
        let is_new = self
            .pending
            .back()
            .is_none_or(|last| last.number < latest.number);
        if is_new && self.pending.len() < Self::MAX_PENDING {
            self.pending.push_back(latest);
        }
    }

    /// The reader has received all changes up to `last`.
    fn received(&mut self, last: i64) {
        while let Some(change) = self.pending.front()
            && change.number <= last
        {
            self.metrics.feed_lag.record(change.at.elapsed());
            self.pending.pop_front();
        }
    }
}

impl LiveChanges {
    async fn read(&self, waiting: i64) -> StoreResult<Option<Batch>> {
        let last = self.last;
        let work = move |conn: &Connection| {
            let snapshot = snapshot(conn)?;
            read_after(&snapshot, last, MAX_BATCH)
        };
        if waiting <= MAX_INLINE {
            self.points.read_inline(work).await
        } else {
            self.scans.read_blocking(work).await
        }
    }
}

#[async_trait]
impl ChangeStream for LiveChanges {
    async fn next(&mut self) -> Result<ChangeBatch, FeedError> {
        // A call for the next batch means that the reader has received the one before.
        self.lag.received(self.last);
        loop {
            let latest = *self.latest.borrow_and_update();
            let waiting = latest.number - self.last;
            if waiting > 0 {
                self.lag.committed(latest);
            } else {
                let changed = self.latest.changed().await;
                changed.map_err(|_| FeedError::Closed)?;
                continue;
            }
            match self.read(waiting).await {
                Ok(Some(batch)) => {
                    self.last = batch.last;
                    return Ok(ChangeBatch {
                        changes: batch.changes,
                        mark: mark(batch.last),
                    });
                }
                Ok(None) => return Err(FeedError::Lost("the changes were trimmed".into())),
                Err(_) if self.points.is_closed() || self.scans.is_closed() => {
                    return Err(FeedError::Closed);
                }
                Err(StoreError::Unavailable(_)) => tokio::time::sleep(RETRY).await,
                Err(error) => return Err(FeedError::Lost(error.into())),
            }
        }
    }
}
