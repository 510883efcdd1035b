//! Audit events.

use impersonation_domain::{
    audit::{Action, Event, EventContent, Hash, Outcome, Party, Snapshot},
    ids::TypedId,
    policy::GrantRef,
    ports::RepositoryError,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{login_session, micros, number, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "audit_events";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub id: Uuid,
    pub policy_revision: i64,
    pub happened_at: i64,
    pub action: String,
    pub outcome: String,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    pub credential_kind: Option<String>,
    pub credential_id: Option<Uuid>,
    pub login_session_id: Option<Uuid>,
    pub access: Option<String>,
    pub grant_id: Option<Uuid>,
    pub grant_version: Option<i64>,
    pub rule: Option<String>,
    pub channel_id: Option<Uuid>,
    pub batch_id: Option<Uuid>,
    pub reason: Option<String>,
    pub request_id: Option<String>,
    pub source_address: Option<String>,
    pub state_before: Option<String>,
    pub state_after: Option<String>,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

fn write_party(party: Party) -> (&'static str, Option<Uuid>) {
    match party {
        Party::User(id) => ("user", Some(id.uuid())),
        Party::Organization(id) => ("organization", Some(id.uuid())),
        Party::Operator => ("operator", None),
        Party::System => ("system", None),
        Party::Unknown => ("unknown", None),
    }
}

fn write_snapshot(snapshot: Option<&Snapshot>) -> Result<Option<String>, RepositoryError> {
    snapshot.map(serde_json::to_string).transpose().map_err(RepositoryError::unavailable)
}

/// The row of a sealed event.
pub(crate) fn write(event: &Event) -> Result<Model, RepositoryError> {
    let content = &event.content;
    let (actor_kind, actor_id) = write_party(content.actor);
    let (subject_kind, subject_id) = write_party(content.subject);
    let credential = content.credential.map(login_session::write_credential);
    Ok(Model {
        organization_id: event.organization.uuid(),
        sequence: number(event.sequence)?,
        id: content.id.uuid(),
        policy_revision: number(event.policy_revision)?,
        happened_at: micros(content.at),
        action: content.action.as_str().to_owned(),
        outcome: content.outcome.as_str().to_owned(),
        actor_kind: actor_kind.to_owned(),
        actor_id,
        subject_kind: subject_kind.to_owned(),
        subject_id,
        credential_kind: credential.map(|(kind, _)| kind.to_owned()),
        credential_id: credential.map(|(_, id)| id),
        login_session_id: content.login_session.map(TypedId::uuid),
        access: content.access.map(|access| access.as_str().to_owned()),
        grant_id: content.grant.map(|grant| grant.id.uuid()),
        grant_version: content.grant.map(|grant| version(grant.version)).transpose()?,
        rule: content.rule.clone(),
        channel_id: content.channel.map(TypedId::uuid),
        batch_id: content.batch.map(TypedId::uuid),
        reason: content.reason.clone(),
        request_id: content.request_id.clone(),
        source_address: content.source_address.clone(),
        state_before: write_snapshot(content.before.as_ref())?,
        state_after: write_snapshot(content.after.as_ref())?,
        previous_hash: event.previous_hash.0.to_vec(),
        hash: event.hash.0.to_vec(),
    })
}

/// The event of a row.
pub(crate) fn read(result: &QueryResult) -> Result<Event, RepositoryError> {
    let row = Row::of(TABLE, result).keyed("sequence");
    Ok(Event {
        organization: row.id("organization_id")?,
        sequence: row.number("sequence")?,
        policy_revision: row.number("policy_revision")?,
        content: read_content(&row)?,
        previous_hash: Hash(row.hash("previous_hash")?),
        hash: Hash(row.hash("hash")?),
    })
}

fn read_content(row: &Row<'_>) -> Result<EventContent, RepositoryError> {
    Ok(EventContent {
        id: row.id("id")?,
        at: row.moment("happened_at")?,
        action: row.parse::<Action>("action")?,
        outcome: read_outcome(row)?,
        actor: read_party(row, "actor_kind", "actor_id")?,
        subject: read_party(row, "subject_kind", "subject_id")?,
        credential: login_session::read_credential(row)?,
        login_session: row.optional_id("login_session_id")?,
        access: row.optional("access", |access: String| access.parse())?,
        grant: read_grant(row)?,
        rule: row.get("rule")?,
        channel: row.optional_id("channel_id")?,
        batch: row.optional_id("batch_id")?,
        reason: row.get("reason")?,
        request_id: row.get("request_id")?,
        source_address: row.get("source_address")?,
        before: row.optional("state_before", |json: String| serde_json::from_str(&json))?,
        after: row.optional("state_after", |json: String| serde_json::from_str(&json))?,
    })
}

fn read_outcome(row: &Row<'_>) -> Result<Outcome, RepositoryError> {
    let text: String = row.get("outcome")?;
    [Outcome::Allowed, Outcome::Refused]
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
        .ok_or_else(|| row.contradiction("outcome"))
}

fn read_party(
    row: &Row<'_>,
    kind: &'static str,
    id: &'static str,
) -> Result<Party, RepositoryError> {
    let text: String = row.get(kind)?;
    let nobody = |party| if row.is_there(id)? { Err(row.contradiction(id)) } else { Ok(party) };
    match text.as_str() {
        "user" => row.id(id).map(Party::User),
        "organization" => row.id(id).map(Party::Organization),
        "operator" => nobody(Party::Operator),
        "system" => nobody(Party::System),
        "unknown" => nobody(Party::Unknown),
        _ => Err(row.contradiction(kind)),
    }
}

fn read_grant(row: &Row<'_>) -> Result<Option<GrantRef>, RepositoryError> {
    let version: Option<i64> = row.get("grant_version")?;
    match (row.optional_id("grant_id")?, version) {
        (None, None) => Ok(None),
        (Some(id), Some(_)) => Ok(Some(GrantRef { id, version: row.version("grant_version")? })),
        (Some(_), None) | (None, Some(_)) => Err(row.contradiction("grant_version")),
    }
}
