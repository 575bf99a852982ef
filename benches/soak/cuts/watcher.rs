//! One who watches the products.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::link::{Event, Link, Story};
use super::{Phase, Truth};
use crate::Outcome;
use crate::frames::{At, Frame, Product, Snapshot, Update, Welcome};

/// How long the last changes may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a watcher has on its page at the end.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) view: HashMap<String, Product>,
    /// Changes that came behind a later one of the same product, and those that came twice.
    pub(super) out_of_order: usize,
    pub(super) doubled: usize,
    pub(super) updates: u64,
}

/// A client of the product stream.
pub(super) struct Watcher {
    link: Link,
    seen: Seen,
    /// The newest version that was told of each product.
    told: HashMap<String, i64>,
    cursor: Option<String>,
    /// A snapshot that has begun.
    coming: Option<HashMap<String, Product>>,
    has_arrived: bool,
}

impl Watcher {
    pub(super) fn new(link: Link) -> Self {
        Self {
            link,
            seen: Seen::default(),
            told: HashMap::new(),
            cursor: None,
            coming: None,
            has_arrived: false,
        }
    }

    /// Lives until its view is the database's, or that takes too long.
    pub(super) async fn live(mut self) -> (Story, Seen) {
        let mut deadline = None;
        loop {
            if let Phase::Catching(truth) = self.link.phase() {
                let until = *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
                if self.has_all(&truth) || timeout_at(until, self.step()).await.is_err() {
                    return (self.link.story, self.seen);
                }
            } else {
                self.step().await;
            }
        }
    }

    fn has_all(&self, truth: &Arc<Truth>) -> bool {
        self.seen.view == truth.products
    }

    async fn step(&mut self) {
        match self.link.next(None).await {
            Event::Gone => {
                self.coming = None;
                let path = match &self.cursor {
                    Some(cursor) => format!("/ws/products?since={cursor}"),
                    None => "/ws/products".to_owned(),
                };
                self.link.connect(&path).await;
            }
            Event::Tick | Event::Phase => {}
            Event::Text(text) => {
                if let Err(error) = self.see(&text) {
                    self.link.story.odd.push(error.to_string());
                }
            }
        }
    }

    fn see(&mut self, text: &[u8]) -> Outcome<()> {
        let frame = Frame::read(text)?;
        match frame.event {
            "welcome" => {
                let welcome: Welcome = frame.data()?;
                match (self.cursor.is_some(), welcome.resumed) {
                    (true, true) => self.link.story.resumed += 1,
                    (true, false) => {
                        self.link.story.anew += 1;
                        self.cursor = None;
                        self.told.clear();
                    }
                    (false, _) => {}
                }
            }
            "products" => self.see_snapshot(frame.data()?),
            "update_products" => self.see_update(frame.data()?),
            "position" => {
                let at: At<'_> = frame.data()?;
                self.cursor = Some(at.cursor.to_owned());
            }
            "viewers" => {}
            other => return Err(format!("{other} among the products").into()),
        }
        Ok(())
    }

    /// A place is known only when the whole snapshot is.
    fn see_snapshot(&mut self, part: Snapshot<'_>) {
        let coming = self.coming.get_or_insert_default();
        let by_id = |product: Product| (product.id.clone(), product);
        coming.extend(part.products.into_iter().map(by_id));
        if part.remaining > 0 {
            return;
        }
        self.seen.view = self.coming.take().unwrap_or_default();
        self.cursor = Some(part.cursor.to_owned());
        if !self.has_arrived {
            self.has_arrived = true;
            self.link.muster.arrive();
        }
    }

    fn see_update(&mut self, update: Update<'_>) {
        self.seen.updates += 1;
        if let Some(told) = self.told.get_mut(update.id) {
            match *told {
                told if told == update.version => self.seen.doubled += 1,
                told if told > update.version => self.seen.out_of_order += 1,
                _ => {}
            }
            *told = update.version;
        } else {
            self.told.insert(update.id.to_owned(), update.version);
        }
        match (update.action, update.product) {
            ("deleted", _) | (_, None) => {
                self.seen.view.remove(update.id);
            }
            (_, Some(product)) => {
                self.seen.view.insert(product.id.clone(), product);
            }
        }
        if self.coming.is_none() {
            self.cursor = Some(update.cursor.to_owned());
        }
    }
}
