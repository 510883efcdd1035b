//! Addresses of proxies, and the address by which people reach the server.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

/// One address or a range of them, such as `10.0.0.7` or `10.0.0.0/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is no such range, or one that would trust the world.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidNetwork {
    /// It cannot be read.
    #[error("`{0}` is no address; write one such as `10.0.0.7`, or a range such as `10.0.0.0/24`")]
    Malformed(String),
    /// It is too wide.
    #[error(
        "`{0}` would believe almost everyone about the client's address; name your proxies, in ranges no wider than `/8` (IPv4) or `/16` (IPv6)"
    )]
    TooWide(String),
}

impl Network {
    /// The first address of the range as it was written.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many leading bits are those of the range.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.prefix
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || InvalidNetwork::Malformed(text.to_owned());
        if text.trim() == "*" {
            return Err(InvalidNetwork::TooWide(text.to_owned()));
        }
        let (address, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((address, prefix)) => {
                (address, Some(prefix.parse::<u8>().map_err(|_| malformed())?))
            }
        };
        let address: IpAddr = address.trim().parse().map_err(|_| malformed())?;
        let (narrowest, widest) = match address {
            IpAddr::V4(_) => (32, 8),
            IpAddr::V6(_) => (128, 16),
        };
        match prefix.unwrap_or(narrowest) {
            prefix if prefix > narrowest => Err(malformed()),
            prefix if prefix < widest || address.is_unspecified() => {
                Err(InvalidNetwork::TooWide(text.to_owned()))
            }
            prefix => Ok(Self { address, prefix }),
        }
    }
}

impl TryFrom<String> for Network {
    type Error = InvalidNetwork;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// How people reach the server: a scheme, a host and perhaps a port, without anything after it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(Url);

/// The text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not how people reach a server; write a scheme and a host such as `https://access.example.com`"
)]
pub struct InvalidPublicUrl(String);

impl PublicUrl {
    /// Whether it is reached by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it is reached from this machine only.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Scheme, host and port as a browser sends them in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = InvalidPublicUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).map_err(|_| InvalidPublicUrl(text.clone()))?;
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.path() == "/";
        if matches!(url.scheme(), "http" | "https") && is_bare {
            Ok(Self(url))
        } else if url.password().is_some() {
            Err(InvalidPublicUrl("(an address with a password in it)".to_owned()))
        } else {
            Err(InvalidPublicUrl(text))
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_no_range_trusts_the_world() {
        for wide in ["*", "0.0.0.0", "0.0.0.0/0", "::/0", "::", "10.0.0.0/7", "2001::/15"] {
            assert!(matches!(wide.parse::<Network>(), Err(InvalidNetwork::TooWide(_))), "{wide}");
        }
        for malformed in ["", "proxy.example", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "fe80::/129"]
        {
            assert!(
                matches!(malformed.parse::<Network>(), Err(InvalidNetwork::Malformed(_))),
                "{malformed}"
            );
        }
        for (text, shown) in
            [("10.0.0.7", "10.0.0.7/32"), ("10.0.0.0/8", "10.0.0.0/8"), ("::1", "::1/128")]
        {
            assert_eq!(text.parse::<Network>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_public_url_is_scheme_and_host() {
        let url = |text: &str| PublicUrl::try_from(text.to_owned());
        assert!(url("https://access.example.com").unwrap().is_https());
        assert_eq!(
            url("https://access.example.com:8443/").unwrap().to_string(),
            "https://access.example.com:8443"
        );
        assert!(url("http://localhost:8080").unwrap().is_loopback());
        assert!(url("http://[::1]:8080").unwrap().is_loopback());
        assert!(!url("http://10.0.0.1").unwrap().is_loopback());
        for refused in [
            "",
            "access.example.com",
            "ftp://x",
            "https://x/path",
            "https://x/?q",
            "https://u:hunter2@x",
        ] {
            let error = url(refused).unwrap_err();
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
