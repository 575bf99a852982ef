//! Tests of what the contract of all stores does not cover.

mod feed;
mod idempotency;
mod opening;
mod writer;

use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;

use super::store::SqliteStore;
use crate::domain::chat_message::NewChatMessage;
use crate::domain::email::Email;
use crate::domain::field::Field;
use crate::domain::hold::HoldLength;
use crate::domain::product::{NewProduct, Product, ProductPatch, RawProduct};
use crate::store::{ProductStore, StoreError};

/// A data file in its own temporary directory.
struct TestFile {
    directory: TempDir,
}

impl TestFile {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("shop.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), HoldLength::OFF).unwrap()
    }

    /// Why the file cannot be opened.
    fn open_error(&self) -> String {
        SqliteStore::open(&self.path(), HoldLength::OFF)
            .unwrap_err()
            .to_string()
    }

    /// A connection of another program.
    fn other_connection(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

fn new_product(code: &str) -> NewProduct {
    NewProduct::parse(RawProduct {
        title: Field::Present("Vase".into()),
        code: Field::Present(code.into()),
        price: Field::Present("12.50".into()),
        stock: Field::Present(10),
        ..RawProduct::default()
    })
    .unwrap()
}

async fn set_stock(store: &SqliteStore, product: &Product, stock: i64) -> Product {
    let patch = ProductPatch {
        stock: Some(stock),
        ..ProductPatch::default()
    };
    let updated = store.update_product(product.id, patch, None).await;
    updated.unwrap()
}

fn message(text: &str) -> NewChatMessage {
    let ana = Email::parse("ana@example.com").unwrap();
    NewChatMessage::new(ana, text.into(), None).unwrap()
}

fn is_unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_))
}
