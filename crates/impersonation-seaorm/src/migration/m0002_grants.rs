//! Grants.

// What is absent comes last going up: the greatest number stands in for it in the indexes, word for
// word as in the queries.
super::ddl::migration!(
    "
CREATE TABLE grants (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    grantor_id {id} NOT NULL,
    grantee_id {id} NOT NULL,
    login {number} NOT NULL CHECK (login IN (0, 1)),
    send {number} NOT NULL CHECK (send IN (0, 1)),
    starts_at {number},
    expires_at {number},
    reason {text},
    reason_key {text},
    version {number} NOT NULL CHECK (version >= 1),
    created_at {number} NOT NULL,
    created_by {id} NOT NULL,
    last_used_at {number},
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, grantor_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, grantee_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, created_by) REFERENCES users (organization_id, id),
    CONSTRAINT grants_two_people CHECK (grantor_id <> grantee_id),
    CONSTRAINT grants_some_access CHECK (login + send >= 1),
    CONSTRAINT grants_window CHECK (starts_at IS NULL OR expires_at IS NULL OR starts_at < expires_at)
){options};
CREATE UNIQUE INDEX grants_pair ON grants (organization_id, grantor_id, grantee_id);
CREATE INDEX grants_by_grantee ON grants (organization_id, grantee_id, id);
CREATE INDEX grants_by_grantor ON grants (organization_id, grantor_id, id);
CREATE INDEX grants_by_creation ON grants (organization_id, created_at, id);
CREATE INDEX grants_by_login ON grants (organization_id, login, id);
CREATE INDEX grants_by_send ON grants (organization_id, send, id);
CREATE INDEX grants_by_expiry ON grants (organization_id, COALESCE(expires_at, 9223372036854775807), id);
CREATE INDEX grants_by_use ON grants (organization_id, COALESCE(last_used_at, 9223372036854775807), id);
"
);
