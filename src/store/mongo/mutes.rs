//! Mutes: a document for each muted address, removed by the server when its time is over.

use futures_util::TryStreamExt;
use mongodb::bson::doc;

use super::collections::Collections;
use super::document::{date, member, moment};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::email::Email;
use crate::domain::mute::{MAX_MUTES, Mute};
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

impl Collections {
    pub(super) async fn mute(&self, mute: &Mute) -> StoreResult<()> {
        let of_user = doc! { "_id": mute.user.as_str() };
        let until = doc! { "$set": { "until": date(mute.until) } };
        self.mutes.update_one(of_user, until).upsert(true).await?;
        Ok(())
    }

    pub(super) async fn unmute(&self, user: &Email) -> StoreResult<()> {
        let live = doc! { "_id": user.as_str(), "until": { "$gt": date(Timestamp::now()) } };
        match self.mutes.delete_one(live).await?.deleted_count {
            0 => Err(Refusal::NotFound(Resource::Mute).into()),
            _ => Ok(()),
        }
    }

    pub(super) async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        let found = self
            .mutes
            .find(doc! { "until": { "$gt": date(Timestamp::now()) } })
            .sort(doc! { "until": -1, "_id": 1 })
            .limit(i64::try_from(MAX_MUTES).unwrap_or(i64::MAX));
        let documents: Vec<_> = found.await?.try_collect().await?;
        let mutes = documents.iter().filter_map(|document| {
            Some(Mute {
                user: Email::parse(member(document, "_id")?.as_str()?).ok()?,
                until: moment(member(document, "until")?)?,
            })
        });
        Ok(mutes.collect())
    }
}
