//! Frames and JSON views on the wire. A server frame is encoded once and shared by all receivers.

pub mod amount;
pub mod cart_view;
pub mod chat_message_view;
pub mod client_frame;
pub mod close;
pub mod field_json;
pub mod frame;
pub mod product_view;
pub mod server_frame;
pub(crate) mod unavailable_line_view;
