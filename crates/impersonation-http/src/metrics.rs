//! Measurements, in the OpenMetrics text format.

use std::{fmt, sync::Arc, time::Duration};

use poem::http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Upper bounds of the buckets, in seconds: those of the semantic conventions for HTTP servers.
const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    http_request_method: String,
    http_route: String,
    http_response_status_code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    action: &'static str,
    decision: &'static str,
}

type Durations = Family<RequestLabels, Histogram, fn() -> Histogram>;

/// What is measured. Clones share everything. No label has a value that a client chooses or that
/// names a person.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    durations: Durations,
    decisions: Family<DecisionLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::with_registry(Registry::default())
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// The measurements of this crate beside those that are in the registry already.
    #[must_use]
    pub fn with_registry(mut registry: Registry) -> Self {
        let durations = Durations::new_with_constructor(|| Histogram::new(BUCKETS));
        let decisions = Family::<DecisionLabels, Counter>::default();
        registry.register_with_unit(
            "http_server_request_duration",
            "How long requests took, by method, route and status",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "delegation_decisions",
            "Decisions on logging in as and sending as another user, and how they turned out",
            decisions.clone(),
        );
        Self { registry: Arc::new(registry), durations, decisions }
    }

    pub(crate) fn request(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        let labels = RequestLabels {
            http_request_method: method.to_owned(),
            http_route: route.to_owned(),
            http_response_status_code: status.as_u16(),
        };
        self.durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    pub(crate) fn decision(&self, action: &'static str, permitted: bool) {
        let decision = if permitted { "permit" } else { "deny" };
        self.decisions.get_or_create(&DecisionLabels { action, decision }).inc();
    }

    /// Everything that has been measured, in the text format of OpenMetrics 1.0. It is for a listener
    /// of its own, not for clients of the API.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(fmt::Error) => String::new(),
        }
    }
}
