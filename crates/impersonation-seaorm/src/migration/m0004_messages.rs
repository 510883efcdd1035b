//! Messages and their files.

super::ddl::migration!(
    "
CREATE TABLE messages (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    id {id} NOT NULL,
    channel_id {id} NOT NULL,
    author_id {id} NOT NULL,
    sent_by {id} NOT NULL,
    via {text} NOT NULL CHECK (via IN ('own_account', 'send_as', 'login_session')),
    grant_id {id},
    grant_version {number} CHECK (grant_version >= 1),
    login_session_id {id},
    body {text},
    sent_at {number} NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, channel_id) REFERENCES channels (organization_id, id),
    FOREIGN KEY (organization_id, author_id) REFERENCES users (organization_id, id),
    FOREIGN KEY (organization_id, sent_by) REFERENCES users (organization_id, id),
    CONSTRAINT messages_via CHECK (
        (via = 'own_account') = (grant_id IS NULL)
        AND (grant_id IS NULL) = (grant_version IS NULL)
        AND (via = 'login_session') = (login_session_id IS NOT NULL)
    ),
    CONSTRAINT messages_sender CHECK ((via = 'own_account') = (sent_by = author_id))
){options};
CREATE INDEX messages_by_channel ON messages (organization_id, channel_id, sent_at, id);

CREATE TABLE message_files (
    organization_id {id} NOT NULL,
    id {id} NOT NULL,
    message_id {id} NOT NULL,
    position {number} NOT NULL CHECK (position >= 0),
    name {text} NOT NULL,
    size {number} NOT NULL CHECK (size >= 1),
    media_type {text} NOT NULL,
    sha256 {bytes} NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, message_id) REFERENCES messages (organization_id, id)
){options};
CREATE UNIQUE INDEX message_files_position ON message_files (organization_id, message_id, position);
"
);
