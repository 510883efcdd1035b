//! There is no way to change or delete an event, not even by mistake.

use sea_orm::ConnectionTrait;

use crate::support::{Opened, on_both, rows};

on_both! {
    no_statement_changes_or_deletes_an_event,
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
