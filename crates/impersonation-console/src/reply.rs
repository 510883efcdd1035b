//! Answers.

use askama::Template;
use poem::{
    IntoResponse, Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::{cookies::Cookie, failure::Failure};

/// What a page answers.
pub(crate) type Reply = Result<Response, Failure>;

/// A page of HTML.
pub(crate) fn html(page: &impl Template) -> Reply {
    html_with(StatusCode::OK, page)
}

/// A page of HTML that says what is wrong.
pub(crate) fn html_with(status: StatusCode, page: &impl Template) -> Reply {
    Ok(Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .body(page.render()?))
}

/// On to another page (RFC 9110, section 15.4.4): going back does not send the form again.
pub(crate) fn see_other(path: &str) -> Reply {
    let location = HeaderValue::from_str(path).map_err(|_| Failure::Internal)?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// On to another page, which says once what has been done.
pub(crate) fn done(path: &str, notice: &str, https: bool) -> Reply {
    let mut response = see_other(path)?;
    let notice: String = url::form_urlencoded::byte_serialize(notice.as_bytes()).collect();
    add_cookie(&mut response, Cookie::Notice.set(&notice, https, Some(60)));
    Ok(response)
}

/// Adds a cookie to the answer.
pub(crate) fn add_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A file, to be saved.
pub(crate) fn attachment(name: &str, media_type: &str, content: impl Into<poem::Body>) -> Response {
    let plain = |c: char| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' }
    };
    let fallback: String = name.chars().map(plain).collect();
    // RFC 6266: the name for old browsers, and the right one (RFC 8187).
    let exact: String = name
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect();
    Response::builder()
        .content_type(media_type)
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{exact}"),
        )
        .header(
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
        )
        .body(content)
}
