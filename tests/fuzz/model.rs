//! A model of frame parsing: computes the expected result from RFC 6455 and the documented limits,
//! over all bytes at once.

/// Largest message, in bytes.
pub(crate) const MAX_MESSAGE: usize = 16_384;
/// Fragments that a message may have.
const MAX_FRAGMENTS: usize = 256;

/// The expected result of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) messages: Vec<String>,
    /// The payloads of pings, which the pongs must repeat.
    pub(crate) pings: Vec<Vec<u8>>,
    /// The end of each valid frame.
    pub(crate) ends: Vec<usize>,
    /// The close code that the client gets; `Some(None)` for a close without one.
    pub(crate) close: Option<Option<u16>>,
}

#[derive(Debug, Default)]
struct Message {
    bytes: Vec<u8>,
    fragments: usize,
}

/// Parses a stream. With `with_content` as a session does, which also checks text and close frames;
/// a guard checks only headers, and the reason of a close frame.
pub(crate) fn expect(bytes: &[u8], with_content: bool) -> Expected {
    let mut expected = Expected::default();
    let mut message: Option<Message> = None;
    let mut at = 0;
    while expected.close.is_none() {
        match next(&bytes[at..], &mut message) {
            Next::More => break,
            Next::Refused(code) => expected.close = Some(Some(code)),
            Next::Frame(opcode, payload, length) => {
                at += length;
                expected.ends.push(at);
                if with_content {
                    apply(&mut expected, opcode, payload);
                }
            }
        }
    }
    expected
}

enum Next {
    /// The frame is incomplete.
    More,
    Refused(u16),
    /// Opcode (0 for a fragment before the last), payload (for text: all fragments so far) and
    /// length on the wire.
    Frame(u8, Vec<u8>, usize),
}

/// Parses the next frame and adds it to its message.
fn next(bytes: &[u8], message: &mut Option<Message>) -> Next {
    let Some(first) = bytes.first() else {
        return Next::More;
    };
    let (last, reserved, opcode) = (first >> 7 == 1, first >> 4 & 7, first & 15);
    let is_control = opcode >= 8;
    let out_of_order = match opcode {
        0 => message.is_none(),
        1 | 2 => message.is_some(),
        8..=10 => !last,
        _ => true,
    };
    if reserved != 0 || out_of_order {
        return Next::Refused(1002);
    }
    if opcode == 2 {
        return Next::Refused(1003);
    }
    let Some(second) = bytes.get(1) else {
        return Next::More;
    };
    let short = second & 127;
    if *second < 128 || is_control && short > 125 {
        return Next::Refused(1002);
    }
    let (start, min, max) = match short {
        126 => (4, 126, 0xFFFF),
        127 => (10, 0x1_0000, u64::MAX >> 1),
        _ => (2, 0, 125),
    };
    let Some(long) = bytes.get(2..start) else {
        return Next::More;
    };
    let mut length = u64::from(short);
    if start > 2 {
        length = long
            .iter()
            .fold(0, |length, byte| length * 256 + u64::from(*byte));
    }
    if length < min || length > max {
        return Next::Refused(1002);
    }
    let before = message.as_ref().map_or(0, |message| message.bytes.len());
    if !is_control && length > (MAX_MESSAGE - before) as u64 {
        return Next::Refused(1009);
    }
    let Some(mask) = bytes.get(start..start + 4) else {
        return Next::More;
    };
    if !is_control
        && message
            .as_ref()
            .is_some_and(|m| m.fragments == MAX_FRAGMENTS)
    {
        return Next::Refused(1008);
    }
    let end = start + 4 + length as usize;
    let Some(payload) = bytes.get(start + 4..end) else {
        return Next::More;
    };
    let plain: Vec<_> = (0..payload.len())
        .map(|i| payload[i] ^ mask[i % 4])
        .collect();
    if opcode == 8 && std::str::from_utf8(plain.get(2..).unwrap_or_default()).is_err() {
        return Next::Refused(1007);
    }
    if is_control {
        return Next::Frame(opcode, plain, end);
    }
    let open = message.get_or_insert_default();
    open.bytes.extend(plain);
    open.fragments += 1;
    if last {
        Next::Frame(1, message.take().unwrap_or_default().bytes, end)
    } else {
        Next::Frame(0, open.bytes.clone(), end)
    }
}

fn apply(expected: &mut Expected, opcode: u8, payload: Vec<u8>) {
    match opcode {
        // Bytes that cannot become valid UTF-8 are refused before the message ends.
        0 => {
            let is_invalid = std::str::from_utf8(&payload).is_err_and(|e| e.error_len().is_some());
            expected.close = is_invalid.then_some(Some(1007));
        }
        1 => match String::from_utf8(payload) {
            Ok(text) => expected.messages.push(text),
            Err(_) => expected.close = Some(Some(1007)),
        },
        8 => expected.close = Some(close_frame(&payload)),
        9 => expected.pings.push(payload),
        _ => {}
    }
}

/// A close frame is answered with its own code; one that violates RFC 6455 section 7.4 with 1002.
fn close_frame(payload: &[u8]) -> Option<u16> {
    match payload {
        [] => None,
        [high, low, ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let is_standard = (1000..=1003).contains(&code) || (1007..=1014).contains(&code);
            let is_private = (3000..=4999).contains(&code);
            Some(if is_standard || is_private {
                code
            } else {
                1002
            })
        }
        [_] => Some(1002),
    }
}
