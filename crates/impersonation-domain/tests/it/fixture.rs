//! Three organizations as in the demonstration, and what a test asks of them.

pub(crate) mod change;
mod observe;
pub(crate) mod people;

pub(crate) use observe::error_text;

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessType,
    audit::Origin,
    ids::{ChannelId, GrantId, LoginSessionId, OrganizationId, RoleId, UserId},
    plan::Plan,
    ports::GrantView,
    secret::Secret,
    service::{
        AccountService, AuditService, ChannelService, CreateGrant, Credential, DecisionService,
        EditGrant, GrantService, Impersonation, LoginSessionService, MessageView, OperatorService,
        OrganizationService, PeopleService, Ports, RoleService, SendMessage, SendingService,
        SignInService, TokenService, Upload, UseCaseError,
    },
    time::Timestamp,
    version::Version,
};
use impersonation_memory::{InMemory, InMemoryFiles};
use impersonation_testkit::environment::{Environment, FixedClock, PlainPasswords};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "impersonate-me";

/// A person with an open session of their own.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) credential: Credential,
}

/// A login session, and the token with which it is used.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) id: LoginSessionId,
    pub(crate) credential: Credential,
    pub(crate) expires_at: Timestamp,
}

/// An organization with its people and channels, by name.
#[derive(Debug, Clone)]
pub(crate) struct Org {
    pub(crate) id: OrganizationId,
    pub(crate) people: BTreeMap<&'static str, Person>,
    pub(crate) channels: BTreeMap<&'static str, ChannelId>,
    pub(crate) admin_role: RoleId,
    pub(crate) member_role: RoleId,
}

/// Acme (Enterprise), Birch (MultiUser) and Solo (Individual), on one store.
pub(crate) struct Demo {
    pub(crate) app: Impersonation,
    pub(crate) account: AccountService,
    pub(crate) sign_ins: SignInService,
    pub(crate) grants: GrantService,
    pub(crate) sessions: LoginSessionService,
    pub(crate) sending: SendingService,
    pub(crate) people: PeopleService,
    pub(crate) roles: RoleService,
    pub(crate) channels: ChannelService,
    pub(crate) tokens: TokenService,
    pub(crate) organization: OrganizationService,
    pub(crate) audit: AuditService,
    pub(crate) decisions: DecisionService,
    pub(crate) operator: OperatorService,
    pub(crate) store: InMemory,
    pub(crate) files: InMemoryFiles,
    pub(crate) clock: FixedClock,
    pub(crate) acme: Org,
    pub(crate) birch: Org,
    pub(crate) solo: Org,
    /// The custom role of dina.
    pub(crate) support_lead: RoleId,
}

/// Runs a test on a fresh demonstration; afterwards every audit chain must be whole.
pub(crate) fn scenario(test: impl AsyncFnOnce(&Demo)) {
    run(tokio::runtime::Builder::new_current_thread(), test);
}

/// The same on several threads, for what happens at the same time.
pub(crate) fn scenario_on_threads(test: impl AsyncFnOnce(&Demo)) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(4);
    run(builder, test);
}

fn run(mut builder: tokio::runtime::Builder, test: impl AsyncFnOnce(&Demo)) {
    builder.build().unwrap().block_on(async {
        let demo = Demo::new().await;
        test(&demo).await;
        demo.verify_all().await;
    });
}

pub(crate) fn origin() -> Origin {
    Origin {
        request_id: Some("request-7".to_owned()),
        source_address: Some("192.0.2.7".to_owned()),
    }
}

pub(crate) fn bearer(token: &Secret) -> Credential {
    Credential::bearer(token.hash(), origin())
}

/// What one types to give access.
pub(crate) fn grant_of(grantor: &Person, grantee: &Person, access: &[AccessType]) -> CreateGrant {
    CreateGrant {
        grantor_email: grantor.email.clone(),
        grantee_email: grantee.email.clone(),
        access: access.to_vec(),
        ..CreateGrant::default()
    }
}

pub(crate) fn text(body: &str) -> SendMessage {
    SendMessage { body: Some(body.to_owned()), send_as: None }
}

pub(crate) fn text_as(body: &str, subject: UserId) -> SendMessage {
    SendMessage { send_as: Some(subject), ..text(body) }
}

/// A file on its way in, in one piece.
pub(crate) fn upload(name: &str, media_type: &str, content: &[u8]) -> Upload {
    let pieces = vec![Ok(bytes::Bytes::copy_from_slice(content))];
    Upload {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: Box::pin(futures_util::stream::iter(pieces)),
    }
}

pub(crate) const BOTH: &[AccessType] = &AccessType::ALL;
pub(crate) const LOGIN: &[AccessType] = &[AccessType::Login];
pub(crate) const SEND: &[AccessType] = &[AccessType::Send];

impl Demo {
    async fn new() -> Self {
        let Environment { clock, ids, secrets } = Environment::default();
        let (store, files) = (InMemory::new(), InMemoryFiles::new());
        let app = Impersonation::new(Ports {
            units: Arc::new(store.clone()),
            index: Arc::new(store.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(ids),
            secrets: Arc::new(secrets),
            passwords: Arc::new(PlainPasswords),
            files: Arc::new(files.clone()),
        });
        let mut acme = people::found(&app, "Acme", Plan::Enterprise, "ada").await;
        let support_lead = people::add_support_lead(&app, &acme).await;
        people::fill_acme(&app, &mut acme, support_lead).await;
        let mut birch = people::found(&app, "Birch", Plan::MultiUser, "olga").await;
        people::fill_birch(&app, &mut birch).await;
        let solo = people::found(&app, "Solo", Plan::Individual, "sam").await;
        Self {
            account: app.account(),
            sign_ins: app.sign_ins(),
            grants: app.grants(),
            sessions: app.login_sessions(),
            sending: app.sending(),
            people: app.people(),
            roles: app.roles(),
            channels: app.channels(),
            tokens: app.tokens(),
            organization: app.organization(),
            audit: app.audit(),
            decisions: app.decisions(),
            operator: app.operator(),
            app,
            store,
            files,
            clock,
            acme,
            birch,
            solo,
            support_lead,
        }
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    pub(crate) fn now(&self) -> Timestamp {
        use impersonation_domain::ports::Clock;
        self.clock.now()
    }

    /// The moment so many minutes from now.
    pub(crate) fn in_minutes(&self, minutes: i64) -> Timestamp {
        self.now() + TimeDelta::minutes(minutes)
    }

    /// Makes a grant in Acme, as ada.
    pub(crate) async fn grant(
        &self,
        grantor: &Person,
        grantee: &Person,
        access: &[AccessType],
    ) -> GrantView {
        self.grant_like(grant_of(grantor, grantee, access)).await
    }

    pub(crate) async fn grant_like(&self, request: CreateGrant) -> GrantView {
        let ada = &self.acme["ada"].credential;
        let created = self.grants.create(ada, request, None).await.unwrap();
        created.fresh().unwrap().view
    }

    /// Changes a grant in Acme, as ada, in the version that it has.
    pub(crate) async fn edit(&self, id: GrantId, edit: EditGrant) -> GrantView {
        let ada = &self.acme["ada"].credential;
        let seen = self.grants.get(ada, id).await.unwrap();
        let seen = seen.grant.version();
        let edited = self.grants.edit(ada, id, seen, edit).await.unwrap();
        edited.view
    }

    pub(crate) async fn login(&self, actor: &Person, subject: &Person) -> Login {
        self.try_login(actor, subject).await.unwrap()
    }

    pub(crate) async fn try_login(
        &self,
        actor: &Person,
        subject: &Person,
    ) -> Result<Login, UseCaseError> {
        let answer = self.sessions.start(&actor.credential, subject.id, None, None).await?;
        let started = answer.fresh().unwrap();
        Ok(Login {
            id: started.session.id(),
            credential: bearer(&started.token),
            expires_at: started.session.record().expires_at,
        })
    }

    /// Signs in anew.
    pub(crate) async fn sign_in(&self, person: &Person) -> Credential {
        let signed_in =
            self.sign_ins.sign_in(&person.email, PASSWORD, None, &origin()).await.unwrap();
        bearer(&signed_in.token)
    }

    pub(crate) async fn version_of(&self, person: &Person) -> Version {
        let ada = &self.acme["ada"].credential;
        let view = self.people.get(ada, person.id).await.unwrap();
        view.user.version()
    }

    /// Sends a message, and says whether that was allowed.
    pub(crate) async fn send(
        &self,
        credential: &Credential,
        channel: &str,
        message: SendMessage,
    ) -> Result<MessageView, UseCaseError> {
        let answer =
            self.sending.send(credential, self.acme.channel(channel), message, None, None).await?;
        Ok(answer.fresh().unwrap())
    }

    /// Sends a file without a text.
    pub(crate) async fn send_file(
        &self,
        credential: &Credential,
        channel: &str,
        file: Upload,
    ) -> Result<MessageView, UseCaseError> {
        let channel = self.acme.channel(channel);
        let message = SendMessage::default();
        let answer = self.sending.send(credential, channel, message, Some(file), None).await?;
        Ok(answer.fresh().unwrap())
    }
}

impl Org {
    pub(crate) fn channel(&self, name: &str) -> ChannelId {
        self.channels[name]
    }
}

impl std::ops::Index<&str> for Org {
    type Output = Person;
    fn index(&self, name: &str) -> &Person {
        &self.people[name]
    }
}

/// The error that a use case must answer with.
pub(crate) fn must_fail<T>(answer: Result<T, UseCaseError>) -> UseCaseError {
    match answer {
        Ok(_) => panic!("this was allowed"),
        Err(error) => error,
    }
}
