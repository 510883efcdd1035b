//! The rows of the file: the records of the domain, written as JSON.
//!
//! For a record that the domain can neither write nor read as JSON there is a `…Form` here with the
//! same fields. serde checks that it has them all, so a field that the domain gets later does not
//! compile until it is stored. What the fields may be is checked by the domain's own types as they
//! are read.

use std::collections::BTreeSet;

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    audit::{Action, AuditHead, Event, EventContent, Hash, Outcome, Party, Snapshot},
    channel::ChannelRecord,
    credential::{ApiToken, OwnCredentialId, SignIn},
    email::EmailAddress,
    grant::GrantRecord,
    ids::{
        BatchId, ChannelId, EventId, FileId, GrantId, LoginSessionId, MessageId, OrganizationId,
        RoleId, SignInId, TokenId, UserId,
    },
    login_session::{EndCause, LoginSessionRecord, LoginSessionState},
    message::{FileName, MediaType, MessageRecord, StoredFile, Via},
    organization::{LoginSessionLimit, OrganizationRecord},
    plan::Plan,
    policy::GrantRef,
    role::{Permission, RoleKind, RoleRecord},
    secret::{PasswordHash, SecretHash},
    text::{MessageBody, Name, Reason},
    time::{Timestamp, Window},
    user::{UserRecord, UserStatus},
    version::Version,
};
use serde::{Deserialize, Serialize};

/// A record of the domain in the form that is named for it.
macro_rules! row {
    ($row:ident, $record:ty, $form:literal $(, $derived:ident)?) => {
        #[derive(Debug, Clone, Serialize, Deserialize $(, $derived)?)]
        #[serde(transparent)]
        pub(crate) struct $row(#[serde(with = $form)] pub(crate) $record);
    };
}

row!(OrganizationRow, OrganizationRecord, "OrganizationForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "OrganizationRecord", deny_unknown_fields)]
struct OrganizationForm {
    id: OrganizationId,
    name: Name,
    plan: Plan,
    login_session_limit: LoginSessionLimit,
    version: Version,
    created_at: Timestamp,
}

row!(RoleRow, RoleRecord, "RoleForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "RoleRecord", deny_unknown_fields)]
struct RoleForm {
    id: RoleId,
    organization: OrganizationId,
    name: Name,
    kind: RoleKind,
    permissions: BTreeSet<Permission>,
    version: Version,
    created_at: Timestamp,
}

row!(UserRow, UserRecord, "UserForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "UserRecord", deny_unknown_fields)]
struct UserForm {
    id: UserId,
    organization: OrganizationId,
    name: Name,
    email: EmailAddress,
    role: RoleId,
    status: UserStatus,
    protected: bool,
    version: Version,
    created_at: Timestamp,
}

row!(PasswordRow, PasswordHash, "crate::text");

row!(ChannelRow, ChannelRecord, "ChannelForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "ChannelRecord", deny_unknown_fields)]
struct ChannelForm {
    id: ChannelId,
    organization: OrganizationId,
    name: Name,
    version: Version,
    created_at: Timestamp,
}

row!(GrantRow, GrantRecord, "GrantForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "GrantRecord", deny_unknown_fields)]
struct GrantForm {
    id: GrantId,
    organization: OrganizationId,
    grantor: UserId,
    grantee: UserId,
    access: AccessTypes,
    window: Window,
    reason: Option<Reason>,
    version: Version,
    created_at: Timestamp,
    created_by: UserId,
    last_used_at: Option<Timestamp>,
}

row!(LoginSessionRow, LoginSessionRecord, "LoginSessionForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "LoginSessionRecord", deny_unknown_fields)]
struct LoginSessionForm {
    id: LoginSessionId,
    organization: OrganizationId,
    actor: UserId,
    #[serde(with = "crate::text")]
    own_credential: OwnCredentialId,
    subject: UserId,
    #[serde(with = "crate::text")]
    grant: GrantRef,
    #[serde(with = "crate::text")]
    token_hash: SecretHash,
    reason: Option<Reason>,
    started_at: Timestamp,
    expires_at: Timestamp,
    #[serde(with = "crate::text")]
    expiry_cause: EndCause,
    last_seen_at: Timestamp,
    #[serde(with = "LoginSessionStateForm")]
    state: LoginSessionState,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LoginSessionState", rename_all = "snake_case", deny_unknown_fields)]
enum LoginSessionStateForm {
    Live,
    Ended {
        at: Timestamp,
        #[serde(with = "crate::text")]
        cause: EndCause,
    },
}

row!(MessageRow, MessageRecord, "MessageForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "MessageRecord", deny_unknown_fields)]
struct MessageForm {
    id: MessageId,
    organization: OrganizationId,
    channel: ChannelId,
    author: UserId,
    sent_by: UserId,
    #[serde(with = "ViaForm")]
    via: Via,
    body: Option<MessageBody>,
    #[serde(with = "files")]
    files: Vec<StoredFile>,
    sent_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Via", rename_all = "snake_case", deny_unknown_fields)]
enum ViaForm {
    OwnAccount,
    SendAs {
        #[serde(with = "crate::text")]
        grant: GrantRef,
    },
    LoginSession {
        session: LoginSessionId,
        #[serde(with = "crate::text")]
        grant: GrantRef,
    },
}

row!(FileRow, StoredFile, "FileForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "StoredFile", deny_unknown_fields)]
struct FileForm {
    id: FileId,
    #[serde(with = "crate::text")]
    name: FileName,
    size: u64,
    #[serde(with = "crate::text")]
    media_type: MediaType,
    #[serde(with = "crate::text")]
    sha256: [u8; 32],
}

/// The files of a message, one row each.
mod files {
    use impersonation_domain::message::StoredFile;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::FileRow;

    pub(super) fn serialize<S: Serializer>(files: &[StoredFile], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(files.iter().cloned().map(FileRow))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<StoredFile>, D::Error> {
        let rows = Vec::<FileRow>::deserialize(from)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

row!(SignInRow, SignIn, "SignInForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "SignIn", deny_unknown_fields)]
struct SignInForm {
    id: SignInId,
    organization: OrganizationId,
    user: UserId,
    #[serde(with = "crate::text")]
    token_hash: SecretHash,
    created_at: Timestamp,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
}

row!(TokenRow, ApiToken, "TokenForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "ApiToken", deny_unknown_fields)]
struct TokenForm {
    id: TokenId,
    organization: OrganizationId,
    user: UserId,
    name: Name,
    #[serde(with = "crate::text")]
    token_hash: SecretHash,
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

/// The answer to a request with an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerRow {
    pub(crate) actor: UserId,
    pub(crate) endpoint: String,
    pub(crate) key: String,
    #[serde(with = "crate::text")]
    pub(crate) fingerprint: [u8; 32],
    #[serde(with = "crate::text")]
    pub(crate) body: Vec<u8>,
    pub(crate) created_at: Timestamp,
}

row!(HeadRow, AuditHead, "HeadForm", Default);
#[derive(Serialize, Deserialize)]
#[serde(remote = "AuditHead", deny_unknown_fields)]
struct HeadForm {
    sequence: u64,
    #[serde(with = "crate::text")]
    hash: Hash,
    at: Option<Timestamp>,
    policy_revision: u64,
}

row!(EventRow, Event, "EventForm");
#[derive(Serialize, Deserialize)]
#[serde(remote = "Event", deny_unknown_fields)]
struct EventForm {
    organization: OrganizationId,
    sequence: u64,
    policy_revision: u64,
    #[serde(with = "ContentForm")]
    content: EventContent,
    #[serde(with = "crate::text")]
    previous_hash: Hash,
    #[serde(with = "crate::text")]
    hash: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EventContent", deny_unknown_fields)]
struct ContentForm {
    id: EventId,
    at: Timestamp,
    #[serde(with = "crate::text")]
    action: Action,
    #[serde(with = "crate::text")]
    outcome: Outcome,
    #[serde(with = "crate::text")]
    actor: Party,
    #[serde(with = "crate::text")]
    subject: Party,
    #[serde(with = "crate::text::optional")]
    credential: Option<OwnCredentialId>,
    login_session: Option<LoginSessionId>,
    access: Option<AccessType>,
    #[serde(with = "crate::text::optional")]
    grant: Option<GrantRef>,
    rule: Option<String>,
    channel: Option<ChannelId>,
    batch: Option<BatchId>,
    reason: Option<String>,
    request_id: Option<String>,
    source_address: Option<String>,
    before: Option<Snapshot>,
    after: Option<Snapshot>,
}
