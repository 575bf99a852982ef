//! Hosts and ports, as in `Host`, `Origin` and a public URL.

use std::net::{IpAddr, Ipv6Addr};

/// A host with an optional port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host<'a> {
    /// A name or an address; an IPv6 address without its brackets.
    pub name: &'a str,
    /// `None` means the scheme's default.
    pub port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Parses `name`, `name:port` or `[address]:port`. A name consists of letters, digits, `-`, `.`
    /// and `_`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, after) = rest.split_once(']')?;
                name.parse::<Ipv6Addr>().ok()?;
                (name, after)
            }
            None => {
                let end = text.find(':').unwrap_or(text.len());
                let (name, after) = text.split_at(end);
                is_name(name).then_some((name, after))?
            }
        };
        let port = match port {
            "" => None,
            port => Some(port_number(port.strip_prefix(':')?)?),
        };
        Some(Self { name, port })
    }

    pub fn is_loopback(&self) -> bool {
        self.name.eq_ignore_ascii_case("localhost")
            || self
                .name
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback())
    }

    /// Whether both are the same host and port. All loopback names count as the same host.
    pub fn is(&self, other: &Host<'_>, default_port: u16) -> bool {
        let same_name = self.name.eq_ignore_ascii_case(other.name)
            || (self.is_loopback() && other.is_loopback());
        same_name && self.port.unwrap_or(default_port) == other.port.unwrap_or(default_port)
    }
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !text.is_empty() && text.bytes().all(is_part)
}

/// Accepts only digits; `u16::from_str` would accept a sign.
fn port_number(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Parses `http://host` or `https://host` without a path, and returns the scheme's default port.
pub fn parse_origin(text: &str) -> Option<(Host<'_>, u16)> {
    let (scheme, rest) = text.split_once("://")?;
    let port = match scheme {
        scheme if scheme.eq_ignore_ascii_case("http") => 80,
        scheme if scheme.eq_ignore_ascii_case("https") => 443,
        _ => return None,
    };
    Some((Host::parse(rest)?, port))
}

/// The public URL of a site behind a proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Parses an origin, with or without a final slash; an error is the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let origin = text.strip_suffix('/').unwrap_or(text);
        match parse_origin(origin) {
            Some(_) => Ok(Self(origin.to_owned())),
            None => Err("must be http:// or https://, a host and an optional port".into()),
        }
    }

    /// Without a final slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, and the scheme's default port.
    pub fn host(&self) -> Option<(Host<'_>, u16)> {
        parse_origin(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        for text in [
            "https://shop.example",
            "https://shop.example/",
            "http://[::1]:8080",
        ] {
            assert!(PublicUrl::parse(text).is_ok(), "{text}");
        }
        for text in [
            "shop.example",
            "ftp://shop.example",
            "https://",
            "https://shop.example/path",
            "https://a b",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_an_optional_port() {
        for (text, name, port) in [
            ("shop.example", "shop.example", None),
            ("my_shop-1:8080", "my_shop-1", Some(8080)),
            ("10.0.0.1:1", "10.0.0.1", Some(1)),
            ("[::1]", "::1", None),
            ("[fd00::1]:65535", "fd00::1", Some(65_535)),
        ] {
            assert_eq!(Host::parse(text), Some(Host { name, port }), "{text}");
        }
        for text in [
            "", ":80", "a b", "a/b", "ñ", "a:", "a:+1", "a:65536", "a:1:2", "::1", "[::1", "[a]",
            "[::1]80",
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn loopback_has_many_names() {
        let is_loopback = |text: &str| Host::parse(text).expect(text).is_loopback();
        for text in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]:80",
        ] {
            assert!(is_loopback(text), "{text}");
        }
        for text in ["shop.example", "10.0.0.1", "[fd00::1]"] {
            assert!(!is_loopback(text), "{text}");
        }
    }

    #[test]
    fn hosts_are_the_same_by_name_and_port() {
        let same = |one: &str, other: &str| {
            let (one, other) = (
                Host::parse(one).expect(one),
                Host::parse(other).expect(other),
            );
            one.is(&other, 80)
        };
        assert!(same("shop.example", "Shop.Example:80"));
        assert!(same("localhost:8080", "127.0.0.1:8080"));
        assert!(!same("shop.example", "shop.example:81"));
        assert!(!same("shop.example", "other.example"));
        assert!(!same("localhost", "shop.example"));
        assert!(!same("localhost:1", "127.0.0.1:2"));
    }

    #[test]
    fn an_origin_has_its_scheme_s_default_port() {
        let host = |name, port| Host { name, port };
        assert_eq!(
            parse_origin("HTTP://shop.example"),
            Some((host("shop.example", None), 80))
        );
        assert_eq!(
            parse_origin("https://shop.example:8443"),
            Some((host("shop.example", Some(8443)), 443))
        );
        for text in ["null", "ftp://shop.example", "https://shop.example/"] {
            assert_eq!(parse_origin(text), None, "{text}");
        }
    }

    #[test]
    fn a_public_url_has_no_final_slash() {
        let url = PublicUrl::parse("https://shop.example:8443/").expect("a URL");
        assert_eq!(url.as_str(), "https://shop.example:8443");
        let (host, port) = url.host().expect("a host");
        assert_eq!(
            (host.name, host.port, port),
            ("shop.example", Some(8443), 443)
        );
    }
}
