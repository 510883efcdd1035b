//! Login sessions, and what was read in them.

super::ddl::migration!(
    "
CREATE TABLE login_sessions (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    actor_id {id} NOT NULL,
    credential_kind {text} NOT NULL CHECK (credential_kind IN ('sign_in', 'token', 'external')),
    credential_id {id} NOT NULL,
    subject_id {id} NOT NULL,
    grant_id {id} NOT NULL,
    grant_version {number} NOT NULL CHECK (grant_version >= 1),
    token_hash {bytes} NOT NULL CHECK (length(token_hash) = 32),
    reason {text},
    started_at {number} NOT NULL,
    expires_at {number} NOT NULL,
    expiry_cause {text} NOT NULL,
    last_seen_at {number} NOT NULL,
    ended_at {number},
    end_cause {text},
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, actor_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, subject_id) REFERENCES users (organization_id, id),
    CONSTRAINT login_sessions_two_people CHECK (actor_id <> subject_id),
    CONSTRAINT login_sessions_end CHECK ((ended_at IS NULL) = (end_cause IS NULL))
){options};
CREATE UNIQUE INDEX login_sessions_token ON login_sessions (token_hash);
CREATE INDEX login_sessions_by_start ON login_sessions (organization_id, started_at, id);
CREATE INDEX login_sessions_by_actor ON login_sessions (organization_id, actor_id, started_at, id);
CREATE INDEX login_sessions_by_subject ON login_sessions (organization_id, subject_id, started_at, id);
CREATE INDEX live_sessions ON login_sessions (organization_id, id) WHERE ended_at IS NULL;
CREATE INDEX live_sessions_by_actor ON login_sessions (organization_id, actor_id, id) WHERE ended_at IS NULL;
CREATE INDEX live_sessions_by_subject ON login_sessions (organization_id, subject_id, id) WHERE ended_at IS NULL;
CREATE INDEX live_sessions_by_grant ON login_sessions (organization_id, grant_id, id) WHERE ended_at IS NULL;
CREATE INDEX live_sessions_by_credential ON login_sessions (organization_id, credential_id, id) WHERE ended_at IS NULL;

CREATE TABLE session_reads (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    reader_id {id} NOT NULL,
    resource {text} NOT NULL,
    minute {number} NOT NULL,
    PRIMARY KEY (organization_id, reader_id, resource, minute)
){options};
CREATE INDEX session_reads_by_minute ON session_reads (organization_id, minute);
"
);
