//! A client of the product stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use vitrina_test_support::Outcome;

use super::connection::{Connection, Event, Transcript};
use super::{FinalState, Phase};
use crate::frames::{Frame, Position, Product, Snapshot, Update, Welcome};

/// How long the last changes may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What a product client has at the end.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) products: HashMap<String, Product>,
    /// Changes that came after a later one of the same product, and those that came twice.
    pub(super) out_of_order: usize,
    pub(super) duplicated: usize,
    pub(super) updates: u64,
}

pub(super) struct ProductClient {
    connection: Connection,
    view: View,
    /// The latest version that was received of each product.
    versions: HashMap<String, i64>,
    cursor: Option<String>,
    /// An incomplete snapshot.
    snapshot: Option<HashMap<String, Product>>,
    has_products: bool,
}

impl ProductClient {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            view: View::default(),
            versions: HashMap::new(),
            cursor: None,
            snapshot: None,
            has_products: false,
        }
    }

    /// Runs until its view equals the database, or times out.
    pub(super) async fn run(mut self) -> (Transcript, View) {
        let mut deadline = None;
        loop {
            if let Phase::CatchingUp(final_state) = self.connection.phase() {
                let until = *deadline.get_or_insert_with(|| Instant::now() + TIMEOUT);
                if self.has_all(&final_state) || timeout_at(until, self.step()).await.is_err() {
                    return (self.connection.transcript, self.view);
                }
            } else {
                self.step().await;
            }
        }
    }

    fn has_all(&self, final_state: &Arc<FinalState>) -> bool {
        self.view.products == final_state.products
    }

    async fn step(&mut self) {
        match self.connection.next(None).await {
            Event::Gone => {
                self.snapshot = None;
                let path = match &self.cursor {
                    Some(cursor) => format!("/ws/products?since={cursor}"),
                    None => "/ws/products".to_owned(),
                };
                self.connection.connect(&path).await;
            }
            Event::Tick | Event::Phase => {}
            Event::Text(text) => {
                if let Err(error) = self.on_text(&text) {
                    self.connection
                        .transcript
                        .unexpected
                        .push(error.to_string());
                }
            }
        }
    }

    fn on_text(&mut self, text: &[u8]) -> Outcome<()> {
        let frame = Frame::parse(text)?;
        match frame.event {
            "welcome" => {
                let welcome: Welcome = frame.data()?;
                match (self.cursor.is_some(), welcome.resumed) {
                    (true, true) => self.connection.transcript.resumed += 1,
                    (true, false) => {
                        self.connection.transcript.not_resumed += 1;
                        self.cursor = None;
                        self.versions.clear();
                    }
                    (false, _) => {}
                }
            }
            "products" => self.on_snapshot(frame.data()?),
            "update_products" => self.on_update(frame.data()?),
            "position" => {
                let position: Position<'_> = frame.data()?;
                self.cursor = Some(position.cursor.to_owned());
            }
            "viewers" => {}
            other => return Err(format!("{other} among the products").into()),
        }
        Ok(())
    }

    /// The cursor is valid only after the last part.
    fn on_snapshot(&mut self, part: Snapshot<'_>) {
        let snapshot = self.snapshot.get_or_insert_default();
        let by_id = |product: Product| (product.id.clone(), product);
        snapshot.extend(part.products.into_iter().map(by_id));
        if part.remaining > 0 {
            return;
        }
        self.view.products = self.snapshot.take().unwrap_or_default();
        self.cursor = Some(part.cursor.to_owned());
        if !self.has_products {
            self.has_products = true;
            self.connection.barrier.client_joined();
        }
    }

    fn on_update(&mut self, update: Update<'_>) {
        self.view.updates += 1;
        if let Some(latest) = self.versions.get_mut(update.id) {
            match *latest {
                latest if latest == update.version => self.view.duplicated += 1,
                latest if latest > update.version => self.view.out_of_order += 1,
                _ => {}
            }
            *latest = update.version;
        } else {
            self.versions.insert(update.id.to_owned(), update.version);
        }
        match (update.action, update.product) {
            ("deleted", _) | (_, None) => {
                self.view.products.remove(update.id);
            }
            (_, Some(product)) => {
                self.view.products.insert(product.id.clone(), product);
            }
        }
        if self.snapshot.is_none() {
            self.cursor = Some(update.cursor.to_owned());
        }
    }
}
