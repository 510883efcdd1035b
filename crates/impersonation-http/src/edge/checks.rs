//! Checks that are the same for every request.

use std::collections::BTreeSet;

use poem::{
    Request,
    http::{StatusCode, header},
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
