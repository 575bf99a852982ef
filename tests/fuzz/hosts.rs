//! Hosts and origins, put together from parts whose worth is known.

use vitrina::domain::host::{Host, PublicUrl, parse_origin};

use crate::chat_frame::damaged;
use crate::random::Random;

/// What a host must be read as: its name and port; and whether it is this machine.
type Meaning = Option<(String, Option<u16>, bool)>;

pub(crate) fn check(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let (text, meaning) = host(&mut random);
    let read = Host::parse(&text);
    let told = read.map(|host| (host.name.to_owned(), host.port, host.is_loopback()));
    if told != meaning {
        return Err(format!("{text:?}\nis read as {told:?}, not {meaning:?}"));
    }
    check_origin(&text, &meaning, &mut random)?;
    check_sound(&text)?;
    check_sound(&damaged(&text, &mut random))
}

fn host(random: &mut Random) -> (String, Meaning) {
    let (name, is_here) = match random.below(4) {
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
            let spoil = random.pick(&[
                "@", "/x", "?", "#", " ", "\t", "\\", "\0", "\n", "\u{f1}", ",", "%00", "<", "\"",
                "[", "]", "::", "..@",
            ]);
            let at = random.below(bare.len() as u64 + 1) as usize;
            (format!("{}{spoil}{}{port}", &bare[..at], &bare[at..]), None)
        }
        1 if name.starts_with('[') => (format!("{bare}{port}"), None),
        1 => (format!("[{name}]{port}"), None),
        _ => (
            format!("{name}{port}"),
            number.ok().map(|number| (bare, number, is_here)),
        ),
    }
}

/// An origin is a scheme and a host, and nothing else.
fn check_origin(text: &str, meaning: &Meaning, random: &mut Random) -> Result<(), String> {
    let (scheme, port) = match random.below(3) {
        0 => (random.pick(&["http", "HTTP"]), Some(80)),
        1 => (random.pick(&["https", "HttpS"]), Some(443)),
        _ => (
            random.pick(&["ftp", "", "http:", " http", "file", "javascript"]),
            None,
        ),
    };
    let behind = random.pick(&["", "", "/", "/x", "?", "#"]);
    let origin = format!("{scheme}://{text}{behind}");
    let due = meaning.as_ref().zip(port).filter(|_| behind.is_empty());
    let due = due.map(|((name, own, _), port)| (name.as_str(), *own, port));
    let read = parse_origin(&origin);
    let told = read.map(|(host, port)| (host.name, host.port, port));
    if told != due {
        return Err(format!("{origin:?}\nis read as {told:?}, not {due:?}"));
    }
    // A public address may have a slash at its end.
    let is_public = meaning.is_some() && port.is_some() && ["", "/"].contains(&behind);
    match PublicUrl::parse(&origin) {
        Ok(url) if is_public && PublicUrl::parse(url.as_str()).as_ref() == Ok(&url) => Ok(()),
        Err(_) if !is_public => Ok(()),
        other => Err(format!("{origin:?}\nas a public address: {other:?}")),
    }
}

/// Whatever is read is one place with itself, and reads the same when written again.
fn check_sound(text: &str) -> Result<(), String> {
    let Some(host) = Host::parse(text) else {
        return Ok(());
    };
    let is_plain = host
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
    let is_one = host.is(&host, 80) && host.is(&other, 80) == other.is(&host, 80);
    (is_plain && is_same && is_one)
        .then_some(())
        .ok_or_else(|| format!("{text:?}\nis read as {host:?}, again as {again:?}"))
}
