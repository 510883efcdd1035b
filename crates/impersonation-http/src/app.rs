//! What all handlers share.

use std::sync::Arc;

use impersonation_domain::service::Impersonation;
use poem::Request;

use crate::{
    edge::RequestContext, problem::Problem, settings::HttpSettings, shared::Shared,
    sign_in_limits::SignInLimits,
};

/// What all handlers share.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    service: Impersonation,
    shared: Shared,
}

impl App {
    pub(crate) fn new(service: Impersonation, shared: Shared) -> Self {
        Self(Arc::new(Inner { service, shared }))
    }

    /// The app that the request was sent to, and what is known of the request.
    pub(crate) fn of(request: &Request) -> Result<(Self, RequestContext), Problem> {
        let app = request.extensions().get::<Self>().cloned().ok_or_else(Problem::internal)?;
        let context =
            request.extensions().get::<RequestContext>().cloned().ok_or_else(Problem::internal)?;
        Ok((app, context))
    }

    /// The use cases.
    pub(crate) fn service(&self) -> &Impersonation {
        &self.0.service
    }

    /// The settings.
    pub(crate) fn settings(&self) -> &HttpSettings {
        self.0.shared.settings()
    }

    /// Who may try to sign in.
    pub(crate) fn limits(&self) -> &SignInLimits {
        self.0.shared.limits()
    }
}
