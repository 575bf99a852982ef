//! Who may not write in the chat for a time.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::email::Email;
use crate::domain::mute::Mute;

/// Mutes, kept for all servers of the shop. A store does not look at them when it appends a message:
/// that is its caller's business.
#[async_trait]
pub trait MuteStore: Send + Sync {
    /// Keeps a mute, in place of an earlier one of its address. Those that are over may go.
    async fn mute(&self, mute: Mute) -> StoreResult<()>;

    /// Ends the mute of an address, as [`Mute`] has it; none is
    /// [`StoreError::NotFound`](super::StoreError::NotFound) with [`Noun::Mute`](super::Noun::Mute).
    async fn unmute(&self, user: Email) -> StoreResult<()>;

    /// The mutes that are not over, those that end last first,
    /// [`MAX_MUTES`](crate::domain::mute::MAX_MUTES) at most.
    async fn mutes(&self) -> StoreResult<Vec<Mute>>;
}
