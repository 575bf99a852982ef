//! The change stream itself.
//!
//! It is a plain aggregation: the driver's own change stream would go on by itself after an error,
//! from high-water marks too, which the server takes without complaint where it has lost the place.

use futures_util::StreamExt;
use futures_util::stream::ReadyChunks;
use mongodb::Cursor;
use mongodb::bson::RawDocumentBuf;
use mongodb::error::Result;

use super::BATCH;
use super::event::pipeline;
use super::token::Token;
use crate::store::mongo::collections::Collections;

/// Events as they come; what came together is handed on together.
pub(super) struct EventStream(ReadyChunks<Cursor<RawDocumentBuf>>);

impl EventStream {
    /// Opens a stream of what comes after the token, or from now on.
    pub(super) async fn open(collections: &Collections, after: Option<&Token>) -> Result<Self> {
        let pipeline = pipeline(after.and_then(Token::document));
        let cursor = collections
            .database
            .aggregate(pipeline)
            .batch_size(BATCH as u32)
            .with_type::<RawDocumentBuf>()
            .await?;
        Ok(Self(cursor.ready_chunks(BATCH)))
    }

    /// The next events, at most [`BATCH`]; `None` when the server closed the stream. The wait can
    /// be given up: what is under way stays in the stream.
    pub(super) async fn next(&mut self) -> Option<Vec<Result<RawDocumentBuf>>> {
        self.0.next().await
    }
}
