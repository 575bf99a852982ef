//! What the contract of all stores cannot see of this one.

mod answers;
mod following;
mod opening;
mod writing;

use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteStore;
use crate::domain::chat_message::NewChatMessage;
use crate::domain::email::Email;
use crate::domain::field::Field;
use crate::domain::hold::HoldLength;
use crate::domain::product::{NewProduct, Product, ProductPatch, RawProduct};
use crate::store::{ProductStore, StoreError};

/// A folder with a data file, which goes with the test.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.path(), HoldLength::OFF).unwrap()
    }

    /// What the reason for a refusal says.
    fn refusal(&self) -> String {
        SqliteStore::open(&self.path(), HoldLength::OFF)
            .unwrap_err()
            .to_string()
    }

    /// Another program's connection.
    fn stranger(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

fn new_product(code: &str) -> NewProduct {
    NewProduct::parse(RawProduct {
        title: Field::Given("Vase".into()),
        code: Field::Given(code.into()),
        price: Field::Given("12.50".into()),
        stock: Field::Given(10),
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

fn said(text: &str) -> NewChatMessage {
    let ana = Email::parse("ana@example.com").unwrap();
    NewChatMessage::new(ana, text.into(), None).unwrap()
}

fn is_unavailable(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_))
}
