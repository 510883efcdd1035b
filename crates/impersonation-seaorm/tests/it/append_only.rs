//! There is no way to change or delete an event, not even by mistake.

use impersonation_domain::ports::RepositoryError;
use sea_orm::ConnectionTrait;

use crate::support::{Opened, on_both, rows, run};

on_both! {
    no_statement_changes_or_deletes_an_event,
    a2_a_change_whose_event_cannot_be_written_does_not_happen,
}

async fn no_statement_changes_or_deletes_an_event(opened: Opened) {
    let world = opened.world().await;
    world.user("Ben").await;
    let raw = opened.raw().await;
    let all = "SELECT * FROM audit_events ORDER BY sequence";
    let before = rows(&raw, all).await;
    let replace =
        "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE sequence = 1";
    let only_here = if opened.is_sqlite() { replace } else { "TRUNCATE audit_events" };
    for attempt in [
        "UPDATE audit_events SET reason = 'because'",
        "UPDATE audit_events SET sequence = sequence + 100 WHERE sequence = 1",
        "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE sequence = 1",
        only_here,
    ] {
        let refused = raw.execute_unprepared(attempt).await.expect_err(attempt);
        let why = refused.to_string();
        assert!(why.contains("audit events cannot be"), "{attempt}: {why}");
    }
    let hashes = |rows: &[sea_orm::QueryResult]| -> Vec<(i64, Vec<u8>)> {
        rows.iter()
            .map(|r| (r.try_get("", "sequence").unwrap(), r.try_get("", "hash").unwrap()))
            .collect()
    };
    assert_eq!(hashes(&rows(&raw, all).await), hashes(&before));
}

async fn a2_a_change_whose_event_cannot_be_written_does_not_happen(opened: Opened) {
    let world = opened.world().await;
    let ben = world.user("Ben").await;
    let before = world.read(async |unit| unit.audit_log().head().await).await;
    let raw = opened.raw().await;
    if opened.is_sqlite() {
        let refuse = "CREATE TRIGGER no_room BEFORE INSERT ON audit_events \
            BEGIN SELECT RAISE(ABORT, 'there is no room'); END";
        run(&raw, refuse).await;
    } else {
        let refuse = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN RAISE EXCEPTION 'there is no room'; END $$";
        run(&raw, refuse).await;
        let on_insert = "CREATE TRIGGER no_room BEFORE INSERT ON audit_events \
            FOR EACH ROW EXECUTE FUNCTION no_room()";
        run(&raw, on_insert).await;
    }
    let gone = ben.clone().deactivate(&world.stamp());
    let refused = world.attempt(async |unit| unit.directory_store().save_user(gone).await).await;
    assert!(matches!(refused, Err(RepositoryError::Unavailable(_))), "{refused:?}");
    let there = world.read(async |unit| unit.directory().user(ben.id()).await).await;
    assert_eq!(there, Some(ben), "the change is there without its event");
    assert_eq!(world.read(async |unit| unit.audit_log().head().await).await, before);
}
