//! Where a request comes from.

use std::net::IpAddr;

use poem::Request;

use crate::settings::Network;

/// The address of the client: that of the peer, or, where the peer is a trusted proxy, the
/// rightmost address in `X-Forwarded-For` that is not one. What cannot be read ends the search:
/// nothing to the left of it is believed.
pub(crate) fn client_address(request: &Request, trusted: &[Network]) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr()?.ip().to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    let lines: Vec<_> = request.headers().get_all("x-forwarded-for").iter().collect();
    let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    for hop in hops {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    Some(client)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn address(peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<Network> = ["10.0.0.0/8".parse().unwrap()].to_vec();
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = Request::builder().remote_addr(poem::web::RemoteAddr(peer.into()));
        for line in forwarded {
            request = request.header("X-Forwarded-For", *line);
        }
        client_address(&request.finish(), &trusted).unwrap().to_string()
    }

    #[test]
    fn w5_only_a_trusted_proxy_says_where_a_request_comes_from() {
        assert_eq!(address("203.0.113.1:9", &["198.51.100.7"]), "203.0.113.1");
        assert_eq!(address("10.0.0.1:9", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1:9", &["1.2.3.4, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1:9", &["1.2.3.4", "198.51.100.7"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1:9", &[]), "10.0.0.1");
        assert_eq!(address("10.0.0.1:9", &["198.51.100.7, nonsense"]), "10.0.0.1");
        assert_eq!(address("[::ffff:10.0.0.1]:9", &["2001:db8::1"]), "2001:db8::1");
    }
}
