//! What the composition root tells this crate.

use std::{net::IpAddr, sync::Arc, time::Duration};

use impersonation_domain::{
    ports::{GrantView, IdGenerator, SecretGenerator},
    secret::SecretHash,
    service::EventView,
};
use poem::{Request, http::StatusCode};

/// How the console is to be served.
#[derive(Clone)]
pub struct ConsoleSettings {
    /// Makes identifiers of requests that come without one.
    pub ids: Arc<dyn IdGenerator>,
    /// Makes the masks of form tokens.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Where browsers find the console, such as `https://impersonation.example`. Without it the
    /// `Host` of a request tells.
    pub public_origin: Option<String>,
    /// Whether browsers reach us over TLS: then cookies are bound to it.
    pub https: bool,
    /// The hash of the token in the one-time set-up link. Without it there is no such page.
    pub set_up_token: Option<SecretHash>,
    /// How long a failed sign-in takes at least, whatever the reason.
    pub sign_in_floor: Duration,
    /// What there is one of for the console and the API together.
    pub common: Arc<dyn Common>,
}

/// What the console has in common with the API, so that there is one of each: one limit on signing
/// in, one form of an exported event, one list of trusted proxies.
pub trait Common: Send + Sync {
    /// The address that a request came from, as far as that is known for sure.
    fn client_address(&self, request: &Request) -> Option<IpAddr>;

    /// Whether a request says once for which host it is.
    fn names_one_host(&self, request: &Request) -> bool;

    /// Counts an attempt to sign in.
    ///
    /// # Errors
    /// In how many seconds the next may be made, where there were too many.
    fn count_sign_in(&self, source: Option<IpAddr>, email: &str) -> Result<(), u64>;

    /// Grants as a file that can be imported again (design rule 3.9). `None` if it cannot be written.
    fn grants_as_csv(&self, grants: &[GrantView]) -> Option<String>;

    /// An event of the audit log in JSON, on one line.
    fn event_as_json(&self, event: &EventView) -> String;

    /// A request has been answered.
    fn measure(&self, method: &str, page: &str, status: StatusCode, took: Duration);

    /// A decision on logging in as somebody was asked for.
    fn count_login_decision(&self, permitted: bool);

    /// A decision on sending as somebody was asked for.
    fn count_send_decision(&self, permitted: bool);

    /// Whether the server is about to stop, so that what is held open is to be closed.
    fn is_stopping(&self) -> bool;
}
