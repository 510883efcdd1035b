//! Rows of the table of events, changed at random by somebody whom no constraint holds.

use std::sync::Arc;

use impersonation_domain::service::{Impersonation, Ports};
use impersonation_testkit::{
    figures::{Figures, size},
    splitmix::SplitMix,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};

use crate::{
    support::{Opened, on_both, rows, run},
    tamper::world_with_events,
};

on_both! {
    e2_random_edits_of_rows_are_reported_at_their_place,
}

const TEXTS: [&str; 12] = [
    "action",
    "outcome",
    "actor_kind",
    "subject_kind",
    "credential_kind",
    "access",
    "rule",
    "reason",
    "request_id",
    "source_address",
    "state_before",
    "state_after",
];
const NUMBERS: [&str; 3] = ["policy_revision", "happened_at", "grant_version"];
const OTHERS: [&str; 10] = [
    "id",
    "actor_id",
    "subject_id",
    "credential_id",
    "login_session_id",
    "grant_id",
    "channel_id",
    "batch_id",
    "previous_hash",
    "hash",
];
/// What may be missing.
const OPTIONAL: [&str; 15] = [
    "actor_id",
    "subject_id",
    "credential_kind",
    "credential_id",
    "login_session_id",
    "access",
    "grant_id",
    "grant_version",
    "rule",
    "channel_id",
    "batch_id",
    "reason",
    "request_id",
    "state_before",
    "state_after",
];

/// The statements of one edit of the events of `acme`, of which there are so many; `birch` is
/// another organization with as many or more.
fn edit(numbers: &mut SplitMix, acme: &str, birch: &str, events: usize) -> Vec<String> {
    let (at, other) = (numbers.below(events) + 1, numbers.below(events) + 1);
    let row = format!("WHERE organization_id = {acme} AND sequence = {at}");
    let set = |column: &str, value: String| {
        vec![format!("UPDATE audit_events SET {column} = {value} {row}")]
    };
    let any = || TEXTS.iter().chain(&NUMBERS).chain(&OTHERS).copied().collect::<Vec<_>>();
    match numbers.below(7) {
        0 => {
            let column = *numbers.choose(&TEXTS);
            set(column, format!("COALESCE({column}, '') || 'x'"))
        }
        1 => {
            let column = *numbers.choose(&NUMBERS);
            set(column, format!("COALESCE({column}, 0) + 1"))
        }
        2 => {
            let column = *numbers.choose(&OPTIONAL);
            set(column, "NULL".to_owned())
        }
        3 => {
            let column = *numbers.choose(&any());
            let source = *numbers.choose(&[acme, birch]);
            set(
                column,
                format!(
                    "(SELECT {column} FROM copied WHERE organization_id = {source} AND sequence = {other})"
                ),
            )
        }
        4 => vec![format!("DELETE FROM audit_events {row}")],
        5 => {
            let moved = |from: String, to: String| {
                format!(
                    "UPDATE audit_events SET sequence = {to} WHERE organization_id = {acme} AND sequence = {from}"
                )
            };
            vec![
                moved(at.to_string(), "-1".to_owned()),
                moved(other.to_string(), at.to_string()),
                moved("-1".to_owned(), other.to_string()),
            ]
        }
        _ => vec![
            format!("DELETE FROM audit_events {row}"),
            format!(
                "UPDATE audit_events SET organization_id = {acme} WHERE organization_id = {birch} AND sequence = {at}"
            ),
        ],
    }
}

/// The sequence of the first row that is not as it was.
async fn first_difference(raw: &DatabaseConnection, acme: &str) -> Option<u64> {
    let query = format!(
        "SELECT MIN(sequence) AS first FROM ( \
            SELECT * FROM (SELECT * FROM audit_events WHERE organization_id = {acme} \
                EXCEPT SELECT * FROM copied) AS added \
            UNION ALL \
            SELECT * FROM (SELECT * FROM copied WHERE organization_id = {acme} \
                EXCEPT SELECT * FROM audit_events) AS gone \
        ) AS different"
    );
    let found = rows(raw, &query).await;
    let first: Option<i64> = found.first().unwrap().try_get("", "first").unwrap();
    first.map(|first| u64::try_from(first.max(1)).unwrap())
}

async fn e2_random_edits_of_rows_are_reported_at_their_place(opened: Opened) {
    let (edits, seed) = (size("IMP_ROW_TAMPERINGS", 150), size("IMP_TAMPERINGS_SEED", 10));
    let store = if opened.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    let mut figures = Figures::of(&format!("tamperings with rows on {store}")).seed(seed);
    let acme = world_with_events(&opened).await;
    let birch = acme.neighbour().await;
    for number in 0..12 {
        birch.user(&format!("Neighbour {number}")).await;
    }
    let environment = &acme.environment;
    let app = Impersonation::new(Ports::embedded(
        (*opened.store).clone(),
        Arc::new(environment.clock.clone()),
        Arc::new(environment.ids.clone()),
        Arc::new(environment.secrets.clone()),
    ));
    let clean = app.operator().verify_audit(acme.organization).await.unwrap();
    assert!(clean.is_valid(), "{clean:?}");
    let raw = opened.raw_without_constraints().await;
    run(&raw, "CREATE TABLE copied AS SELECT * FROM audit_events").await;
    let literal = |id: impersonation_domain::ids::OrganizationId| {
        let id = uuid::Uuid::from(id);
        if opened.is_sqlite() { format!("X'{}'", id.simple()) } else { format!("'{id}'") }
    };
    let (here, there) = (literal(acme.organization), literal(birch.organization));
    let numbers = &mut SplitMix::new(seed);
    let events = usize::try_from(clean.events).unwrap();
    for _ in 0..edits {
        let mut statements = edit(numbers, &here, &there, events);
        if numbers.below(3) == 0 {
            statements.extend(edit(numbers, &here, &there, events));
        }
        let told = statements.join("; ");
        let mut is_possible = true;
        for statement in &statements {
            // A primary key or a column that must not be empty holds even so.
            is_possible = is_possible && raw.execute_unprepared(statement).await.is_ok();
        }
        match first_difference(&raw, &here).await {
            Some(place) if is_possible => {
                let found = app.operator().verify_audit(acme.organization).await.unwrap();
                let Some(fault) = found.fault else {
                    panic!("seed {seed}: nobody noticed, at event {place}: {told}")
                };
                let position = fault.position();
                assert!(
                    (place..=place + 1).contains(&position),
                    "seed {seed}: at event {place}: {told}; but reported: {fault}"
                );
                figures.count("reported", 1);
            }
            _ => figures.count("without effect", 1),
        }
        run(&raw, "DELETE FROM audit_events").await;
        run(&raw, "INSERT INTO audit_events SELECT * FROM copied").await;
    }
    let clean = app.operator().verify_audit(acme.organization).await.unwrap();
    assert!(clean.is_valid(), "{clean:?}");
    figures.finish();
}
