//! Commands: each is one operation of the writer.

use async_trait::async_trait;
use rusqlite::Connection;

use super::idempotency::{conclude, run_once};
use super::store::SqliteStore;
use super::{carts, chat, product_rows, purchase};
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::hold::HoldLength;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::store::{Execute, Executed, StoreResult};

#[async_trait]
impl Execute for SqliteStore {
    async fn execute(&self, command: Command) -> StoreResult<Outcome> {
        let (prepared, length) = (Prepared::new(command), self.hold);
        self.writer
            .write(move |conn| execute(conn, prepared, length))
            .await
    }

    async fn execute_once(&self, command: Command, key: IdempotencyKey) -> StoreResult<Executed> {
        let (prepared, length) = (Prepared::new(command), self.hold);
        let records = self.records.clone();
        self.writer
            .write(move |conn| {
                run_once(conn, &records, &key, || {
                    conclude(conn, || execute(conn, prepared, length))
                })
            })
            .await
    }

    async fn save_conclusion(
        &self,
        key: IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed> {
        let records = self.records.clone();
        self.writer
            .write(move |conn| run_once(conn, &records, &key, || Ok(conclusion)))
            .await
    }
}

/// A command with what can be computed before the writer, which all writes share, runs it.
struct Prepared {
    command: Command,
    /// The search text of a new product.
    search: String,
}

impl Prepared {
    fn new(command: Command) -> Self {
        let search = match &command {
            Command::CreateProduct(new) => {
                product_rows::search_text(&new.title, &new.description, &new.code)
            }
            _ => String::new(),
        };
        Self { command, search }
    }
}

fn execute(conn: &Connection, prepared: Prepared, length: HoldLength) -> StoreResult<Outcome> {
    let Prepared { command, search } = prepared;
    match command {
        Command::CreateProduct(new) => {
            product_rows::create(conn, ProductId::generate()?, new, &search).map(Outcome::Product)
        }
        Command::CreateCart(lines) => {
            carts::create(conn, CartId::generate()?, lines, length).map(Outcome::Cart)
        }
        Command::ChangeCart(cart, change) => {
            carts::change(conn, cart, &change, length).map(Outcome::Cart)
        }
        Command::Purchase(cart, request) => {
            purchase::purchase(conn, OrderId::generate()?, cart, &request, length)
                .map(Outcome::Purchase)
        }
        Command::AppendMessage(new) => {
            chat::append(conn, ChatMessageId::generate()?, &new).map(Outcome::Message)
        }
    }
}
