//! Combinations of settings that a server must not start with.

use std::net::SocketAddr;

use secrecy::ExposeSecret;
use thiserror::Error;

use super::Settings;

/// The shortest operator token.
const OPERATOR_TOKEN_LENGTH: usize = 32;

/// Settings that are readable but unsafe. Each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unsafe {
    /// Anyone could guess it.
    #[error(
        "`operator_token` has {length} characters; use at least 32 random ones, for example the output of `openssl rand -hex 32`"
    )]
    ShortOperatorToken {
        /// How long it is.
        length: usize,
    },
    /// It could not be sent in a header.
    #[error(
        "`operator_token` has characters other than letters, digits and punctuation; use for example the output of `openssl rand -hex 32`"
    )]
    UnprintableOperatorToken,
    /// Passwords and tokens would pass the network in the clear.
    #[error(
        "`listen` is `{listen}`, which other machines can reach, and nothing says that TLS is in front of it; set `public_url` to the `https://` address that people use, or set `insecure_http = true` if anyone on the network may read passwords and tokens"
    )]
    PlainHttp {
        /// The address.
        listen: SocketAddr,
    },
    /// People would be sent to a place where passwords and tokens can be read on the way.
    #[error(
        "`public_url` is `{url}`, which is not TLS; make it `https://`, or set `insecure_http = true` if anyone on the network may read passwords and tokens"
    )]
    PlainPublicUrl {
        /// The address.
        url: String,
    },
    /// The demo's passwords are known to everyone.
    #[error(
        "`listen` is `{listen}`, which other machines can reach, and everyone knows the demo's passwords; use `127.0.0.1`, or set `insecure_http = true` if that is meant"
    )]
    PublicDemo {
        /// The address.
        listen: SocketAddr,
    },
    /// Two servers cannot share an address.
    #[error(
        "`listen` and `metrics_listen` are both `{0}`; give the metrics an address of their own"
    )]
    SameAddress(SocketAddr),
    /// Nobody could sign in.
    #[error("`{0}` is 0, so nobody could sign in; use at least 1")]
    NoAttempts(&'static str),
    /// Nothing could be stored.
    #[error("`database.max_connections` is {0}; use 2 to 500")]
    Connections(u32),
}

impl Settings {
    /// Checks that it is safe to serve with these settings.
    ///
    /// # Errors
    /// The first thing that is not.
    pub fn check(&self, demo: bool) -> Result<(), Unsafe> {
        self.check_operator_token()?;
        self.check_transport(demo)?;
        if self.listen == self.metrics_listen && self.listen.port() != 0 {
            return Err(Unsafe::SameAddress(self.listen));
        }
        if self.sign_in.attempts_per_minute == 0 {
            return Err(Unsafe::NoAttempts("sign_in.attempts_per_minute"));
        }
        if self.sign_in.attempts_at_once == 0 {
            return Err(Unsafe::NoAttempts("sign_in.attempts_at_once"));
        }
        match self.database.max_connections {
            2..=500 => Ok(()),
            other => Err(Unsafe::Connections(other)),
        }
    }

    fn check_operator_token(&self) -> Result<(), Unsafe> {
        let Some(token) = &self.operator_token else {
            return Ok(());
        };
        let token = token.expose_secret();
        let length = token.chars().count();
        if length < OPERATOR_TOKEN_LENGTH {
            return Err(Unsafe::ShortOperatorToken { length });
        }
        if token.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(())
        } else {
            Err(Unsafe::UnprintableOperatorToken)
        }
    }

    fn check_transport(&self, demo: bool) -> Result<(), Unsafe> {
        if self.insecure_http {
            return Ok(());
        }
        let listen = self.listen;
        if demo && !listen.ip().is_loopback() {
            return Err(Unsafe::PublicDemo { listen });
        }
        match &self.public_url {
            Some(url) if url.is_https() => Ok(()),
            Some(url) if !url.is_loopback() => Err(Unsafe::PlainPublicUrl { url: url.to_string() }),
            _ if listen.ip().is_loopback() => Ok(()),
            _ => Err(Unsafe::PlainHttp { listen }),
        }
    }
}
