//! What happens to every request before and after its handler: an identifier, the checks that are
//! the same everywhere, errors as problems, security headers, measurement and one line of log.

mod checks;
mod headers;
mod source;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use impersonation_domain::audit::Origin;
use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

use crate::{
    catalog::{Catalog, Route},
    problem::{self, Problem},
    settings::HttpSettings,
};

pub(crate) use self::{checks::names_one_host, source::client_address};

/// Identifies a request, in the answer, the log and the audit log.
const REQUEST_ID: &str = "x-request-id";

/// What is known of a request before its handler sees it.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// Identifies it.
    pub(crate) request_id: String,
    /// The address that it came from, as far as that is known for sure.
    pub(crate) source: Option<std::net::IpAddr>,
}

impl RequestContext {
    /// Where the request came from, for the audit log.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            request_id: Some(self.request_id.clone()),
            source_address: self.source.map(|address| address.to_string()),
        }
    }
}

/// An endpoint with everything around it that is the same for all.
pub(crate) struct Edge<E> {
    inner: E,
    catalog: Arc<Catalog>,
    settings: Arc<HttpSettings>,
}

impl<E: Endpoint<Output = Response>> Edge<E> {
    pub(crate) fn new(inner: E, catalog: Arc<Catalog>, settings: Arc<HttpSettings>) -> Self {
        Self { inner, catalog, settings }
    }

    /// Runs the handler. Whatever goes wrong, a panic included, becomes a problem.
    async fn answer(&self, request: Request, route: Option<&Route>) -> Result<Response, Problem> {
        checks::one_host(&request)?;
        checks::one_credential(&request, &self.settings.session_cookies)?;
        if let Some(route) = route {
            checks::query(&request, route)?;
        }
        let method = request.method().clone();
        let allow = route.map(Route::allow);
        match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
            Ok(Ok(response)) if is_bare_error(&response) => {
                Err(problem::from_status(response.status(), &method, allow.as_deref()))
            }
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                let problem = problem::from_poem(&error, &method, allow.as_deref());
                if problem.code == "internal_error" {
                    tracing::error!(%error, "a request failed");
                }
                Err(problem)
            }
            Err(_) => {
                tracing::error!("a request handler panicked");
                Err(Problem::internal())
            }
        }
    }

    fn request_id(&self, request: &Request) -> String {
        let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let sane =
            |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        given.filter(sane).map_or_else(|| self.settings.ids.next().to_string(), ToOwned::to_owned)
    }
}

/// Whether it is an error that is no problem document yet.
fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    (status.is_client_error() || status.is_server_error())
        && response.content_type() != Some(problem::CONTENT_TYPE)
        // Readiness answers in plain text, for whatever asks.
        && response.content_type().is_none_or(|kind| !kind.starts_with("text/plain; charset"))
}

impl<E: Endpoint<Output = Response>> Endpoint for Edge<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how long a request took is measured here; it decides nothing"
        )]
        let started = Instant::now();
        let request_id = self.request_id(&request);
        let method = known_method(request.method());
        let route = self.catalog.find(request.uri().path());
        let pattern = route.map_or("unknown", Route::pattern);
        let is_head = *request.method() == Method::HEAD;
        let source = client_address(&request, &self.settings.trusted_proxies);
        request.set_data(RequestContext { request_id: request_id.clone(), source });

        let mut code = "";
        let mut response = match self.answer(request, route).await {
            Ok(response) => response,
            Err(problem) => {
                code = problem.code;
                let mut response = problem.into_response(Some(&request_id));
                if is_head {
                    response.set_body(());
                }
                response
            }
        };
        headers::protect(response.headers_mut(), self.settings.https);
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let (status, took) = (response.status(), started.elapsed());
        self.settings.metrics.request(method, pattern, status, took);
        log(method, pattern, status, code, took.as_micros(), &request_id);
        Ok(response)
    }
}

/// The method as a label: one of those that there are, whatever a client makes up.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}

/// One line a request. Never a path as it was sent, a query, a header or a body.
fn log(method: &str, route: &str, status: StatusCode, code: &str, micros: u128, request_id: &str) {
    let status = status.as_u16();
    if matches!(route, "/livez" | "/readyz") && status < 500 {
        tracing::debug!(method, route, status, code, micros, request_id, "request");
    } else {
        tracing::info!(method, route, status, code, micros, request_id, "request");
    }
}

/// Whether the header is there more than once.
fn is_repeated(request: &Request, name: header::HeaderName) -> bool {
    request.headers().get_all(name).iter().nth(1).is_some()
}
