//! The cases, in groups.

use super::Outcome::{Closed, Pong, Read, Unknown};
use super::wire::*;
use super::{case, marked, run};
use crate::app::TestApp;

/// Greek, Hebrew, an emoji and ASCII: characters of one to four bytes.
pub(super) const MARK: &str = "κόσμε שלום 🍋 ok";

/// A marked text, filled up with white space to a length.
fn filled(length: usize) -> Vec<u8> {
    let mut text = marked(MARK);
    text.resize(length, b' ');
    text
}

fn text(payload: &[u8]) -> Vec<u8> {
    frame(FIN | TEXT, payload)
}

fn ping(payload: &[u8]) -> Vec<u8> {
    frame(FIN | PING, payload)
}

fn read() -> Vec<super::Outcome> {
    vec![Read(MARK)]
}

fn closed(code: u16) -> Vec<super::Outcome> {
    vec![Closed(Some(code))]
}

/// A marked text in pieces of a size, as frames; between them stands what `between` gives.
fn pieces(size: usize, between: &[u8]) -> Vec<Vec<u8>> {
    let whole = filled(200);
    let count = whole.len().div_ceil(size);
    let mut frames = Vec::new();
    for (number, piece) in whole.chunks(size).enumerate() {
        let opcode = if number == 0 { TEXT } else { CONTINUATION };
        let fin = if number + 1 == count { FIN } else { 0 };
        frames.push(frame(fin | opcode, piece));
        if fin == 0 {
            frames.push(between.to_vec());
        }
    }
    frames
}

/// Group 1: texts and binaries of many sizes.
pub(crate) async fn sizes_of_messages(app: &TestApp) {
    let mut cases = vec![case("an empty text", vec![text(b"")], vec![Unknown])];
    for size in [125, 126, 127, 128, 1_300, 16_383, 16_384] {
        cases.push(case(
            &format!("a text of {size}"),
            vec![text(&filled(size))],
            read(),
        ));
    }
    for size in [16_385, 65_535, 65_536] {
        cases.push(case(
            &format!("a text of {size}"),
            vec![text(&filled(size))],
            closed(1009),
        ));
    }
    let huge = [header(FIN | TEXT, 1 << 30), vec![0; 4]].concat();
    cases.push(case(
        "a header that tells of a GiB",
        vec![huge],
        closed(1009),
    ));
    for size in [0, 1, 125, 126, 16_384] {
        let binary = frame(FIN | BINARY, &vec![7; size]);
        cases.push(case(
            &format!("a binary of {size}"),
            vec![binary],
            closed(1003),
        ));
    }
    run(app, cases).await;
}

/// Group 2: pings and pongs.
pub(crate) async fn pings_and_pongs(app: &TestApp) {
    let longest: Vec<u8> = (0..125).collect();
    let ten: Vec<_> = (0..10).map(|n| vec![n]).collect();
    let cases = vec![
        case("an empty ping", vec![ping(b"")], vec![Pong(vec![])]),
        case(
            "a ping with a text",
            vec![ping(b"Hello")],
            vec![Pong(b"Hello".into())],
        ),
        case(
            "a ping that is no text",
            vec![ping(b"\x00\xff\xfe")],
            vec![Pong(b"\x00\xff\xfe".into())],
        ),
        case(
            "the longest ping",
            vec![ping(&longest)],
            vec![Pong(longest.clone())],
        ),
        case(
            "a ping that is too long",
            vec![ping(&[7; 126])],
            closed(1002),
        ),
        case(
            "ten pings",
            ten.iter().map(|n| ping(n)).collect(),
            ten.iter().cloned().map(Pong).collect(),
        ),
        case(
            "an empty pong of no ping",
            vec![frame(FIN | PONG, b"")],
            vec![],
        ),
        case(
            "a pong of no ping",
            vec![frame(FIN | PONG, b"Hello")],
            vec![],
        ),
        case(
            "a pong, then a ping",
            vec![frame(FIN | PONG, b"x"), ping(b"y")],
            vec![Pong(b"y".into())],
        ),
        case(
            "a pong that is too long",
            vec![frame(FIN | PONG, &[7; 126])],
            closed(1002),
        ),
    ];
    run(app, cases).await;
}

/// Groups 3 and 4: bits and opcodes that mean nothing, masks and lengths that are wrong.
pub(crate) async fn broken_headers(app: &TestApp) {
    let mut cases = Vec::new();
    for bits in 1..8 {
        let first = FIN | bits << 4;
        let name = |what| format!("{what} with the reserved bits {bits}");
        cases.push(case(
            &name("a text"),
            vec![frame(first | TEXT, b"x")],
            closed(1002),
        ));
        cases.push(case(
            &name("a ping"),
            vec![frame(first | PING, b"x")],
            closed(1002),
        ));
        cases.push(case(
            &name("a close"),
            vec![frame(first | CLOSE, b"\x03\xe8")],
            closed(1002),
        ));
    }
    for opcode in [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        let name = |what| format!("opcode {opcode} {what}");
        cases.push(case(
            &name("alone"),
            vec![frame(FIN | opcode, b"")],
            closed(1002),
        ));
        let after = vec![text(&filled(126)), frame(FIN | opcode, b"x"), ping(b"")];
        let outcomes = vec![Read(MARK), Closed(Some(1002))];
        cases.push(case(&name("after a text"), after, outcomes));
    }
    let unmasked = vec![FIN | TEXT, 1, b'x'];
    cases.push(case("a frame without a mask", vec![unmasked], closed(1002)));
    let padded = [vec![FIN | TEXT, 0x80 | 126, 0, 1], vec![0; 4], vec![b'x']].concat();
    cases.push(case(
        "a length that is longer than it need be",
        vec![padded],
        closed(1002),
    ));
    let endless = [vec![FIN | TEXT, 0x80 | 127], vec![0xff; 8], vec![0; 4]].concat();
    cases.push(case("a length beyond 63 bits", vec![endless], closed(1002)));
    run(app, cases).await;
}

/// Group 5, and 10: messages in fragments.
pub(crate) async fn fragments(app: &TestApp) {
    let first = |payload| frame(TEXT, payload);
    let next = |payload| frame(CONTINUATION, payload);
    let last = |payload| frame(FIN | CONTINUATION, payload);
    let whole = filled(16_384);
    let mut auto: Vec<_> = whole.chunks(1_300).map(next).collect();
    auto[0] = first(&whole[..1_300]);
    auto.push(last(b""));
    let mut cases = vec![
        case("two fragments", pieces(100, b""), read()),
        case("fragments of one byte", pieces(1, b""), read()),
        case("a large text in fragments", auto, read()),
        case(
            "empty fragments",
            vec![first(b""), next(b""), last(&filled(126))],
            read(),
        ),
        case(
            "three empty fragments",
            vec![first(b""), next(b""), last(b"")],
            vec![Unknown],
        ),
        case(
            "a ping between fragments",
            pieces(100, &ping(b"!")),
            vec![Pong(b"!".into()), Read(MARK)],
        ),
        case(
            "a pong between fragments",
            pieces(50, &frame(FIN | PONG, b"!")),
            read(),
        ),
        case(
            "a ping in fragments",
            vec![frame(PING, b"a"), last(b"b")],
            closed(1002),
        ),
        case(
            "a pong in fragments",
            vec![frame(PONG, b"a"), last(b"b")],
            closed(1002),
        ),
        case(
            "a close in fragments",
            vec![frame(CLOSE, b"\x03"), last(b"\xe8")],
            closed(1002),
        ),
        case("an end of nothing", vec![last(b"x")], closed(1002)),
        case(
            "a middle of nothing",
            vec![next(b"x"), last(b"y")],
            closed(1002),
        ),
        case(
            "an end after a whole text",
            vec![text(&filled(126)), last(b"x")],
            vec![Read(MARK), Closed(Some(1002))],
        ),
        case(
            "a text within fragments",
            vec![first(b"x"), text(b"y")],
            closed(1002),
        ),
        case(
            "a binary in fragments",
            vec![frame(BINARY, b"x"), last(b"y")],
            closed(1003),
        ),
        case(
            "a binary within fragments",
            vec![first(b"x"), frame(FIN | BINARY, b"y")],
            closed(1002),
        ),
        case(
            "fragments that are too large together",
            vec![first(&[b' '; 16_000]), next(&[b' '; 385])],
            closed(1009),
        ),
        case(
            "two messages in fragments",
            [pieces(70, b""), pieces(30, b"")].concat(),
            vec![Read(MARK); 2],
        ),
    ];
    let many = std::iter::once(first(b"")).chain((0..256).map(|_| next(b"")));
    cases.push(case("too many fragments", many.collect(), closed(1008)));
    run(app, cases).await;
}

/// Group 6: texts that are UTF-8, and texts that are not.
pub(crate) async fn characters(app: &TestApp) {
    let bad: [(&str, &[u8]); 12] = [
        ("a lone continuation", b"\x80"),
        ("a byte that never occurs", b"\xff"),
        ("an overlong slash", b"\xc0\xaf"),
        ("a longer overlong slash", b"\xe0\x80\xaf"),
        ("an overlong nul", b"\xf0\x80\x80\x80"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a pair of surrogates", b"\xed\xa0\x80\xed\xb0\x80"),
        ("beyond the last character", b"\xf4\x90\x80\x80"),
        ("five bytes", b"\xf8\x88\x80\x80\x80"),
        ("cut after one byte of two", b"\xce"),
        ("cut after two bytes of three", b"\xe2\x82"),
        ("cut after three bytes of four", b"\xf0\x9f\x8d"),
    ];
    let mut cases = Vec::new();
    for (name, bytes) in bad {
        let surrounded = [&b"\"abc"[..], bytes, b"\""].concat();
        cases.push(case(name, vec![text(&surrounded)], closed(1007)));
        let split = vec![frame(TEXT, b"\"abc"), frame(FIN | CONTINUATION, bytes)];
        cases.push(case(&format!("{name}, in a fragment"), split, closed(1007)));
    }
    let good: [(&str, &[u8]); 4] = [
        ("the last character", b"\xf4\x8f\xbf\xbf"),
        ("a character that is none yet", b"\xef\xbf\xbf"),
        ("the replacement character", b"\xef\xbf\xbd"),
        ("a nul", b"\x00"),
    ];
    for (name, bytes) in good {
        cases.push(case(name, vec![text(bytes)], vec![Unknown]));
    }
    run(app, cases).await;
}

/// Group 7: closes of all kinds. A reason that is no text fails as a broken frame does: the codec
/// does not tell the two apart.
pub(crate) async fn closes(app: &TestApp) {
    let mut cases = vec![
        case(
            "a close without a code",
            vec![frame(FIN | CLOSE, b"")],
            vec![Closed(None)],
        ),
        case(
            "half a code",
            vec![frame(FIN | CLOSE, b"\x03")],
            closed(1002),
        ),
        case("a reason", vec![close(1000, b"enough")], closed(1000)),
        case(
            "the longest reason",
            vec![close(1000, &[b'x'; 123])],
            closed(1000),
        ),
        case(
            "a reason that is too long",
            vec![close(1000, &[b'x'; 124])],
            closed(1002),
        ),
        case(
            "a reason that is no text",
            vec![close(1000, b"\xce\xba\xff")],
            closed(1002),
        ),
        case(
            "a ping after a close",
            vec![close(1000, b""), ping(b"x")],
            closed(1000),
        ),
        case(
            "a text after a close",
            vec![close(1000, b""), text(&filled(126))],
            closed(1000),
        ),
        case(
            "two closes",
            vec![close(1000, b""), close(1001, b"")],
            closed(1000),
        ),
        case(
            "a close after a text",
            vec![text(&filled(126)), close(1001, b"")],
            vec![Read(MARK), Closed(Some(1001))],
        ),
        case(
            "a close within fragments",
            vec![frame(TEXT, b"x"), close(1000, b"")],
            closed(1000),
        ),
    ];
    for code in [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999,
    ] {
        cases.push(case(
            &format!("code {code}"),
            vec![close(code, b"")],
            closed(code),
        ));
    }
    for code in [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        cases.push(case(
            &format!("code {code}"),
            vec![close(code, b"")],
            closed(1002),
        ));
    }
    run(app, cases).await;
}

/// What is sent in one packet with the handshake is read.
pub(crate) async fn what_comes_with_the_handshake_is_read(app: &TestApp) {
    let early = [text(&filled(300)), ping(b"early")].concat();
    let mut socket = RawSocket::open(app, &early).await;
    let mut opcodes = Vec::new();
    for _ in 0..3 {
        opcodes.push(socket.receive().await.expect("a frame").opcode);
    }
    opcodes.sort_unstable();
    assert_eq!(
        opcodes,
        [TEXT, TEXT, PONG],
        "a welcome, an answer and a pong"
    );
}
