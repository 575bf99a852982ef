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
        let length = self.hold;
        self.writer
            .write(move |conn| execute(conn, command, length))
            .await
    }

    async fn execute_once(&self, command: Command, key: IdempotencyKey) -> StoreResult<Executed> {
        let length = self.hold;
        let records = self.records.clone();
        self.writer
            .write(move |conn| {
                run_once(conn, &records, &key, || {
                    conclude(conn, || execute(conn, command, length))
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

fn execute(conn: &Connection, command: Command, length: HoldLength) -> StoreResult<Outcome> {
    match command {
        Command::CreateProduct(new) => {
            product_rows::create(conn, ProductId::generate()?, new).map(Outcome::Product)
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
