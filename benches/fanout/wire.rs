//! The part of the WebSocket protocol that a load generator needs.

/// The key of all clients; its response is a constant, too.
pub(crate) const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAA==";

pub(crate) const TEXT: u8 = 0x1;
pub(crate) const PING: u8 = 0x9;

/// A pong frame.
pub(crate) const PONG: [u8; 6] = [0x8A, 0x80, 0, 0, 0, 0];

/// The request that opens a socket.
pub(crate) fn handshake(path: &str, host: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .into_bytes()
}

/// A client's text frame, masked with zeros: valid, and without cost.
pub(crate) fn client_text(text: &str) -> Vec<u8> {
    let mut frame = server_text(text.as_bytes());
    let mask_start = frame.len() - text.len();
    frame[1] |= 0x80;
    frame.splice(mask_start..mask_start, [0; 4]);
    frame
}

/// A server's text frame.
pub(crate) fn server_text(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(payload.len() + 4);
    frame.push(0x80 | TEXT);
    match payload.len() {
        short @ 0..=125 => frame.push(short as u8),
        medium => {
            let medium = u16::try_from(medium).expect("texts of the load are short");
            frame.push(126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// The head of a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) opcode: u8,
    /// Where the mask begins, if there is one.
    pub(crate) mask: usize,
    /// Where the payload begins.
    pub(crate) start: usize,
    /// Where the frame ends.
    pub(crate) end: usize,
}

/// Reads the head of a frame; `None` while bytes of it are missing.
pub(crate) fn head(bytes: &[u8]) -> Option<Head> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (mask, payload) = match second & 0x7F {
        126 => {
            let length = bytes.get(2..4)?;
            (4, usize::from(u16::from_be_bytes([length[0], length[1]])))
        }
        127 => {
            let length: [u8; 8] = bytes.get(2..10)?.try_into().ok()?;
            (10, u64::from_be_bytes(length) as usize)
        }
        short => (2, usize::from(short)),
    };
    let start = mask + if second & 0x80 == 0 { 0 } else { 4 };
    Some(Head {
        opcode: first & 0x0F,
        mask,
        start,
        end: start + payload,
    })
}
