//! What must come of a stream of frames, read off RFC 6455 and the limits that clients are told, over
//! all bytes at once.

/// Largest message, in bytes.
pub(crate) const MAX_MESSAGE: usize = 16_384;
/// Most fragments of a message.
const MAX_FRAGMENTS: usize = 256;

/// What is heard, and how it ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) texts: Vec<String>,
    /// The payloads of pings, each of which is answered with the same.
    pub(crate) pings: Vec<Vec<u8>>,
    /// Where each sound frame ends.
    pub(crate) ends: Vec<usize>,
    /// The close code that the client is told; `Some(None)` for a close without one.
    pub(crate) close: Option<Option<u16>>,
}

#[derive(Debug, Default)]
struct Message {
    bytes: Vec<u8>,
    fragments: usize,
}

/// Judges a stream. `by_content`: as a session does, which reads what is inside the frames; a guard
/// looks at their headers alone, and at the reason of a goodbye.
pub(crate) fn judge(bytes: &[u8], by_content: bool) -> Judged {
    let mut judged = Judged::default();
    let mut message: Option<Message> = None;
    let mut at = 0;
    while judged.close.is_none() {
        match next(&bytes[at..], &mut message) {
            Next::More => break,
            Next::Refused(code) => judged.close = Some(Some(code)),
            Next::Frame(opcode, payload, length) => {
                at += length;
                judged.ends.push(at);
                if by_content {
                    hear(&mut judged, opcode, payload);
                }
            }
        }
    }
    judged
}

enum Next {
    /// The rest is still to come.
    More,
    Refused(u16),
    /// Opcode (0 for a fragment before the last), payload (of a text: all fragments so far) and
    /// length on the wire.
    Frame(u8, Vec<u8>, usize),
}

/// The next frame, and what it does to the message that it is a part of.
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
    let (start, least, most) = match short {
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
    if length < least || length > most {
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
    match last {
        true => Next::Frame(1, message.take().unwrap_or_default().bytes, end),
        false => Next::Frame(0, open.bytes.clone(), end),
    }
}

fn hear(judged: &mut Judged, opcode: u8, payload: Vec<u8>) {
    match opcode {
        // What cannot become a text any more is refused before its end.
        0 => {
            let broken = std::str::from_utf8(&payload).is_err_and(|e| e.error_len().is_some());
            judged.close = broken.then_some(Some(1007));
        }
        1 => match String::from_utf8(payload) {
            Ok(text) => judged.texts.push(text),
            Err(_) => judged.close = Some(Some(1007)),
        },
        8 => judged.close = Some(goodbye(&payload)),
        9 => judged.pings.push(payload),
        _ => {}
    }
}

/// A goodbye is returned with its code; one that breaks RFC 6455 section 7.4 is a broken frame.
fn goodbye(payload: &[u8]) -> Option<u16> {
    match payload {
        [] => None,
        [high, low, ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let known = (1000..=1003).contains(&code) || (1007..=1014).contains(&code);
            let own = (3000..=4999).contains(&code);
            Some(if known || own { code } else { 1002 })
        }
        [_] => Some(1002),
    }
}
