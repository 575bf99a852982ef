//! What a batch of events must be completed with, read at once and not older than the events.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt;
use mongodb::ClientSession;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{RawDocumentBuf, Timestamp, doc};

use super::event::{Event, Subject};
use super::recent::RecentMessages;
use crate::domain::change::ProductAction;
use crate::domain::chat_message::ChatMessage;
use crate::domain::product::Product;
use crate::store::StoreResult;
use crate::store::mongo::collections::{Collections, Raw};
use crate::store::mongo::document::{Oid, message};
use crate::store::mongo::tombstones::{self, Tombstone};

/// Which documents a batch needs.
#[derive(Debug, Default, Clone)]
pub(super) struct LookupRequest {
    products: Vec<ObjectId>,
    messages: Vec<ObjectId>,
    deleted: Vec<ObjectId>,
    /// The moment of the last event, by the database's clock.
    time: Option<Timestamp>,
}

/// The documents that were found.
#[derive(Debug, Default)]
pub(super) struct LookupResult {
    pub(super) products: HashMap<ObjectId, Arc<Product>>,
    pub(super) messages: HashMap<ObjectId, ChatMessage>,
    pub(super) tombstones: HashMap<ObjectId, Tombstone>,
}

impl LookupRequest {
    pub(super) fn by(events: &[Event], recent: &RecentMessages) -> Self {
        let mut wanted = Self::default();
        for event in events {
            wanted.time = event.time.or(wanted.time);
            let Some(id) = event.id else { continue };
            match (event.subject, event.action) {
                (Subject::Product | Subject::Message, ProductAction::Deleted) => {
                    wanted.deleted.push(id)
                }
                (Subject::Product, _) => wanted.products.push(id),
                (Subject::Message, ProductAction::Updated)
                    if event.seq.is_some() && event.document.is_none() && !recent.knows(id) =>
                {
                    wanted.messages.push(id);
                }
                (Subject::Message | Subject::Cart | Subject::Marker, _) => {}
            }
        }
        for ids in [
            &mut wanted.products,
            &mut wanted.messages,
            &mut wanted.deleted,
        ] {
            ids.sort_unstable();
            ids.dedup();
        }
        wanted
    }

    pub(super) fn is_empty(&self) -> bool {
        self.products.is_empty() && self.messages.is_empty() && self.deleted.is_empty()
    }
}

impl Collections {
    /// Reads what is wanted: the newest state that a majority has. A primary that took over since
    /// the events were read waits until it has them itself.
    pub(super) async fn look_up(&self, wanted: &LookupRequest) -> StoreResult<LookupResult> {
        let mut session = self.client.start_session().await?;
        if let Some(time) = wanted.time {
            session.advance_operation_time(time);
        }
        let session = &mut session;
        let products = by_ids(&self.products, &wanted.products, session).await?;
        let messages = by_ids(&self.messages, &wanted.messages, session).await?;
        let buried = by_ids(&self.tombstones, &wanted.deleted, session).await?;

        let products = products
            .iter()
            .filter_map(|document| self.invalid_documents.read(document));
        let messages = messages
            .iter()
            .filter_map(|document| message::read(document));
        Ok(LookupResult {
            products: products
                .map(|product| (product.id.oid(), Arc::new(product)))
                .collect(),
            messages: messages
                .map(|message| (message.id.oid(), message))
                .collect(),
            tombstones: buried
                .iter()
                .filter_map(|document| tombstones::read(document))
                .collect(),
        })
    }
}

async fn by_ids(
    collection: &Raw,
    ids: &[ObjectId],
    session: &mut ClientSession,
) -> StoreResult<Vec<RawDocumentBuf>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = collection
        .find(doc! { "_id": { "$in": ids } })
        .batch_size(ids.len() as u32 + 1);
    let mut cursor = found.session(&mut *session).await?;
    Ok(cursor.stream(session).try_collect().await?)
}
