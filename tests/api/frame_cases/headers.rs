//! Groups 3 and 4: reserved bits and opcodes; and masks and lengths.

use super::case::Outcome::{BadFrame, Close, Pong};
use super::case::{Case, case, refused};
use super::wire::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, frame, text};

pub(crate) fn reserved_bits() -> Vec<Case> {
    let mut cases = Vec::new();
    for bits in 1..=7u8 {
        let bad = frame(FIN | bits << 4 | TEXT, b"hello");
        let name = format!("reserved bits {bits:03b}");
        cases.push(refused(name.clone(), std::slice::from_ref(&bad), 1002));
        cases.push(case(
            format!("{name} between valid frames"),
            &[
                text("?"),
                frame(FIN | PING, b""),
                text("?"),
                bad,
                frame(FIN | PING, b"late"),
            ],
            &[BadFrame, Pong(vec![]), BadFrame, Close(Some(1002))],
        ));
    }
    for opcode in [BINARY, CLOSE, PING, PONG] {
        let bad = frame(FIN | 0x40 | opcode, b"");
        cases.push(refused(
            format!("a reserved bit of opcode {opcode:#x}"),
            &[bad],
            1002,
        ));
    }
    let parts = [frame(TEXT, b"hel"), frame(FIN | 0x10 | CONTINUATION, b"lo")];
    cases.push(refused("a reserved bit of a continuation", &parts, 1002));
    cases
}

pub(crate) fn opcodes() -> Vec<Case> {
    let mut cases = Vec::new();
    for opcode in (0x3..=0x7).chain(0xB..=0xF) {
        let name = format!("opcode {opcode:#x}");
        cases.push(refused(name.clone(), &[frame(FIN | opcode, b"")], 1002));
        cases.push(case(
            format!("{name} between valid frames"),
            &[
                text("?"),
                frame(FIN | opcode, b"hello"),
                frame(FIN | PING, b"late"),
            ],
            &[BadFrame, Close(Some(1002))],
        ));
        let parts = [frame(TEXT, b"hel"), frame(FIN | opcode, b"lo")];
        cases.push(refused(format!("{name} inside of a text"), &parts, 1002));
    }
    cases
}

pub(crate) fn masks_and_lengths() -> Vec<Case> {
    // Unmasked, or with a mask of zeros: the payload is in the clear.
    let unmasked = |first: u8| [&[FIN | first, 5][..], b"hello"].concat();
    let zeros = [&[FIN | TEXT, 0x85, 0, 0, 0, 0][..], b"hello"].concat();
    let header = |second: u8, length: &[u8]| [&[FIN | TEXT, 0x80 | second], length].concat();
    vec![
        refused("a text without a mask", &[unmasked(TEXT)], 1002),
        refused("a ping without a mask", &[unmasked(PING)], 1002),
        case("a mask of zeros", &[zeros], &[BadFrame]),
        case(
            "a text without a mask after a valid one",
            &[text("?"), unmasked(TEXT)],
            &[BadFrame, Close(Some(1002))],
        ),
        refused("5 in two bytes", &[header(126, &[0, 5])], 1002),
        refused("125 in two bytes", &[header(126, &[0, 125])], 1002),
        refused(
            "5 in eight bytes",
            &[header(127, &[0, 0, 0, 0, 0, 0, 0, 5])],
            1002,
        ),
        refused(
            "65535 in eight bytes",
            &[header(127, &[0, 0, 0, 0, 0, 0, 255, 255])],
            1002,
        ),
        refused(
            "a length of 64 bits",
            &[header(127, &[0x80, 0, 0, 0, 0, 0, 0, 0])],
            1002,
        ),
        refused("a length of 63 bits", &[header(127, &[0x7F; 8])], 1009),
        refused(
            "a gibibyte",
            &[header(127, &[0, 0, 0, 0, 0x40, 0, 0, 0])],
            1009,
        ),
    ]
}
