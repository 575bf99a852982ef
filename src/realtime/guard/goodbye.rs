//! The payload of a close frame (RFC 6455 section 5.5.1): the codec judges its code, but cannot say
//! that it is the reason that is no text.

use crate::protocol::close::Close;

/// Bytes of the code, before the reason.
const CODE: usize = 2;

/// What has come of a close frame's payload; a control frame is small, so it is kept whole.
#[derive(Debug)]
pub(super) struct Goodbye {
    mask: [u8; 4],
    payload: Vec<u8>,
}

impl Goodbye {
    /// Before the first byte of a payload that is masked so.
    pub(super) fn new(mask: [u8; 4]) -> Self {
        Self {
            mask,
            payload: Vec::new(),
        }
    }

    /// Takes the next bytes as they are on the wire.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        let mask = self.mask.iter().cycle().skip(self.payload.len() % 4);
        let plain = bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        self.payload.extend(plain);
    }

    /// Looks at the whole payload.
    ///
    /// # Errors
    /// The reason is no text.
    pub(super) fn check(&self) -> Result<(), Close> {
        let reason = self.payload.get(CODE..).unwrap_or_default();
        std::str::from_utf8(reason)
            .map(drop)
            .map_err(|_| Close::NotUtf8)
    }
}
