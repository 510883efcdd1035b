//! Checks that are the same for every request.

use std::collections::BTreeSet;

use poem::{
    Request,
    http::{StatusCode, Version, header},
};

use super::is_repeated;
use crate::{catalog::Route, problem::Problem};

/// A request has one credential, or none: where there are several, none is chosen.
pub(super) fn one_credential(request: &Request, session_cookies: &[String]) -> Result<(), Problem> {
    let mut sessions = 0_usize;
    for value in request.headers().get_all(header::COOKIE) {
        let text = String::from_utf8_lossy(value.as_bytes());
        let names =
            text.split(';').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.trim());
        sessions +=
            names.filter(|name| session_cookies.iter().any(|cookie| cookie == name)).count();
    }
    let header = usize::from(request.headers().contains_key(header::AUTHORIZATION));
    let in_query = usize::from(pairs(request).iter().any(|(name, _)| name == "access_token"));
    if is_repeated(request, header::AUTHORIZATION) || sessions + header + in_query > 1 {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "two_credentials",
            "the request has more than one credential; send one `Authorization` header and nothing else",
        ));
    }
    Ok(())
}

/// A request says once for which host it is, as every server after the first must read it alike
/// (RFC 9112, section 3.2). HTTP/2 says it in the address, and HTTP/1.0 need not.
pub(crate) fn names_one_host(request: &Request) -> bool {
    let needs_one = request.version() == Version::HTTP_11
        && request.uri().authority().is_none()
        // What did not come over a network was not sent to a host.
        && request.remote_addr().as_socket_addr().is_some();
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || hosts == 0 && !needs_one
}

/// The same, as a problem.
pub(super) fn one_host(request: &Request) -> Result<(), Problem> {
    let missing_or_repeated = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "one_host",
            "the request does not say for which host it is, or says it twice; send one `Host` header",
        )
    };
    names_one_host(request).then_some(()).ok_or_else(missing_or_repeated)
}

/// A query has no names but those of the operation, each once.
pub(super) fn query(request: &Request, route: &Route) -> Result<(), Problem> {
    let Some(known) = route.query(request.method()) else { return Ok(()) };
    let mut seen = BTreeSet::new();
    for (name, _) in pairs(request) {
        if !known.contains(&name) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
            let instead = match known {
                [] => "this takes none".to_owned(),
                known => format!(
                    "use {}",
                    known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                ),
            };
            let detail = format!("there is no parameter `{shown}` here; {instead}");
            return Err(Problem::new(StatusCode::BAD_REQUEST, "unknown_parameter", detail));
        }
        if seen.contains(&name) {
            return Err(Problem::invalid_parameter(&name, "it is there twice; send it once"));
        }
        seen.insert(name);
    }
    Ok(())
}

/// The names and values of the query.
fn pairs(request: &Request) -> Vec<(String, String)> {
    request.params().unwrap_or_default()
}
