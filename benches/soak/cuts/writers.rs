//! Those who write over REST, and note what was acknowledged.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::{Phase, REST_SPEAKERS};
use crate::Outcome;
use crate::frames::{Product, Said};
use crate::rest::Rest;

/// How often each of them writes.
const EVERY: Duration = Duration::from_millis(100);
/// Products of one editor at the beginning.
const PRODUCTS: usize = 40;
/// How long a writer waits when the shop is away.
const AWAY: Duration = Duration::from_millis(50);

/// What was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) messages: Vec<Said>,
    /// The newest version of each product; none for one whose deletion was acknowledged, or may
    /// have happened.
    pub(super) versions: HashMap<String, Option<i64>>,
    pub(super) edits: usize,
    /// Writes whose fate nobody told.
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

/// Each editor's products.
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

/// Starts all writers.
pub(super) fn start(
    rest: &Rest,
    products: Vec<Vec<Product>>,
    phases: &watch::Receiver<Phase>,
) -> JoinSet<Written> {
    let mut writers = JoinSet::new();
    for number in 0..REST_SPEAKERS {
        writers.spawn(speak(rest.clone(), number, phases.clone()));
    }
    for (number, own) in products.into_iter().enumerate() {
        let editor = Editor {
            rest: rest.clone(),
            number,
            own,
            made: 0,
            written: Written::default(),
        };
        writers.spawn(editor.edit(phases.clone()));
    }
    writers
}

async fn speak(rest: Rest, number: usize, phases: watch::Receiver<Phase>) -> Written {
    let mut written = Written::default();
    let user = format!("speaker-{number}@example.com");
    let mut ticks = ticks();
    for words in 0.. {
        ticks.tick().await;
        if !matches!(*phases.borrow(), Phase::Writing) {
            break;
        }
        match rest.say(&user, &format!("words {words}")).await {
            Ok(said) => written.messages.push(said),
            Err(_) => {
                written.unknown += 1;
                sleep(AWAY).await;
            }
        }
    }
    written
}

fn ticks() -> tokio::time::Interval {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// One who edits products of its own.
struct Editor {
    rest: Rest,
    number: usize,
    own: Vec<Product>,
    made: usize,
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
                    sleep(AWAY).await;
                }
            }
        }
        self.written
    }

    async fn create(&mut self) -> Outcome<()> {
        self.made += 1;
        let code = format!("{}-made-{}", self.number, self.made);
        let product = self.rest.create(&code).await?;
        let noted = Some(product.version);
        self.written.versions.insert(product.id.clone(), noted);
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
