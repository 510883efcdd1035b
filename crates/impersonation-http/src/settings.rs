//! What the composition root tells this crate.

mod network;

use std::{
    fmt,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use impersonation_domain::{
    ports::{IdGenerator, OrganizationIndex},
    secret::SecretHash,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

pub use network::{InvalidNetwork, Network};

use crate::metrics::Metrics;

/// How the API is to be served.
#[derive(Clone)]
pub struct HttpSettings {
    /// Makes identifiers of requests that come without one.
    pub ids: Arc<dyn IdGenerator>,
    /// Asked by `/readyz` whether the store answers.
    pub index: Arc<dyn OrganizationIndex>,
    /// Whether clients reach us over TLS, so that browsers may be told to use nothing else.
    pub https: bool,
    /// The peers whose `X-Forwarded-For` is believed. Nobody's by default.
    pub trusted_proxies: Vec<Network>,
    /// What the operator authenticates with. Without it the operator's endpoints do not exist.
    pub operator_token: Option<OperatorToken>,
    /// The hash of the token in the one-time set-up link. Without it there is no such link.
    pub set_up_token: Option<SecretHash>,
    /// The names of cookies that carry a session. One of them beside a token is two credentials.
    pub session_cookies: Vec<String>,
    /// How often one source, and one email address, may try to sign in.
    pub sign_in_limit: SignInLimit,
    /// How long a failed sign-in takes at least, whatever the reason.
    pub sign_in_floor: Duration,
    /// Whether new work is taken.
    pub readiness: Readiness,
    /// Where measurements go.
    pub metrics: Metrics,
}

impl HttpSettings {
    /// The settings for a server on its own, without TLS, proxies or an operator.
    #[must_use]
    pub fn new(ids: Arc<dyn IdGenerator>, index: Arc<dyn OrganizationIndex>) -> Self {
        let cookies = ["__Host-imp_own", "imp_own", "__Host-imp_las", "imp_las"];
        Self {
            ids,
            index,
            https: false,
            trusted_proxies: Vec::new(),
            operator_token: None,
            set_up_token: None,
            session_cookies: cookies.map(ToOwned::to_owned).to_vec(),
            sign_in_limit: SignInLimit::default(),
            sign_in_floor: Duration::from_millis(300),
            readiness: Readiness::default(),
            metrics: Metrics::default(),
        }
    }
}

/// How often one source, and one email address, may try to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignInLimit {
    /// Attempts a minute in the long run.
    pub per_minute: NonZeroU32,
    /// Attempts at once after a pause.
    pub burst: NonZeroU32,
}

impl Default for SignInLimit {
    /// Ten a minute, ten at once.
    fn default() -> Self {
        let ten = NonZeroU32::MIN.saturating_add(9);
        Self { per_minute: ten, burst: ten }
    }
}

/// The hash of what the operator authenticates with.
#[derive(Clone, Copy)]
pub struct OperatorToken([u8; 32]);

/// The operator's token is too short to be safe, or cannot be sent in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the operator token must have at least 32 visible ASCII characters; generate one with `openssl rand -hex 32`"
)]
pub struct UnsuitableOperatorToken;

impl OperatorToken {
    /// The token that the operator will present.
    ///
    /// # Errors
    /// [`UnsuitableOperatorToken`] for one that could be guessed or not be sent.
    pub fn new(token: &str) -> Result<Self, UnsuitableOperatorToken> {
        if token.len() < 32 || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(UnsuitableOperatorToken);
        }
        Ok(Self(Sha256::digest(token.as_bytes()).into()))
    }

    /// Whether this is the token, in a time that does not tell how much of it is right.
    pub(crate) fn is(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
        self.0.ct_eq(&presented).into()
    }
}

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(redacted)")
    }
}

/// Whether the server takes new work. Clones share one switch.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<AtomicBool>);

impl Default for Readiness {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Readiness {
    /// From now on `/readyz` says no, so that load balancers stop sending work. What comes all the
    /// same is still answered.
    pub fn drain(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether new work is taken.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
