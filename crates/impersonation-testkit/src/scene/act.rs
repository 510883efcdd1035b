//! What people do in a scene, each by one use case.

mod on_behalf;
mod on_grants;
mod words;

use std::fmt;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use impersonation_domain::{
    access::AccessType,
    plan::Plan,
    policy::GrantRef,
    service::{EditUser, ErrorClass, Impersonation, Repeatable, UseCaseError},
    user::UserStatus,
    version::Version,
};

use super::{Login, Scene, origin};

/// A person of the scene.
type Name = &'static str;
/// Grantor and grantee.
type Pair = (Name, Name);

/// Login Access.
pub const LOGIN: &[AccessType] = &[AccessType::Login];
/// Send Access.
pub const SEND: &[AccessType] = &[AccessType::Send];
/// Both.
pub const BOTH: &[AccessType] = &AccessType::ALL;

/// Something that somebody does. Where a version is needed it is the one that was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "`by` does it, `on` it is done to; the rest is named by its type")]
pub enum Act {
    /// Makes a grant that expires in so many seconds.
    Create { by: Name, pair: Pair, access: &'static [AccessType], expires_in: Option<i64> },
    /// Makes a grant with an idempotency key.
    CreateOnce { pair: Pair, access: &'static [AccessType], key: Name },
    /// Changes what a grant gives.
    Edit { pair: Pair, access: &'static [AccessType] },
    /// Changes the words of a grant.
    Reword { pair: Pair, reason: Name },
    /// Lets a grant expire in so many seconds.
    Expire { pair: Pair, seconds: i64 },
    /// Deletes a grant.
    Revoke { by: Name, pair: Pair },
    /// Deletes all of these grants or none, after a preview.
    BulkDelete { pairs: &'static [Pair] },
    /// Logs in as somebody.
    Start { actor: Name, subject: Name },
    /// Logs in as somebody, with an idempotency key.
    StartOnce { actor: Name, subject: Name, key: Name },
    /// Reads the account in the login session that the actor started last.
    Use { actor: Name },
    /// Sends to *deals* in that session.
    SendIn { actor: Name },
    /// Sends to *deals* as somebody, from one's own account.
    SendAs { actor: Name, subject: Name },
    /// The same with an idempotency key.
    SendAsOnce { actor: Name, subject: Name, key: Name },
    /// Sends to *deals* as oneself.
    Send { actor: Name },
    /// Returns from the login session that the actor started last.
    Stop { actor: Name },
    /// Ends somebody's login session, from one's own account.
    End { by: Name, actor: Name },
    /// Upkeep: the end of every session whose limits have passed is recorded.
    EndOverdue,
    /// Gives somebody the role Admin, or Member.
    SetRole { by: Name, on: Name, admin: bool },
    /// Deactivates somebody, or brings them back.
    SetActive { by: Name, on: Name, active: bool },
    /// Brings somebody back, having seen the version after the one that was seen last.
    Reactivate { by: Name, on: Name },
    /// Protects an account, or takes the mark away.
    Protect { on: Name, protected: bool },
    /// Removes somebody for good.
    Remove { by: Name, on: Name },
    /// Takes somebody out of *deals*.
    Leave { on: Name },
    /// Takes somebody into *deals*.
    Join { on: Name },
    /// The operator puts the organization on another plan.
    SetPlan(Plan),
    /// Signs out.
    SignOut { actor: Name },
    /// So many seconds pass.
    Pass { seconds: i64 },
}

/// What somebody knows after it.
#[derive(Debug, Clone)]
pub enum Learned {
    /// The grant of a pair, or that there is none.
    Grant((&'static str, &'static str), Option<GrantRef>),
    /// The login session that somebody started.
    Login(&'static str, Login),
    /// The version of somebody's account.
    User(&'static str, Version),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whether it was done.
    pub allowed: bool,
    /// What was answered: the same words for the same answer.
    pub text: String,
    /// What is known since.
    pub learned: Option<Learned>,
    /// Why nothing was decided: a failure of the store, which no order explains.
    pub failure: Option<String>,
}

type Done = Result<(String, Option<Learned>), UseCaseError>;

/// An act about to be done, with what its doer knew when it was promised.
pub struct Promise(Box<dyn FnOnce(Impersonation) -> BoxFuture<'static, Done> + Send>);

impl Promise {
    fn new<F>(work: impl FnOnce(Impersonation) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Done> + Send + 'static,
    {
        Self(Box::new(move |app| Box::pin(work(app))))
    }

    /// Does it, by these use cases.
    pub fn run(self, app: Impersonation) -> BoxFuture<'static, Answer> {
        let work = (self.0)(app);
        Box::pin(async move {
            match work.await {
                Ok((text, learned)) => Answer { allowed: true, text, learned, failure: None },
                Err(error) => refused(&error),
            }
        })
    }
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Promise")
    }
}

fn refused(error: &UseCaseError) -> Answer {
    let mut text = error.code().to_owned();
    if let UseCaseError::LoginSessionEnded { cause } = error {
        text = format!("{text} ({})", cause.as_str());
    }
    let failed = matches!(error.class(), ErrorClass::Unavailable | ErrorClass::Interrupted)
        || error.code() == "changed_meanwhile";
    let failure = failed.then(|| {
        let source = std::error::Error::source(error);
        source.map_or_else(|| error.to_string(), |source| format!("{error}: {source:?}"))
    });
    Answer { allowed: false, text, learned: None, failure }
}

fn done(text: impl Into<String>) -> Done {
    Ok((text.into(), None))
}

fn once<'a, T>(key: &str, render: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync)) -> Repeatable<'a, T> {
    Repeatable { key: key.to_owned(), endpoint: "POST /x", fingerprint: [7; 32], render }
}

fn status(active: bool) -> EditUser {
    let status = if active { UserStatus::Active } else { UserStatus::Deactivated };
    EditUser { status: Some(status), ..EditUser::default() }
}

impl Act {
    /// Gets ready to do it, as a request of this name: from here on its doer learns nothing new.
    ///
    /// # Panics
    /// Where it is about a grant or a session that nobody has seen.
    pub fn promise(&self, scene: &Scene, request: &str) -> Promise {
        match *self {
            Self::Create { .. }
            | Self::CreateOnce { .. }
            | Self::Edit { .. }
            | Self::Reword { .. }
            | Self::Expire { .. }
            | Self::Revoke { .. }
            | Self::BulkDelete { .. } => self.on_grants(scene, request),
            Self::Start { .. }
            | Self::StartOnce { .. }
            | Self::Use { .. }
            | Self::SendIn { .. }
            | Self::SendAs { .. }
            | Self::SendAsOnce { .. }
            | Self::Send { .. }
            | Self::Stop { .. }
            | Self::End { .. } => self.on_behalf(scene, request),
            Self::SetRole { by, on, admin } => {
                let role = if admin { scene.admin_role } else { scene.member_role };
                let edit = EditUser { role_id: Some(role), ..EditUser::default() };
                edit_user(scene, request, by, on, edit, false)
            }
            Self::SetActive { by, on, active } => {
                edit_user(scene, request, by, on, status(active), false)
            }
            Self::Reactivate { by, on } => edit_user(scene, request, by, on, status(true), true),
            Self::Protect { on, protected } => {
                let edit = EditUser { protected: Some(protected), ..EditUser::default() };
                edit_user(scene, request, "ada", on, edit, false)
            }
            Self::Remove { .. }
            | Self::Leave { .. }
            | Self::Join { .. }
            | Self::SetPlan(_)
            | Self::EndOverdue
            | Self::SignOut { .. }
            | Self::Pass { .. } => self.on_the_organization(scene, request),
        }
    }

    fn on_the_organization(&self, scene: &Scene, request: &str) -> Promise {
        let (organization, deals) = (scene.organization, scene.deals);
        let me = scene.own("ada", request);
        match *self {
            Self::Remove { by, on } => {
                let (me, id) = (scene.own(by, request), scene.people[on].id);
                let seen = scene.known().users.get(on).copied().unwrap_or(Version::INITIAL);
                Promise::new(async move |app| {
                    app.people().remove(&me, id, seen).await?;
                    done("removed")
                })
            }
            Self::Leave { on } => {
                let id = scene.people[on].id;
                Promise::new(async move |app| {
                    app.channels().remove_member(&me, deals, id).await?;
                    done("left")
                })
            }
            Self::Join { on } => {
                let id = scene.people[on].id;
                Promise::new(async move |app| {
                    app.channels().add_member(&me, deals, id).await?;
                    done("joined")
                })
            }
            Self::SetPlan(plan) => {
                let origin = origin(request);
                Promise::new(async move |app| {
                    app.operator().set_plan(organization, plan, &origin).await?;
                    done(format!("on {plan}"))
                })
            }
            Self::EndOverdue => Promise::new(async move |app| {
                // Every scene of the store is looked after; what others have does not matter.
                app.login_sessions().end_overdue().await?;
                done("looked after")
            }),
            Self::SignOut { actor } => {
                let me = scene.own(actor, request);
                Promise::new(async move |app| {
                    app.sign_ins().sign_out(&me).await?;
                    done("signed out")
                })
            }
            Self::Pass { seconds } => {
                let clock = scene.clock.clone();
                Promise::new(async move |_| {
                    clock.advance(TimeDelta::seconds(seconds));
                    done("passed")
                })
            }
            _ => unreachable!("{self} is no act on the organization"),
        }
    }
}

fn edit_user(
    scene: &Scene,
    request: &str,
    by: Name,
    on: Name,
    edit: EditUser,
    next: bool,
) -> Promise {
    let (me, id) = (scene.own(by, request), scene.people[on].id);
    let seen = scene.known().users.get(on).copied().unwrap_or(Version::INITIAL);
    let seen = if next { seen.next() } else { seen };
    Promise::new(async move |app| {
        let view = app.people().edit(&me, id, seen, edit).await?;
        let version = view.user.version();
        Ok((format!("v{version}"), Some(Learned::User(on, version))))
    })
}
