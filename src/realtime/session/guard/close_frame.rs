//! The payload of a close frame (RFC 6455 section 5.5.1). The codec checks the code, but cannot
//! report that the reason is not UTF-8.

use crate::protocol::close::Close;

/// Bytes of the code, before the reason.
const CODE_BYTES: usize = 2;

/// The payload so far, kept whole: it has at most `MAX_CONTROL` bytes.
#[derive(Debug)]
pub(super) struct CloseFrame {
    mask: [u8; 4],
    payload: Vec<u8>,
}

impl CloseFrame {
    pub(super) fn new(mask: [u8; 4]) -> Self {
        Self {
            mask,
            payload: Vec::new(),
        }
    }

    /// Adds the next bytes, still masked.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let mask = self.mask.iter().cycle().skip(self.payload.len() % 4);
        let plain = bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask);
        self.payload.extend(plain);
    }

    /// Checks that the reason is UTF-8, once the payload is whole.
    pub(super) fn check(&self) -> Result<(), Close> {
        let reason = self.payload.get(CODE_BYTES..).unwrap_or_default();
        std::str::from_utf8(reason)
            .map(drop)
            .map_err(|_| Close::NotUtf8)
    }
}
