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
        let mask = self.mask.iter().cycle().skip(self.payload.len());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_read_in_parts_of_any_length() {
        let mask = [0x81, 0x42, 0xC3, 0x24];
        let payload = "\u{3}0adiós, ¡hasta mañana!".as_bytes();
        let masked: Vec<_> = payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask)
            .collect();
        for size in [1, 2, 3, 5, payload.len()] {
            let mut close_frame = CloseFrame::new(mask);
            masked
                .chunks(size)
                .for_each(|part| close_frame.append(part));
            assert_eq!(close_frame.payload, payload);
            assert_eq!(close_frame.check(), Ok(()));
        }
    }
}
