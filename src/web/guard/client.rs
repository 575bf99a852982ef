//! Who asks: the address that limits are counted by, and whether the way to it is encrypted.
//!
//! The peer is believed when it is a trusted proxy, and only then. `X-Forwarded-For` decides where it is
//! sent, for nearly every proxy sets it and lets a stranger's `Forwarded` pass; it is read from its end,
//! since what stands before the first address that is no proxy's was written by whoever stands there.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};

use super::site::Site;
use crate::domain::network::Network;
use crate::web::state::AppState;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// Most proxies on one way.
const MAX_HOPS: usize = 32;

/// An address of IPv4, or the /64 of one of IPv6, which is what one customer of a provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::web) struct Client(IpAddr);

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

impl Client {
    /// Who sends a request.
    pub(in crate::web) fn of(request: &HttpRequest) -> Self {
        let proxies = &AppState::of(request).site.proxies;
        let Some(peer) = peer(request) else {
            return Self::at(Ipv4Addr::UNSPECIFIED.into());
        };
        if trusts(proxies, peer) {
            return Self::at(forwarded_for(request.headers(), peer, proxies));
        }
        warn_of_unknown_proxy(request.headers(), peer);
        Self::at(peer)
    }

    /// The client with an address.
    pub(super) fn at(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()
            }
        })
    }

    /// The network that it lies in, for when there are too many clients to tell apart.
    pub(super) fn neighbourhood(self) -> Self {
        Self(match self.0 {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 16)).into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 96)).into()
            }
        })
    }
}

/// Whether the person's browser speaks TLS, to a proxy that is trusted or by the site's public address.
pub(in crate::web) fn is_secure(request: &HttpRequest) -> bool {
    let site = &AppState::of(request).site;
    let by_proxy = peer(request).is_some_and(|peer| trusts(&site.proxies, peer))
        && forwarded_scheme(request.headers()).is_some_and(|scheme| scheme == "https");
    by_proxy || is_public_address_secure(site)
}

fn is_public_address_secure(site: &Site) -> bool {
    let public = site.public.as_ref();
    public.is_some_and(|public| public.as_str().starts_with("https://"))
}

fn peer(request: &HttpRequest) -> Option<IpAddr> {
    request.peer_addr().map(|peer| peer.ip())
}

pub(super) fn trusts(proxies: &[Network], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.has(address))
}

/// The last address before the trusted proxies, on the way that the peer tells of.
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

/// What the proxies wrote of whom they were asked by, nearest last.
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

/// The elements of all lines of a header, in their order.
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

/// An address, in brackets or with a port or without.
fn address(hop: &str) -> Option<IpAddr> {
    let whole = hop.parse().ok();
    let with_port = || hop.parse().ok().map(|hop: std::net::SocketAddr| hop.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    whole.or_else(with_port).or_else(in_brackets)
}

/// Whoever runs the shop should hear that all that comes by a proxy counts as one client.
fn warn_of_unknown_proxy(headers: &HeaderMap, peer: IpAddr) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let is_forwarded =
        headers.contains_key(FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
    if is_forwarded && !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!(
            "a request came through {peer}, which is not among --trusted-proxies: limits take all that \
             comes from there for one client"
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
    fn the_standard_header_is_read_where_the_other_is_not_sent() {
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
        assert_eq!(at("1.2.3.4").neighbourhood(), at("1.2.9.9").neighbourhood());
    }
}
