//! A server in this process, what is asked of it, and a small world in it.

mod answer;
mod ask;
mod world;

use std::sync::{Arc, LazyLock};

use impersonation_domain::{
    ports::PasswordHasher,
    service::{Impersonation, Ports},
};
use impersonation_http::{HttpSettings, OperatorToken, api, openapi_document};
use impersonation_memory::{InMemory, InMemoryFiles};
use impersonation_testkit::environment::{Environment, PlainPasswords};
use poem::endpoint::{BoxEndpoint, EndpointExt};
use serde_json::Value;

pub(crate) use answer::Answer;
pub(crate) use ask::{Ask, delete, get, method, patch, post, put};
pub(crate) use world::{PASSWORD, Person, World};

/// What the operator presents.
pub(crate) const OPERATOR: &str = "operator-token-for-tests-0123456789";

/// The description of the API, to which every answer is held.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&openapi_document()).unwrap());

/// A server.
pub(crate) struct Server {
    endpoint: BoxEndpoint<'static, poem::Response>,
    pub(crate) environment: Environment,
    pub(crate) files: InMemoryFiles,
}

impl Server {
    /// A server on an empty store.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server on an empty store, with other settings.
    pub(crate) fn with(change: impl FnOnce(&mut HttpSettings)) -> Self {
        let passwords = Arc::new(PlainPasswords);
        Self::made_of(&InMemory::new(), Environment::default(), passwords, change)
    }

    /// A server on a store in which there may be something.
    pub(crate) fn on(
        store: &InMemory,
        environment: Environment,
        change: impl FnOnce(&mut HttpSettings),
    ) -> Self {
        Self::made_of(store, environment, Arc::new(PlainPasswords), change)
    }

    /// A server that hashes passwords so.
    pub(crate) fn hashing(
        passwords: Arc<dyn PasswordHasher>,
        change: impl FnOnce(&mut HttpSettings),
    ) -> Self {
        Self::made_of(&InMemory::new(), Environment::default(), passwords, change)
    }

    fn made_of(
        store: &InMemory,
        environment: Environment,
        passwords: Arc<dyn PasswordHasher>,
        change: impl FnOnce(&mut HttpSettings),
    ) -> Self {
        let files = InMemoryFiles::new();
        let service = Impersonation::new(Ports {
            units: Arc::new(store.clone()),
            index: Arc::new(store.clone()),
            clock: Arc::new(environment.clock.clone()),
            ids: Arc::new(environment.ids.clone()),
            secrets: Arc::new(environment.secrets.clone()),
            passwords,
            files: Arc::new(files.clone()),
        });
        let mut settings =
            HttpSettings::new(Arc::new(environment.ids.clone()), Arc::new(store.clone()));
        settings.operator_token = Some(OperatorToken::new(OPERATOR).unwrap());
        settings.sign_in_floor = std::time::Duration::ZERO;
        settings.sign_in_limit.burst = 1000.try_into().unwrap();
        change(&mut settings);
        Self { endpoint: api(service, settings).boxed(), environment, files }
    }

    /// Sends a request. Whatever is answered is held to what is true of every answer.
    pub(crate) async fn ask(&self, ask: Ask) -> Answer {
        let (method, path) = (ask.method.clone(), ask.path.clone());
        let response = poem::Endpoint::get_response(&self.endpoint, ask.into_request()).await;
        let answer = Answer::read(response).await;
        answer.check(&method, &path);
        answer
    }
}
