//! The server itself.

use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    ApiResponse, OpenApi,
    payload::PlainText,
    registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
};

use super::{Family, Public};
use crate::{
    document,
    problem::Problem,
    reply::{JSON, Refused},
    request::Anyone,
};

pub(super) struct Api;

/// Whether the server is alive.
#[derive(ApiResponse)]
enum Liveness {
    /// It is.
    #[oai(status = 200)]
    Alive(PlainText<String>),
}

/// Whether the server takes work.
#[derive(ApiResponse)]
enum Readiness {
    /// It does.
    #[oai(status = 200)]
    Ready(PlainText<String>),
    /// It does not: what is wrong, one line each.
    #[oai(status = 503)]
    NotReady(PlainText<String>),
}

/// The description of the API.
struct Described;

impl IntoResponse for Described {
    fn into_response(self) -> Response {
        Response::builder().status(StatusCode::OK).content_type(JSON).body(document::text())
    }
}

impl ApiResponse for Described {
    fn meta() -> MetaResponses {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("object")));
        let response = MetaResponse {
            description: "The description, in OpenAPI 3.0.",
            status: Some(200),
            status_range: None,
            content: vec![MetaMediaType { content_type: JSON, schema }],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

#[OpenApi(tag = "Family::Server")]
impl Api {
    /// Is the server alive
    ///
    /// Asks nothing but the process itself.
    #[oai(path = "/livez", method = "get", operation_id = "get_liveness")]
    #[expect(clippy::unused_async, reason = "the framework asks for it")]
    async fn live(&self) -> Result<Liveness, Refused<Public>> {
        Ok(Liveness::Alive(PlainText("ok\n".to_owned())))
    }

    /// Does the server take work
    ///
    /// No while it is stopping, or while the store does not answer.
    #[oai(path = "/readyz", method = "get", operation_id = "get_readiness")]
    async fn ready(&self, anyone: Anyone) -> Result<Readiness, Refused<Public>> {
        let settings = anyone.app.settings();
        if !settings.readiness.is_ready() {
            return Ok(Readiness::NotReady(PlainText("draining\n".to_owned())));
        }
        match settings.index.ping().await {
            Ok(()) => Ok(Readiness::Ready(PlainText("ok\n".to_owned()))),
            Err(error) => {
                let problem =
                    Problem::from(impersonation_domain::service::UseCaseError::from(error));
                Ok(Readiness::NotReady(PlainText(format!("store {}\n", problem.code))))
            }
        }
    }

    /// The description of this API
    #[oai(path = "/api/v1/openapi.json", method = "get", operation_id = "get_openapi")]
    #[expect(clippy::unused_async, reason = "the framework asks for it")]
    async fn openapi(&self) -> Result<Described, Refused<Public>> {
        Ok(Described)
    }
}
