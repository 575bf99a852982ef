//! Mutes: one for each address, until it expires.

use vitrina::domain::email::Email;
use vitrina::domain::mute::Mute;
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{SharedStore, StoreError};

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

/// A mute that ends in this many seconds.
fn mute(user: &str, seconds: i64) -> Mute {
    Mute {
        user: email(user),
        until: Timestamp::from_millis(Timestamp::now().millis() + seconds * 1_000),
    }
}

pub(crate) async fn a_mute_is_listed_until_it_expires(store: &SharedStore) {
    let (short, long) = (
        mute("ana@example.com", 600),
        mute("luis@example.com", 1_200),
    );
    let expired = mute("eva@example.com", -1);
    for mute in [&short, &long, &expired] {
        store.mute(mute.clone()).await.expect("muted");
    }
    assert_eq!(store.mutes().await.expect("mutes"), [long, short]);
}

pub(crate) async fn a_new_mute_replaces_the_old_one(store: &SharedStore) {
    let (first, second) = (mute("ana@example.com", 600), mute("ana@example.com", 60));
    store.mute(first).await.expect("muted");
    store.mute(second.clone()).await.expect("muted");
    assert_eq!(store.mutes().await.expect("mutes"), [second]);
}

pub(crate) async fn a_mute_ends_once(store: &SharedStore) {
    store
        .mute(mute("ana@example.com", 600))
        .await
        .expect("muted");
    store
        .mute(mute("eva@example.com", -1))
        .await
        .expect("muted");
    store
        .unmute(email("ana@example.com"))
        .await
        .expect("unmuted");
    for user in ["ana@example.com", "eva@example.com", "luis@example.com"] {
        let refused = store.unmute(email(user)).await;
        assert!(matches!(
            refused,
            Err(StoreError::Refused(Refusal::NotFound(Resource::Mute)))
        ));
    }
    assert_eq!(store.mutes().await.expect("mutes"), []);
}
