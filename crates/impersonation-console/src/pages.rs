//! The pages, by their addresses.

mod account;
mod administration;
mod impersonation;
pub(crate) mod login_sessions;
mod set_up;
pub(crate) mod sign_in;
pub(crate) mod workspace;

use poem::{Endpoint, Request, Response, Result, Route, RouteMethod, get, handler, post};

use crate::{
    live,
    reply::{Reply, see_other},
    visit::Visitor,
};

/// The address of the stream that open pages hold.
pub(crate) const LIVE: &str = "/live";

/// Whether a form for this address needs no session, so that it has no token of one.
pub(crate) fn takes_anyone(path: &str) -> bool {
    path == "/sign-in" || path.starts_with("/set-up/")
}

/// Every page.
#[derive(Default)]
pub(crate) struct Pages {
    route: Option<Route>,
    patterns: Vec<&'static str>,
}

impl Pages {
    pub(crate) fn page(mut self, pattern: &'static str, methods: RouteMethod) -> Self {
        self.route = Some(self.route.unwrap_or_default().at(pattern, methods));
        self.patterns.push(pattern);
        self
    }

    /// The pattern that an address follows, for measurements and the log, which never show an
    /// address as it was sent.
    pub(crate) fn pattern(&self, path: &str) -> &'static str {
        let follows = |pattern: &&&'static str| {
            let (mut parts, mut asked) = (pattern.split('/'), path.split('/'));
            loop {
                match (parts.next(), asked.next()) {
                    (None, None) => return true,
                    (Some(part), Some(asked)) if part == asked || part.starts_with(':') => {}
                    _ => return false,
                }
            }
        };
        self.patterns.iter().find(follows).copied().unwrap_or("unknown")
    }

    /// The pattern of every address.
    pub(crate) fn patterns(&self) -> &[&'static str] {
        &self.patterns
    }

    /// Asks the page.
    pub(crate) async fn call(&self, request: Request) -> Result<Response> {
        match &self.route {
            Some(route) => route.call(request).await,
            None => Err(poem::error::NotFoundError.into()),
        }
    }
}

/// Every page under its address. What is more specific comes first.
pub(crate) fn routes() -> Pages {
    let pages = Pages::default()
        .page("/", get(home))
        .page(LIVE, get(live::events))
        .page("/sign-in", get(sign_in::show).post(sign_in::submit))
        .page("/sign-out", post(sign_in::sign_out))
        .page("/set-up/:token", get(set_up::show).post(set_up::submit))
        .page("/login-sessions", post(login_sessions::start))
        .page("/login-sessions/return", post(login_sessions::return_to_own))
        .page("/login-sessions/:id/end", post(login_sessions::end));
    let pages = workspace::routes(pages);
    let pages = account::routes(pages);
    let pages = impersonation::routes(pages);
    administration::routes(pages)
}

/// Where one begins.
#[handler]
fn home(_: Visitor) -> Reply {
    see_other("/channels")
}
