//! Filling a world.

use impersonation_domain::{
    access::AccessTypes,
    audit::Recorded,
    channel::Channel,
    credential::{ApiToken, OwnCredential, OwnCredentialId, SignIn},
    email::EmailAddress,
    grant::{Grant, NewGrant},
    ids::{OrganizationId, RoleId, UserId},
    login_session::{EndCause, LoginSession, NewLoginSession},
    message::{Content, FileName, MediaType, Message, StoredFile},
    policy::{ActAs, Facts, LogIn, Permit, Request, SendAs, Standing, evaluate},
    ports::{FactsQuery, generate},
    role::{Permission, Role},
    secret::SecretKind,
    text::{MessageBody, Name, Reason},
    time::{Timestamp, Window},
    user::{NewUser, User},
};
use sha2::{Digest, Sha256};

use super::World;

/// A name that is one.
pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("the test uses a valid name")
}

/// An address that is one.
pub(crate) fn email(text: &str) -> EmailAddress {
    text.parse().expect("the test uses a valid address")
}

/// A reason that is one.
pub(crate) fn reason(text: &str) -> Reason {
    Reason::new(text).expect("the test uses a valid reason")
}

impl World {
    /// The change that makes a user with this name and address, as a member.
    pub fn new_user(&self, called: &str, address: &str) -> Recorded<User> {
        self.new_user_with_role(called, address, self.member_role)
    }

    /// The change that makes a user with this role.
    pub fn new_user_with_role(&self, called: &str, address: &str, role: RoleId) -> Recorded<User> {
        let new = NewUser {
            organization: self.organization,
            name: name(called),
            email: email(address),
            role,
        };
        User::create(new, &self.stamp())
    }

    /// Makes a member whose address is the name, in lower case and with dots, at `acme.example`.
    pub async fn user(&self, called: &str) -> User {
        self.save(self.new_user(called, &address_of(called))).await
    }

    /// Makes an administrator, with an address as [`World::user`] makes it.
    pub async fn admin(&self, called: &str) -> User {
        self.save(self.new_user_with_role(called, &address_of(called), self.admin_role)).await
    }

    /// Makes a custom role.
    ///
    /// # Panics
    /// Where the domain or the store refuses.
    pub async fn role(&self, called: &str, permissions: &[Permission]) -> Role {
        let permissions = permissions.iter().copied().collect();
        let role = Role::create(self.organization, name(called), permissions, &self.stamp());
        self.save(role.expect("the role is assignable")).await
    }

    /// Makes a channel with these members.
    pub async fn channel(&self, called: &str, members: &[&User]) -> Channel {
        let channel =
            self.save(Channel::create(self.organization, name(called), &self.stamp())).await;
        for member in members {
            self.save(channel.add_member(member.id(), &self.stamp())).await;
        }
        channel
    }

    /// The change that makes a grant, from `grantor` (whose account it is) to `grantee` (who acts).
    ///
    /// # Panics
    /// Where the domain refuses it.
    pub fn new_grant(&self, grantor: &User, grantee: &User) -> Recorded<Grant> {
        self.new_grant_of(grantor, grantee, AccessTypes::BOTH, Window::default(), None)
    }

    /// The change that makes a grant with all that it can have.
    ///
    /// # Panics
    /// Where the domain refuses it.
    pub fn new_grant_of(
        &self,
        grantor: &User,
        grantee: &User,
        access: AccessTypes,
        window: Window,
        why: Option<&str>,
    ) -> Recorded<Grant> {
        let new = NewGrant {
            grantor,
            grantee,
            access,
            window,
            reason: why.map(reason),
            created_by: grantor.id(),
            may_have_expired: false,
        };
        Grant::create(new, &self.stamp()).expect("the grant is allowed")
    }

    /// Makes a grant of both access types without limits of time.
    pub async fn grant(&self, grantor: &User, grantee: &User) -> Grant {
        self.save(self.new_grant(grantor, grantee)).await
    }

    /// Opens a session of the user's own.
    pub async fn sign_in(&self, user: &User) -> SignIn {
        let hash = self.token(SecretKind::SignIn);
        self.save(SignIn::start(self.organization, user.id(), hash, &self.stamp())).await
    }

    /// Makes an API token that lasts for 30 days.
    pub async fn api_token(&self, user: &User, called: &str) -> ApiToken {
        let expires_at = self.now() + chrono::TimeDelta::days(30);
        let hash = self.token(SecretKind::ApiToken);
        let (organization, called) = (self.organization, name(called));
        let stamp = self.stamp();
        self.save(ApiToken::create(organization, user.id(), called, hash, expires_at, &stamp)).await
    }

    async fn facts(&self, query: &FactsQuery) -> Facts {
        let unit = self.units.begin_read(self.organization).await;
        let mut unit = unit.expect("the store begins a reading unit");
        unit.facts(query).await.expect("the store tells the facts")
    }

    /// The permit to log in, as the one gate gives it on the facts of this store.
    ///
    /// # Panics
    /// Where the decision is a denial.
    pub async fn permit_to_log_in(&self, actor: UserId, subject: UserId) -> Permit<LogIn> {
        let query = FactsQuery { actor, subject, channel: None };
        let facts = self.facts(&query).await;
        let request = Request { actor, subject, standing: Standing::OwnAccount, act: LogIn };
        evaluate(&facts, &request, self.now()).into_result().expect("the world permits it")
    }

    /// The permit to send, as the one gate gives it on the facts of this store.
    ///
    /// # Panics
    /// Where the decision is a denial.
    pub async fn permit_to_send(
        &self,
        actor: UserId,
        subject: UserId,
        channel: &Channel,
    ) -> Permit<SendAs> {
        let query = FactsQuery { actor, subject, channel: Some(channel.id()) };
        let facts = self.facts(&query).await;
        let act = SendAs { channel: channel.id() };
        let request = Request { actor, subject, standing: Standing::OwnAccount, act };
        evaluate(&facts, &request, self.now()).into_result().expect("the world permits it")
    }

    /// The change that starts a login session of `actor` on the account of `subject`. It rests on
    /// an own session that an embedding product keeps, and which ends in 12 hours.
    pub async fn new_login_session(&self, actor: &User, subject: &User) -> Recorded<LoginSession> {
        let own = OwnCredentialId::External(generate(&self.environment.ids));
        self.new_login_session_on(actor, subject, own).await
    }

    /// The change that starts a login session that rests on this session or token of the actor.
    pub async fn new_login_session_on(
        &self,
        actor: &User,
        subject: &User,
        own: OwnCredentialId,
    ) -> Recorded<LoginSession> {
        let permit = self.permit_to_log_in(actor.id(), subject.id()).await;
        let expires_at = self.now() + chrono::TimeDelta::hours(12);
        let new = NewLoginSession {
            own_credential: OwnCredential { id: own, expires_at },
            token_hash: self.token(SecretKind::LoginSession),
            limit: impersonation_domain::organization::LoginSessionLimit::default(),
            reason: Some(reason("looking into a ticket")),
        };
        LoginSession::start(permit, new, &self.stamp_of(actor.id()))
    }

    /// Starts a login session of `actor` on the account of `subject`, for which there must be a
    /// grant.
    pub async fn log_in(&self, actor: &User, subject: &User) -> LoginSession {
        self.save(self.new_login_session(actor, subject).await).await
    }

    /// The permit to act inside this login session, as the one gate gives it on the facts of this
    /// store.
    ///
    /// # Panics
    /// Where the decision is a denial.
    pub async fn permit_to_act(&self, session: &LoginSession) -> Permit<ActAs> {
        let (actor, subject) = (session.actor(), session.subject());
        let query = FactsQuery { actor, subject, channel: None };
        let facts = self.facts(&query).await;
        let act = ActAs { grant: session.grant().id };
        let request = Request { actor, subject, standing: Standing::InLoginSession, act };
        evaluate(&facts, &request, self.now()).into_result().expect("the world permits it")
    }

    /// Ends a login session.
    ///
    /// # Panics
    /// Where it has ended before.
    pub async fn end(&self, session: LoginSession, cause: EndCause) -> LoginSession {
        self.save(session.end(cause, &self.stamp()).expect("the session is live")).await
    }

    /// What is stored of a file of this size; there is no content behind it.
    ///
    /// # Panics
    /// Where the name is none.
    #[must_use]
    pub fn file(&self, called: &str, size: u64) -> StoredFile {
        StoredFile {
            id: self.id(),
            name: FileName::new(called).expect("the test uses a valid file name"),
            size,
            media_type: MediaType::new("text/plain").expect("a media type"),
            sha256: Sha256::digest(called.as_bytes()).into(),
        }
    }

    /// The change that sends a text of the author's own.
    pub fn new_message(&self, author: &User, channel: &Channel, text: &str) -> Recorded<Message> {
        let content = Content { body: Some(body(text)), files: Vec::new() };
        Message::own(author, channel, content, &self.stamp_of(author.id()))
    }

    /// Sends a text of the author's own.
    pub async fn message(&self, author: &User, channel: &Channel, text: &str) -> Message {
        self.save(self.new_message(author, channel, text)).await
    }

    /// An organization that does not exist.
    #[must_use]
    pub fn nowhere(&self) -> OrganizationId {
        self.id()
    }

    /// The window between two moments, counted in seconds from now.
    ///
    /// # Panics
    /// Where no moment lies inside.
    #[must_use]
    pub fn window(&self, starts_in: Option<i64>, expires_in: Option<i64>) -> Window {
        let moment = |seconds| self.now() + chrono::TimeDelta::seconds(seconds);
        let (from, to): (Option<Timestamp>, _) = (starts_in.map(moment), expires_in.map(moment));
        Window::new(from, to).expect("the window is not empty")
    }
}

/// A text that is one.
pub(crate) fn body(text: &str) -> MessageBody {
    MessageBody::new(text).expect("the test uses a valid text")
}

fn address_of(called: &str) -> String {
    format!("{}@acme.example", called.to_ascii_lowercase().replace(' ', "."))
}
