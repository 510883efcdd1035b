//! The audit log, and what keeps it from being changed.

use async_trait::async_trait;
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::{MigrationTrait, SchemaManager, prelude::DeriveMigrationName};

use super::ddl;

const TABLE: &str = "
CREATE TABLE audit_events (
    organization_id {id} NOT NULL REFERENCES organizations (id),
    sequence {number} NOT NULL CHECK (sequence >= 1),
    id {id} NOT NULL,
    policy_revision {number} NOT NULL CHECK (policy_revision >= 0),
    happened_at {number} NOT NULL,
    action {text} NOT NULL,
    outcome {text} NOT NULL CHECK (outcome IN ('allowed', 'refused')),
    actor_kind {text} NOT NULL CHECK (actor_kind IN ('user', 'organization', 'operator', 'system', 'unknown')),
    actor_id {id},
    subject_kind {text} NOT NULL CHECK (subject_kind IN ('user', 'organization', 'operator', 'system', 'unknown')),
    subject_id {id},
    credential_kind {text} CHECK (credential_kind IN ('sign_in', 'token', 'external')),
    credential_id {id},
    login_session_id {id},
    access {text} CHECK (access IN ('login', 'send')),
    grant_id {id},
    grant_version {number} CHECK (grant_version >= 1),
    rule {text},
    channel_id {id},
    batch_id {id},
    reason {text},
    request_id {text},
    source_address {text},
    state_before {text},
    state_after {text},
    previous_hash {bytes} NOT NULL CHECK (length(previous_hash) = 32),
    hash {bytes} NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (organization_id, sequence)
){options};
CREATE UNIQUE INDEX audit_events_id ON audit_events (organization_id, id);
CREATE INDEX audit_events_by_actor ON audit_events (organization_id, actor_id, sequence);
CREATE INDEX audit_events_by_subject ON audit_events (organization_id, subject_id, sequence);
CREATE INDEX audit_events_by_action ON audit_events (organization_id, action, sequence);
CREATE INDEX audit_events_by_session ON audit_events (organization_id, login_session_id, sequence)
    WHERE login_session_id IS NOT NULL;
CREATE INDEX audit_events_by_time ON audit_events (organization_id, happened_at, sequence);
";

// `INSERT OR REPLACE` deletes without asking the trigger on deletes, so it has one of its own.
const GUARD_ON_SQLITE: &str = "
CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events cannot be deleted'); END;
CREATE TRIGGER audit_events_keep BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events cannot be changed'); END;
CREATE TRIGGER audit_events_once BEFORE INSERT ON audit_events
WHEN EXISTS (
    SELECT 1 FROM audit_events
    WHERE organization_id = NEW.organization_id AND (sequence = NEW.sequence OR id = NEW.id)
)
BEGIN SELECT RAISE(ABORT, 'audit events cannot be replaced'); END;
";

const GUARD_ON_POSTGRES: &str = "
CREATE FUNCTION refuse_change_of_audit_events() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'audit events cannot be changed or deleted'; END $$;
CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit_events();
CREATE TRIGGER audit_events_stay BEFORE TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events();
";

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[expect(
    elided_lifetimes_in_paths,
    reason = "as in the trait: with the lifetime written out the signatures differ"
)]
#[async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, TABLE).await?;
        let guard = match manager.get_database_backend() {
            DbBackend::Sqlite => GUARD_ON_SQLITE,
            _ => GUARD_ON_POSTGRES,
        };
        ddl::run_as_is(manager, guard).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
