//! Random streams of client frames: mostly valid, some invalid in one frame, some damaged anywhere.

use crate::random::Random;

/// The form in which a frame's length is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Shortest,
    TwoBytes,
    EightBytes,
}

/// Appends a frame; `declared` is the length in its header.
fn put(out: &mut Vec<u8>, first: u8, payload: &[u8], declared: u64, form: Form, mask: [u8; 4]) {
    out.push(first);
    match (form, declared) {
        (Form::Shortest, 0..=125) => out.push(0x80 | declared as u8),
        (Form::Shortest, 126..=0xFFFF) | (Form::TwoBytes, _) => {
            out.push(0x80 | 126);
            out.extend((declared as u16).to_be_bytes());
        }
        (Form::Shortest | Form::EightBytes, _) => {
            out.push(0x80 | 127);
            out.extend(declared.to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
}

fn put_valid(out: &mut Vec<u8>, random: &mut Random, first: u8, payload: &[u8]) {
    let mask = (random.next() as u32).to_be_bytes();
    put(
        out,
        first,
        payload,
        payload.len() as u64,
        Form::Shortest,
        mask,
    );
}

/// A string of ASCII, of multi-byte characters, or of invalid UTF-8.
fn text(random: &mut Random) -> Vec<u8> {
    let length = random.pick(&[
        0, 1, 3, 20, 20, 20, 124, 125, 126, 127, 600, 4_096, 16_380, 16_384, 16_385,
    ]);
    let letters: &[&[u8]] = match random.below(8) {
        0..4 => &[b"a", b" ", b"{"],
        4..7 => &["ñ".as_bytes(), "€".as_bytes(), "🙂".as_bytes(), b"x"],
        _ => &[b"\xFF", b"a", b"\xED\xA0\x80", b"\xC0\xAF"],
    };
    let mut bytes = Vec::new();
    while bytes.len() < length {
        bytes.extend(random.pick(letters));
    }
    if random.once_in(20) {
        bytes.truncate(length);
    }
    bytes
}

fn control(out: &mut Vec<u8>, random: &mut Random) {
    let length = random.pick(&[0, 1, 4, 124, 125]);
    let payload: Vec<_> = (0..length).map(|_| random.next() as u8).collect();
    let first = random.pick(&[0x89, 0x8A]);
    put_valid(out, random, first, &payload);
}

fn close_frame(out: &mut Vec<u8>, random: &mut Random) {
    let code: u16 = random.pick(&[
        0, 999, 1000, 1001, 1004, 1005, 1006, 1012, 1015, 2999, 3000, 4999, 5000,
    ]);
    let reasons: [&[u8]; 3] = [b"", "adiós".as_bytes(), b"\xFF"];
    let payload = [&code.to_be_bytes()[..], random.pick(&reasons)].concat();
    let length = random.pick(&[0, 1, 2, payload.len(), payload.len()]);
    put_valid(out, random, 0x88, &payload[..length]);
}

/// A text message in fragments, with control frames between them.
fn fragments(out: &mut Vec<u8>, random: &mut Random) {
    let text = text(random);
    let count = random.pick(&[2, 2, 3, 3, 5, 9, 256, 257]);
    let mut cuts: Vec<_> = (1..count)
        .map(|_| random.below(text.len() as u64 + 1) as usize)
        .collect();
    cuts.sort_unstable();
    cuts.push(text.len());
    let mut start = 0;
    for (number, end) in cuts.iter().copied().enumerate() {
        let opcode = if number == 0 { 0x01 } else { 0x00 };
        let last = if number + 1 == cuts.len() { 0x80 } else { 0x00 };
        put_valid(out, random, opcode | last, &text[start..end]);
        start = end;
        if random.once_in(6) {
            control(out, random);
        }
    }
}

/// A frame that is invalid, or barely valid.
fn unusual(out: &mut Vec<u8>, random: &mut Random) {
    let mask = [1, 2, 3, 4];
    let first = random.pick(&[
        0x81, 0x01, 0x80, 0x00, 0x82, 0x02, 0x88, 0x89, 0x09, 0x83, 0x8B, 0xC1, 0x91,
    ]);
    let length = random.pick(&[0, 1, 125, 126, 130]);
    let payload = vec![b'a'; length];
    match random.below(7) {
        0 => put(out, first, &payload, length as u64, Form::Shortest, mask),
        1 => put(out, first, &payload, length as u64, Form::TwoBytes, mask),
        2 => put(out, first, &payload, length as u64, Form::EightBytes, mask),
        3 => {
            let declared =
                random.pick(&[16_385, 65_535, 65_536, 1 << 30, 1 << 62, 1 << 63, u64::MAX]);
            put(out, first, &payload, declared, Form::Shortest, mask);
        }
        // At the bounds of each form of a length.
        4 => put(out, 0x81, &[b'a'; 125], 125, Form::TwoBytes, mask),
        5 => {
            let declared = random.pick(&[126, 65_535, 65_536]);
            put(out, 0x81, &[], declared, Form::EightBytes, mask);
        }
        // Not masked.
        _ => out.extend([first, length.min(125) as u8]),
    }
}

/// A stream of a client, which may end anywhere.
pub(crate) fn stream(random: &mut Random) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..random.between(1, 8) {
        match random.below(24) {
            0..9 => {
                let text = text(random);
                put_valid(&mut out, random, 0x81, &text);
            }
            9..15 => fragments(&mut out, random),
            15..21 => control(&mut out, random),
            21 => close_frame(&mut out, random),
            _ => unusual(&mut out, random),
        }
    }
    match random.below(8) {
        0 => {
            let at = random.below(out.len() as u64) as usize;
            out[at] ^= 1 << random.below(8);
        }
        1 => out.truncate(random.below(out.len() as u64 + 1) as usize),
        2 => drop(out.remove(random.below(out.len() as u64) as usize)),
        _ => {}
    }
    out
}

/// The same bytes in random chunks.
pub(crate) fn cut(bytes: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let size = random.pick(&[1, 2, 7, 60, 1_000, 4_096, u64::MAX]);
    // A long stream in single bytes would take too long.
    let size = if bytes.len() > 4_000 {
        size.max(60)
    } else {
        size
    };
    let mut chunks = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = random.between(1, size.min(rest.len() as u64)) as usize;
        let end = if size == u64::MAX { rest.len() } else { length };
        let (chunk, after) = rest.split_at(end);
        chunks.push(chunk.to_vec());
        rest = after;
    }
    chunks
}
