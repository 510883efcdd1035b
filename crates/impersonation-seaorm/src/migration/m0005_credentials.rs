//! Own sessions, API tokens, passwords, and the answers to repeated requests.

super::ddl::migration!(
    "
CREATE TABLE sign_ins (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    user_id {id} NOT NULL,
    token_hash {bytes} NOT NULL CHECK (length(token_hash) = 32),
    created_at {number} NOT NULL,
    expires_at {number} NOT NULL,
    ended_at {number},
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
){options};
CREATE UNIQUE INDEX sign_ins_token ON sign_ins (token_hash);
CREATE INDEX open_sign_ins_by_user ON sign_ins (organization_id, user_id) WHERE ended_at IS NULL;

CREATE TABLE api_tokens (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    user_id {id} NOT NULL,
    name {text} NOT NULL,
    token_hash {bytes} NOT NULL CHECK (length(token_hash) = 32),
    created_at {number} NOT NULL,
    expires_at {number} NOT NULL,
    revoked_at {number},
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
){options};
CREATE UNIQUE INDEX api_tokens_token ON api_tokens (token_hash);
CREATE INDEX valid_api_tokens ON api_tokens (organization_id, created_at, id) WHERE revoked_at IS NULL;
CREATE INDEX valid_api_tokens_by_user ON api_tokens (organization_id, user_id) WHERE revoked_at IS NULL;

CREATE TABLE passwords (
    organization_id {id} NOT NULL,
    user_id {id} NOT NULL,
    hash {text} NOT NULL,
    PRIMARY KEY (organization_id, user_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id)
){options};

CREATE TABLE idempotency_keys (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    actor_id {id} NOT NULL,
    endpoint {text} NOT NULL,
    request_key {text} NOT NULL,
    fingerprint {bytes} NOT NULL CHECK (length(fingerprint) = 32),
    body {bytes} NOT NULL,
    created_at {number} NOT NULL,
    PRIMARY KEY (organization_id, actor_id, endpoint, request_key)
){options};
CREATE INDEX idempotency_keys_by_creation ON idempotency_keys (organization_id, created_at);
"
);
