//! Who is looking at a page, and as whom.

use std::sync::Arc;

use impersonation_domain::{
    audit::Origin,
    login_session::{EndCause, LoginSession},
    role::Permission,
    secret::Secret,
    service::{Account, Credential, Impersonation, Me, UseCaseError},
};
use poem::{FromRequest, Request, RequestBody, Result};

use crate::{app::App, cookies, failure::Failure, form::Form, form_token};

/// One request, and who made it. Clones share it.
#[derive(Clone)]
pub(crate) struct Visit(Arc<Inner>);

struct Inner {
    app: App,
    origin: Origin,
    address: String,
    comes_from_elsewhere: bool,
    who: Who,
    notice: Option<String>,
}

/// Who made a request.
enum Who {
    /// Nobody who is signed in.
    Nobody,
    /// Somebody who is signed in.
    Person(Arc<Person>),
    /// Somebody whose login session is over. They still have a session of their own.
    Returning(EndCause),
}

/// Somebody who is signed in.
struct Person {
    /// The token in use: of the own session, or of the login session.
    token: Secret,
    credential: Credential,
    me: Me,
    accounts: Vec<Account>,
    head: u64,
}

impl Visit {
    /// Finds out who made the request. The login session's cookie counts only beside the cookie of
    /// its actor's own session, which is looked up as well (invariants S1, S6).
    pub(crate) async fn resolve(
        app: &App,
        request: &Request,
        origin: Origin,
        notice: Option<String>,
    ) -> Result<Self, Failure> {
        let (own, login) = cookies::tokens(request, app.settings().https)?;
        let who = match own {
            None => Who::Nobody,
            Some(own) => match who(app.service(), own, login, &origin).await {
                Ok(person) => Who::Person(Arc::new(person)),
                Err(Failure::SignInNeeded) => Who::Nobody,
                Err(Failure::LoginSessionEnded(cause)) => Who::Returning(cause),
                Err(failure) => return Err(failure),
            },
        };
        Ok(Self::new(app, request, origin, who, notice))
    }

    /// The request of somebody of whom nothing is known.
    pub(crate) fn unknown(app: &App, request: &Request, origin: Origin) -> Self {
        Self::new(app, request, origin, Who::Nobody, None)
    }

    fn new(app: &App, request: &Request, origin: Origin, who: Who, notice: Option<String>) -> Self {
        let uri = request.uri();
        let address = uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
        let site = request.headers().get("sec-fetch-site");
        let comes_from_elsewhere = site.is_some_and(|site| site == "cross-site");
        Self(Arc::new(Inner {
            app: app.clone(),
            origin,
            address,
            comes_from_elsewhere,
            who,
            notice,
        }))
    }

    /// What all pages share.
    pub(crate) fn app(&self) -> &App {
        &self.0.app
    }

    /// The use cases.
    pub(crate) fn service(&self) -> &Impersonation {
        self.0.app.service()
    }

    /// Where the request came from.
    pub(crate) fn origin(&self) -> &Origin {
        &self.0.origin
    }

    /// The path and the query that were asked for.
    pub(crate) fn address(&self) -> &str {
        &self.0.address
    }

    /// Whether a link of another site led here. Browsers send none of our cookies then.
    pub(crate) fn comes_from_elsewhere(&self) -> bool {
        self.0.comes_from_elsewhere
    }

    /// What has just been done, to be said once.
    pub(crate) fn notice(&self) -> Option<&str> {
        self.0.notice.as_deref()
    }

    /// The cause, where the login session of this request is over.
    pub(crate) fn ended(&self) -> Option<EndCause> {
        match self.0.who {
            Who::Returning(cause) => Some(cause),
            Who::Nobody | Who::Person(_) => None,
        }
    }

    /// Whoever is signed in.
    pub(crate) fn visitor(&self) -> Result<Visitor, Failure> {
        match &self.0.who {
            Who::Person(person) => Ok(Visitor { visit: self.clone(), person: person.clone() }),
            Who::Returning(cause) => Err(Failure::LoginSessionEnded(*cause)),
            Who::Nobody => Err(Failure::SignInNeeded),
        }
    }
}

/// The person behind these tokens.
async fn who(
    service: &Impersonation,
    own: Secret,
    login: Option<Secret>,
    origin: &Origin,
) -> Result<Person, Failure> {
    let own_credential = Credential::bearer(own.hash(), origin.clone());
    let me = service.account().me(&own_credential).await?;
    if me.login_session.is_some() {
        // A token of a login session in the cookie of an own one.
        return Err(Failure::SignInNeeded);
    }
    let head = service.live().head(me.organization.id()).await?;
    let Some(login) = login else {
        let accounts = service.account().accounts(&own_credential).await;
        let accounts = match accounts {
            // The plan does not have the feature: then there is nothing to list.
            Err(UseCaseError::Refused(_)) => Vec::new(),
            accounts => accounts?,
        };
        return Ok(Person { token: own, credential: own_credential, me, accounts, head });
    };
    let credential = Credential::bearer(login.hash(), origin.clone());
    let in_session = service.account().me(&credential).await.map_err(|error| match error {
        UseCaseError::Unauthenticated => Failure::LoginSessionEnded(EndCause::OwnSessionEnded),
        error => error.into(),
    })?;
    let is_theirs = in_session.login_session.is_some() && in_session.actor.id() == me.actor.id();
    if !is_theirs {
        return Err(Failure::LoginSessionEnded(EndCause::OwnSessionEnded));
    }
    Ok(Person { token: login, credential, me: in_session, accounts: Vec::new(), head })
}

/// Somebody who is signed in, and what they ask for.
#[derive(Clone)]
pub(crate) struct Visitor {
    visit: Visit,
    person: Arc<Person>,
}

impl Visitor {
    /// The request.
    pub(crate) fn visit(&self) -> &Visit {
        &self.visit
    }

    /// The use cases.
    pub(crate) fn service(&self) -> &Impersonation {
        self.visit.service()
    }

    /// What the use cases want to know of the person.
    pub(crate) fn credential(&self) -> &Credential {
        &self.person.credential
    }

    /// Who it is, and as whom.
    pub(crate) fn me(&self) -> &Me {
        &self.person.me
    }

    /// The accounts that they may act on now.
    pub(crate) fn accounts(&self) -> &[Account] {
        &self.person.accounts
    }

    /// The login session that they are in.
    pub(crate) fn login_session(&self) -> Option<&LoginSession> {
        self.person.me.login_session.as_ref().map(|current| &current.session)
    }

    /// Whether they may do what takes this permission, here and now.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.person.me.permissions.contains(&permission)
    }

    /// The sequence of the organization's last event, read before anything else on the page.
    pub(crate) fn head(&self) -> u64 {
        self.person.head
    }

    /// The token for the forms of a page.
    pub(crate) fn form_token(&self) -> String {
        form_token::issue(&self.person.token, &*self.visit.app().settings().secrets)
    }

    /// Whether a form brought the token of the session that it was sent in.
    pub(crate) fn sent(&self, form: &Form) -> bool {
        form_token::is_valid(&self.person.token, form.text(form_token::FIELD))
    }

    /// What binds something to the session in use.
    pub(crate) fn seal(&self) -> &Secret {
        &self.person.token
    }
}

impl<'a> FromRequest<'a> for Visit {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(request.extensions().get::<Self>().cloned().ok_or(Failure::Internal)?)
    }
}

impl<'a> FromRequest<'a> for Visitor {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        Ok(Visit::from_request(request, body).await?.visitor()?)
    }
}
