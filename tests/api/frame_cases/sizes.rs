//! Group 1: payloads with every form of length.

use super::case::Outcome::BadFrame;
use super::case::{Case, case, refused};
use super::wire::{BINARY, FIN, frame, text};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for size in [0, 1, 125, 126, 127, 128, 16_383, 16_384] {
        let name = format!("a text of {size} bytes");
        cases.push(case(name, &[text(vec![b'*'; size])], &[BadFrame]));
    }
    for size in [16_385, 65_535, 65_536] {
        let name = format!("a text of {size} bytes");
        cases.push(refused(name, &[text(vec![b'*'; size])], 1009));
    }
    for size in [0, 125, 126, 127, 128, 16_384, 65_536] {
        let binary = frame(FIN | BINARY, &vec![0xFE; size]);
        cases.push(refused(format!("{size} bytes in binary"), &[binary], 1003));
    }
    cases
}
