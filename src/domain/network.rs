//! IP networks of the settings.

use std::net::IpAddr;

use ipnet::IpNet;

/// A network or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Parses `10.0.0.0/8`, `fd00::/8` or one address; an error is the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let one = || text.parse().map(|address: IpAddr| IpNet::from(address));
        text.parse()
            .or_else(|_| one())
            .map(|network: IpNet| Self(network.trunc()))
            .map_err(|_| "must be an address or a network, such as 10.0.0.0/8 or ::1".into())
    }

    /// An IPv4-mapped IPv6 address counts as its IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses() {
        let has = |network: &str, address: &str| {
            let network = Network::parse(network).expect(network);
            network.contains(address.parse().expect(address))
        };
        assert!(has("10.0.0.0/8", "10.1.2.3"));
        assert!(has("10.9.9.9/8", "::ffff:10.1.2.3"));
        assert!(has("127.0.0.1", "127.0.0.1"));
        assert!(has("fd00::/8", "fd12::1"));
        assert!(!has("10.0.0.0/8", "11.0.0.1"));
        assert!(!has("127.0.0.1", "127.0.0.2"));
        assert!(!has("10.0.0.0/8", "::1"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "proxy", "10.0.0.0/33", "10.0.0", "::/129", "1.2.3.4:80"] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }
}
