//! Mutes: a document for each muted address. The server deletes it when the mute has ended.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::bson::doc;

use super::MongoStore;
use super::db::Db;
use super::documents::{date, field, string, timestamp};
use crate::domain::email::Email;
use crate::domain::mute::{MAX_MUTES, Mute};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{MuteStore, StoreResult};

#[async_trait]
impl MuteStore for MongoStore {
    async fn mute(&self, mute: Mute) -> StoreResult<()> {
        self.run(|db| async move { save(&db, &mute).await }).await
    }

    async fn unmute(&self, user: Email) -> StoreResult<()> {
        self.run(|db| async move { delete(&db, &user).await }).await
    }

    async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        self.run(|db| async move { list(&db).await }).await
    }
}

async fn save(db: &Db, mute: &Mute) -> StoreResult<()> {
    let of_user = doc! { "_id": mute.user.as_str() };
    let until = doc! { "$set": { "until": date(mute.until) } };
    db.mutes.update_one(of_user, until).upsert(true).await?;
    Ok(())
}

async fn delete(db: &Db, user: &Email) -> StoreResult<()> {
    let live = doc! { "_id": user.as_str(), "until": { "$gt": date(Timestamp::now()) } };
    match db.mutes.delete_one(live).await?.deleted_count {
        0 => Err(Refusal::NotFound(Resource::Mute).into()),
        _ => Ok(()),
    }
}

async fn list(db: &Db) -> StoreResult<Vec<Mute>> {
    let found = db
        .mutes
        .find(doc! { "until": { "$gt": date(Timestamp::now()) } })
        .sort(doc! { "until": -1, "_id": 1 })
        .limit(i64::try_from(MAX_MUTES).unwrap_or(i64::MAX));
    let documents: Vec<_> = found.await?.try_collect().await?;
    let mutes = documents.iter().filter_map(|document| {
        Some(Mute {
            user: Email::parse(string(document, "_id")?).ok()?,
            until: timestamp(field(document, "until")?)?,
        })
    });
    Ok(mutes.collect())
}
