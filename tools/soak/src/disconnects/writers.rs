//! Writers over REST that record what was acknowledged.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use vitrina_test_support::Outcome;

use super::{POSTERS, Phase};
use crate::frames::{Product, StoredMessage};
use crate::rest::Rest;

/// Pause between two writes of one writer.
const WRITE_INTERVAL: Duration = Duration::from_millis(100);
/// Products of one editor at the start.
const PRODUCTS: usize = 40;
/// How long a writer waits after a failed request.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// What was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) messages: Vec<StoredMessage>,
    /// The latest version of each product; `None` if it was deleted, or may have been.
    pub(super) versions: HashMap<String, Option<i64>>,
    pub(super) edits: usize,
    /// Writes without a response.
    pub(super) unknown: usize,
}

impl Written {
    pub(super) fn add(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.versions.extend(other.versions);
        self.edits += other.edits;
        self.unknown += other.unknown;
    }
}

/// Creates the products of each editor.
pub(super) async fn first_products(rest: &Rest, editors: usize) -> Outcome<Vec<Vec<Product>>> {
    let mut all = Vec::new();
    for editor in 0..editors {
        let mut own = Vec::new();
        for number in 0..PRODUCTS {
            own.push(rest.create(&format!("{editor}-{number}")).await?);
        }
        all.push(own);
    }
    Ok(all)
}

pub(super) fn start(
    rest: &Rest,
    products: Vec<Vec<Product>>,
    phases: &watch::Receiver<Phase>,
) -> JoinSet<Written> {
    let mut writers = JoinSet::new();
    for number in 0..POSTERS {
        writers.spawn(post_messages(rest.clone(), number, phases.clone()));
    }
    for (number, own) in products.into_iter().enumerate() {
        let editor = Editor {
            rest: rest.clone(),
            number,
            own,
            created: 0,
            written: Written::default(),
        };
        writers.spawn(editor.edit(phases.clone()));
    }
    writers
}

async fn post_messages(rest: Rest, number: usize, phases: watch::Receiver<Phase>) -> Written {
    let mut written = Written::default();
    let user = format!("poster-{number}@example.com");
    let mut ticks = ticks();
    for count in 0.. {
        ticks.tick().await;
        if !matches!(*phases.borrow(), Phase::Writing) {
            break;
        }
        match rest.post_message(&user, &format!("message {count}")).await {
            Ok(message) => written.messages.push(message),
            Err(_) => {
                written.unknown += 1;
                sleep(RETRY_DELAY).await;
            }
        }
    }
    written
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = interval(WRITE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Edits products that no other writer touches.
struct Editor {
    rest: Rest,
    number: usize,
    own: Vec<Product>,
    created: usize,
    written: Written,
}

impl Editor {
    async fn edit(mut self, phases: watch::Receiver<Phase>) -> Written {
        let mut ticks = ticks();
        for step in 0usize.. {
            ticks.tick().await;
            if !matches!(*phases.borrow(), Phase::Writing) {
                break;
            }
            let done = match step % 20 {
                7 => self.create().await,
                13 => self.delete(step).await,
                _ => self.update(step).await,
            };
            match done {
                Ok(()) => self.written.edits += 1,
                Err(_) => {
                    self.written.unknown += 1;
                    sleep(RETRY_DELAY).await;
                }
            }
        }
        self.written
    }

    async fn create(&mut self) -> Outcome<()> {
        self.created += 1;
        let code = format!("{}-new-{}", self.number, self.created);
        let product = self.rest.create(&code).await?;
        let version = Some(product.version);
        self.written.versions.insert(product.id.clone(), version);
        self.own.push(product);
        Ok(())
    }

    async fn delete(&mut self, step: usize) -> Outcome<()> {
        let product = self.own.remove(step % self.own.len());
        self.written.versions.insert(product.id.clone(), None);
        self.rest.delete(&product.id).await
    }

    async fn update(&mut self, step: usize) -> Outcome<()> {
        let id = self.own[step % self.own.len()].id.clone();
        let patch = json!({ "stock": step, "title": format!("Vase {step}") });
        let product = self.rest.update(&id, &patch).await?;
        self.written.versions.insert(id, Some(product.version));
        Ok(())
    }
}
