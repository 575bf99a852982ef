//! The bounds that pages and their scripts need, by the names that templates give to the helper
//! `bound`.

use super::format;
use crate::domain::chat_message::MAX_MESSAGE;
use crate::domain::email::MAX_EMAIL;
use crate::domain::product::MAX_THUMBNAILS;
use crate::domain::product_query::MAX_SEARCH;
use crate::protocol::client_frame::DEFAULT_HISTORY;
use crate::protocol::server_frame::MAX_USERS;

/// Most products on the live page.
pub(super) const LIVE_ROWS: u32 = 200;

/// `None` for an unknown name.
pub(super) fn named(name: &str) -> Option<i64> {
    let length = match name {
        "email" => MAX_EMAIL,
        "message" => MAX_MESSAGE,
        "pictures" => MAX_THUMBNAILS,
        "search" => MAX_SEARCH,
        "users" => MAX_USERS,
        "history" => return Some(i64::from(DEFAULT_HISTORY)),
        "live-rows" => return Some(i64::from(LIVE_ROWS)),
        "low-stock" => return Some(format::LOW_STOCK),
        _ => return None,
    };
    i64::try_from(length).ok()
}
