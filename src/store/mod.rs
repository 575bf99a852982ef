//! Durable state: the contract that every store keeps.
//!
//! A store assigns ids, versions, sequence numbers and positions. Its operations are whole steps of
//! the shop, each atomic and durable when it returns: no caller ever reads, decides and writes
//! back. `tests/store/contract/` holds every rule below, and every store passes it.

mod error;
mod expiry;
mod feed;
pub mod mongo;
mod mutes;
mod once;
pub mod open;
pub mod sqlite;
mod walk;

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::broken::BrokenProducts;
use crate::domain::cart::{Cart, Quantity, WantedLines};
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::product::{NewProduct, Product, ProductPatch};
use crate::domain::product_query::{ProductChunk, ProductPage, ProductQuery};
use crate::domain::purchase::{PurchaseRequest, Purchased};
use crate::domain::upsert::{ProductBatch, Upserted};

pub use error::{Cause, Noun, StoreError};
pub use expiry::{EndedHolds, ExpiryStore};
pub use feed::{ChangeFeed, ChangeStream, Feed, FeedError, FeedStart};
pub use mutes::MuteStore;
pub use once::{AnswerOf, Effect, IdempotencyStore, KEPT_FOR, KeyedRequest, MAX_KEPT, Once, Reply};
pub use walk::ProductWalk;

/// What every operation returns.
pub type StoreResult<T> = Result<T, StoreError>;

/// A store, whichever it is.
pub type SharedStore = Arc<dyn Store>;

/// Everything that the shop keeps.
pub trait Store:
    ProductStore
    + CartStore
    + OrderStore
    + ChatStore
    + MuteStore
    + IdempotencyStore
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
        + IdempotencyStore
        + ExpiryStore
        + ChangeFeed
        + StoreLifecycle
{
}

/// The catalogue.
#[async_trait]
pub trait ProductStore: Send + Sync {
    /// Stores a product with a fresh id and version 1.
    ///
    /// Of many parallel creations with one code exactly one succeeds; the others are
    /// [`StoreError::DuplicateCode`].
    async fn create_product(&self, new: NewProduct) -> StoreResult<Product>;

    /// One product, or [`StoreError::NotFound`].
    async fn product(&self, id: ProductId) -> StoreResult<Product>;

    /// A page of the catalogue with the number of all that match. A page beyond the last is empty.
    async fn list_products(&self, query: &ProductQuery) -> StoreResult<ProductPage>;

    /// The first `limit` products after `after` in the order of ids, only those of `only` where it
    /// is given, and how many are left after them. A whole walk sees every product that was there
    /// all the while, once.
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> StoreResult<ProductChunk>;

    /// All categories in use, in the order of code points, 200 at most.
    async fn categories(&self) -> StoreResult<Vec<String>>;

    /// The first `limit` products that break a rule, in the order of ids. A store that no other program writes to
    /// has none.
    async fn broken_products(&self, limit: u32) -> StoreResult<BrokenProducts>;

    /// Changes the fields that the patch names; the version grows by 1, also when nothing differs.
    ///
    /// With `expected`, any other version is [`StoreError::VersionMismatch`]. A code that another
    /// product has is [`StoreError::DuplicateCode`]. On an error nothing has changed.
    async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product>;

    /// Deletes a product and returns it as it last was. Lines of carts that held it are told as
    /// dropped when the cart is read.
    async fn delete_product(&self, id: ProductId, expected: Option<i64>) -> StoreResult<Product>;

    /// Adds names of images behind those that the product has.
    ///
    /// More than [`MAX_THUMBNAILS`](crate::domain::product::MAX_THUMBNAILS) in all is
    /// [`StoreError::TooManyThumbnails`].
    async fn add_thumbnails(&self, id: ProductId, names: Vec<String>) -> StoreResult<Product>;

    /// Removes the name of an image; a name that the product does not have is
    /// [`StoreError::NotFound`] with [`Noun::Thumbnail`].
    async fn remove_thumbnail(&self, id: ProductId, name: &str) -> StoreResult<Product>;

    /// Puts products in by their codes: a row whose code nobody has makes a product, another one
    /// changes the product that has it, and one that says what is so already writes nothing.
    ///
    /// All that the rows write is one commit; each change is in the feed as any other. A row that is
    /// refused, by [`ProductUpsert::decide`](crate::domain::upsert::ProductUpsert::decide) or because several products have its code, hinders no other.
    /// The answer has what became of each row, in their order. On an error nothing has changed.
    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>>;

    /// What [`upsert_products`](Self::upsert_products) would answer now. Writes nothing.
    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>>;

    /// Opens a walk over all products in the order of their codes, by code point; those without a
    /// code stand last. It holds one part in memory, and hinders no writer.
    async fn walk_products(&self) -> StoreResult<Box<dyn ProductWalk>>;

    /// Which of these names of images some product has.
    async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>>;
}

/// Carts. Every successful change raises the cart's version by 1, even when nothing differs, and
/// forgets lines of deleted products: its answer tells them as dropped, for the last time.
///
/// A line may hold what [`check_line`](crate::domain::cart::check_line) allows at the moment of the
/// change; an unknown product is [`StoreError::NotFound`] with [`Noun::Product`], an unknown cart
/// with [`Noun::Cart`]. On an error nothing has changed.
///
/// In a store that was opened with holds, a line that is added to or set is kept for its cart, all its
/// units or none: the product's `held` grows by it, in the same step, and never beyond the stock. Every
/// change of a cart first ends the holds that are over, of the cart and of what it wants, and lets the
/// others of the cart last for the length from now, though at most to four lengths after each began.
/// A line that is taken out, a purchase and the end of a cart end their holds in the same step. A
/// product of which the units held change has a change in the feed; its version stays.
#[async_trait]
pub trait CartStore: Send + Sync {
    /// Makes a cart with an unguessable id and these lines; on an error no cart is made.
    async fn create_cart(&self, lines: WantedLines) -> StoreResult<Cart>;

    /// A cart with its products as they are now.
    async fn cart(&self, id: CartId) -> StoreResult<Cart>;

    /// Adds units to the product's line, or a new line at the end; parallel additions all count.
    /// A line too many is [`StoreError::CartFull`].
    async fn add_to_cart(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart>;

    /// Sets the units of the product's line, or makes it.
    async fn set_cart_line(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart>;

    /// Replaces all lines.
    async fn replace_cart(&self, id: CartId, lines: WantedLines) -> StoreResult<Cart>;

    /// Removes the product's line; a cart without it is [`StoreError::NotFound`] with
    /// [`Noun::CartLine`]. The line of a deleted product can be removed.
    async fn remove_cart_line(&self, id: CartId, product: ProductId) -> StoreResult<Cart>;
}

/// Purchases and the orders that they make.
///
/// Stock is taken by purchases and comes back by cancellations, each time in the step that writes
/// the order: whoever looks, and whatever crashes, finds either all of a step or nothing of it. Of
/// parallel purchases, on this node and others, no more units are sold than there are.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// Buys what a cart holds, in one step: checks all lines against the stock of that moment by
    /// [`decide`](crate::domain::purchase::decide), takes the stock of what is sold, writes the order
    /// with the products' codes, titles and prices of that moment, and empties the cart (a partial
    /// purchase keeps the lines that it left). Lines of deleted products are forgotten and told, as
    /// by every change of a cart. So one cart is bought once, however many ask.
    ///
    /// Each product of which units were taken, and the cart, has a change of its own in the feed,
    /// its version grown by 1.
    ///
    /// A refusal is [`StoreError::EmptyCart`], [`StoreError::NotForSale`],
    /// [`StoreError::LinesShort`] or [`StoreError::PriceChanged`]; an unknown cart is
    /// [`StoreError::NotFound`] with [`Noun::Cart`]. Then nothing has changed.
    async fn purchase(&self, cart: CartId, request: PurchaseRequest) -> StoreResult<Purchased>;

    /// One order, or [`StoreError::NotFound`].
    async fn order(&self, id: OrderId) -> StoreResult<Order>;

    /// A page of the orders with the number of all that match. A page beyond the last is empty.
    async fn orders(&self, query: &OrderQuery) -> StoreResult<OrderPage>;

    /// Cancels an order and puts its units back into stock, in one step and once: an order that is
    /// cancelled already is returned as it is. A stock grows to
    /// [`MAX_STOCK`](crate::domain::product::MAX_STOCK) at most, and the units of a product that was
    /// deleted go nowhere.
    async fn cancel_order(&self, id: OrderId) -> StoreResult<Order>;
}

/// The chat.
#[async_trait]
pub trait ChatStore: Send + Sync {
    /// Appends a message behind all that are stored. A message whose author and nonce are stored
    /// already is not stored again: the stored one is returned as repeated.
    async fn append_message(&self, new: NewChatMessage) -> StoreResult<Appended>;

    /// The newest `limit` messages, only those before the sequence number `before` where it is
    /// given, oldest first. Deleted ones are left out.
    async fn history(&self, before: Option<i64>, limit: u32) -> StoreResult<ChatHistory>;

    /// Deletes a message: its text is gone, its sequence number stays unused.
    async fn delete_message(&self, id: ChatMessageId) -> StoreResult<()>;
}

/// Life and health of a store.
#[async_trait]
pub trait StoreLifecycle: Send + Sync {
    /// Answers when the store can read and write.
    async fn ping(&self) -> StoreResult<()>;

    /// Finishes what was accepted and lets go of files and connections; later calls are
    /// [`StoreError::Unavailable`].
    async fn close(&self);

    /// What the store is and where its data lies, without secrets, for people.
    fn describe(&self) -> String;
}
