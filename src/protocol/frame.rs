//! An encoded WebSocket frame.

use bytes::{BufMut, Bytes, BytesMut};

/// FIN and the text opcode (RFC 6455 section 5.2).
const FIN_TEXT: u8 = 0x81;
/// The length byte before a 16-bit length.
const LENGTH_16: u8 = 126;
/// The length byte before a 64-bit length.
const LENGTH_64: u8 = 127;

/// A text frame with its header. Clones share the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    bytes: Bytes,
    header: usize,
}

impl Frame {
    /// Server frames are not masked (RFC 6455 section 5.1), so that one encoding serves every
    /// receiver.
    pub fn text(payload: &[u8]) -> Self {
        let mut bytes = BytesMut::with_capacity(payload.len() + 10);
        bytes.put_u8(FIN_TEXT);
        match payload.len() {
            short @ 0..=125 => bytes.put_u8(short as u8),
            medium @ 126..=0xFFFF => {
                bytes.put_u8(LENGTH_16);
                bytes.put_u16(medium as u16);
            }
            long => {
                bytes.put_u8(LENGTH_64);
                bytes.put_u64(long as u64);
            }
        }
        let header = bytes.len();
        bytes.put_slice(payload);
        Self {
            bytes: bytes.freeze(),
            header,
        }
    }

    /// Header and payload.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub fn payload(&self) -> Bytes {
        self.bytes.slice(self.header..)
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frame({})", String::from_utf8_lossy(&self.payload()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_the_shortest_length_form() {
        for (length, header) in [
            (0, vec![0x81, 0]),
            (125, vec![0x81, 125]),
            (126, vec![0x81, 126, 0, 126]),
            (65_535, vec![0x81, 126, 0xFF, 0xFF]),
            (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let frame = Frame::text(&vec![b'a'; length]);
            assert_eq!(frame.bytes()[..header.len()], header, "{length}");
            assert_eq!(frame.payload().len(), length);
        }
    }
}
