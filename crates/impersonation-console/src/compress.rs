//! Compressed answers (RFC 9110, section 8.4).

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use poem::{
    Request,
    http::{HeaderMap, HeaderValue, header},
};

/// Less than this is not worth it.
const LEAST: usize = 1024;

/// Whether the client takes gzip.
pub(crate) fn is_accepted(request: &Request) -> bool {
    let lines = request.headers().get_all(header::ACCEPT_ENCODING).iter();
    let mut offers = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','));
    offers.any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"));
        is_gzip && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// The text compressed, if that helps.
pub(crate) fn gzip(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() < LEAST {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(text).ok()?;
    encoder.finish().ok()
}

/// Says how the answer is compressed, and that it depends on what was accepted.
pub(crate) fn describe(headers: &mut HeaderMap, is_compressed: bool) {
    headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
}
