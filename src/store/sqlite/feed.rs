//! The change feed: the log of changes read by number, woken by commits.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;

use super::changes;
use super::readers::{ReaderPool, snapshot};
use super::rows::{self, CHANGE_COLUMNS, ChangeRow, Event, message_columns};
use super::writer::Newest;
use super::{SqliteStore, products};
use crate::domain::change::{Change, Fact, ProductChange};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::metrics::StoreMetrics;
use crate::store::{ChangeFeed, ChangeStream, Feed, FeedError, FeedStart, StoreError, StoreResult};

/// Most changes that are told at one time.
const BATCH: i64 = 500;
/// Up to this many are read on the spot: passing so little to another thread costs more.
const SMALL: i64 = 64;
/// How long to wait before reading again when the file could not be read.
const RETRY: Duration = Duration::from_millis(200);

#[async_trait]
impl ChangeFeed for SqliteStore {
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed> {
        let newest = self.writer.newest();
        let (base, batch) = self.scans.aside(move |conn| open(conn, &start)).await?;
        Ok(Feed {
            base,
            live: Box::new(LiveChanges {
                points: Arc::clone(&self.points),
                scans: Arc::clone(&self.scans),
                newest,
                place: batch.place,
                lag: Lag {
                    seen: VecDeque::new(),
                    metrics: self.metrics.clone(),
                },
            }),
            backlog: batch.changes,
        })
    }
}

/// Changes behind a place, and the place behind them.
struct Batch {
    changes: Vec<Change>,
    place: i64,
}

/// The base and all that lies behind it, in one state of the database.
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
    let batch = read_behind(&snapshot, base, newest - base)?;
    let batch = batch.ok_or_else(|| StoreError::Internal("the log of changes has a gap".into()))?;
    Ok((position, batch))
}

/// At most `limit` changes behind a place; `None` when some of them are gone.
fn read_behind(conn: &Connection, place: i64, limit: i64) -> StoreResult<Option<Batch>> {
    let mut reader = ChangeReader {
        conn,
        products: HashMap::new(),
    };
    let mut batch = Batch {
        changes: Vec::new(),
        place,
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {CHANGE_COLUMNS} FROM changes WHERE number > ? ORDER BY number LIMIT ?"
    ))?;
    for row in statement.query_map(params![place, limit], ChangeRow::read)? {
        let row = row?;
        if row.number != batch.place + 1 {
            return Ok(None);
        }
        batch.place = row.number;
        let position = row.position()?;
        if let Some(event) = row.event {
            let fact = reader.fact(event)?;
            batch.changes.push(Change { position, fact });
        }
    }
    Ok(Some(batch))
}

/// Fills rows of the log with what they are about, as it is in the same state of the database.
struct ChangeReader<'a> {
    conn: &'a Connection,
    products: HashMap<ProductId, Option<Arc<Product>>>,
}

impl ChangeReader<'_> {
    fn fact(&mut self, event: Event) -> StoreResult<Fact> {
        Ok(match event {
            Event::Product {
                id,
                action,
                version,
                title,
            } => Fact::Product(ProductChange {
                id,
                action,
                version,
                title,
                product: self.product(id)?,
            }),
            // A message that is deleted by now has left nothing to tell but that.
            Event::MessageAppended { id, seq } => self
                .message(seq)?
                .unwrap_or(Fact::MessageDeleted { id, seq }),
            Event::MessageDeleted { id, seq } => Fact::MessageDeleted { id, seq },
            Event::Cart(id) => Fact::Cart(id),
        })
    }

    /// Many changes of one product share what was read once.
    fn product(&mut self, id: ProductId) -> StoreResult<Option<Arc<Product>>> {
        if let Some(known) = self.products.get(&id) {
            return Ok(known.clone());
        }
        let product = products::find(self.conn, id)?.map(Arc::new);
        self.products.insert(id, product.clone());
        Ok(product)
    }

    fn message(&self, seq: i64) -> StoreResult<Option<Fact>> {
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
        Ok(message.map(|message| Fact::MessageAppended(Arc::new(message))))
    }
}

/// The live end: a place in the log.
struct LiveChanges {
    points: Arc<ReaderPool>,
    scans: Arc<ReaderPool>,
    newest: watch::Receiver<Newest>,
    place: i64,
    lag: Lag,
}

/// How long committed changes wait to be told: commits that were seen and are not told yet.
struct Lag {
    seen: VecDeque<Newest>,
    metrics: StoreMetrics,
}

impl Lag {
    /// A feed that falls behind is measured by fewer of its commits.
    const SEEN: usize = 64;

    fn see(&mut self, newest: Newest) {
        let is_new = self
            .seen
            .back()
            .is_none_or(|last| last.number < newest.number);
        if is_new && self.seen.len() < Self::SEEN {
            self.seen.push_back(newest);
        }
    }

    /// Whoever follows the feed has taken everything up to a place.
    fn took(&mut self, place: i64) {
        while let Some(seen) = self.seen.front()
            && seen.number <= place
        {
            self.metrics.feed_lag.took(seen.at.elapsed());
            self.seen.pop_front();
        }
    }
}

impl LiveChanges {
    async fn read(&self, waiting: i64) -> StoreResult<Option<Batch>> {
        let place = self.place;
        let work = move |conn: &Connection| {
            let snapshot = snapshot(conn)?;
            read_behind(&snapshot, place, BATCH)
        };
        if waiting <= SMALL {
            self.points.at_once(work).await
        } else {
            self.scans.aside(work).await
        }
    }
}

#[async_trait]
impl ChangeStream for LiveChanges {
    async fn next(&mut self) -> Result<Vec<Change>, FeedError> {
        // It is asked for more, so what it was given has arrived.
        self.lag.took(self.place);
        loop {
            let newest = *self.newest.borrow_and_update();
            let waiting = newest.number - self.place;
            if waiting > 0 {
                self.lag.see(newest);
            } else {
                let woken = self.newest.changed().await;
                woken.map_err(|_| FeedError::Closed)?;
                continue;
            }
            match self.read(waiting).await {
                Ok(Some(batch)) => {
                    self.place = batch.place;
                    if !batch.changes.is_empty() {
                        return Ok(batch.changes);
                    }
                }
                Ok(None) => return Err(FeedError::Lost("the changes were trimmed away".into())),
                Err(_) if self.points.is_closed() || self.scans.is_closed() => {
                    return Err(FeedError::Closed);
                }
                Err(StoreError::Unavailable(_)) => tokio::time::sleep(RETRY).await,
                Err(error) => return Err(FeedError::Lost(error.into())),
            }
        }
    }
}
