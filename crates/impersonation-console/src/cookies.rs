//! The cookies: the own session, the login session, a word on what has just been done, and how long
//! tables are.
//!
//! The token of a login session has a cookie of its own, so that the way back is always the own
//! session's cookie, which the server looks up and validates again (invariants W2, S6).

use impersonation_domain::secret::Secret;
use poem::{
    Request,
    http::{HeaderValue, header},
};

use crate::failure::Failure;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The token of the own session.
    Own,
    /// The token of the login session.
    Login,
    /// A word on what has just been done, shown once.
    Notice,
    /// How many rows the person has chosen to see in tables.
    Rows,
}

impl Cookie {
    /// Over TLS the name makes browsers refuse the cookie from anybody but this very host.
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Self::Own, true) => "__Host-imp_own",
            (Self::Own, false) => "imp_own",
            (Self::Login, true) => "__Host-imp_las",
            (Self::Login, false) => "imp_las",
            (Self::Notice, true) => "__Host-imp_notice",
            (Self::Notice, false) => "imp_notice",
            (Self::Rows, true) => "__Host-imp_rows",
            (Self::Rows, false) => "imp_rows",
        }
    }

    /// The value that a request has for the cookie. One that is there twice is refused, never chosen
    /// from (invariant S11).
    pub(crate) fn read(self, request: &Request, https: bool) -> Result<Option<String>, Failure> {
        let mut found = None;
        for line in request.headers().get_all(header::COOKIE) {
            let line = line.to_str().map_err(|_| Failure::TwoCredentials)?;
            for (name, value) in line.split(';').filter_map(|pair| pair.split_once('=')) {
                if name.trim() == self.name(https)
                    && found.replace(value.trim().to_owned()).is_some()
                {
                    return Err(Failure::TwoCredentials);
                }
            }
        }
        Ok(found)
    }

    /// The header that sets the cookie, until the browser is closed or this many seconds pass.
    pub(crate) fn set(self, value: &str, https: bool, seconds: Option<i64>) -> Option<HeaderValue> {
        let mut text = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict", self.name(https));
        if https {
            text.push_str("; Secure");
        }
        if let Some(seconds) = seconds {
            text.push_str(&format!("; Max-Age={}", seconds.max(0)));
        }
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The header that removes the cookie.
    pub(crate) fn clear(self, https: bool) -> Option<HeaderValue> {
        self.set("", https, Some(0))
    }
}

/// The tokens of a request: of the own session, and of the login session.
pub(crate) fn tokens(
    request: &Request,
    https: bool,
) -> Result<(Option<Secret>, Option<Secret>), Failure> {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Failure::TwoCredentials);
    }
    let read = |cookie: Cookie| {
        let value = cookie.read(request, https)?;
        Ok::<_, Failure>(value.and_then(|value| Secret::parse(&value).ok()))
    };
    Ok((read(Cookie::Own)?, read(Cookie::Login)?))
}
