//! The change stream.
//!
//! It is a plain aggregation. The driver's own change stream would resume by itself after an error,
//! also from high-water marks, which the server accepts even if it has lost their position.

use futures_util::StreamExt;
use futures_util::stream::ReadyChunks;
use mongodb::Cursor;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Result;

use super::event::pipeline;
use super::token::Token;
use crate::domain::timestamp::Timestamp;
use crate::store::StoreResult;
use crate::store::mongo::db::Db;
use crate::store::mongo::documents::date;

/// Events that are handled together.
pub(super) const BATCH: usize = 500;

/// Batches of events that came together.
pub(super) struct EventStream(ReadyChunks<Cursor<RawDocumentBuf>>);

impl EventStream {
    /// Opens a stream of what comes after the token, or from now on.
    pub(super) async fn open(db: &Db, after: Option<&Token>) -> Result<Self> {
        let pipeline = pipeline(after.and_then(Token::document));
        let cursor = db
            .database
            .aggregate(pipeline)
            .batch_size(BATCH as u32)
            .with_type::<RawDocumentBuf>()
            .await?;
        Ok(Self(cursor.ready_chunks(BATCH)))
    }

    /// The next events, at most [`BATCH`]; `None` if the server closed the stream. Dropping the
    /// future loses no event.
    pub(super) async fn next(&mut self) -> Option<Vec<Result<RawDocumentBuf>>> {
        self.0.next().await
    }
}

/// Writes a feed's marker, so that the stream has an event.
pub(super) async fn write_marker(db: &Db, marker: ObjectId) -> StoreResult<()> {
    let now = doc! { "$set": { "at": date(Timestamp::now()) } };
    let write = db.markers.update_one(doc! { "_id": marker }, now);
    write.upsert(true).await?;
    Ok(())
}
