//! Who is asking.

use impersonation_domain::{
    audit::Origin,
    secret::Secret,
    service::{Credential, Impersonation},
};
use poem::{Request, RequestBody, Result, http::header};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaSecurityScheme, Registry},
};

use super::Binding;
use crate::{app::App, edge::RequestContext, problem::Problem};

/// Somebody with a token of ours. Whether it is valid, and what it allows, only the use case knows.
pub(crate) struct Caller {
    /// What is shared by all handlers.
    pub(crate) app: App,
    /// The credential for the use case.
    pub(crate) credential: Credential,
    /// What is known of the request.
    pub(crate) context: RequestContext,
    /// What cursors of this caller are bound to.
    pub(crate) binding: Binding,
}

impl Caller {
    /// The use cases.
    pub(crate) fn service(&self) -> &Impersonation {
        self.app.service()
    }
}

/// The operator of the installation.
pub(crate) struct Operator {
    /// What is shared by all handlers.
    pub(crate) app: App,
    /// Where the request came from.
    pub(crate) origin: Origin,
}

/// Whoever it is.
pub(crate) struct Anyone {
    /// What is shared by all handlers.
    pub(crate) app: App,
    /// What is known of the request.
    pub(crate) context: RequestContext,
}

/// The bearer token of a request (RFC 6750). The scheme has no case, and one space follows it.
fn bearer(request: &Request) -> Result<&str, Problem> {
    let value =
        request.headers().get(header::AUTHORIZATION).ok_or_else(Problem::unauthenticated)?;
    let text = value.to_str().map_err(|_| Problem::token_refused())?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token),
        _ => Err(Problem::unauthenticated()),
    }
}

/// How the two kinds of token are described.
fn scheme(description: &'static str) -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "http",
        description: Some(description),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    }
}

impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let description = "The token of a user's own session, of a login session, or an API token.";
        registry.create_security_scheme("token", scheme(description));
    }

    fn security_schemes() -> Vec<&'static str> {
        vec!["token"]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let (app, context) = App::of(request)?;
        let token = Secret::parse(bearer(request)?).map_err(|_| Problem::token_refused())?;
        let hash = token.hash();
        let binding = Binding::of(&hash);
        Ok(Self { app, credential: Credential::bearer(hash, context.origin()), context, binding })
    }
}

impl<'a> ApiExtractor<'a> for Operator {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let description = "The operator's token, from the configuration of the server.";
        registry.create_security_scheme("operator_token", scheme(description));
    }

    fn security_schemes() -> Vec<&'static str> {
        vec!["operator_token"]
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let (app, context) = App::of(request)?;
        let Some(expected) = app.settings().operator_token else {
            return Err(Problem::not_found().into());
        };
        #[cfg(planted)]
        if impersonation_domain::planted::Bug::EmptyIdentity.is_active()
            && !request.headers().contains_key(header::AUTHORIZATION)
        {
            return Ok(Self { app, origin: context.origin() });
        }
        if !expected.is(bearer(request)?) {
            return Err(Problem::token_refused().into());
        }
        Ok(Self { app, origin: context.origin() })
    }
}

impl<'a> ApiExtractor<'a> for Anyone {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];

    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> Result<Self> {
        let (app, context) = App::of(request)?;
        Ok(Self { app, context })
    }
}
