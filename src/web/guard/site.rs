//! Whether a request comes from this site.
//!
//! Without an admin token everybody may write, so the server keeps to this machine: only loopback
//! names are this site (a page of the web that resolves its own name to 127.0.0.1 is not), other
//! sites' pages are refused by their `Origin`, and so is whatever came through a proxy.

use std::net::IpAddr;

use actix_web::http::header::{self, HeaderMap};

use crate::web::error::ApiError;

/// A host and a port, as `Host` and `Origin` name them.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    name: &'a str,
    port: Option<u16>,
}

/// Refuses what is not of this site.
pub(super) fn check(headers: &HeaderMap) -> Result<(), ApiError> {
    let host = only_line(headers, &header::HOST).ok_or(ApiError::BadHost)?;
    let host = Place::parse(host).ok_or(ApiError::BadHost)?;
    if !is_loopback(host.name) {
        return Err(ApiError::Forbidden(
            "this server only answers to localhost and loopback addresses",
        ));
    }
    if came_through_a_proxy(headers) {
        return Err(ApiError::Forbidden(
            "this server has no admin token and refuses requests that came through a proxy",
        ));
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = only_line(headers, &header::ORIGIN);
        if !origin.is_some_and(|origin| is_same_site(origin, &host)) {
            return Err(ApiError::Forbidden("the request came from another site"));
        }
    }
    Ok(())
}

fn only_line<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let mut lines = headers.get_all(name);
    let line = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(line)
}

fn came_through_a_proxy(headers: &HeaderMap) -> bool {
    headers.contains_key(header::FORWARDED)
        || headers
            .keys()
            .any(|name| name.as_str().starts_with("x-forwarded-"))
}

impl<'a> Place<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, after) = rest.split_once(']')?;
                (
                    name,
                    after.strip_prefix(':').or(after.is_empty().then_some(""))?,
                )
            }
            None => text.split_once(':').unwrap_or((text, "")),
        };
        if name.is_empty() || name.contains(['/', '@', '?', '#', ' ']) {
            return None;
        }
        let port = match port {
            "" => None,
            digits => Some(digits.parse().ok()?),
        };
        Some(Self { name, port })
    }
}

/// Whether an origin is the host that the request went to. All loopback names are one.
fn is_same_site(origin: &str, host: &Place<'_>) -> bool {
    let (default, rest) = match origin.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (80, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (443, rest),
        _ => return false,
    };
    let Some(origin) = Place::parse(rest) else {
        return false;
    };
    let same_name = origin.name.eq_ignore_ascii_case(host.name)
        || (is_loopback(origin.name) && is_loopback(host.name));
    same_name && origin.port.unwrap_or(default) == host.port.unwrap_or(default)
}

fn is_loopback(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn checked(lines: &[(&str, &str)]) -> Result<(), &'static str> {
        let request = lines
            .iter()
            .fold(TestRequest::default(), |request, line| {
                request.append_header(*line)
            })
            .to_http_request();
        check(request.headers()).map_err(|error| error.code())
    }

    #[test]
    fn every_loopback_name_is_this_site() {
        for host in [
            "localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "127.9.9.9",
        ] {
            assert_eq!(checked(&[("host", host)]), Ok(()), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8080", "192.168.0.1"] {
            assert_eq!(checked(&[("host", host)]), Err("forbidden"), "{host}");
        }
    }

    #[test]
    fn exactly_one_host_line_is_needed() {
        assert_eq!(checked(&[]), Err("bad_host"));
        let two = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(checked(&two), Err("bad_host"));
        assert_eq!(checked(&[("host", "a b")]), Err("bad_host"));
    }

    #[test]
    fn only_this_sites_origin_is_taken() {
        let with = |origin| checked(&[("host", "localhost:8080"), ("origin", origin)]);
        for origin in [
            "http://localhost:8080",
            "HTTP://LOCALHOST:8080",
            "https://localhost:8080",
            "http://127.0.0.1:8080",
        ] {
            assert_eq!(with(origin), Ok(()), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://evil.example",
            "http://localhost:8081",
            "http://localhost",
            "http://localhost:8080.evil.example",
            "http://localhost:8080@evil.example",
            "file://",
            "localhost:8080",
        ] {
            assert_eq!(with(origin), Err("forbidden"), "{origin}");
        }
    }

    #[test]
    fn two_origins_and_a_proxy_are_refused() {
        let host = ("host", "localhost");
        let origin = ("origin", "http://localhost");
        assert_eq!(checked(&[host, origin]), Ok(()));
        assert_eq!(checked(&[host, origin, origin]), Err("forbidden"));
        for line in [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "1.2.3.4")] {
            assert_eq!(checked(&[host, line]), Err("forbidden"));
        }
    }
}
