//! Login sessions.

use impersonation_domain::{
    credential::OwnCredentialId,
    ids::TypedId,
    login_session::{LoginSession, LoginSessionRecord, LoginSessionState},
    policy::GrantRef,
    ports::RepositoryError,
    secret::SecretHash,
    text::Reason,
};
use sea_orm::{QueryResult, entity::prelude::*};

use super::{micros, version};
use crate::row::Row;

pub(crate) const TABLE: &str = "login_sessions";

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub actor_id: Uuid,
    pub credential_kind: String,
    pub credential_id: Uuid,
    pub subject_id: Uuid,
    pub grant_id: Uuid,
    pub grant_version: i64,
    pub token_hash: Vec<u8>,
    pub reason: Option<String>,
    pub started_at: i64,
    pub expires_at: i64,
    pub expiry_cause: String,
    pub last_seen_at: i64,
    pub ended_at: Option<i64>,
    pub end_cause: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// That the session is live, in the very words of the indexes.
pub(crate) fn is_live() -> Expr {
    Expr::cust("ended_at IS NULL")
}

/// A credential as its kind and its identifier.
pub(crate) fn write_credential(credential: OwnCredentialId) -> (&'static str, Uuid) {
    match credential {
        OwnCredentialId::SignIn(id) => ("sign_in", id.uuid()),
        OwnCredentialId::Token(id) => ("token", id.uuid()),
        OwnCredentialId::External(id) => ("external", id.uuid()),
    }
}

/// The credential that a row names, if it names one.
pub(crate) fn read_credential(row: &Row<'_>) -> Result<Option<OwnCredentialId>, RepositoryError> {
    let kind: Option<String> = row.get("credential_kind")?;
    match kind.as_deref() {
        None if row.is_there("credential_id")? => Err(row.contradiction("credential_kind")),
        None => Ok(None),
        Some("sign_in") => Ok(Some(OwnCredentialId::SignIn(row.id("credential_id")?))),
        Some("token") => Ok(Some(OwnCredentialId::Token(row.id("credential_id")?))),
        Some("external") => Ok(Some(OwnCredentialId::External(row.id("credential_id")?))),
        Some(_) => Err(row.contradiction("credential_kind")),
    }
}

/// The row of a session.
pub(crate) fn write(session: &LoginSession) -> Result<Model, RepositoryError> {
    let record = session.record();
    let (credential_kind, credential_id) = write_credential(record.own_credential);
    let (ended_at, end_cause) = match record.state {
        LoginSessionState::Live => (None, None),
        LoginSessionState::Ended { at, cause } => {
            (Some(micros(at)), Some(cause.as_str().to_owned()))
        }
    };
    Ok(Model {
        organization_id: record.organization.uuid(),
        id: record.id.uuid(),
        actor_id: record.actor.uuid(),
        credential_kind: credential_kind.to_owned(),
        credential_id,
        subject_id: record.subject.uuid(),
        grant_id: record.grant.id.uuid(),
        grant_version: version(record.grant.version)?,
        token_hash: record.token_hash.as_bytes().to_vec(),
        reason: record.reason.as_ref().map(ToString::to_string),
        started_at: micros(record.started_at),
        expires_at: micros(record.expires_at),
        expiry_cause: record.expiry_cause.as_str().to_owned(),
        last_seen_at: micros(record.last_seen_at),
        ended_at,
        end_cause,
    })
}

/// The session of a row.
pub(crate) fn read(result: &QueryResult) -> Result<LoginSession, RepositoryError> {
    let row = Row::of(TABLE, result);
    Ok(LoginSession::from_record(LoginSessionRecord {
        id: row.id("id")?,
        organization: row.id("organization_id")?,
        actor: row.id("actor_id")?,
        own_credential: read_credential(&row)?
            .ok_or_else(|| row.contradiction("credential_kind"))?,
        subject: row.id("subject_id")?,
        grant: GrantRef { id: row.id("grant_id")?, version: row.version("grant_version")? },
        token_hash: SecretHash::from_bytes(row.hash("token_hash")?),
        reason: row.optional("reason", |reason: String| Reason::new(&reason))?,
        started_at: row.moment("started_at")?,
        expires_at: row.moment("expires_at")?,
        expiry_cause: row.parse("expiry_cause")?,
        last_seen_at: row.moment("last_seen_at")?,
        state: read_state(&row)?,
    }))
}

fn read_state(row: &Row<'_>) -> Result<LoginSessionState, RepositoryError> {
    let cause = row.optional("end_cause", |cause: String| cause.parse())?;
    match (row.optional_moment("ended_at")?, cause) {
        (None, None) => Ok(LoginSessionState::Live),
        (Some(at), Some(cause)) => Ok(LoginSessionState::Ended { at, cause }),
        (Some(_), None) | (None, Some(_)) => Err(row.contradiction("ended_at")),
    }
}
