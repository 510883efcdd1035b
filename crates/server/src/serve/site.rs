//! The site: the API and the console at one address, and what they share.

use std::{net::IpAddr, sync::Arc, time::Duration};

use impersonation_console::{Common, ConsoleSettings, console};
use impersonation_domain::{ports::GrantView, service::EventView};
use impersonation_http::{HttpSettings, Shared, api_sharing};
use poem::{
    Endpoint, EndpointExt, Request, Response, Result, endpoint::BoxEndpoint, http::StatusCode,
};

use crate::{application::Application, settings::Settings};

/// The API and the console.
pub(super) struct Site {
    api: BoxEndpoint<'static>,
    console: BoxEndpoint<'static>,
}

impl Site {
    pub(super) fn new(settings: &Settings, http: HttpSettings, application: &Application) -> Self {
        let service = &application.service;
        let shared = Shared::new(http);
        let http = shared.settings();
        let console_settings = ConsoleSettings {
            ids: Arc::clone(&application.ids),
            secrets: Arc::clone(&application.secrets),
            public_origin: settings.public_url.as_ref().map(ToString::to_string),
            https: http.https,
            set_up_token: http.set_up_token,
            sign_in_floor: http.sign_in_floor,
            common: Arc::new(OfTheApi(shared.clone())),
        };
        Self {
            api: api_sharing(service.clone(), &shared).boxed(),
            console: console(service.clone(), console_settings).boxed(),
        }
    }
}

impl Endpoint for Site {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let path = request.uri().path();
        let is_api = path == "/api" || path.starts_with("/api/");
        if is_api || matches!(path, "/livez" | "/readyz") {
            self.api.call(request).await
        } else {
            self.console.call(request).await
        }
    }
}

/// What the console has in common with the API.
struct OfTheApi(Shared);

impl Common for OfTheApi {
    fn client_address(&self, request: &Request) -> Option<IpAddr> {
        self.0.client_address(request)
    }

    fn names_one_host(&self, request: &Request) -> bool {
        Shared::names_one_host(request)
    }

    fn count_sign_in(&self, source: Option<IpAddr>, email: &str) -> Result<(), u64> {
        self.0.count_sign_in(source, email)
    }

    fn grants_as_csv(&self, grants: &[GrantView]) -> Option<String> {
        Shared::grants_as_csv(grants)
    }

    fn event_as_json(&self, event: &EventView) -> String {
        Shared::event_as_json(event)
    }

    fn measure(&self, method: &str, page: &str, status: StatusCode, took: Duration) {
        self.0.measure(method, page, status, took);
    }

    fn count_login_decision(&self, permitted: bool) {
        self.0.count_login_decision(permitted);
    }

    fn count_send_decision(&self, permitted: bool) {
        self.0.count_send_decision(permitted);
    }

    fn is_stopping(&self) -> bool {
        !self.0.settings().readiness.is_ready()
    }
}
