//! What crosses a socket: the frames that clients send and get, encoded once into shared bytes.

pub mod amount;
pub mod cart_view;
pub mod chat_message_view;
pub mod client_frame;
pub mod close;
pub mod frame;
pub mod product_view;
pub mod server_frame;
