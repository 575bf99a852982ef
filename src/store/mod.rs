//! Durable state: the contract of all stores.
//!
//! A store assigns ids, versions, sequence numbers and positions. Each operation is atomic, and
//! durable when it returns; on an error nothing has changed. No caller reads, decides and writes
//! back. `tests/store/contract/` tests every rule below on every store.

mod connection_string;
mod error;
mod expiry;
mod feed;
mod idempotency;
mod mark;
pub mod mongo;
mod mutes;
pub mod open;
pub mod sqlite;
#[cfg(test)]
pub(crate) mod typed_commands;
mod walk;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::cart::Cart;
use crate::domain::chat_message::ChatHistory;
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::product::{Product, ProductPatch};
use crate::domain::upsert::{ProductBatch, UpsertOutcome};

pub use error::{Cause, OpenError, StoreError};
pub use expiry::{ExpiredHolds, ExpiryStore};
pub use feed::{ChangeBatch, ChangeFeed, ChangeStream, Feed, FeedError, FeedStart};
pub use idempotency::{Executed, MAX_RECORDS, RECORD_LIFE, Saved};
pub use mark::Mark;
pub use mutes::MuteStore;
pub use walk::ProductWalk;

/// The result of an operation.
pub type StoreResult<T> = Result<T, StoreError>;

/// A store of either kind.
pub type SharedStore = Arc<dyn Store>;

/// All operations of a store.
pub trait Store:
    ProductStore
    + CartStore
    + OrderStore
    + ChatStore
    + MuteStore
    + Execute
    + ExpiryStore
    + ChangeFeed
    + StoreLifecycle
{
}

impl<T> Store for T where
    T: ProductStore
        + CartStore
        + OrderStore
        + ChatStore
        + MuteStore
        + Execute
        + ExpiryStore
        + ChangeFeed
        + StoreLifecycle
{
}

/// The catalogue.
#[async_trait]
pub trait ProductStore: Send + Sync {
    /// One product, or [`Refusal::NotFound`].
    ///
    /// [`Refusal::NotFound`]: crate::domain::refusal::Refusal::NotFound
    async fn product(&self, id: ProductId) -> StoreResult<Product>;

    /// The products with a code. Several have it only if another program wrote them.
    async fn products_with_code(&self, code: &str) -> StoreResult<Vec<Product>>;

    /// Changes the fields that the patch names, and raises the version by 1 even if nothing
    /// differs.
    ///
    /// With `expected`, any other version is [`Refusal::VersionMismatch`]. A code that another
    /// product has is [`Refusal::DuplicateCode`].
    ///
    /// [`Refusal::VersionMismatch`]: crate::domain::refusal::Refusal::VersionMismatch
    /// [`Refusal::DuplicateCode`]: crate::domain::refusal::Refusal::DuplicateCode
    async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product>;

    /// Deletes a product and returns its last state. Carts report its lines as dropped.
    async fn delete_product(&self, id: ProductId, expected: Option<i64>) -> StoreResult<Product>;

    /// Appends names of images. More than
    /// [`MAX_THUMBNAILS`](crate::domain::product::MAX_THUMBNAILS) in all is
    /// [`Refusal::TooManyThumbnails`].
    ///
    /// [`Refusal::TooManyThumbnails`]: crate::domain::refusal::Refusal::TooManyThumbnails
    async fn add_thumbnails(&self, id: ProductId, names: Vec<String>) -> StoreResult<Product>;

    /// Removes the name of an image. A name that the product does not have is
    /// [`Refusal::NotFound`] with [`Resource::Thumbnail`].
    ///
    /// [`Refusal::NotFound`]: crate::domain::refusal::Refusal::NotFound
    /// [`Resource::Thumbnail`]: crate::domain::refusal::Resource::Thumbnail
    async fn remove_thumbnail(&self, id: ProductId, name: &str) -> StoreResult<Product>;

    /// Upserts products by their codes: a row with a new code creates a product, with a known code
    /// it changes that product; a row that changes nothing writes nothing.
    ///
    /// All rows are one commit, and each change is in the feed. A row that is refused, by
    /// [`ProductUpsert::decide`](crate::domain::upsert::ProductUpsert::decide) or because several
    /// products have its code, does not affect the others. Returns one result for each row, in
    /// order.
    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>>;

    /// The results that [`upsert_products`](Self::upsert_products) would have now. Writes nothing.
    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>>;

    /// Opens a walk over all products in the order of their codes, by code point; those without a
    /// code are last. It keeps one chunk in memory and does not block writers.
    async fn walk_products(&self) -> StoreResult<Box<dyn ProductWalk>>;

    /// Which of these names of images some product has.
    async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>>;
}

/// Executes the shop's commands.
///
/// *Carts.* Every successful change raises the cart's version by 1, even if nothing differs, and
/// drops lines of deleted products; its outcome reports them as dropped for the last time. A line
/// may have the units that [`check_line`](crate::domain::cart::check_line) allows at that moment.
///
/// *Holds.* In a store with holds, adding to a line or setting it holds all its units for the cart,
/// or none: the product's `held` changes in the same step, and never exceeds the stock. Every
/// change of a cart first expires the due holds of the cart and of the requested products. It
/// extends the other holds of the cart to one hold length from now, at most to four lengths after
/// each began. Removing a line, a purchase and the expiry of a cart end their holds in the same
/// step. A product whose held units change has a change in the feed; its version stays.
///
/// *Purchases.* All lines are checked by [`decide`](crate::domain::purchase::decide) against the
/// stock of that moment. The stock is reduced, the order is written with the current codes, titles
/// and prices, and the cart is emptied (a partial purchase keeps the unavailable lines). Of
/// parallel purchases of one cart, one succeeds; parallel purchases on all nodes never sell more
/// units than there are. Each sold product and the cart has its own change in the feed, with its
/// version raised by 1.
///
/// *Keys.* The record of a key and the effect of its command are one step: a crash leaves both or
/// neither, and there is no record of a command in progress. Of parallel commands with one key, on
/// this node and others, one has an effect, and all get its conclusion. A [`Refusal`] is saved like
/// a success; failures are returned as errors and leave no record. A record expires after
/// [`RECORD_LIFE`], and its key can be used again. At [`MAX_RECORDS`] records a new key is
/// [`StoreError::KeysExhausted`]: no record is dropped early. A key with another request is
/// [`StoreError::IdempotencyMismatch`].
///
/// [`Refusal`]: crate::domain::refusal::Refusal
#[async_trait]
pub trait Execute: Send + Sync {
    async fn execute(&self, command: Command) -> StoreResult<Outcome>;

    /// Executes a command and saves its conclusion, unless its key has a record: then that is
    /// returned.
    async fn execute_once(&self, command: Command, key: IdempotencyKey) -> StoreResult<Executed>;

    /// Saves the conclusion of a request that was refused before it became a command, unless its
    /// key has a record: then that is returned.
    async fn save_conclusion(
        &self,
        key: IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed>;
}

/// Carts.
#[async_trait]
pub trait CartStore: Send + Sync {
    /// A cart with the current state of its products.
    async fn cart(&self, id: CartId) -> StoreResult<Cart>;
}

/// Orders. Purchases create them.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// One order, or [`Refusal::NotFound`].
    ///
    /// [`Refusal::NotFound`]: crate::domain::refusal::Refusal::NotFound
    async fn order(&self, id: OrderId) -> StoreResult<Order>;

    /// A page of orders and the number of all matching orders. A page beyond the last is empty.
    async fn orders(&self, query: &OrderQuery) -> StoreResult<OrderPage>;

    /// Cancels an order and returns its units to the stock, in one step and once: a cancelled order
    /// is returned unchanged. The stock grows to [`MAX_STOCK`](crate::domain::product::MAX_STOCK)
    /// at most; deleted products are skipped.
    async fn cancel_order(&self, id: OrderId) -> StoreResult<Order>;
}

/// The chat.
#[async_trait]
pub trait ChatStore: Send + Sync {
    /// The newest `limit` messages, only those before the sequence number `before` if it is given,
    /// oldest first and without deleted ones.
    async fn history(&self, before: Option<i64>, limit: u32) -> StoreResult<ChatHistory>;

    /// Deletes a message with its text. Its sequence number is not used again.
    async fn delete_message(&self, id: ChatMessageId) -> StoreResult<()>;
}

/// Health and end of a store.
#[async_trait]
pub trait StoreLifecycle: Send + Sync {
    /// Succeeds if the store can read and write.
    async fn ping(&self) -> StoreResult<()>;

    /// Whether the changes of other programs arrive, as far as is known without waiting: no while a
    /// server does not respond. A file of this process has no other programs.
    fn is_connected(&self) -> bool;

    /// Finishes the accepted operations and closes files and connections. Later calls are
    /// [`StoreError::Unavailable`].
    async fn close(&self);

    /// The kind and place of the store, for people and without credentials.
    fn describe(&self) -> String;
}
