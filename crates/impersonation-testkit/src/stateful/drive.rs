//! Takes the steps in a real store, through the use cases.

mod found;

use std::{collections::BTreeMap, rc::Rc, sync::Arc};

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessType,
    audit::{Event, Origin, Outcome, Party},
    ids::{ChannelId, GrantId, LoginSessionId, OrganizationId, RoleId, UserId},
    plan,
    ports::{Clock as _, UnitOfWork},
    secret::Secret,
    service::{
        CreateGrant, Credential, EditGrant, EditUser, ExplainRequest, Impersonation, Ports,
        SendMessage, UseCaseError,
    },
    time::Timestamp,
    user::UserStatus,
    version::Version,
};

use super::{
    facts::{Facts, home, name},
    line::{Line, Whom},
    step::{By, CHANNELS, Change, Flags, ORGANIZATIONS, Step},
};
use crate::{
    environment::{Environment, FixedClock, NoFiles, PlainPasswords},
    reference::Plan,
    store::OpenStore,
};

const PASSWORD: &str = "impersonate-me";

/// Two organizations in a store, and which thing there has which number here.
pub(super) struct Drive {
    pub(super) app: Impersonation,
    store: Rc<OpenStore>,
    clock: FixedClock,
    /// The moment at which the history begins.
    beginning: Timestamp,
    run: u64,
    pub(super) organizations: Vec<OrganizationId>,
    roles: Vec<(RoleId, RoleId)>,
    pub(super) users: Vec<UserId>,
    pub(super) channels: Vec<ChannelId>,
    pub(super) sign_ins: Vec<Credential>,
    pub(super) grants: Vec<(GrantId, Version)>,
    pub(super) sessions: Vec<(LoginSessionId, Credential)>,
}

pub(super) fn bearer(token: &Secret) -> Credential {
    Credential::bearer(token.hash(), Origin::default())
}

fn email(user: usize, run: u64) -> String {
    format!("{}@{}-{run}.example", name(user), ORGANIZATIONS[home(user)].to_lowercase())
}

fn plan_of(plan: Plan) -> plan::Plan {
    match plan {
        Plan::Individual => plan::Plan::Individual,
        Plan::MultiUser => plan::Plan::MultiUser,
        Plan::Enterprise => plan::Plan::Enterprise,
    }
}

fn access(flags: Flags) -> Vec<AccessType> {
    let each = [(flags.login, AccessType::Login), (flags.send, AccessType::Send)];
    each.into_iter().filter(|(given, _)| *given).map(|(_, access)| access).collect()
}

/// `done`, or the code of why not.
fn answer<T>(result: Result<T, UseCaseError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(UseCaseError::Unavailable(error)) => format!("unavailable: {error}"),
        Err(error) => error.code().to_owned(),
    }
}

impl Drive {
    /// Founds the two organizations of the run with this number.
    pub(super) async fn begin(
        store: Rc<OpenStore>,
        environment: &Environment,
        run: u64,
    ) -> Result<Self, UseCaseError> {
        let clock = environment.clock.clone();
        // At a full minute, as for the model: a read is recorded once in each.
        let later = clock.advance(TimeDelta::days(30));
        let beginning = later + TimeDelta::seconds(60 - later.timestamp().rem_euclid(60));
        clock.set(beginning);
        let app = Impersonation::new(Ports {
            units: store.units.clone(),
            index: store.index.clone(),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(environment.ids.clone()),
            secrets: Arc::new(environment.secrets.clone()),
            passwords: Arc::new(PlainPasswords),
            files: Arc::new(NoFiles),
        });
        let mut drive = Self {
            app,
            store,
            clock,
            beginning,
            run,
            organizations: Vec::new(),
            roles: Vec::new(),
            users: Vec::new(),
            channels: Vec::new(),
            sign_ins: Vec::new(),
            grants: Vec::new(),
            sessions: Vec::new(),
        };
        for organization in 0..ORGANIZATIONS.len() {
            drive.found(organization).await?;
        }
        for (name, organization, members) in CHANNELS {
            drive.open(name, organization, members).await?;
        }
        Ok(drive)
    }

    async fn sign_in(&self, user: usize) -> Result<Credential, UseCaseError> {
        let (email, organization) = (email(user, self.run), self.organizations[home(user)]);
        let origin = Origin::default();
        let sign_ins = self.app.sign_ins();
        let signed_in = sign_ins.sign_in(&email, PASSWORD, Some(organization), &origin).await?;
        Ok(bearer(&signed_in.token))
    }

    /// The moment that the model calls so many seconds after the beginning.
    pub(super) fn moment(&self, seconds: i64) -> Timestamp {
        self.beginning + TimeDelta::seconds(seconds)
    }

    /// A reading unit of work on an organization.
    pub(super) async fn reading(&self, organization: usize) -> Box<dyn UnitOfWork> {
        let reading = self.store.units.begin_read(self.organizations[organization]).await;
        reading.unwrap_or_else(|error| panic!("the store cannot be read: {error}"))
    }

    fn credential(&self, by: By) -> Credential {
        match by {
            By::Own(number) => self.sign_ins[number].clone(),
            By::Session(number) => self.sessions[number].1.clone(),
        }
    }

    /// Takes a step. `facts` are those before it; the answer is in the words of the model.
    pub(super) async fn take(&mut self, step: &Step, facts: &Facts) -> String {
        if let Some(by) = step.by() {
            let credential = self.credential(by);
            let now = facts.now(facts.place_of(by));
            return self.do_by(&credential, step, facts, now).await;
        }
        match step {
            Step::SignIn { user } => {
                let signed_in = self.sign_in(*user).await;
                self.sign_ins.extend(signed_in.as_ref().ok().cloned());
                answer(signed_in)
            }
            Step::SetPlan { organization, plan } => {
                let id = self.organizations[*organization];
                let operator = self.app.operator();
                answer(operator.set_plan(id, plan_of(*plan), &Origin::default()).await)
            }
            Step::Pass { seconds } => {
                self.clock.set(self.clock.now() + TimeDelta::seconds(*seconds));
                "done".to_owned()
            }
            _ => answer(self.app.login_sessions().end_overdue().await),
        }
    }

    async fn do_by(&mut self, by: &Credential, step: &Step, facts: &Facts, now: i64) -> String {
        let app = self.app.clone();
        let at = |offset: Option<i64>| offset.map(|offset| self.moment(now + offset));
        match step {
            Step::Grant { from, to, flags, starts, ends, .. } => {
                let request = CreateGrant {
                    grantor_email: email(*from, self.run),
                    grantee_email: email(*to, self.run),
                    access: access(*flags),
                    reason: None,
                    starts_at: at(*starts),
                    expires_at: at(*ends),
                };
                let made = app.grants().create(by, request, None).await;
                if let Ok(made) = made {
                    let grant = made.fresh().expect("it is new").view.grant;
                    self.grants.push((grant.id(), grant.version()));
                    return "done".to_owned();
                }
                answer(made)
            }
            Step::Edit { grant, stale, flags, starts, ends, .. } => {
                let (id, version) = self.seen(*grant, *stale, facts);
                let edit = EditGrant {
                    access: flags.map(access),
                    reason: None,
                    starts_at: starts.map(at),
                    expires_at: ends.map(at),
                };
                let edited = app.grants().edit(by, id, version, edit).await;
                if let Ok(edited) = &edited {
                    self.grants[*grant].1 = edited.view.grant.version();
                }
                answer(edited)
            }
            Step::Delete { grant, stale, .. } => {
                let (id, version) = self.seen(*grant, *stale, facts);
                answer(app.grants().delete(by, id, version).await)
            }
            Step::DeleteAll { grants, .. } => {
                let items: Vec<_> = grants.iter().map(|grant| self.grants[*grant]).collect();
                match app.grants().preview_bulk_delete(by, &items).await {
                    Err(error) => answer::<()>(Err(error)),
                    Ok(preview) => {
                        let deleted =
                            app.grants().bulk_delete(by, &items, &preview.confirmation).await;
                        answer(deleted)
                    }
                }
            }
            Step::Start { subject, .. } => {
                let subject = self.users[*subject];
                let started = app.login_sessions().start(by, subject, None, None).await;
                if let Ok(started) = started {
                    let started = started.fresh().expect("it is new");
                    self.sessions.push((started.session.id(), bearer(&started.token)));
                    return "done".to_owned();
                }
                answer(started)
            }
            Step::LookAround { .. } => answer(app.account().me(by).await),
            Step::Stop { .. } => answer(app.login_sessions().end_current(by).await),
            Step::End { session, .. } => {
                answer(app.login_sessions().end(by, self.sessions[*session].0).await)
            }
            Step::Send { channel, on_behalf_of, .. } => {
                let message = SendMessage {
                    body: Some("Good morning".to_owned()),
                    send_as: on_behalf_of.map(|subject| self.users[subject]),
                };
                let channel = self.channels[*channel];
                answer(app.sending().send(by, channel, message, None, None).await)
            }
            Step::Explain { actor, subject, channel, .. } => {
                let request = ExplainRequest {
                    actor: self.users[*actor],
                    action: if channel.is_some() { AccessType::Send } else { AccessType::Login },
                    subject: self.users[*subject],
                    channel: channel.map(|channel| self.channels[channel]),
                };
                match app.decisions().explain(by, request).await {
                    Ok(explanation) => explanation.code.to_owned(),
                    Err(error) => answer::<()>(Err(error)),
                }
            }
            Step::SignOut { .. } => answer(app.sign_ins().sign_out(by).await),
            Step::Person { user, change, .. } => self.change(by, *user, *change).await,
            Step::Join { channel, user, .. } => {
                let (channel, user) = (self.channels[*channel], self.users[*user]);
                answer(app.channels().add_member(by, channel, user).await)
            }
            Step::Leave { channel, user, .. } => {
                let (channel, user) = (self.channels[*channel], self.users[*user]);
                answer(app.channels().remove_member(by, channel, user).await)
            }
            _ => unreachable!("nobody does this with a credential"),
        }
    }

    /// A grant and the version that the caller has seen of it.
    fn seen(&self, grant: usize, stale: bool, facts: &Facts) -> (GrantId, Version) {
        let (id, version) = self.grants[grant];
        // One that is gone has no version before its own either.
        let stale = stale && facts.grants.contains_key(&grant);
        (id, if stale { version.next() } else { version })
    }

    async fn change(&self, by: &Credential, user: usize, change: Change) -> String {
        let id = self.users[user];
        let known = self.reading(home(user)).await.directory().user(id).await;
        let version = known.ok().flatten().map_or(Version::INITIAL, |user| user.version());
        let (administrator, member) = self.roles[home(user)];
        let edit = match change {
            Change::Remove => {
                return answer(self.app.people().remove(by, id, version).await);
            }
            Change::Deactivate => {
                EditUser { status: Some(UserStatus::Deactivated), ..EditUser::default() }
            }
            Change::Reactivate => {
                EditUser { status: Some(UserStatus::Active), ..EditUser::default() }
            }
            Change::Protect => EditUser { protected: Some(true), ..EditUser::default() },
            Change::Unprotect => EditUser { protected: Some(false), ..EditUser::default() },
            Change::MakeAdministrator => {
                EditUser { role_id: Some(administrator), ..EditUser::default() }
            }
            Change::MakeMember => EditUser { role_id: Some(member), ..EditUser::default() },
        };
        answer(self.app.people().edit(by, id, version, edit).await)
    }

    /// An event in the words of the model.
    pub(super) fn line(&self, organization: usize, event: &Event) -> Line {
        let content = &event.content;
        let numbers: BTreeMap<_, _> =
            self.users.iter().enumerate().map(|(number, id)| (*id, number)).collect();
        let whom = |party: Party| match party {
            Party::User(id) => numbers.get(&id).map_or(Whom::Unknown, |user| Whom::User(*user)),
            Party::Organization(_) => Whom::Organization,
            Party::Operator => Whom::Operator,
            _ => Whom::Unknown,
        };
        let grant = content.grant.map(|reference| {
            let number = self.grants.iter().position(|(id, _)| *id == reference.id);
            (number.unwrap_or(usize::MAX), reference.version.get())
        });
        let session = content.login_session.map(|id| {
            self.sessions.iter().position(|(known, _)| *known == id).unwrap_or(usize::MAX)
        });
        let channel =
            content.channel.and_then(|id| self.channels.iter().position(|known| *known == id));
        Line {
            organization,
            refused: content.outcome == Outcome::Refused,
            action: content.action.as_str(),
            actor: whom(content.actor),
            subject: whom(content.subject),
            access: content.access.map(|access| match access {
                AccessType::Login => "login",
                AccessType::Send => "send",
            }),
            grant,
            session,
            rule: content.rule.clone().map(Into::into),
            channel,
            batch: content.batch.is_some(),
        }
    }
}
