//! What can be wrong with a row.

/// How the row is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Read {
    Organization,
    Role,
    User,
    Channel,
    Grant,
    GrantList,
    Session,
    Message,
    SignIn,
    Token,
    Answer,
    Events,
    Facts,
    Head,
}

/// A value that nothing can have written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) value: &'static str,
    pub(crate) read: Read,
    /// The column that is told, where it is another one.
    pub(crate) told: Option<&'static str>,
}

const fn case(table: &'static str, column: &'static str, value: &'static str, read: Read) -> Case {
    Case { table, column, value, read, told: None }
}

const fn told(case: Case, column: &'static str) -> Case {
    Case { told: Some(column), ..case }
}

pub(crate) const CASES: &[Case] = &[
    case("organizations", "name", "''", Read::Organization),
    case("organizations", "plan", "'free'", Read::Organization),
    case("organizations", "plan", "'free'", Read::Facts),
    case("organizations", "login_session_minutes", "4", Read::Organization),
    case("organizations", "login_session_minutes", "70000", Read::Organization),
    case("organizations", "version", "0", Read::Organization),
    case("organizations", "created_at", "9223372036854775807", Read::Organization),
    case("organizations", "audit_sequence", "-1", Read::Head),
    case("organizations", "audit_hash", "bytes:00", Read::Head),
    case("organizations", "policy_revision", "-1", Read::Head),
    case("roles", "name", "'a\u{202E}b'", Read::Role),
    case("roles", "kind", "'owner'", Read::Role),
    case("roles", "permissions", "'everything'", Read::Role),
    case("roles", "permissions", "'read_audit_log,'", Read::Role),
    case("roles", "version", "-1", Read::Role),
    case("users", "name", "' '", Read::User),
    case("users", "email", "'nobody'", Read::User),
    case("users", "status", "'asleep'", Read::User),
    case("users", "status", "'asleep'", Read::Facts),
    case("users", "status", "'asleep'", Read::GrantList),
    case("users", "protected", "2", Read::User),
    case("users", "protected", "-1", Read::Facts),
    case("users", "version", "0", Read::User),
    case("channels", "name", "''", Read::Channel),
    case("channels", "version", "0", Read::Channel),
    case("grants", "login", "3", Read::Grant),
    case("grants", "send", "256", Read::Facts),
    case("grants", "version", "0", Read::GrantList),
    case("grants", "reason", "''", Read::Grant),
    case("grants", "starts_at", "9223372036854775807", Read::Facts),
    case("grants", "last_used_at", "-9223372036854775808", Read::Grant),
    told(case("grants", "grantor_id", "grantee_id", Read::Grant), "grantee_id"),
    case("login_sessions", "credential_kind", "'cookie'", Read::Session),
    case("login_sessions", "grant_version", "0", Read::Session),
    case("login_sessions", "token_hash", "bytes:0000", Read::Session),
    case("login_sessions", "expiry_cause", "'whim'", Read::Session),
    case("login_sessions", "end_cause", "'whim'", Read::Session),
    told(case("login_sessions", "end_cause", "'stopped'", Read::Session), "ended_at"),
    case("login_sessions", "ended_at", "5", Read::Session),
    case("messages", "via", "'pigeon'", Read::Message),
    told(case("messages", "via", "'send_as'", Read::Message), "grant_id"),
    case("messages", "body", "'\u{1b}[31m'", Read::Message),
    case("message_files", "name", "'../../passwd'", Read::Message),
    case("message_files", "size", "0", Read::Message),
    case("message_files", "size", "26214401", Read::Message),
    case("message_files", "media_type", "'pdf'", Read::Message),
    case("message_files", "sha256", "bytes:ff", Read::Message),
    case("sign_ins", "expires_at", "9223372036854775807", Read::SignIn),
    case("sign_ins", "token_hash", "bytes:00", Read::SignIn),
    case("api_tokens", "name", "''", Read::Token),
    case("api_tokens", "revoked_at", "9223372036854775807", Read::Token),
    case("idempotency_keys", "fingerprint", "bytes:00", Read::Answer),
    case("audit_events", "action", "'grant.borrow'", Read::Events),
    case("audit_events", "outcome", "'perhaps'", Read::Events),
    case("audit_events", "actor_kind", "'ghost'", Read::Events),
    told(case("audit_events", "subject_kind", "'operator'", Read::Events), "subject_id"),
    case("audit_events", "access", "'admin'", Read::Events),
    case("audit_events", "grant_version", "1", Read::Events),
    case("audit_events", "credential_kind", "'cookie'", Read::Events),
    case("audit_events", "state_after", "'{\"a\":1.5}'", Read::Events),
    case("audit_events", "state_after", "'not json'", Read::Events),
    case("audit_events", "previous_hash", "bytes:00", Read::Events),
    case("audit_events", "policy_revision", "-1", Read::Events),
];
