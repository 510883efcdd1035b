//! The web console: server-rendered pages over the use cases of `impersonation-domain`.
//!
//! [`console`] gives an endpoint with every page. Handlers only translate between forms, pages and
//! the use cases: no rule is decided here. Every page works without script; what script adds is
//! comfort, and knowing at once what has changed.

mod app;
mod assets;
mod compress;
mod cookies;
mod cursor;
mod edge;
mod failure;
mod form;
mod form_errors;
mod form_token;
mod format;
mod live;
#[expect(clippy::needless_pass_by_value, reason = "poem gives a handler what it asks for by value")]
mod pages;
mod reply;
mod settings;
mod shell;
mod visit;
mod words;

use std::sync::Arc;

use impersonation_domain::service::Impersonation;
use poem::{Endpoint, Response};

pub use settings::{Common, ConsoleSettings};

/// Every page over these use cases. It answers every request itself, also those for addresses that
/// do not exist: it can be served as it is.
#[must_use]
pub fn console(
    service: Impersonation,
    settings: ConsoleSettings,
) -> impl Endpoint<Output = Response> + 'static {
    let app = app::App::new(service, Arc::new(settings));
    edge::Edge::new(pages::routes(), app)
}

/// The pattern of every address, such as `/channels/:id`: for whoever puts something in front of the
/// console, and for tests that visit all of it.
#[must_use]
pub fn addresses() -> Vec<&'static str> {
    pages::routes().patterns().to_vec()
}
