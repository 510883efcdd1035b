//! The domain's own transitions.

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessTypes,
    audit::{Origin, Party, Recorded, Stamp},
    credential::{OwnCredential, OwnCredentialId},
    grant::{Grant, GrantEdit, GrantRecord, NewGrant},
    ids::{OrganizationId, UserId},
    login_session::{EndCause, LoginSession, LoginSessionRecord, NewLoginSession},
    organization::LoginSessionLimit,
    plan::Plan,
    policy::{Facts, GrantFacts, LogIn, OrganizationFacts, Request, Standing, UserFacts, evaluate},
    ports::{SecretGenerator, generate},
    secret::SecretKind,
    time::{Timestamp, Window},
    user::{NewUser, User},
};

use super::Lives;
use crate::{
    environment::{Environment, FixedClock},
    strategies::id,
    world::{email, name},
};

/// Grants and login sessions as the domain changes them.
#[derive(Debug)]
pub struct OfDomain {
    environment: Environment,
    organization: OrganizationId,
    grantor: User,
    grantee: User,
}

impl Default for OfDomain {
    fn default() -> Self {
        let environment = Environment::default();
        let organization = id(1);
        let user = |called: &str| {
            let origin = Origin::default();
            let stamp = Stamp::new(FixedClock::START, Party::System, &origin, &environment.ids);
            let new = NewUser {
                organization,
                name: name(called),
                email: email(&format!("{}@acme.example", called.to_lowercase())),
                role: id(2),
            };
            User::create(new, &stamp).into_parts().0
        };
        let (grantor, grantee) = (user("Beryl"), user("Alan"));
        Self { organization, grantor, grantee, environment }
    }
}

impl OfDomain {
    fn at<T>(&self, at: Timestamp, change: impl FnOnce(&Stamp<'_>) -> T) -> T {
        let origin = Origin::default();
        change(&Stamp::new(at, Party::System, &origin, &self.environment.ids))
    }

    fn grant_of(&self, facts: &GrantFacts) -> Grant {
        let record = GrantRecord {
            id: facts.id,
            organization: facts.organization,
            grantor: facts.grantor,
            grantee: facts.grantee,
            access: facts.access,
            window: facts.window,
            reason: None,
            version: facts.version,
            created_at: FixedClock::START,
            created_by: self.grantor.id(),
            last_used_at: None,
        };
        Grant::from_record(record).expect("the pair is two people")
    }
}

fn value<T>(recorded: Recorded<T>) -> T {
    recorded.into_parts().0
}

impl Lives for OfDomain {
    fn grant(&self, access: AccessTypes, window: Window, at: Timestamp) -> Option<GrantFacts> {
        let new = NewGrant {
            grantor: &self.grantor,
            grantee: &self.grantee,
            access,
            window,
            reason: None,
            created_by: self.grantor.id(),
            may_have_expired: false,
        };
        let made = self.at(at, |stamp| Grant::create(new, stamp));
        made.ok().map(|made| made.value().facts())
    }

    fn edit(
        &self,
        grant: &GrantFacts,
        access: AccessTypes,
        window: Window,
        at: Timestamp,
    ) -> Option<GrantFacts> {
        let edit = GrantEdit {
            access: Some(access),
            reason: None,
            starts_at: Some(window.starts_at()),
            expires_at: Some(window.expires_at()),
        };
        let edited = self.at(at, |stamp| self.grant_of(grant).edit(edit, stamp));
        edited.ok().flatten().map(|edited| edited.value().facts())
    }

    fn start(
        &self,
        grant: &GrantFacts,
        limit: TimeDelta,
        own_session_ends: Timestamp,
        at: Timestamp,
    ) -> Option<LoginSessionRecord> {
        let user = |user: &User| Some(UserFacts::from(user));
        let facts = Facts {
            organization: Some(OrganizationFacts { id: self.organization, plan: Plan::MultiUser }),
            actor: user(&self.grantee),
            subject: user(&self.grantor),
            grants: vec![*grant],
            channel: None,
        };
        let (actor, subject): (UserId, UserId) = (self.grantee.id(), self.grantor.id());
        let request = Request { actor, subject, standing: Standing::OwnAccount, act: LogIn };
        let permit = evaluate(&facts, &request, at).into_result().ok()?;
        let minutes = u16::try_from(limit.num_minutes()).ok()?;
        let new = NewLoginSession {
            own_credential: OwnCredential {
                id: OwnCredentialId::External(generate(&self.environment.ids)),
                expires_at: own_session_ends,
            },
            token_hash: self.environment.secrets.next(SecretKind::LoginSession).hash(),
            limit: LoginSessionLimit::try_from(minutes).ok()?,
            reason: None,
        };
        Some(self.at(at, |stamp| LoginSession::start(permit, new, stamp).value().record().clone()))
    }

    fn shorten(
        &self,
        session: &LoginSessionRecord,
        ends: Timestamp,
        at: Timestamp,
    ) -> Option<LoginSessionRecord> {
        let session = LoginSession::from_record(session.clone());
        self.at(at, |stamp| session.shorten(ends, stamp)).map(|it| value(it).record().clone())
    }

    fn end(
        &self,
        session: &LoginSessionRecord,
        cause: EndCause,
        at: Timestamp,
    ) -> Option<LoginSessionRecord> {
        let session = LoginSession::from_record(session.clone());
        self.at(at, |stamp| session.end(cause, stamp)).map(|it| value(it).record().clone())
    }

    fn is_over(&self, session: &LoginSessionRecord, now: Timestamp) -> bool {
        LoginSession::from_record(session.clone()).reached_limit(now).is_some()
    }
}
