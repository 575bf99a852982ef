//! Documents that complete a batch of events, read together and not older than the events.

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
use crate::store::mongo::db::Db;
use crate::store::mongo::documents::{Oid, Raw, message};
use crate::store::mongo::tombstones::{self, Tombstone};

/// The documents that a batch needs.
#[derive(Debug, Default, Clone)]
pub(super) struct LookupRequest {
    products: Vec<ObjectId>,
    messages: Vec<ObjectId>,
    deleted: Vec<ObjectId>,
    /// The time of the last event, by the server's clock.
    time: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct LookupResult {
    pub(super) products: HashMap<ObjectId, Arc<Product>>,
    pub(super) messages: HashMap<ObjectId, ChatMessage>,
    pub(super) tombstones: HashMap<ObjectId, Tombstone>,
}

impl LookupRequest {
    pub(super) fn of(events: &[Event], recent: &RecentMessages) -> Self {
        let mut request = Self::default();
        for event in events {
            request.time = event.time.or(request.time);
            let Some(id) = event.id else { continue };
            match (event.subject, event.action) {
                (Subject::Product | Subject::Message, ProductAction::Deleted) => {
                    request.deleted.push(id);
                }
                (Subject::Product, _) => request.products.push(id),
                (Subject::Message, ProductAction::Updated)
                    if event.seq.is_some()
                        && event.document.is_none()
                        && !recent.is_reported(id) =>
                {
                    request.messages.push(id);
                }
                (Subject::Message | Subject::Cart | Subject::Marker, _) => {}
            }
        }
        for ids in [
            &mut request.products,
            &mut request.messages,
            &mut request.deleted,
        ] {
            ids.sort_unstable();
            ids.dedup();
        }
        request
    }

    pub(super) fn is_empty(&self) -> bool {
        self.products.is_empty() && self.messages.is_empty() && self.deleted.is_empty()
    }
}

/// Reads the newest state that a majority has. A primary that was elected after the events were
/// read waits until it has them itself.
pub(super) async fn look_up(db: &Db, request: &LookupRequest) -> StoreResult<LookupResult> {
    let mut session = db.database.client().start_session().await?;
    if let Some(time) = request.time {
        session.advance_operation_time(time);
    }
    let products = find(&db.products, &request.products, &mut session).await?;
    let messages = find(&db.messages, &request.messages, &mut session).await?;
    let tombstones = find(&db.tombstones, &request.deleted, &mut session).await?;

    let product = |document: &RawDocumentBuf| db.invalid_documents.read(document);
    let products = products.iter().filter_map(product);
    let messages = messages
        .iter()
        .filter_map(|document| message::read(document));
    let tombstones = tombstones
        .iter()
        .filter_map(|document| tombstones::read(document));
    Ok(LookupResult {
        products: products
            .map(|product| (product.id.oid(), Arc::new(product)))
            .collect(),
        messages: messages
            .map(|message| (message.id.oid(), message))
            .collect(),
        tombstones: tombstones.collect(),
    })
}

async fn find(
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
