//! Which client a request comes from: the other end of the connection, or what trusted proxies say about it.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the client's address: the `hops`-th entry of `X-Forwarded-For` from the right, else the peer's.
///
/// Each proxy appends the address it was called from, so `hops` trusted proxies made the last `hops` entries. Entries
/// further left came with the request and may be anything. If the entry is missing or not an address, the request did
/// not come through these proxies, and only the peer is certain.
pub(super) fn client_address(headers: &HeaderMap, peer: IpAddr, hops: u8) -> IpAddr {
    forwarded(headers, hops).unwrap_or(peer)
}

fn forwarded(headers: &HeaderMap, hops: u8) -> Option<IpAddr> {
    let to_its_right = usize::from(hops).checked_sub(1)?;
    // Several such headers mean the same as one with all their entries in a row (RFC 9110, 5.3).
    let lines = headers.get_all(&FORWARDED_FOR).iter().rev();
    let entry = lines.flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b',')).nth(to_its_right)?;
    let entry = std::str::from_utf8(entry).ok()?.trim();
    // Some proxies add the port.
    entry.parse().or_else(|_| entry.parse().map(|with_port: SocketAddr| with_port.ip())).ok()
}

/// What counts as one client: an IPv4 address, or the 64 bits of an IPv6 address that name a network.
///
/// Each machine chooses the other 64 bits itself (RFC 4291, section 2.5.1), and may change them for each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Network {
    V4(u32),
    V6(u64),
}

impl Network {
    pub(super) fn of(address: IpAddr) -> Self {
        // An IPv4 client of a socket that speaks both versions looks like `::ffff:192.0.2.1`.
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }

    /// The neighborhood that one customer of a provider, or one attacker, may well have all of: a /24, or a /48.
    pub(super) fn wider(self) -> Self {
        match self {
            Self::V4(bits) => Self::V4(bits >> 8),
            Self::V6(bits) => Self::V6(bits >> 16),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PEER: &str = "10.9.8.7";

    fn client(lines: &[&[u8]], hops: u8) -> String {
        let pairs = lines.iter().map(|line| (FORWARDED_FOR.clone(), HeaderValue::from_bytes(line).unwrap()));
        client_address(&pairs.collect(), PEER.parse().unwrap(), hops).to_string()
    }

    #[test]
    fn the_header_counts_only_if_configured_and_only_from_the_right() {
        for (line, hops, expected) in [
            ("198.51.100.1", 0, PEER),
            ("198.51.100.1", 1, "198.51.100.1"),
            ("6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),
            ("6.6.6.6,198.51.100.1,203.0.113.9", 2, "198.51.100.1"),
            ("6.6.6.6, 7.7.7.7 ,\t198.51.100.1 , 203.0.113.9", 2, "198.51.100.1"),
            ("198.51.100.1", 2, PEER),
            ("2001:db8::1", 1, "2001:db8::1"),
            ("[2001:db8::1]:4711", 1, "2001:db8::1"),
            ("198.51.100.1:4711", 1, "198.51.100.1"),
        ] {
            assert_eq!(client(&[line.as_bytes()], hops), expected, "{hops} hops, {line}");
        }
    }

    #[test]
    fn lines_of_the_header_are_one_list() {
        let lines: [&[u8]; 2] = [b"6.6.6.6, 198.51.100.1", b"203.0.113.9"];
        assert_eq!(client(&lines, 1), "203.0.113.9");
        assert_eq!(client(&lines, 2), "198.51.100.1");
        assert_eq!(client(&lines, 3), "6.6.6.6");
        assert_eq!(client(&lines, 4), PEER);
    }

    #[test]
    fn without_an_address_in_the_header_the_peer_counts() {
        let long = b"6.6.6.6,".repeat(2_000);
        for line in [
            &b""[..],
            b",",
            b"unknown",
            b"_hidden",
            b"198.51.100.1,",
            b"198.51.100.1, for=203.0.113.9",
            b"198.51.100.256",
            b"198.051.100.01",
            b"2001:db8::1%eth0",
            b"\xff\xfe",
            b"198.51.100.1\xc3\xa9",
            &long,
        ] {
            assert_eq!(client(&[line], 1), PEER, "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(client(&[], 1), PEER);
        assert_eq!(client(&[b"198.51.100.1"], u8::MAX), PEER);
        // An entry that is no address is not stepped over: the one to its left was written by the client.
        assert_eq!(client(&[b"6.6.6.6, unknown"], 1), PEER);
    }

    #[test]
    fn an_ipv6_network_is_one_client_and_a_mapped_address_is_its_ipv4_one() {
        let network = |text: &str| Network::of(text.parse().unwrap());
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_ne!(network("0.0.0.0"), network("::"));
    }

    #[test]
    fn neighbours_share_what_is_wider() {
        let wider = |text: &str| Network::of(text.parse().unwrap()).wider();
        assert_eq!(wider("192.0.2.1"), wider("192.0.2.254"));
        assert_ne!(wider("192.0.2.1"), wider("192.0.3.1"));
        assert_eq!(wider("2001:db8:7:1::1"), wider("2001:db8:7:ffff::1"));
        assert_ne!(wider("2001:db8:7:1::1"), wider("2001:db8:8:1::1"));
    }
}
