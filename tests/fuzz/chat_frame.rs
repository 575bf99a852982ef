//! The decoder of chat frames.

use serde_json::{Value, json};
use vitrina::protocol::client_frame::{ChatCommand, nonce_of};
use vitrina::protocol::server_frame::ErrorCode;

use crate::mutant::Mutant;
use crate::random::Random;

/// The expected result of decoding a frame.
type Expectation = Result<ParsedCommand, (ErrorCode, Option<String>)>;

/// A comparable copy of `ChatCommand`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ParsedCommand {
    Join(String),
    Send(String, Option<String>),
    History(Option<i64>, u32),
    Leave,
}

/// A value and its expected decoding; `None` for an invalid one.
type Labelled<T> = (Value, Option<T>);

/// Checks a frame with a known expectation, and a damaged copy.
pub(crate) fn check(seed: u64, mutant: Option<Mutant>) -> Result<(), String> {
    let mut random = Random::new(seed);
    let (text, expectation) = frame(&mut random);
    let read = decode(&text, mutant);
    if read != expectation {
        return Err(format!(
            "{text}\nis decoded as {read:?}, not {expectation:?}"
        ));
    }
    check_invariants(&text, mutant)?;
    check_invariants(&damage(&text, &mut random), mutant)
}

fn decode(text: &str, mutant: Option<Mutant>) -> Expectation {
    let read = match ChatCommand::parse(text) {
        Ok(ChatCommand::Join(user)) => Ok(ParsedCommand::Join(user.as_str().into())),
        Ok(ChatCommand::Send { text, nonce }) => Ok(ParsedCommand::Send(text.into(), nonce)),
        Ok(ChatCommand::History { before, limit }) => Ok(ParsedCommand::History(before, limit)),
        Ok(ChatCommand::Leave) => Ok(ParsedCommand::Leave),
        Err(error) => Err((error.code, error.nonce)),
    };
    match (mutant, read) {
        (Some(Mutant::LimitUnchecked), Err((ErrorCode::BadFrame, _))) if text.contains("limit") => {
            Ok(ParsedCommand::History(None, 101))
        }
        (Some(Mutant::BlankAccepted), Err((ErrorCode::EmptyMessage, nonce))) => {
            Ok(ParsedCommand::Send(" ".into(), nonce))
        }
        (Some(Mutant::LongTextTruncated), Err((ErrorCode::TooLong, nonce))) => {
            Ok(ParsedCommand::Send("a".repeat(2_000), nonce))
        }
        (Some(Mutant::NonceDropped), Err((code, _))) => Err((code, None)),
        (Some(Mutant::AddressLowercased), Ok(ParsedCommand::Join(user))) => {
            Ok(ParsedCommand::Join(user.to_lowercase()))
        }
        (_, read) => read,
    }
}

/// Any string: a decoded command is valid, and decodes to itself when encoded again.
fn check_invariants(text: &str, mutant: Option<Mutant>) -> Result<(), String> {
    let command = match decode(text, mutant) {
        Ok(command) => command,
        Err((_, nonce)) => {
            let is_of_frame = nonce.is_none() || nonce == nonce_of(text);
            return is_of_frame
                .then_some(())
                .ok_or(format!("{text}\nis refused with nonce {nonce:?}"));
        }
    };
    let is_valid = match &command {
        ParsedCommand::Join(user) => is_address(user),
        ParsedCommand::Send(text, nonce) => {
            (1..=2_000).contains(&text.chars().count())
                && text.chars().any(|c| !c.is_whitespace())
                && nonce.as_ref().is_none_or(|nonce| is_nonce(nonce))
        }
        ParsedCommand::History(_, limit) => (1..=100).contains(limit),
        ParsedCommand::Leave => true,
    };
    if !is_valid {
        return Err(format!("{text}\nis decoded as {command:?}"));
    }
    let again = match &command {
        ParsedCommand::Join(user) => json!({"event": "join", "data": {"user": user}}),
        ParsedCommand::Send(text, nonce) => {
            json!({"event": "chat-message", "data": {"message": text, "nonce": nonce}})
        }
        ParsedCommand::History(before, limit) => {
            json!({"event": "history", "data": {"before": before, "limit": limit}})
        }
        ParsedCommand::Leave => json!({"event": "leave", "data": {}}),
    };
    let read = decode(&again.to_string(), mutant);
    let same = read.as_ref() == Ok(&command);
    same.then_some(())
        .ok_or(format!("{command:?} is decoded again as {read:?}"))
}

/// HTML's definition of a valid e-mail address.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_local = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let is_end = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let inner = bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-');
        is_end(bytes.first()) && is_end(bytes.last()) && inner && bytes.len() <= 63
    };
    text.len() <= 254
        && !local.is_empty()
        && local.bytes().all(is_local)
        && domain.split('.').all(is_label)
}

fn is_nonce(nonce: &str) -> bool {
    let length = nonce.chars().count();
    0 < length && length < 65 && nonce.chars().all(|c| !c.is_control())
}

/// Draws a frame and its expectation.
fn frame(random: &mut Random) -> (String, Expectation) {
    let bad = || Err((ErrorCode::BadFrame, None));
    let mut data = json!({});
    let (event, expectation) = match random.below(8) {
        0 => {
            let (user, parsed) = address(random);
            put(&mut data, "user", user);
            (
                json!("join"),
                parsed
                    .map(ParsedCommand::Join)
                    .ok_or((ErrorCode::BadEmail, None)),
            )
        }
        1..5 => (json!("chat-message"), message(&mut data, random)),
        5 => {
            let (before, parsed_before) = number(random);
            let (limit, parsed_limit) = limit(random);
            put(&mut data, "before", before);
            put(&mut data, "limit", limit);
            let command = parsed_before
                .zip(parsed_limit)
                .map(|(before, limit)| ParsedCommand::History(before, limit));
            (json!("history"), command.ok_or((ErrorCode::BadFrame, None)))
        }
        6 => (json!("leave"), Ok(ParsedCommand::Leave)),
        _ => (random_value(random), bad()),
    };
    // Unknown fields are ignored.
    if random.once_in(3) {
        data["more"] = random_value(random);
    }
    let mut frame = json!({"event": event, "data": data, "id": 7});
    let mut expectation = expectation;
    if random.once_in(20) {
        frame["data"] =
            [json!([]), json!(1), json!("x"), json!(true)][random.below(4) as usize].clone();
        expectation = bad();
    }
    (encoded(&frame, random), expectation)
}

/// Leaves out some fields that are `null`.
fn put(data: &mut Value, name: &str, value: Value) {
    if !value.is_null() || name.len().is_multiple_of(2) {
        data[name] = value;
    }
}

fn message(data: &mut Value, random: &mut Random) -> Expectation {
    let long = |letter: &str, count| letter.repeat(count);
    let nonces: [Labelled<Option<String>>; 8] = [
        (Value::Null, Some(None)),
        (json!("n-1"), Some(Some("n-1".into()))),
        (json!(long("🙂", 64)), Some(Some(long("🙂", 64)))),
        (json!(" "), Some(Some(" ".into()))),
        (json!(long("a", 65)), None),
        (json!(""), None),
        (json!("a\nb"), None),
        (json!(7), None),
    ];
    let messages: [(Value, Result<String, ErrorCode>); 9] = [
        (json!("hello"), Ok("hello".into())),
        (json!(" \u{0}é🙂 "), Ok(" \u{0}é🙂 ".into())),
        (json!(long("🙂", 2_000)), Ok(long("🙂", 2_000))),
        (json!(long("a", 2_001)), Err(ErrorCode::TooLong)),
        (json!(""), Err(ErrorCode::EmptyMessage)),
        (json!(" \u{2003}\t\n"), Err(ErrorCode::EmptyMessage)),
        (json!(["a"]), Err(ErrorCode::BadFrame)),
        (json!(1), Err(ErrorCode::BadFrame)),
        (json!({"text": "a"}), Err(ErrorCode::BadFrame)),
    ];
    let (nonce, parsed_nonce) = nonces[random.below(8) as usize].clone();
    let (text, message) = messages[random.below(9) as usize].clone();
    put(data, "nonce", nonce);
    let name = random.pick(&["message", "text"]);
    data[name] = text;
    let nonce = parsed_nonce.ok_or((ErrorCode::BadFrame, None))?;
    match message {
        Ok(text) => Ok(ParsedCommand::Send(text, nonce)),
        Err(code) => Err((code, nonce)),
    }
}

fn address(random: &mut Random) -> Labelled<String> {
    let good = [
        "ana@example.com",
        "A.b+c@x-y.example",
        "root@localhost",
        "!#$%&'*+/=?^_`{|}~-@a",
    ];
    let bad = [
        "", "ana", "@x", "a@", "a@-x", "a@x-", "a@x..y", "a b@x", "á@x", "a@b@c", "a@x.",
    ];
    let long = |count| format!("{}@{}.example", "a".repeat(count), "b".repeat(63));
    match random.below(8) {
        0..2 => {
            let user = random.pick(&good);
            (json!(format!(" {user}\n")), Some(user.into()))
        }
        2 => (json!(random.pick(&bad)), None),
        3 => (json!(long(182)), Some(long(182))),
        4 => (json!(long(183)), None),
        5 => (json!(format!("a@{}", "b".repeat(64))), None),
        _ => (json!([1]), None),
    }
}

fn number(random: &mut Random) -> Labelled<Option<i64>> {
    let values: [Labelled<Option<i64>>; 8] = [
        (Value::Null, Some(None)),
        (json!(0), Some(Some(0))),
        (json!(-7), Some(Some(-7))),
        (json!(i64::MAX), Some(Some(i64::MAX))),
        (json!(i64::MIN), Some(Some(i64::MIN))),
        (json!(u64::MAX), None),
        (json!(1.5), None),
        (json!("7"), None),
    ];
    values[random.below(8) as usize].clone()
}

fn limit(random: &mut Random) -> Labelled<u32> {
    let values: [Labelled<u32>; 9] = [
        (Value::Null, Some(50)),
        (json!(1), Some(1)),
        (json!(100), Some(100)),
        (json!(0), None),
        (json!(101), None),
        (json!(-1), None),
        (json!((1_u64 << 32) + 1), None),
        (json!(2.5), None),
        (json!("9"), None),
    ];
    values[random.below(9) as usize].clone()
}

fn random_value(random: &mut Random) -> Value {
    match random.below(6) {
        0 => Value::Null,
        1 => json!(random.next()),
        2 => json!("nope"),
        3 => json!(["join", {"user": "a@b"}]),
        4 => json!({"event": "leave", "nonce": "inner"}),
        _ => json!(random.once_in(2)),
    }
}

/// Encodes a value in one of several forms.
fn encoded(value: &Value, random: &mut Random) -> String {
    let text = if random.once_in(2) {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    let text = text.expect("a value");
    match random.below(4) {
        0 => format!("\n\t {text}\r\n"),
        1 => text.replace("\"join\"", "\"\\u006aoin\""),
        _ => text,
    }
}

/// A randomly damaged copy of a string.
pub(crate) fn damage(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<_> = text.chars().collect();
    if chars.is_empty() {
        chars.push('{');
    }
    for _ in 0..random.between(1, 3) {
        let at = random.below(chars.len() as u64) as usize;
        match random.below(6) {
            0 => chars.truncate(at + 1),
            1 => {
                chars[at] = random.pick(&[
                    '"', '\\', '{', '}', '[', ',', ':', '0', '\u{0}', '\u{FEFF}', '🙂',
                ])
            }
            2 if chars.len() > 1 => drop(chars.remove(at)),
            3 => chars.insert(at, random.pick(&['"', '\\', 'u', '-', '9', 'e', '\n', ' '])),
            4 => chars.extend_from_within(at..),
            _ if random.once_in(20) => {
                let deep = random.pick(&["[", "{\"data\":", "[{\"a\":"]);
                return deep.repeat(16_384 / deep.len());
            }
            _ => chars.rotate_left(at),
        }
    }
    chars.into_iter().collect()
}
