//! What all pages share.

use std::sync::Arc;

use impersonation_domain::service::Impersonation;

use crate::{live::Watch, settings::ConsoleSettings};

/// What all pages share.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    service: Impersonation,
    settings: Arc<ConsoleSettings>,
    watch: Watch,
}

impl App {
    pub(crate) fn new(service: Impersonation, settings: Arc<ConsoleSettings>) -> Self {
        let watch = Watch::new(service.clone());
        Self(Arc::new(Shared { service, settings, watch }))
    }

    /// The use cases.
    pub(crate) fn service(&self) -> &Impersonation {
        &self.0.service
    }

    /// The settings.
    pub(crate) fn settings(&self) -> &ConsoleSettings {
        &self.0.settings
    }

    /// Tells when something has happened in an organization.
    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }
}
