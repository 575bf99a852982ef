//! Writers that record the acknowledged writes.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::app::TestApp;
use crate::fixtures::vase;

/// Parallel writers.
const WRITERS: usize = 16;

/// Writes that the shop has acknowledged.
#[derive(Default)]
pub(crate) struct Ledger {
    codes: Mutex<BTreeSet<String>>,
    texts: Mutex<BTreeSet<String>>,
    count: AtomicUsize,
    refused: AtomicUsize,
    grew: Notify,
    closed: AtomicBool,
}

impl Ledger {
    /// Writes products and messages until the ledger is closed or the shop is gone. A failed write
    /// must be a 503 or a broken connection.
    pub(crate) async fn write(&self, app: &TestApp) {
        let writers = (0..WRITERS).map(|writer| self.write_as(app, writer));
        futures_util::future::join_all(writers).await;
    }

    async fn write_as(&self, app: &TestApp, writer: usize) {
        for number in 0.. {
            if self.closed.load(Ordering::Acquire) {
                return;
            }
            let label = format!("{writer}-{number}");
            let (path, body, list) = match number % 2 {
                0 => ("/api/products", vase(&label), &self.codes),
                _ => {
                    let message = json!({ "user": "ana@example.com", "message": label });
                    ("/api/messages", message, &self.texts)
                }
            };
            match app.request("POST", path).json(&body).send().await {
                Ok(reply) if reply.status() == 201 => {
                    list.lock().expect("a list").insert(label);
                    self.count.fetch_add(1, Ordering::AcqRel);
                }
                Ok(reply) => {
                    assert_eq!(reply.status(), 503, "{path}");
                    self.refused.fetch_add(1, Ordering::AcqRel);
                }
                Err(_) => return,
            }
            self.grew.notify_waiters();
        }
    }

    /// Waits for a number of acknowledged writes.
    pub(crate) async fn acknowledged(&self, count: usize) {
        self.until(|| self.count.load(Ordering::Acquire) >= count)
            .await;
    }

    /// Waits for a number of refused writes.
    pub(crate) async fn refused(&self, count: usize) {
        self.until(|| self.refused.load(Ordering::Acquire) >= count)
            .await;
    }

    async fn until(&self, holds: impl Fn() -> bool) {
        loop {
            let grown = self.grew.notified();
            tokio::pin!(grown);
            grown.as_mut().enable();
            if holds() {
                return;
            }
            grown.await;
        }
    }

    /// The number of acknowledged writes.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Makes the writers stop after their current write.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Asserts that every acknowledged write is stored.
    pub(crate) async fn assert_stored(&self, app: &TestApp) {
        let products = app.all_products().await;
        let codes: BTreeSet<_> = products.iter().map(|p| text(p, "code")).collect();
        let messages = all_messages(app).await;
        let texts: BTreeSet<_> = messages.iter().map(|m| text(m, "message")).collect();
        let lost = |list: &Mutex<BTreeSet<String>>, found: &BTreeSet<String>| -> Vec<String> {
            let list = list.lock().expect("a list");
            list.difference(found).cloned().collect()
        };
        assert_eq!(lost(&self.codes, &codes), [""; 0], "lost products");
        assert_eq!(lost(&self.texts, &texts), [""; 0], "lost messages");
        assert_eq!(codes.len(), products.len(), "a product is stored twice");
        assert!(messages.is_sorted_by(|one, two| one["seq"].as_i64() < two["seq"].as_i64()));
    }
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().expect("a string").to_owned()
}

/// The whole history, oldest first.
async fn all_messages(app: &TestApp) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let before = all
            .first()
            .map_or(String::new(), |first| format!("&before={}", first["seq"]));
        let part = app
            .get(&format!("/api/messages?limit=100{before}"))
            .await
            .expect(200)
            .json();
        all.splice(
            0..0,
            part["payload"].as_array().expect("a list").iter().cloned(),
        );
        if part["hasMore"] == false {
            return all;
        }
    }
}
