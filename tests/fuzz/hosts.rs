//! Hosts and origins, composed of parts with a known expectation.

use vitrina::domain::host::{Host, PublicUrl, parse_origin};

use crate::chat_frame::damage;
use crate::random::Random;

/// The expected name and port of a host, and whether it is this machine; `None` if it is invalid.
type Expectation = Option<(String, Option<u16>, bool)>;

pub(crate) fn check(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let (text, expectation) = host(&mut random);
    let read = Host::parse(&text);
    let parsed = read.map(|host| (host.name.to_owned(), host.port, host.is_loopback()));
    if parsed != expectation {
        return Err(format!(
            "{text:?}\nis parsed as {parsed:?}, not {expectation:?}"
        ));
    }
    check_origin(&text, &expectation, &mut random)?;
    check_invariants(&text)?;
    check_invariants(&damage(&text, &mut random))
}

fn host(random: &mut Random) -> (String, Expectation) {
    let (name, is_loopback) = match random.below(4) {
        0 => (
            random.pick(&["localhost", "LocalHost", "127.0.0.1", "127.255.0.9"]),
            true,
        ),
        1 => (
            random.pick(&[
                "shop.example",
                "xn--bcher-kva.example",
                "a_b",
                "10.0.0.1",
                "127.0.0.1.evil.example",
                "localhost.",
                "0177.0.0.1",
            ]),
            false,
        ),
        2 => (random.pick(&["[::1]", "[0:0:0:0:0:0:0:1]"]), true),
        _ => (
            random.pick(&["[::2]", "[2001:db8::1]", "[::ffff:10.0.0.1]"]),
            false,
        ),
    };
    let (port, number) = match random.below(4) {
        0 => (":80".to_owned(), Ok(Some(80))),
        1 => (format!(":{}", 1 + random.below(65_535)), Ok(None)),
        2 => (
            random
                .pick(&[
                    ":x", ":65536", ":-1", ":+80", ": 80", ":8 0", ":0x50", ":80:80", ":٣",
                ])
                .to_owned(),
            Err(()),
        ),
        _ => (String::new(), Ok(None)),
    };
    let number = number.map(|known| known.or_else(|| port.strip_prefix(':')?.parse().ok()));
    let bare = name.trim_matches(['[', ']']).to_owned();
    match random.below(5) {
        0 => {
            let invalid = random.pick(&[
                "@", "/x", "?", "#", " ", "\t", "\\", "\0", "\n", "\u{f1}", ",", "%00", "<", "\"",
                "[", "]", "::", "..@",
            ]);
            let at = random.below(bare.len() as u64 + 1) as usize;
            (
                format!("{}{invalid}{}{port}", &bare[..at], &bare[at..]),
                None,
            )
        }
        1 if name.starts_with('[') => (format!("{bare}{port}"), None),
        1 => (format!("[{name}]{port}"), None),
        _ => (
            format!("{name}{port}"),
            number.ok().map(|number| (bare, number, is_loopback)),
        ),
    }
}

/// An origin must be a scheme and a host, and nothing else.
fn check_origin(text: &str, expectation: &Expectation, random: &mut Random) -> Result<(), String> {
    let (scheme, port) = match random.below(3) {
        0 => (random.pick(&["http", "HTTP"]), Some(80)),
        1 => (random.pick(&["https", "HttpS"]), Some(443)),
        _ => (
            random.pick(&["ftp", "", "http:", " http", "file", "javascript"]),
            None,
        ),
    };
    let suffix = random.pick(&["", "", "/", "/x", "?", "#"]);
    let origin = format!("{scheme}://{text}{suffix}");
    let expected = expectation.as_ref().zip(port).filter(|_| suffix.is_empty());
    let expected = expected.map(|((name, own, _), port)| (name.as_str(), *own, port));
    let read = parse_origin(&origin);
    let parsed = read.map(|(host, port)| (host.name, host.port, port));
    if parsed != expected {
        return Err(format!(
            "{origin:?}\nis parsed as {parsed:?}, not {expected:?}"
        ));
    }
    // A public URL may end with a slash.
    let is_public = expectation.is_some() && port.is_some() && ["", "/"].contains(&suffix);
    match PublicUrl::parse(&origin) {
        Ok(url) if is_public && PublicUrl::parse(url.as_str()).as_ref() == Ok(&url) => Ok(()),
        Err(_) if !is_public => Ok(()),
        other => Err(format!("{origin:?}\nas a public URL: {other:?}")),
    }
}

/// Any string: a parsed host equals itself and parses to itself when written again.
fn check_invariants(text: &str) -> Result<(), String> {
    let Some(host) = Host::parse(text) else {
        return Ok(());
    };
    let is_clean = host
        .name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
    let brackets = if host.name.contains(':') {
        ["[", "]"]
    } else {
        ["", ""]
    };
    let port = host.port.map(|port| format!(":{port}")).unwrap_or_default();
    let again = format!("{}{}{}{port}", brackets[0], host.name, brackets[1]);
    let is_same = Host::parse(&again) == Some(host);
    let other = Host {
        name: "other.example",
        port: host.port,
    };
    let is_consistent = host.is(&host, 80) && host.is(&other, 80) == other.is(&host, 80);
    (is_clean && is_same && is_consistent)
        .then_some(())
        .ok_or_else(|| format!("{text:?}\nis parsed as {host:?}, and again as {again:?}"))
}
