//! The JSON API over the use cases of `impersonation-domain`.
//!
//! [`api`] gives an endpoint with everything under `/api/v1`, `/livez` and `/readyz`; [`Metrics`] has
//! what operators watch. Handlers only translate between HTTP and the use cases: no rule is decided
//! here.

mod api;
mod app;
mod catalog;
mod csv;
mod document;
mod download;
mod edge;
mod metrics;
mod problem;
mod reply;
mod request;
mod settings;
mod shared;
mod sign_in_limits;
mod value;
mod wire;

use std::sync::Arc;

use impersonation_domain::service::Impersonation;
use poem::{Endpoint, EndpointExt, Response};

pub use metrics::Metrics;

pub use settings::{
    HttpSettings, InvalidNetwork, Network, OperatorToken, Readiness, SignInLimit,
    UnsuitableOperatorToken,
};

pub use shared::Shared;

/// The whole API over these use cases. It answers every request itself, also those for addresses
/// that do not exist: it can be served as it is.
#[must_use]
pub fn api(
    service: Impersonation,
    settings: HttpSettings,
) -> impl Endpoint<Output = Response> + 'static {
    api_sharing(service, &Shared::new(settings))
}

/// The same, where other endpoints of the server share what there is to be one of.
#[must_use]
pub fn api_sharing(
    service: Impersonation,
    shared: &Shared,
) -> impl Endpoint<Output = Response> + use<> {
    let app = app::App::new(service, shared.clone());
    let catalog = Arc::new(catalog::Catalog::new(document::value()));
    let handlers = poem::IntoEndpoint::into_endpoint(api::service()).data(app).map_to_response();
    edge::Edge::new(handlers, catalog, shared.settings().clone())
}

/// The description of the API, in OpenAPI 3.0: pretty-printed, always the same text for the same
/// version, with a line break at its end.
#[must_use]
pub fn openapi_document() -> String {
    document::text().to_owned()
}

#[cfg(all(planted, not(debug_assertions)))]
compile_error!("planted bugs are for tests: no release can have them");
