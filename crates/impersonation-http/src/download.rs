//! Files on their way out.

use std::io;

use futures_util::TryStreamExt;
use impersonation_domain::service::FileDownload;
use poem::{Body, IntoResponse, Response, http::header};
use poem_openapi::{
    ApiResponse,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};

use crate::{reply::describe_header, request::encode};

/// A file, to be saved and never to be shown in place.
pub(crate) struct Download(FileDownload);

impl Download {
    pub(crate) fn new(file: FileDownload) -> Self {
        Self(file)
    }
}

/// How a browser is to treat the file (RFC 6266), with its name for old and for new ones.
fn disposition(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' }
    };
    let fallback: String = name.chars().map(plain).collect();
    format!("attachment; filename=\"{fallback}\"; filename*=UTF-8''{}", encode(name))
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let FileDownload { file, content } = self.0;
        Response::builder()
            .content_type(file.media_type.as_str())
            .header(header::CONTENT_LENGTH, file.size)
            .header(header::CONTENT_DISPOSITION, disposition(file.name.as_str()))
            .header(
                header::CONTENT_SECURITY_POLICY,
                "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
            )
            .body(Body::from_bytes_stream(content.map_err(io::Error::other)))
    }
}

impl ApiResponse for Download {
    fn meta() -> MetaResponses {
        let schema =
            MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let response = MetaResponse {
            description: "The file, under the type that it was sent with.",
            status: Some(200),
            status_range: None,
            content: vec![MetaMediaType { content_type: "*/*", schema }],
            headers: vec![
                describe_header("Content-Disposition", "Its name, and that it is to be saved."),
                describe_header("Content-Length", "Its size in bytes."),
            ],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sent_in_both_ways() {
        assert_eq!(
            disposition("Q3 \"räport\".pdf"),
            "attachment; filename=\"Q3 _r_port_.pdf\"; filename*=UTF-8''Q3%20%22r%C3%A4port%22.pdf"
        );
        assert!(!disposition("a\r\nX: y").contains(['\r', '\n']));
    }
}
