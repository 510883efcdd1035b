//! What the database itself refuses, whatever a program says.

use impersonation_domain::ids::TypedId;
use sea_orm::ConnectionTrait;

use crate::support::{Opened, on_both, run};

on_both! {
    g2_the_database_refuses_what_no_grant_can_be,
    t1_the_database_refuses_what_crosses_organizations,
    the_database_refuses_unknown_words_and_versions,
    a_role_whose_last_holder_was_removed_can_be_deleted,
}

async fn refuses(opened: &Opened, statements: &[String]) {
    let raw = opened.raw().await;
    for statement in statements {
        assert!(raw.execute_unprepared(statement).await.is_err(), "{statement}");
    }
}

async fn g2_the_database_refuses_what_no_grant_can_be(opened: Opened) {
    let world = opened.world().await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    let other = if opened.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let again = format!(
        "INSERT INTO grants SELECT organization_id, {other}, grantor_id, grantee_id, 1, 1, NULL, NULL, \
         NULL, NULL, 1, created_at, created_by, NULL FROM grants"
    );
    refuses(
        &opened,
        &[
            "UPDATE grants SET grantee_id = grantor_id".to_owned(),
            "UPDATE grants SET login = 0, send = 0".to_owned(),
            "UPDATE grants SET login = 2".to_owned(),
            "UPDATE grants SET version = 0".to_owned(),
            "UPDATE grants SET starts_at = 5, expires_at = 5".to_owned(),
            again,
        ],
    )
    .await;
}

async fn t1_the_database_refuses_what_crosses_organizations(opened: Opened) {
    let world = opened.world().await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    world.log_in(&ben, &cleo).await;
    let channel = world.channel("general", &[&ben]).await;
    world.message(&ben, &channel, "hello").await;
    world.sign_in(&ben).await;
    let neighbour = world.neighbour().await;
    let stranger = neighbour.user("Sam").await;
    let id = |uuid: uuid::Uuid| {
        let hex = uuid.simple().to_string();
        if opened.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'") }
    };
    let (here, there) = (id(world.organization.uuid()), id(stranger.id().uuid()));
    let statement = |table: &str, column: &str| {
        format!("UPDATE {table} SET {column} = {there} WHERE organization_id = {here}")
    };
    let crossing: Vec<String> = [
        ("users", "role_id"),
        ("grants", "grantor_id"),
        ("grants", "grantee_id"),
        ("grants", "created_by"),
        ("login_sessions", "actor_id"),
        ("login_sessions", "subject_id"),
        ("channel_members", "user_id"),
        ("channel_members", "channel_id"),
        ("messages", "channel_id"),
        ("messages", "author_id"),
        ("sign_ins", "user_id"),
    ]
    .into_iter()
    .map(|(table, column)| statement(table, column))
    .collect();
    refuses(&opened, &crossing).await;
}

async fn the_database_refuses_unknown_words_and_versions(opened: Opened) {
    let world = opened.world().await;
    let ben = world.user("Ben").await;
    world.channel("general", &[&ben]).await;
    refuses(
        &opened,
        &[
            "UPDATE organizations SET plan = 'free'".to_owned(),
            "UPDATE organizations SET login_session_minutes = 4".to_owned(),
            "UPDATE organizations SET version = 0".to_owned(),
            "UPDATE organizations SET name = NULL".to_owned(),
            "UPDATE roles SET kind = 'owner'".to_owned(),
            "UPDATE users SET status = 'asleep'".to_owned(),
            "UPDATE users SET protected = 2".to_owned(),
            "UPDATE channels SET version = 0".to_owned(),
            "DELETE FROM organizations".to_owned(),
        ],
    )
    .await;
}

async fn a_role_whose_last_holder_was_removed_can_be_deleted(opened: Opened) {
    let world = opened.world().await;
    let role = world.role("Support lead", &[]).await;
    let dina = world.new_user_with_role("Dina", "dina@acme.example", role.id());
    let dina = world.save(dina).await;
    refuses(&opened, &["DELETE FROM roles WHERE kind = 'custom'".to_owned()]).await;
    world.save(dina.remove(&world.stamp())).await;
    let delete = role.delete(&world.stamp()).unwrap();
    world.write(async |unit| unit.directory_store().delete_role(delete).await).await;
    run(&opened.raw().await, "SELECT 1").await;
}
