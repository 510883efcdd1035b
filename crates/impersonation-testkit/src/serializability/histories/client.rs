//! A client: concurrent use cases, and what each of them tells of what it saw and did.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessType,
    audit::Origin,
    ids::{GrantId, UserId},
    message::Via,
    service::{Answer, CreateGrant, Credential, EditGrant, SendMessage, UseCaseError},
    version::Version,
};

use super::{Done, LIST, PAIRS, Scene, register};
use crate::{
    serializability::{Operation, Outcome, Transaction},
    splitmix::SplitMix,
};

pub(super) struct Client {
    scene: Arc<Scene>,
    number: u64,
    numbers: SplitMix,
}

/// What a use case has told.
enum Told {
    /// It was done, or refused by a rule: there is an event. The operations are what it saw and
    /// made beside.
    Recorded(Vec<Operation>),
    /// Nothing was done or recorded. The operations are what it saw.
    Seen(Vec<Operation>),
}

impl Client {
    pub(super) fn new(scene: Arc<Scene>, number: u64, numbers: SplitMix) -> Self {
        Self { scene, number, numbers }
    }

    /// Does so many things, one after the other.
    pub(super) async fn work(mut self, operations: usize) -> Vec<Done> {
        let mut done = Vec::new();
        for step in 0..operations {
            let id = format!("c{}-{step}", self.number);
            let began = self.scene.tick();
            let (what, told) = match self.numbers.below(12) {
                0 | 1 => ("makes a grant", self.create(&id).await),
                2..=4 => ("changes a grant", self.edit(&id).await),
                5 => ("deletes a grant", self.delete(&id).await),
                6 => ("reads a grant", self.get(&id).await),
                7 => ("logs in as another", self.log_in(&id).await),
                8 | 9 => ("sends as another", self.send(&id).await),
                _ => {
                    let name = id.clone();
                    done.push(self.scene.look(&name).await);
                    continue;
                }
            };
            let (operations, outcome) = match told {
                Ok(Told::Recorded(mut operations)) => {
                    operations.push(Operation::Append { list: LIST.to_owned(), value: id.clone() });
                    (operations, Outcome::Committed)
                }
                Ok(Told::Seen(operations)) => (operations, Outcome::Committed),
                Err(error) => panic!("{id} {what}: the store failed: {error:?}"),
            };
            let transaction = Transaction {
                name: format!("{id} {what}"),
                began,
                ended: self.scene.tick(),
                outcome,
                operations,
            };
            done.push(Done { transaction, events: None, grants: BTreeMap::new() });
        }
        done
    }

    /// The credential of this user, for an operation of this name.
    fn credential(&self, user: UserId, id: &str) -> Credential {
        let origin = Origin { request_id: Some(id.to_owned()), source_address: None };
        let Scene { organization, session, world, .. } = &*self.scene;
        let expires_at = world.now() + TimeDelta::hours(12);
        Credential::asserted(*organization, user, *session, expires_at, origin)
    }

    fn administrator(&self, id: &str) -> Credential {
        self.credential(self.scene.administrator, id)
    }

    /// Who grants and who receives access.
    fn pair(&mut self) -> (usize, usize) {
        let grantee = self.numbers.below(PAIRS);
        (grantee + 1, grantee)
    }

    fn heard_of(&self, id: GrantId, version: Version) {
        let mut known = self.scene.known.lock().expect("nobody panics with it");
        match known.iter_mut().find(|(of, _)| *of == id) {
            Some((_, latest)) => *latest = version.max(*latest),
            None => known.push((id, version)),
        }
    }

    fn some_grant(&mut self) -> Option<(GrantId, Version)> {
        let known = self.scene.known.lock().expect("nobody panics with it").clone();
        // Mostly one of the latest: those before are gone.
        let latest = &known[known.len().saturating_sub(4)..];
        (!latest.is_empty()).then(|| *self.numbers.choose(latest))
    }

    fn any_access(&mut self) -> Vec<AccessType> {
        use AccessType::{Login, Send};
        self.numbers.choose(&[vec![Login], vec![Send], vec![Login, Send]]).clone()
    }

    async fn create(&mut self, id: &str) -> Result<Told, UseCaseError> {
        let (grantor, grantee) = self.pair();
        let address = |user: usize| self.scene.people[user].1.clone();
        let request = CreateGrant {
            grantor_email: address(grantor),
            grantee_email: address(grantee),
            reason: Some(id.to_owned()),
            access: self.any_access(),
            ..CreateGrant::default()
        };
        let credential = self.administrator(id);
        let made = self.scene.app.grants().create(&credential, request, None).await;
        match made.map(Answer::fresh) {
            Ok(Some(created)) => {
                let grant = created.view.grant;
                self.heard_of(grant.id(), grant.version());
                Ok(Told::Recorded(vec![made_version(grant.id(), grant.version().get())]))
            }
            Ok(None) => unreachable!("no key was given"),
            Err(error) => refused(error),
        }
    }

    async fn edit(&mut self, id: &str) -> Result<Told, UseCaseError> {
        let Some((grant, seen)) = self.some_grant() else { return Ok(Told::Seen(Vec::new())) };
        let edit = EditGrant {
            access: Some(self.any_access()),
            reason: Some(Some(id.to_owned())),
            ..EditGrant::default()
        };
        let credential = self.administrator(id);
        match self.scene.app.grants().edit(&credential, grant, seen, edit).await {
            Ok(edited) => {
                let version = edited.view.grant.version();
                self.heard_of(grant, version);
                Ok(Told::Recorded(vec![saw(grant, seen), made_version(grant, version.get())]))
            }
            Err(error) => self.not_that_version(grant, error),
        }
    }

    async fn delete(&mut self, id: &str) -> Result<Told, UseCaseError> {
        let Some((grant, seen)) = self.some_grant() else { return Ok(Told::Seen(Vec::new())) };
        let credential = self.administrator(id);
        match self.scene.app.grants().delete(&credential, grant, seen).await {
            Ok(_) => {
                Ok(Told::Recorded(vec![saw(grant, seen), made_version(grant, seen.get() + 1)]))
            }
            Err(error) => self.not_that_version(grant, error),
        }
    }

    fn not_that_version(&self, grant: GrantId, error: UseCaseError) -> Result<Told, UseCaseError> {
        match error {
            UseCaseError::VersionMismatch { current } => {
                self.heard_of(grant, current);
                Ok(Told::Seen(vec![saw(grant, current)]))
            }
            error => refused(error),
        }
    }

    async fn get(&mut self, id: &str) -> Result<Told, UseCaseError> {
        let Some((grant, _)) = self.some_grant() else { return Ok(Told::Seen(Vec::new())) };
        let credential = self.administrator(id);
        match self.scene.app.grants().get(&credential, grant).await {
            Ok(view) => {
                self.heard_of(grant, view.grant.version());
                Ok(Told::Seen(vec![saw(grant, view.grant.version())]))
            }
            Err(error) => refused(error),
        }
    }

    async fn log_in(&mut self, id: &str) -> Result<Told, UseCaseError> {
        let (subject, actor) = self.pair();
        let credential = self.credential(self.scene.people[actor].0, id);
        let subject = self.scene.people[subject].0;
        let sessions = self.scene.app.login_sessions();
        match sessions.start(&credential, subject, None, None).await.map(Answer::fresh) {
            Ok(Some(started)) => {
                let grant = started.session.grant();
                Ok(Told::Recorded(vec![saw(grant.id, grant.version)]))
            }
            Ok(None) => unreachable!("no key was given"),
            Err(error) => refused(error),
        }
    }

    async fn send(&mut self, id: &str) -> Result<Told, UseCaseError> {
        let (subject, actor) = self.pair();
        let credential = self.credential(self.scene.people[actor].0, id);
        let send_as = Some(self.scene.people[subject].0);
        let message = SendMessage { body: Some(id.to_owned()), send_as };
        let (sending, channel) = (self.scene.app.sending(), self.scene.channel);
        match sending.send(&credential, channel, message, None, None).await.map(Answer::fresh) {
            Ok(Some(sent)) => match sent.message.record().via {
                Via::SendAs { grant } => Ok(Told::Recorded(vec![saw(grant.id, grant.version)])),
                other => panic!("{id}: a message that was sent as another says {other:?}"),
            },
            Ok(None) => unreachable!("no key was given"),
            Err(error) => refused(error),
        }
    }
}

fn saw(grant: GrantId, version: Version) -> Operation {
    Operation::Read { register: register(grant), version: version.get() }
}

fn made_version(grant: GrantId, version: u64) -> Operation {
    Operation::Write { register: register(grant), version }
}

/// A refusal by a rule is recorded; that something is not there is not. Anything else is a failure.
fn refused(error: UseCaseError) -> Result<Told, UseCaseError> {
    match error {
        UseCaseError::Denied(_) | UseCaseError::Conflict(_) => Ok(Told::Recorded(Vec::new())),
        UseCaseError::NotFound(_) => Ok(Told::Seen(Vec::new())),
        error => Err(error),
    }
}
