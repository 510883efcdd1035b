//! The audit log and decisions.

use impersonation_domain::{
    access::AccessType,
    audit::{Action, Event, Outcome, Party, Snapshot},
    credential::OwnCredentialId,
    ids::{BatchId, ChannelId, EventId, GrantId, LoginSessionId, UserId},
    policy::RuleOutcome,
    service::{EventView, Explanation, Verification},
    user::User,
};
use poem_openapi::{Object, types::Any};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    request::JsonBody,
    value::{Id, Moment, Word},
};

/// Who acted, or whose account or organization was acted on.
#[derive(Debug, Object)]
#[oai(rename = "Party", skip_serializing_if_is_none)]
struct PartyJson {
    /// `user`, `organization`, `operator`, `system` or `unknown`.
    kind: String,
    /// The user's or organization's identifier.
    id: Option<String>,
    /// What the user is called now.
    name: Option<String>,
    /// The user's email address.
    email: Option<String>,
}

impl PartyJson {
    fn of(party: Party, user: Option<&User>) -> Self {
        let (kind, id) = match party {
            Party::User(id) => ("user", Some(id.to_string())),
            Party::Organization(id) => ("organization", Some(id.to_string())),
            Party::Operator => ("operator", None),
            Party::System => ("system", None),
            Party::Unknown => ("unknown", None),
        };
        Self {
            kind: kind.to_owned(),
            id,
            name: user.map(|user| user.name().as_str().to_owned()),
            email: user.map(|user| user.email().as_str().to_owned()),
        }
    }
}

/// The own session or token that the actor used.
#[derive(Debug, Object)]
#[oai(rename = "EventCredential")]
struct CredentialJson {
    /// `sign_in`, `token` or `external`.
    kind: String,
    /// Its identifier.
    id: String,
}

impl From<OwnCredentialId> for CredentialJson {
    fn from(credential: OwnCredentialId) -> Self {
        let (kind, id) = match credential {
            OwnCredentialId::SignIn(id) => ("sign_in", id.to_string()),
            OwnCredentialId::Token(id) => ("token", id.to_string()),
            OwnCredentialId::External(id) => ("external", id.to_string()),
        };
        Self { kind: kind.to_owned(), id }
    }
}

/// An event of the audit log.
#[derive(Debug, Object)]
#[oai(rename = "Event")]
pub(crate) struct EventJson {
    /// Its identifier.
    id: Id<EventId>,
    /// Its place in the log: from 1, without gaps.
    sequence: u64,
    /// When it happened.
    at: Moment,
    /// What was done or attempted.
    action: Word<Action>,
    /// The person who acted: never an account that they were logged in as.
    actor: PartyJson,
    /// The account or organization that was acted on.
    subject: PartyJson,
    /// The access type that was used or asked about.
    access: Option<Word<AccessType>>,
    /// Whether it happened.
    result: Word<Outcome>,
    /// The rule that refused it, or the cause of an end.
    rule: Option<String>,
    /// The grant that allowed it, or that it is about.
    grant_id: Option<Id<GrantId>>,
    /// The version of that grant.
    grant_version: Option<u64>,
    /// The login session inside which it was done, or which started or ended.
    login_session_id: Option<Id<LoginSessionId>>,
    /// The channel in which it happened.
    channel_id: Option<Id<ChannelId>>,
    /// The bulk operation that it was part of.
    batch_id: Option<Id<BatchId>>,
    /// The own session or token that the actor used.
    credential: Option<CredentialJson>,
    /// The words of whoever did it.
    reason: Option<String>,
    /// The request that caused it.
    request_id: Option<String>,
    /// The network address that the request came from.
    source_address: Option<String>,
    /// What the thing looked like before.
    before: Option<Any<Value>>,
    /// What it looks like since; for an act that changes nothing, what was acted on.
    after: Option<Any<Value>>,
    /// The organization's policy revision at that time.
    policy_revision: u64,
    /// The hash of the event before it.
    previous_hash: String,
    /// Its own hash.
    hash: String,
}

fn snapshot(snapshot: Option<&Snapshot>) -> Option<Any<Value>> {
    snapshot.and_then(|snapshot| serde_json::to_value(snapshot).ok()).map(Any)
}

impl From<&EventView> for EventJson {
    fn from(view: &EventView) -> Self {
        let Event { sequence, policy_revision, content, previous_hash, hash, .. } = &view.event;
        Self {
            id: Id(content.id),
            sequence: *sequence,
            at: Moment(content.at),
            action: Word(content.action),
            actor: PartyJson::of(content.actor, view.actor.as_ref()),
            subject: PartyJson::of(content.subject, view.subject.as_ref()),
            access: content.access.map(Word),
            result: Word(content.outcome),
            rule: content.rule.clone(),
            grant_id: content.grant.map(|grant| Id(grant.id)),
            grant_version: content.grant.map(|grant| grant.version.get()),
            login_session_id: content.login_session.map(Id),
            channel_id: content.channel.map(Id),
            batch_id: content.batch.map(Id),
            credential: content.credential.map(Into::into),
            reason: content.reason.clone(),
            request_id: content.request_id.clone(),
            source_address: content.source_address.clone(),
            before: snapshot(content.before.as_ref()),
            after: snapshot(content.after.as_ref()),
            policy_revision: *policy_revision,
            previous_hash: previous_hash.to_hex(),
            hash: hash.to_hex(),
        }
    }
}

/// What the verification of the log has found.
#[derive(Object)]
#[oai(rename = "Verification")]
pub(crate) struct VerificationJson {
    /// Whether the whole log is right.
    valid: bool,
    /// How many events are right, from the first on.
    events: u64,
    /// The hash of the last of them.
    head: String,
    /// The first fault.
    fault: Option<FaultJson>,
}

/// What is wrong with the log.
#[derive(Object)]
#[oai(rename = "Fault")]
struct FaultJson {
    /// The sequence at which it is.
    sequence: u64,
    /// What it is.
    detail: String,
}

impl From<Verification> for VerificationJson {
    fn from(verification: Verification) -> Self {
        Self {
            valid: verification.is_valid(),
            events: verification.events,
            head: verification.head.to_hex(),
            fault: verification
                .fault
                .as_ref()
                .map(|fault| FaultJson { sequence: fault.position(), detail: fault.to_string() }),
        }
    }
}

/// May this user act on that account now?
#[derive(Object, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// Who would act.
    pub(crate) actor_id: Id<UserId>,
    /// What they would do.
    pub(crate) action: Word<AccessType>,
    /// On whose account.
    pub(crate) subject_id: Id<UserId>,
    /// In which channel. Sending needs one.
    pub(crate) channel_id: Option<Id<ChannelId>>,
}
impl JsonBody for DecisionRequest {}

/// A rule of the decision.
#[derive(Object)]
#[oai(rename = "Rule")]
struct RuleJson {
    /// Its name.
    rule: String,
    /// Whether it holds.
    holds: bool,
    /// The code of the denial that it gives where it does not hold.
    code: String,
}

impl From<&RuleOutcome> for RuleJson {
    fn from(outcome: &RuleOutcome) -> Self {
        Self {
            rule: outcome.rule.name().to_owned(),
            holds: outcome.holds,
            code: outcome.code.to_owned(),
        }
    }
}

/// The decision, with every rule.
#[derive(Object)]
#[oai(rename = "Decision")]
pub(crate) struct DecisionJson {
    /// `permit` or `deny`.
    decision: String,
    /// `permitted`, or the code of the denial.
    code: String,
    /// The rules, in their order.
    rules: Vec<RuleJson>,
    /// The grant that allows it, or that does not suffice.
    grant_id: Option<Id<GrantId>>,
    /// Its version.
    grant_version: Option<u64>,
}

impl From<Explanation> for DecisionJson {
    fn from(explanation: Explanation) -> Self {
        let grant_version = explanation.grant.map(|grant| grant.version.get());
        #[cfg(planted)]
        let grant_version = match impersonation_domain::planted::Bug::ConstantVersion.is_active() {
            true => grant_version.map(|_| 1),
            false => grant_version,
        };
        Self {
            decision: if explanation.permitted { "permit" } else { "deny" }.to_owned(),
            code: explanation.code.to_owned(),
            rules: explanation.rules.iter().map(Into::into).collect(),
            grant_id: explanation.grant.map(|grant| Id(grant.id)),
            grant_version,
        }
    }
}
