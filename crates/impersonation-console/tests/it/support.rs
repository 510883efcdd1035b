//! A console in this process, browsers that use it, and a small world in it.

mod browser;

use std::{net::IpAddr, sync::Arc, time::Duration};

use impersonation_console::{Common, ConsoleSettings, console};
use impersonation_domain::{
    access::AccessType,
    audit::{Event, Origin},
    ids::UserId,
    plan::Plan,
    ports::GrantView,
    secret::{Secret, SecretKind},
    service::{
        CreateGrant, CreateUser, Credential, EventView, Impersonation, NewOrganization, Ports,
    },
};
use impersonation_memory::{InMemory, InMemoryFiles};
use impersonation_testkit::environment::{Environment, PlainPasswords};
use poem::{
    Request, Response,
    endpoint::{BoxEndpoint, EndpointExt},
    http::StatusCode,
};

pub(crate) use browser::Browser;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "impersonate-me";

/// Acme with Ada (Admin), Ben, Cleo and Eli (Members), the channel general with all of them, and a
/// grant that lets Ben log in as and send as Cleo.
pub(crate) struct World {
    pub(crate) endpoint: Arc<BoxEndpoint<'static, Response>>,
    pub(crate) service: Impersonation,
    pub(crate) environment: Environment,
    pub(crate) ada: Credential,
    pub(crate) cleo: UserId,
}

/// What a console is that nobody shares.
struct Alone;

impl Common for Alone {
    fn client_address(&self, _: &Request) -> Option<IpAddr> {
        Some([192, 0, 2, 1].into())
    }
    fn names_one_host(&self, request: &Request) -> bool {
        request.headers().get_all("host").iter().count() < 2
    }
    fn count_sign_in(&self, _: Option<IpAddr>, email: &str) -> Result<(), u64> {
        if email.starts_with("too-often") { Err(30) } else { Ok(()) }
    }
    fn grants_as_csv(&self, grants: &[GrantView]) -> Option<String> {
        Some(format!("{} grants", grants.len()))
    }
    fn event_as_json(&self, event: &EventView) -> String {
        format!("{{\"sequence\":{}}}", event.event.sequence)
    }
    fn measure(&self, _: &str, _: &str, _: StatusCode, _: Duration) {}
    fn count_login_decision(&self, _: bool) {}
    fn count_send_decision(&self, _: bool) {}
    fn is_stopping(&self) -> bool {
        false
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(Plan::Enterprise, |_| {}).await
    }

    /// The world on this plan, under other settings.
    pub(crate) async fn on(plan: Plan, change: impl FnOnce(&mut ConsoleSettings)) -> Self {
        let environment = Environment::default();
        let (store, files) = (InMemory::new(), InMemoryFiles::new());
        let service = Impersonation::new(Ports {
            units: Arc::new(store.clone()),
            index: Arc::new(store),
            clock: Arc::new(environment.clock.clone()),
            ids: Arc::new(environment.ids.clone()),
            secrets: Arc::new(environment.secrets.clone()),
            passwords: Arc::new(PlainPasswords),
            files: Arc::new(files),
        });
        let mut settings = ConsoleSettings {
            ids: Arc::new(environment.ids.clone()),
            secrets: Arc::new(environment.secrets.clone()),
            public_origin: None,
            https: false,
            set_up_token: None,
            sign_in_floor: Duration::ZERO,
            common: Arc::new(Alone),
        };
        change(&mut settings);
        let endpoint = Arc::new(console(service.clone(), settings).boxed());
        let new = NewOrganization {
            name: "Acme".into(),
            plan,
            admin_name: "Ada".into(),
            admin_email: "ada@acme.example".into(),
            admin_password: PASSWORD.into(),
        };
        let origin = Origin::default();
        service.operator().create_organization(new, false, &origin).await.unwrap();
        let ada = sign_in(&service, "ada@acme.example").await;
        let mut ids = Vec::new();
        for name in ["Ben", "Cleo", "Eli"] {
            let email = format!("{}@acme.example", name.to_lowercase());
            let new = CreateUser {
                name: name.into(),
                email,
                password: Some(PASSWORD.into()),
                role_id: None,
            };
            let made = service.people().create(&ada, new, None).await.unwrap().fresh().unwrap();
            ids.push(made.user.id());
        }
        let general = service.channels().create(&ada, "general", None).await.unwrap();
        let general = general.fresh().unwrap().channel.id();
        for id in &ids {
            service.channels().add_member(&ada, general, *id).await.unwrap();
        }
        let world = Self { endpoint, service, environment, ada, cleo: ids[1] };
        if plan.includes_impersonation() {
            world.grant("cleo", "ben").await;
        }
        world
    }

    /// Lets one log in as and send as the other.
    pub(crate) async fn grant(&self, grantor: &str, grantee: &str) {
        let new = CreateGrant {
            grantor_email: format!("{grantor}@acme.example"),
            grantee_email: format!("{grantee}@acme.example"),
            access: vec![AccessType::Login, AccessType::Send],
            ..CreateGrant::default()
        };
        self.service.grants().create(&self.ada, new, None).await.unwrap();
    }

    /// A browser that nobody has used.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.endpoint.clone())
    }

    /// A browser in which this person has signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let email = format!("{name}@acme.example");
        let form = [("email", email.as_str()), ("password", PASSWORD), ("return_to", "/nothing")];
        let page = browser.post("/sign-in", &form).await;
        assert_eq!((page.status, page.location()), (303, "/nothing"));
        browser
    }

    /// A browser in which Ben is logged in as Cleo.
    pub(crate) async fn logged_in(&self) -> Browser {
        let mut ben = self.signed_in("ben").await;
        ben.get("/nothing").await;
        let page = ben.send("/login-sessions", &[("subject", &self.cleo.to_string())]).await;
        assert_eq!(page.status, 303, "{}", page.text);
        ben
    }

    /// Every event of the log, in order, as `outcome action actor>subject (rule)`.
    pub(crate) async fn log(&self) -> Vec<String> {
        let page = self.service.audit().events(&self.ada, Default::default()).await.unwrap();
        let name = |user: &Option<impersonation_domain::user::User>| {
            user.as_ref().map_or("-".to_owned(), |user| user.name().as_str().to_lowercase())
        };
        let line = |view: &EventView| {
            let Event { content, .. } = &view.event;
            let rule = content.rule.as_deref().unwrap_or("-");
            let (actor, subject) = (name(&view.actor), name(&view.subject));
            format!("{} {} {actor}>{subject} ({rule})", content.outcome.as_str(), content.action)
        };
        let mut lines: Vec<_> = page.items.iter().map(line).collect();
        lines.reverse();
        lines
    }

    /// A secret that nobody else has.
    pub(crate) fn secret(&self, kind: SecretKind) -> Secret {
        use impersonation_domain::ports::SecretGenerator as _;
        self.environment.secrets.next(kind)
    }
}

/// Signs in without the console.
pub(crate) async fn sign_in(service: &Impersonation, email: &str) -> Credential {
    let origin = Origin::default();
    let signed_in = service.sign_ins().sign_in(email, PASSWORD, None, &origin).await.unwrap();
    Credential::bearer(signed_in.token.hash(), origin)
}
