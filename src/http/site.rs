//! This site: its addresses, its proxies, and which requests are for it.
//!
//! Without an admin token everyone may write, so the server serves this machine only: the host must
//! be a loopback name (a page of the web that resolves its own name to 127.0.0.1 has another), and
//! proxied requests are refused. Pages of other sites are refused by their `Origin`.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Uri;

use super::client::{self, Client};
use super::error::ApiError;
use crate::domain::host::{Host, PublicUrl, parse_origin};
use crate::domain::network::Network;

/// The default port.
const HTTP_PORT: u16 = 80;

#[derive(Debug, Clone)]
pub struct Site {
    /// The server listens on loopback.
    pub is_loopback: bool,
    /// The site's URL behind a proxy.
    pub public: Option<PublicUrl>,
    /// Proxies whose forwarded headers are trusted.
    pub proxies: Vec<Network>,
    /// There is an admin token. Without one a proxy must not open the site to the world.
    pub has_token: bool,
}

/// Refuses requests that are not for this site or come from another one.
pub(super) fn check(headers: &HeaderMap, site: &Site) -> Result<(), ApiError> {
    let host = only_line(headers, &header::HOST).ok_or(ApiError::BadHost)?;
    let host = Host::parse(host).ok_or(ApiError::BadHost)?;
    if site.is_loopback && !host.is_loopback() && !site.is_public(&host) {
        return Err(ApiError::Forbidden(
            "Host not allowed: use localhost, a loopback address or the public URL",
        ));
    }
    if !site.has_token && came_through_a_proxy(headers) {
        return Err(ApiError::Forbidden("proxied requests need an admin token"));
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = only_line(headers, &header::ORIGIN).and_then(parse_origin);
        let is_here = |(origin, port): (Host<'_>, u16)| {
            origin.is(&host, port) || site.is_public_origin(&origin, port)
        };
        if !origin.is_some_and(is_here) {
            return Err(ApiError::Forbidden("Origin is not this site"));
        }
    }
    Ok(())
}

/// Refuses a request target whose host is not that of `Host`: two readers could use different ones.
pub(super) fn check_target(target: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(named) = target.authority() else {
        return Ok(());
    };
    let named = Host::parse(named.as_str()).ok_or(ApiError::BadHost)?;
    let host = only_line(headers, &header::HOST).and_then(Host::parse);
    if host.is_some_and(|host| named.is(&host, HTTP_PORT)) {
        Ok(())
    } else {
        Err(ApiError::BadHost)
    }
}

impl Site {
    /// The client of a request.
    pub(crate) fn client(&self, request: &HttpRequest) -> Client {
        Client::of(request, &self.proxies)
    }

    pub(super) fn is_trusted(&self, peer: IpAddr) -> bool {
        client::trusts(&self.proxies, peer)
    }

    /// Whether the browser speaks TLS: to a trusted proxy, or by the public URL.
    pub(crate) fn is_secure(&self, request: &HttpRequest) -> bool {
        let public = self.public.as_ref();
        client::is_secure_by_proxy(request, &self.proxies)
            || public.is_some_and(|public| public.as_str().starts_with("https://"))
    }

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
    use crate::http::problem::ProblemCode;

    fn check_lines(lines: &[(&str, &str)]) -> Result<(), ProblemCode> {
        check_lines_of(lines, None, false)
    }

    fn check_lines_of(
        lines: &[(&str, &str)],
        public: Option<&str>,
        has_token: bool,
    ) -> Result<(), ProblemCode> {
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
        check(request.headers(), &site).map_err(|error| error.problem())
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
            assert_eq!(check_lines_of(lines, shop, true), Ok(()), "{lines:?}");
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
            assert_eq!(
                check_lines_of(lines, shop, true),
                Err(ProblemCode::Forbidden),
                "{lines:?}"
            );
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
            assert_eq!(check_lines(&[("host", host)]), Ok(()), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:8080", "192.168.0.1"] {
            assert_eq!(
                check_lines(&[("host", host)]),
                Err(ProblemCode::Forbidden),
                "{host}"
            );
        }
    }

    #[test]
    fn exactly_one_host_line_is_required() {
        assert_eq!(check_lines(&[]), Err(ProblemCode::BadHost));
        let two = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(check_lines(&two), Err(ProblemCode::BadHost));
        assert_eq!(check_lines(&[("host", "a b")]), Err(ProblemCode::BadHost));
    }

    #[test]
    fn only_this_sites_origin_is_accepted() {
        let with = |origin| check_lines(&[("host", "localhost:8080"), ("origin", origin)]);
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
            assert_eq!(with(origin), Err(ProblemCode::Forbidden), "{origin}");
        }
    }

    #[test]
    fn two_origins_and_a_proxy_are_refused() {
        let host = ("host", "localhost");
        let origin = ("origin", "http://localhost");
        assert_eq!(check_lines(&[host, origin]), Ok(()));
        assert_eq!(
            check_lines(&[host, origin, origin]),
            Err(ProblemCode::Forbidden)
        );
        for line in [("forwarded", "for=1.2.3.4"), ("x-forwarded-for", "1.2.3.4")] {
            assert_eq!(check_lines(&[host, line]), Err(ProblemCode::Forbidden));
        }
    }
}
