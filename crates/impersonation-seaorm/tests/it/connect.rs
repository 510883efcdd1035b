//! Opening databases, and refusing those that are not safe.

use std::error::Error as _;

use impersonation_domain::ports::{OrganizationIndex as _, UnitOfWorkFactory as _};
use impersonation_seaorm::{ConnectError, ConnectSettings, Store};
use impersonation_testkit::world::World;
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use crate::support::{Opened, on_both, rows, run};

on_both! {
    two_stores_share_a_database,
    a_closed_store_says_so,
}

fn path(folder: &TempDir) -> String {
    folder.path().join("store.db").to_str().unwrap().to_owned()
}

/// As a server and its command line do.
async fn two_stores_share_a_database(opened: Opened) {
    let world = opened.world().await;
    let other = Store::connect(&opened.settings).await.unwrap();
    other.require_current_schema().await.unwrap();
    let there = World { units: std::sync::Arc::new(other.clone()), ..world.clone() };
    for number in 0..10 {
        let (here, there) =
            tokio::join!(async { world.user(&format!("Here {number}")).await }, async {
                there.user(&format!("There {number}")).await
            },);
        assert_ne!(here.id(), there.id());
    }
    let head = world.read(async |unit| unit.audit_log().head().await).await;
    assert_eq!(head.sequence, 23);
    assert_eq!(head, there.read(async |unit| unit.audit_log().head().await).await);
}

async fn a_closed_store_says_so(opened: Opened) {
    let world = opened.world().await;
    opened.store.ping().await.unwrap();
    opened.store.close().await.unwrap();
    assert!(opened.store.ping().await.is_err());
    assert!(opened.store.begin(world.organization).await.is_err());
    assert!(opened.store.begin_read(world.organization).await.is_err());
}

#[tokio::test]
async fn a_sqlite_file_is_named_by_path_or_by_address() {
    let folder = TempDir::with_prefix("a name with spaces %41 and # ").unwrap();
    let missing = format!("sqlite://{}", folder.path().join("missing.db").display());
    assert!(Store::connect(&ConnectSettings::new(missing)).await.is_err());
    let by_path = Store::connect(&ConnectSettings::new(path(&folder))).await.unwrap();
    by_path.migrate().await.unwrap();
    assert!(folder.path().join("store.db").exists());
    let plain = TempDir::with_prefix("impersonation-test-").unwrap();
    let address = format!("sqlite://{}?mode=rwc", path(&plain));
    let by_address = Store::connect(&ConnectSettings::new(address)).await.unwrap();
    by_address.migrate().await.unwrap();
    assert!(plain.path().join("store.db").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_sqlite_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::with_prefix("impersonation-test-").unwrap();
    let store = Store::connect(&ConnectSettings::new(path(&folder))).await.unwrap();
    store.migrate().await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} is {mode:o}", file.file_name());
    }
}

#[tokio::test]
async fn a_throw_away_database_goes_with_its_store() {
    let store = Store::connect(&ConnectSettings::new("sqlite::memory:")).await.unwrap();
    store.migrate().await.unwrap();
    let world = World::enterprise(std::sync::Arc::new(store.clone())).await;
    world.user("Ben").await;
    let other = Store::connect(&ConnectSettings::new("sqlite::memory:")).await.unwrap();
    other.migrate().await.unwrap();
    assert!(other.organizations().await.unwrap().is_empty(), "each is one of its own");
    assert_eq!(store.organizations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn unknown_kinds_and_bad_addresses_are_refused() {
    let connect = async |url: &str| Store::connect(&ConnectSettings::new(url)).await.unwrap_err();
    let error = connect("mysql://root:secret@localhost/impersonation").await;
    assert!(matches!(&error, ConnectError::UnknownKind(kind) if kind == "mysql"), "{error}");
    let error = connect("postgres://user:secret@host:notaport/impersonation").await;
    assert!(matches!(&error, ConnectError::Address(_)), "{error:?}");
    let told = format!("{error} {error:?} {:?}", error.source());
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn l6_a_password_does_not_show_in_debug_output() {
    let settings = ConnectSettings::new("postgres://user:secret@localhost/impersonation");
    assert!(!format!("{settings:?}").contains("secret"));
}

#[tokio::test]
async fn p1_sqlite_waits_for_the_disk_and_keeps_a_write_ahead_log() {
    let opened = Opened::sqlite().await;
    let raw = opened.raw().await;
    let mode: String = rows(&raw, "PRAGMA journal_mode").await[0].try_get_by_index(0).unwrap();
    assert_eq!(mode, "wal", "it stays in the file");
}

#[tokio::test]
async fn p1_a_file_that_cannot_have_a_write_ahead_log_is_refused() {
    let folder = TempDir::with_prefix("impersonation-test-").unwrap();
    let opened = Store::connect(&ConnectSettings::new(path(&folder))).await.unwrap();
    opened.migrate().await.unwrap();
    opened.close().await.unwrap();
    // What is immutable, or only read, is never put into WAL mode.
    let raw = sea_orm::Database::connect(format!("sqlite://{}", path(&folder))).await.unwrap();
    run(&raw, "PRAGMA journal_mode = DELETE").await;
    raw.close().await.unwrap();
    let address = format!("sqlite://{}?mode=ro&immutable=true", path(&folder));
    let error = Store::connect(&ConnectSettings::new(address)).await.unwrap_err();
    let refused = matches!(
        &error,
        ConnectError::UnsafeDurability { setting: "journal_mode", .. }
            | ConnectError::Unreachable(_)
    );
    assert!(refused, "{error:?}");
}

#[tokio::test]
async fn p1_postgres_that_does_not_wait_for_the_disk_is_refused() {
    let Some(opened) = Opened::postgres().await else {
        println!("skipped: there is no PostgreSQL server here");
        return;
    };
    let raw = opened.raw().await;
    let name: String =
        rows(&raw, "SELECT current_database()::text").await[0].try_get_by_index(0).unwrap();
    raw.execute_unprepared(&format!("ALTER DATABASE {name} SET synchronous_commit = off"))
        .await
        .unwrap();
    let careful = ConnectSettings { allow_unsafe_durability: false, ..opened.settings.clone() };
    let error = Store::connect(&careful).await.unwrap_err();
    assert!(matches!(&error, ConnectError::UnsafeDurability { .. }), "{error:?}");
    Store::connect(&opened.settings).await.expect("where it was asked for, it is only warned of");
}

#[tokio::test]
async fn damage_to_a_sqlite_file_is_found() {
    let opened = Opened::sqlite().await;
    opened.world().await;
    assert_eq!(opened.store.damage().await.unwrap(), Vec::<String>::new());
    let raw = opened.raw_without_constraints().await;
    run(&raw, "DELETE FROM organizations").await;
    let damage = opened.store.damage().await.unwrap();
    assert!(damage.iter().any(|one| one.contains("`roles` points to one")), "{damage:?}");
    run(
        &raw,
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 3 WHERE rootpage = 4",
    )
    .await;
    let other = Store::connect(&opened.settings).await.unwrap();
    let found = other.damage().await;
    assert!(found.as_ref().map_or(true, |found| found.len() > damage.len()), "{found:?}");
}

/// A connection that has seen another schema checks the tables of that one, unless it is made to
/// look again: one that is older than the tables has none to check.
#[tokio::test]
async fn damage_is_found_on_connections_that_are_older_than_the_tables() {
    let opened = Opened::empty_sqlite().await;
    let state = || opened.store.schema_state();
    let (one, other, third) = tokio::join!(state(), state(), state());
    assert!(one.is_ok() && other.is_ok() && third.is_ok());
    opened.store.migrate().await.unwrap();
    opened.world().await;
    let raw = opened.raw_without_constraints().await;
    run(&raw, "DELETE FROM organizations").await;
    for _ in 0..4 {
        let damage = opened.store.damage().await.unwrap();
        assert!(damage.iter().any(|one| one.contains("`roles` points to one")), "{damage:?}");
    }
}
