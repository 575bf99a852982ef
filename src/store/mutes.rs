//! Muted chat addresses.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::email::Email;
use crate::domain::mute::Mute;

/// Mutes, shared by all servers of the shop. A store does not check them when it appends a message;
/// its caller does.
#[async_trait]
pub trait MuteStore: Send + Sync {
    /// Saves a mute and replaces an earlier one of its address. Expired mutes may be deleted.
    async fn mute(&self, mute: Mute) -> StoreResult<()>;

    /// Ends the mute of an address in the form that [`Mute`] has it. Without one,
    /// [`Resource::Mute`](crate::domain::refusal::Resource::Mute) is not found.
    async fn unmute(&self, user: Email) -> StoreResult<()>;

    /// The mutes that have not expired, at most [`MAX_MUTES`](crate::domain::mute::MAX_MUTES); the
    /// one that ends last is first.
    async fn mutes(&self) -> StoreResult<Vec<Mute>>;
}
