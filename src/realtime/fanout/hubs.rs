//! The addresses of both hubs.

use actix::Addr;

use super::chat_room::ChatRoom;
use super::product_hub::ProductHub;

/// The hubs of a server; all workers share them.
#[derive(Debug, Clone)]
pub struct Hubs {
    pub products: Addr<ProductHub>,
    pub chat: Addr<ChatRoom>,
}
