//! What the API shares with other endpoints of the same server, so that there is one of each.

use std::{net::IpAddr, sync::Arc, time::Duration};

use impersonation_domain::{ports::GrantView, service::EventView};
use poem::{Request, http::StatusCode};
use poem_openapi::types::ToJSON;

use crate::{
    csv, edge, settings::HttpSettings, sign_in_limits::SignInLimits, wire::audit::EventJson,
};

/// What the API shares with other endpoints of the same server. Clones share it, too.
#[derive(Clone)]
pub struct Shared(Arc<Inner>);

struct Inner {
    settings: Arc<HttpSettings>,
    limits: SignInLimits,
}

impl Shared {
    /// What is shared under these settings.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        let limits = SignInLimits::new(settings.sign_in_limit);
        Self(Arc::new(Inner { settings: Arc::new(settings), limits }))
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Arc<HttpSettings> {
        &self.0.settings
    }

    pub(crate) fn limits(&self) -> &SignInLimits {
        &self.0.limits
    }

    /// The address of the client: that of the peer, or what a trusted proxy says that it is.
    #[must_use]
    pub fn client_address(&self, request: &Request) -> Option<IpAddr> {
        edge::client_address(request, &self.0.settings.trusted_proxies)
    }

    /// Whether a request says once for which host it is.
    #[must_use]
    pub fn names_one_host(request: &Request) -> bool {
        edge::names_one_host(request)
    }

    /// Counts an attempt to sign in, by where it comes from and whom it is for.
    ///
    /// # Errors
    /// In how many seconds the next may be made, where there were too many.
    pub fn count_sign_in(&self, source: Option<IpAddr>, email: &str) -> Result<(), u64> {
        self.0.limits.check(source, email).map_err(|problem| problem.retry_after.unwrap_or(1))
    }

    /// Grants as a file that can be imported again (design rule 3.9). `None` where it cannot be
    /// written, which is logged.
    #[must_use]
    pub fn grants_as_csv(grants: &[GrantView]) -> Option<String> {
        csv::write(grants).ok()
    }

    /// Measures a request that was answered, under the pattern of its address.
    pub fn measure(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        self.0.settings.metrics.request(method, route, status, took);
    }

    /// Counts a decision on logging in as somebody.
    pub fn count_login_decision(&self, permitted: bool) {
        self.0.settings.metrics.decision("login", permitted);
    }

    /// Counts a decision on sending as somebody.
    pub fn count_send_decision(&self, permitted: bool) {
        self.0.settings.metrics.decision("send", permitted);
    }

    /// An event of the audit log as the API shows it, on one line.
    #[must_use]
    pub fn event_as_json(event: &EventView) -> String {
        EventJson::from(event).to_json_string()
    }
}
