//! Bringing a kept case into a store.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessTypes,
    credential::{OwnCredential, OwnCredentialId, SignIn},
    grant::{Grant, GrantEdit, NewGrant},
    ids::{ChannelId, GrantId, OrganizationId, UserId},
    login_session::{LoginSession, NewLoginSession},
    organization::LoginSessionLimit,
    plan::Plan,
    policy::{Facts, GrantFacts, LogIn, OrganizationFacts, Request, Standing, UserFacts, evaluate},
    ports::SecretGenerator,
    secret::{Secret, SecretKind},
    time::Window,
    user::{User, UserStatus},
};

use super::Kept;
use crate::{
    environment::Environment,
    reference::Answer,
    store::OpenStore,
    strategies::{Case, Question},
    world::{World, reason},
};

/// A case in a store, at the moment of its question.
#[derive(Debug)]
pub struct Staged {
    /// The organization in which it is asked.
    pub world: World,
    /// Who acts.
    pub actor: UserId,
    /// Whose account is acted on.
    pub subject: UserId,
    /// From where the actor asks.
    pub standing: Standing,
    /// What for, with the identifiers of the store.
    pub question: Question,
    /// What must be answered, with the identifiers of the store.
    pub expected: Answer,
    /// The token of an administrator of the organization who has no part in it.
    pub administrator: Secret,
    /// The token with which the actor asks: of the login session that they are in, or of a session of
    /// their own. None where there is no such user in this organization.
    pub token: Option<Secret>,
}

impl Staged {
    /// The code with which the act itself is refused, where it must be: a use case does not let in
    /// whoever is not active, and calls a session over that is denied.
    #[must_use]
    pub fn refusal(&self) -> Option<&'static str> {
        match (self.expected, self.question) {
            (Answer::Permit(..), _) => None,
            (Answer::Deny(_), Question::ActAs(_)) => Some("login_session_ended"),
            (Answer::Deny("actor_inactive"), _) => Some("unauthenticated"),
            (Answer::Deny(code), _) => Some(code),
        }
    }
}

/// Brings the case into the store, in an organization of its own, and puts the clock at the moment
/// of its question.
///
/// # Errors
/// Why no store can hold what the case is about.
///
/// # Panics
/// Where the store fails.
pub async fn stage(
    store: &OpenStore,
    environment: &Environment,
    kept: &Kept,
) -> Result<Staged, &'static str> {
    let Kept { case, expected, .. } = kept;
    let organization = expressible(case)?;
    environment.clock.set(case.now - TimeDelta::minutes(1));
    let world =
        World::create(store.units.clone(), environment.clone(), "Acme", organization.plan).await;
    let neighbour = world.neighbour().await;
    let ada = world.admin("Ada").await;
    let administrator = sign_in(&world, &ada).await.0;
    let mut stage =
        Stage { world, neighbour, case, organization: organization.id, people: BTreeMap::new() };
    for (id, facts) in [(case.actor, case.facts.actor), (case.subject, case.facts.subject)] {
        if let Some(facts) = facts {
            stage.person(id, facts.organization).await;
        }
    }
    let mut own = None;
    if let Some(actor) = stage.known(case.actor) {
        own = Some(sign_in(&stage.world, &actor).await);
    }
    let channel = stage.channel().await;
    let mut grants = BTreeMap::new();
    let inside = stage.session(own.as_ref().map(|own| &own.1), &mut grants).await;
    let (actor, subject) = (stage.id(case.actor), stage.id(case.subject));
    stage.states().await;
    environment.clock.set(case.now);
    let expected = match *expected {
        Answer::Permit(id, version, ends) => Answer::Permit(grants[&id], version, ends),
        deny @ Answer::Deny(_) => deny,
    };
    let question = match case.question {
        Question::LogIn => Question::LogIn,
        Question::ActAs(grant) => Question::ActAs(grants[&grant]),
        Question::SendAs(_) => Question::SendAs(channel),
    };
    let (world, standing) = (stage.world, case.standing);
    let token = inside.or(own.map(|own| own.0));
    Ok(Staged { world, actor, subject, standing, question, expected, administrator, token })
}

/// The organization, where a store can hold what the case is about.
fn expressible(case: &Case) -> Result<OrganizationFacts, &'static str> {
    let organization = case.facts.organization.ok_or("it is asked in no organization")?;
    let people = [(case.facts.actor, case.actor), (case.facts.subject, case.subject)];
    if people.iter().any(|(user, id)| user.is_some_and(|user| user.id != *id)) {
        return Err("a store does not answer with another user than was asked for");
    }
    let are_here = people
        .iter()
        .all(|(user, _)| user.is_some_and(|user| user.organization == organization.id));
    let pair = (case.subject, case.actor);
    let mut of_pair: Vec<&GrantFacts> = Vec::new();
    for grant in &case.facts.grants {
        if grant.organization == organization.id
            && (grant.grantor, grant.grantee) == pair
            && !of_pair.contains(&grant)
        {
            of_pair.push(grant);
        }
    }
    if !of_pair.is_empty() && case.actor == case.subject {
        return Err("no store holds a grant to oneself");
    }
    if of_pair.len() > 1 {
        return Err("a store holds one grant a pair, in one version");
    }
    if !are_here && (!of_pair.is_empty() || matches!(case.question, Question::ActAs(_))) {
        return Err("no store holds a grant or a session of somebody who is not there");
    }
    Ok(organization)
}

async fn sign_in(world: &World, user: &User) -> (Secret, SignIn) {
    let secret = world.environment.secrets.next(SecretKind::SignIn);
    let started =
        SignIn::start(world.organization, user.id(), secret.hash(), &world.stamp_of(user.id()));
    (secret, world.save(started).await)
}

struct Stage<'a> {
    world: World,
    /// For what the case says of another organization.
    neighbour: World,
    case: &'a Case,
    organization: OrganizationId,
    /// Everybody, by the identifier in the case and whether they are of this organization: a person
    /// may have a namesake in the other.
    people: BTreeMap<(UserId, bool), User>,
}

impl Stage<'_> {
    fn world(&self, here: bool) -> &World {
        if here { &self.world } else { &self.neighbour }
    }

    /// The person, who is made where there is none yet.
    async fn person(&mut self, id: UserId, organization: OrganizationId) -> User {
        let here = organization == self.organization;
        if let Some(known) = self.people.get(&(id, here)) {
            return known.clone();
        }
        let made = self.world(here).user(&format!("Person {}", self.people.len())).await;
        self.people.insert((id, here), made.clone());
        made
    }

    /// The person in this organization.
    fn known(&self, id: UserId) -> Option<User> {
        self.people.get(&(id, true)).cloned()
    }

    /// The identifier in the store, or one that is not there.
    fn id(&self, id: UserId) -> UserId {
        let known = self.people.get(&(id, true)).or(self.people.get(&(id, false)));
        known.map_or_else(|| self.world.id(), User::id)
    }

    /// The channel that is asked about, as it is in the store, or one that is not.
    async fn channel(&mut self) -> ChannelId {
        let Some(channel) = self.case.facts.channel else { return self.world.id() };
        let here = channel.organization == self.organization;
        let mut members: Vec<User> = Vec::new();
        for (is_member, id) in [
            (channel.actor_is_member, self.case.actor),
            (channel.subject_is_member, self.case.subject),
        ] {
            if is_member && (!here || self.people.contains_key(&(id, true))) {
                members.push(self.person(id, channel.organization).await);
            }
        }
        members.dedup_by_key(|member| member.id());
        let members: Vec<&User> = members.iter().collect();
        let made = self.world(here).channel("General", &members).await;
        let asked_about = self.case.question == Question::SendAs(channel.id);
        if asked_about { made.id() } else { self.world.id() }
    }

    /// Makes the grants, and the session in which it is asked. `grants` gets their identifiers.
    async fn session(
        &mut self,
        own: Option<&SignIn>,
        grants: &mut BTreeMap<GrantId, GrantId>,
    ) -> Option<Secret> {
        let pair = (self.case.subject, self.case.actor);
        let is_of_pair = |grant: &GrantFacts| {
            grant.organization == self.organization && (grant.grantor, grant.grantee) == pair
        };
        let of_pair = self.case.facts.grants.iter().find(|grant| is_of_pair(grant)).copied();
        let (actor, subject) = (self.known(pair.1), self.known(pair.0));
        let mut inside = None;
        match (self.case.question, actor.as_ref(), own) {
            (Question::ActAs(bound), Some(actor), Some(own))
                if of_pair.is_none_or(|grant| grant.id != bound) =>
            {
                // The session began with a grant that is gone.
                let subject = subject.expect("both are there, or the case is left out");
                let old = self.world.grant(&subject, actor).await;
                inside = Some(self.log_in(&old, own).await);
                grants.insert(bound, old.id());
                let stamp = self.world.stamp();
                self.world.save(old.delete(&stamp)).await;
            }
            (Question::LogIn | Question::SendAs(_), Some(actor), Some(own))
                if self.case.standing == Standing::InLoginSession =>
            {
                let carl = self.world.user("Carl").await;
                let other = self.world.grant(&carl, actor).await;
                inside = Some(self.log_in(&other, own).await);
            }
            _ => {}
        }
        let mut made = BTreeMap::new();
        for facts in &self.case.facts.grants {
            // One a pair: what else there is of other pairs does not matter to anybody.
            let key = (facts.organization, facts.grantor, facts.grantee);
            if facts.grantor != facts.grantee && !made.contains_key(&key) {
                let grant = self.grant(facts).await;
                grants.insert(facts.id, grant.id());
                made.insert(key, grant);
            }
        }
        if let (Question::ActAs(_), None, Some(own)) = (self.case.question, &inside, own) {
            let grant = &made[&(self.organization, pair.0, pair.1)];
            inside = Some(self.log_in(grant, own).await);
        }
        inside
    }

    async fn grant(&mut self, facts: &GrantFacts) -> Grant {
        let grantor = self.person(facts.grantor, facts.organization).await;
        let grantee = self.person(facts.grantee, facts.organization).await;
        let world = self.world(facts.organization == self.organization);
        let new = NewGrant {
            grantor: &grantor,
            grantee: &grantee,
            access: facts.access,
            window: facts.window,
            reason: None,
            created_by: grantor.id(),
            may_have_expired: true,
        };
        let made = Grant::create(new, &world.stamp()).expect("both are active");
        let mut grant = world.save(made).await;
        while grant.version() < facts.version {
            let text = format!("version {}", grant.version().next());
            let edit = GrantEdit { reason: Some(Some(reason(&text))), ..GrantEdit::default() };
            let edited = grant.edit(edit, &world.stamp()).expect("a reason may be changed");
            grant = world.save(edited.expect("the reason is another")).await;
        }
        grant
    }

    /// A session by this grant, as if it had been right at its start.
    async fn log_in(&self, grant: &Grant, own: &SignIn) -> Secret {
        let (actor, subject) = (grant.grantee(), grant.grantor());
        let organization = self.world.organization;
        let active = |id| {
            let status = UserStatus::Active;
            Some(UserFacts { id, organization, status, protected: false })
        };
        let (access, window) = (AccessTypes::LOGIN, Window::default());
        let facts = Facts {
            organization: Some(OrganizationFacts { id: organization, plan: Plan::MultiUser }),
            actor: active(actor),
            subject: active(subject),
            grants: vec![GrantFacts { access, window, ..grant.facts() }],
            channel: None,
        };
        let request = Request { actor, subject, standing: Standing::OwnAccount, act: LogIn };
        let permit = evaluate(&facts, &request, self.world.now()).into_result();
        let secret = self.world.environment.secrets.next(SecretKind::LoginSession);
        let new = NewLoginSession {
            own_credential: OwnCredential {
                id: OwnCredentialId::SignIn(own.id),
                expires_at: own.expires_at,
            },
            token_hash: secret.hash(),
            limit: LoginSessionLimit::default(),
            reason: None,
        };
        let permit = permit.expect("all is right at the start");
        let started = LoginSession::start(permit, new, &self.world.stamp_of(actor));
        self.world.save(started).await;
        secret
    }

    /// Gives the two the states that they have in the case.
    async fn states(&self) {
        let (actor, subject) = (self.case.facts.actor, self.case.facts.subject);
        let subject = subject.filter(|_| self.case.actor != self.case.subject);
        for facts in [actor, subject].into_iter().flatten() {
            let here = facts.organization == self.organization;
            let world = self.world(here);
            let mut user = self.people[&(facts.id, here)].clone();
            if facts.protected {
                user = world.save(user.set_protected(true, &world.stamp())).await;
            }
            match facts.status {
                UserStatus::Active => {}
                UserStatus::Deactivated => {
                    world.save(user.deactivate(&world.stamp())).await;
                }
                UserStatus::Removed => {
                    world.save(user.remove(&world.stamp())).await;
                }
            }
        }
    }
}
