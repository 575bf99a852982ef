//! The client of a request: the address that limits count by, and whether its connection is
//! encrypted.
//!
//! Forwarded headers are read only from a trusted proxy. `X-Forwarded-For` has precedence where it
//! is sent: nearly every proxy sets it and lets a client's `Forwarded` pass. It is read from the
//! right up to the first address that is not a trusted proxy; whatever is left of that may be
//! forged.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};

use crate::domain::network::Network;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// Most proxies on one path.
const MAX_HOPS: usize = 32;

/// An IPv4 address, or the /64 network of an IPv6 address: what one customer of a provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

impl Client {
    /// The client of a request, with these trusted proxies.
    pub(super) fn of(request: &HttpRequest, proxies: &[Network]) -> Self {
        let Some(peer) = peer(request) else {
            return Self::at(Ipv4Addr::UNSPECIFIED.into());
        };
        if trusts(proxies, peer) {
            return Self::at(forwarded_for(request.headers(), peer, proxies));
        }
        warn_of_untrusted_proxy(request.headers(), peer);
        Self::at(peer)
    }

    pub(super) fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()
            }
        })
    }

    /// Its /16 or /96 network, for when there are too many clients to count separately.
    pub(super) fn network(self) -> Self {
        Self(match self.0 {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 16)).into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 96)).into()
            }
        })
    }
}

/// Whether a trusted proxy reports that the client speaks TLS to it.
pub(super) fn is_secure_by_proxy(request: &HttpRequest, proxies: &[Network]) -> bool {
    let is_trusted = peer(request).is_some_and(|peer| trusts(proxies, peer));
    is_trusted && forwarded_scheme(request.headers()).is_some_and(|scheme| scheme == "https")
}

fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip())
}

pub(super) fn trusts(proxies: &[Network], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(address))
}

/// The last address before the trusted proxies.
fn forwarded_for(headers: &HeaderMap, peer: IpAddr, proxies: &[Network]) -> IpAddr {
    let mut last = peer;
    for hop in hops(headers).into_iter().rev().take(MAX_HOPS) {
        let Some(address) = address(&hop) else {
            break;
        };
        last = address;
        if !trusts(proxies, address) {
            break;
        }
    }
    last
}

/// The addresses that proxies recorded, the nearest last.
fn hops(headers: &HeaderMap) -> Vec<String> {
    let own = elements(headers, &HeaderName::from_static(FORWARDED_FOR));
    if !own.is_empty() {
        return own;
    }
    let elements = elements(headers, &header::FORWARDED);
    let hops = elements.iter().map(|element| parameter(element, "for"));
    hops.map(Option::unwrap_or_default).collect()
}

fn forwarded_scheme(headers: &HeaderMap) -> Option<String> {
    let own = elements(headers, &HeaderName::from_static(FORWARDED_PROTO)).pop();
    let standard = || parameter(&elements(headers, &header::FORWARDED).pop()?, "proto");
    own.or_else(standard)
        .map(|scheme| scheme.to_ascii_lowercase())
}

/// The elements of all lines of a header, in order.
fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).filter_map(|line| line.to_str().ok());
    let elements = lines.flat_map(|line| line.split(','));
    elements.map(|element| element.trim().to_owned()).collect()
}

/// A parameter of an element of `Forwarded` (RFC 7239).
fn parameter(element: &str, name: &str) -> Option<String> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// An address, with or without brackets and port.
fn address(hop: &str) -> Option<IpAddr> {
    let whole = hop.parse().ok();
    let with_port = || hop.parse().ok().map(|hop: std::net::SocketAddr| hop.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    whole.or_else(with_port).or_else(in_brackets)
}

/// Warns once: all requests through an untrusted proxy count as one client.
fn warn_of_untrusted_proxy(headers: &HeaderMap, peer: IpAddr) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let is_forwarded =
        headers.contains_key(FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
    if is_forwarded && !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!(
            "forwarded header from untrusted peer {peer}: its requests count as one client (see \
             --trusted-proxies)"
        );
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(lines: &[(&str, &str)]) -> String {
        let proxies: Vec<_> = ["10.0.0.0/8", "::1"]
            .iter()
            .map(|network| Network::parse(network).expect("a network"))
            .collect();
        let peer = "10.0.0.1".parse().expect("an address");
        forwarded_for(&headers(lines), peer, &proxies).to_string()
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let request = lines.iter().fold(TestRequest::default(), |request, line| {
            request.append_header(*line)
        });
        request.to_http_request().headers().clone()
    }

    #[test]
    fn the_last_address_before_the_proxies_is_the_client() {
        let by = |text| client(&[(FORWARDED_FOR, text)]);
        assert_eq!(by("203.0.113.7"), "203.0.113.7");
        assert_eq!(by("203.0.113.7:4711"), "203.0.113.7");
        assert_eq!(by("1.2.3.4, 203.0.113.7, 10.2.2.2"), "203.0.113.7");
        assert_eq!(by("[2001:db8::1]:80,::1"), "2001:db8::1");
        assert_eq!(by("10.3.3.3, 10.2.2.2"), "10.3.3.3");
        assert_eq!(by("203.0.113.7, unknown, 10.2.2.2"), "10.2.2.2");
        assert_eq!(by("nonsense"), "10.0.0.1");
        assert_eq!(client(&[]), "10.0.0.1");
        let two = [(FORWARDED_FOR, "1.2.3.4"), (FORWARDED_FOR, "203.0.113.7")];
        assert_eq!(client(&two), "203.0.113.7");
    }

    #[test]
    fn the_standard_header_is_read_in_absence_of_the_other() {
        let standard = (
            "forwarded",
            "for=1.2.3.4, For=\"[2001:db8::1]:80\";proto=https",
        );
        assert_eq!(client(&[standard]), "2001:db8::1");
        assert_eq!(client(&[standard, (FORWARDED_FOR, "5.6.7.8")]), "5.6.7.8");
        let scheme = |lines: &[(&str, &str)]| forwarded_scheme(&headers(lines));
        assert_eq!(scheme(&[standard]).as_deref(), Some("https"));
        let own = (FORWARDED_PROTO, "https, HTTP");
        assert_eq!(scheme(&[standard, own]).as_deref(), Some("http"));
    }

    #[test]
    fn one_customer_of_a_provider_is_one_client() {
        let at = |text: &str| Client::at(text.parse().expect("an address"));
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:0:0:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:1.2.3.4"), at("1.2.3.4"));
        assert_ne!(at("1.2.3.4"), at("1.2.3.5"));
        assert_eq!(at("1.2.3.4").network(), at("1.2.9.9").network());
    }
}
