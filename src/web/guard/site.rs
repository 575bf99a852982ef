//! Whether a request comes from this site.
//!
//! Without an admin token everybody may write, so the server keeps to this machine: only loopback
//! names are this site (a page of the web that resolves its own name to 127.0.0.1 is not), and so is
//! nothing that came through a proxy. Other sites' pages are refused by their `Origin`.

use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Uri;

use crate::domain::host::{Host, PublicUrl, parse_origin};
use crate::domain::network::Network;
use crate::web::error::ApiError;

/// The port of an address that names none.
const HTTP_PORT: u16 = 80;

/// What this site is.
#[derive(Debug, Clone)]
pub struct Site {
    /// It listens on loopback.
    pub is_loopback: bool,
    /// Its address behind a proxy.
    pub public: Option<PublicUrl>,
    /// Peers whose forwarded headers are believed.
    pub proxies: Vec<Network>,
    /// Some requests need a token; without one there must be no proxy that opens it to the world.
    pub has_token: bool,
}

/// Refuses what is not of this site.
pub(super) fn check(headers: &HeaderMap, site: &Site) -> Result<(), ApiError> {
    let host = only_line(headers, &header::HOST).ok_or(ApiError::BadHost)?;
    let host = Host::parse(host).ok_or(ApiError::BadHost)?;
    if site.is_loopback && !host.is_loopback() && !site.is_public(&host) {
        return Err(ApiError::Forbidden(
            "this server only answers to localhost, loopback addresses and its public URL",
        ));
    }
    if !site.has_token && came_through_a_proxy(headers) {
        return Err(ApiError::Forbidden(
            "this server has no admin token and refuses requests that came through a proxy",
        ));
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = only_line(headers, &header::ORIGIN).and_then(parse_origin);
        let is_here = |(origin, port): (Host<'_>, u16)| {
            origin.is(&host, port) || site.is_public_origin(&origin, port)
        };
        if !origin.is_some_and(is_here) {
            return Err(ApiError::Forbidden("the request came from another site"));
        }
    }
    Ok(())
}

/// Refuses a target that names another host than `Host` does: one reader would believe the one, another
/// the other.
pub(super) fn check_target(target: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(named) = target.authority() else {
        return Ok(());
    };
    let named = Host::parse(named.as_str()).ok_or(ApiError::BadHost)?;
    let host = only_line(headers, &header::HOST).and_then(Host::parse);
    match host.is_some_and(|host| named.is(&host, HTTP_PORT)) {
        true => Ok(()),
        false => Err(ApiError::BadHost),
    }
}

impl Site {
    fn is_public(&self, host: &Host<'_>) -> bool {
        let public = self.public.as_ref().and_then(PublicUrl::host);
        public.is_some_and(|(public, port)| public.is(host, port))
    }

    fn is_public_origin(&self, origin: &Host<'_>, port: u16) -> bool {
        let public = self.public.as_ref().and_then(PublicUrl::host);
        public.is_some_and(|(public, own)| own == port && public.is(origin, port))
    }
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn checked(lines: &[(&str, &str)]) -> Result<(), &'static str> {
        checked_by(lines, None, false)
    }

    fn checked_by(
        lines: &[(&str, &str)],
        public: Option<&str>,
        has_token: bool,
    ) -> Result<(), &'static str> {
        let site = Site {
            is_loopback: true,
            public: public.map(|url| PublicUrl::parse(url).expect("an address")),
            proxies: Vec::new(),
            has_token,
        };
        let request = lines
            .iter()
            .fold(TestRequest::default(), |request, line| {
                request.append_header(*line)
            })
            .to_http_request();
        check(request.headers(), &site).map_err(|error| error.code())
    }

    #[test]
    fn behind_a_proxy_the_public_address_is_this_site() {
        let shop = Some("https://shop.example");
        for lines in [
            &[("host", "shop.example")][..],
            &[
                ("host", "SHOP.example:443"),
                ("origin", "https://shop.example"),
            ],
            &[
                ("host", "127.0.0.1:8080"),
                ("origin", "https://shop.example"),
                ("x-forwarded-for", "::1"),
            ],
        ] {
            assert_eq!(checked_by(lines, shop, true), Ok(()), "{lines:?}");
        }
        for lines in [
            &[("host", "shop.example:8080")][..],
            &[("host", "other.example")],
            &[
                ("host", "127.0.0.1:8080"),
                ("origin", "http://shop.example"),
            ],
            &[("host", "shop.example"), ("origin", "https://evil.example")],
        ] {
            assert_eq!(checked_by(lines, shop, true), Err("forbidden"), "{lines:?}");
        }
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
