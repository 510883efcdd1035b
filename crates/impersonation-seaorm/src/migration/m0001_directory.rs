//! Organizations, roles, users, channels and their members.

// A removed user keeps the name of a role that may be deleted; only the others hold theirs.
super::ddl::migration!(
    "
CREATE TABLE organizations (
    id {id} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    plan {text} NOT NULL CHECK (plan IN ('individual', 'multi_user', 'enterprise')),
    login_session_minutes {number} NOT NULL CHECK (login_session_minutes BETWEEN 5 AND 480),
    version {number} NOT NULL CHECK (version >= 1),
    created_at {number} NOT NULL,
    audit_sequence {number} NOT NULL CHECK (audit_sequence >= 0),
    audit_hash {bytes} NOT NULL CHECK (length(audit_hash) = 32),
    audit_at {number},
    policy_revision {number} NOT NULL CHECK (policy_revision >= 0)
){options};
CREATE INDEX organizations_by_name ON organizations (name_key, id);

CREATE TABLE roles (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('admin', 'member', 'custom')),
    permissions {text} NOT NULL,
    version {number} NOT NULL CHECK (version >= 1),
    created_at {number} NOT NULL,
    PRIMARY KEY (organization_id, id)
){options};
CREATE UNIQUE INDEX roles_name ON roles (organization_id, name_key);

CREATE TABLE users (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    email {text} NOT NULL,
    email_key {text} NOT NULL,
    role_id {id} NOT NULL,
    status {text} NOT NULL CHECK (status IN ('active', 'deactivated', 'removed')),
    protected {number} NOT NULL CHECK (protected IN (0, 1)),
    version {number} NOT NULL CHECK (version >= 1),
    created_at {number} NOT NULL,
    held_role_id {id} GENERATED ALWAYS AS (CASE WHEN status <> 'removed' THEN role_id END) STORED,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, held_role_id) REFERENCES roles (organization_id, id)
){options};
CREATE UNIQUE INDEX users_email ON users (organization_id, email_key) WHERE status <> 'removed';
CREATE INDEX users_by_email ON users (organization_id, email_key, id);
CREATE INDEX users_by_name ON users (organization_id, name_key, id);
CREATE INDEX users_by_role ON users (organization_id, held_role_id);
CREATE INDEX accounts_by_email ON users (email_key) WHERE status <> 'removed';

CREATE TABLE channels (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    name {text} NOT NULL,
    name_key {text} NOT NULL,
    version {number} NOT NULL CHECK (version >= 1),
    created_at {number} NOT NULL,
    PRIMARY KEY (organization_id, id)
){options};
CREATE UNIQUE INDEX channels_name ON channels (organization_id, name_key);

CREATE TABLE channel_members (
    organization_id {id} NOT NULL,
    channel_id {id} NOT NULL,
    user_id {id} NOT NULL,
    PRIMARY KEY (organization_id, channel_id, user_id),
    FOREIGN KEY (organization_id, channel_id) REFERENCES channels (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
){options};
CREATE INDEX channel_members_by_user ON channel_members (organization_id, user_id, channel_id);
"
);
