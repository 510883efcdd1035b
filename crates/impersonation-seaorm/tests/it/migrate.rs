//! Bringing the schema up to date.

use impersonation_seaorm::{SchemaError, SchemaState, Store};

use crate::support::{Opened, on_both, run};

on_both! {
    p7_a_newer_schema_is_refused,
    p7_a_migration_is_applied_once,
}

/// An empty database of each kind that is to be had here.
async fn empty() -> Vec<Opened> {
    let mut all = vec![Opened::empty_sqlite().await];
    all.extend(Opened::empty_postgres().await);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c19_four_servers_start_and_migrate_at_once() {
    for opened in empty().await {
        for _ in 0..3 {
            let mut servers = Vec::new();
            for _ in 0..4 {
                let settings = opened.settings.clone();
                servers.push(tokio::spawn(async move {
                    let store = Store::connect(&settings).await.unwrap();
                    store.migrate().await.unwrap();
                    store.require_current_schema().await.unwrap();
                }));
            }
            for server in servers {
                server.await.unwrap();
            }
        }
        opened.world().await.user("Ben").await;
    }
}

#[tokio::test]
async fn p7_the_state_of_the_schema_is_told_without_changing_it() {
    for opened in empty().await {
        let state = opened.store.schema_state().await.unwrap();
        assert!(matches!(&state, SchemaState::Pending(names) if names.len() == 6), "{state:?}");
        let error = opened.store.require_current_schema().await.unwrap_err();
        assert!(matches!(error, SchemaError::Pending(_)), "{error}");
        assert_eq!(opened.store.schema_state().await.unwrap(), state);
        opened.store.migrate().await.unwrap();
        assert_eq!(opened.store.schema_state().await.unwrap(), SchemaState::Current);
    }
}

#[tokio::test]
async fn p7_a_migration_that_is_given_up_leaves_nothing_and_can_be_repeated() {
    for opened in empty().await {
        for patience in [0, 1, 2, 5, 10, 20] {
            let store = Store::connect(&opened.settings).await.unwrap();
            let patience = std::time::Duration::from_millis(patience);
            let given_up = tokio::time::timeout(patience, store.migrate()).await.is_err();
            let state = opened.store.schema_state().await.unwrap();
            if given_up {
                let whole = matches!(&state, SchemaState::Pending(names) if names.len() == 6)
                    || state == SchemaState::Current;
                assert!(whole, "all or nothing, but {state:?}");
            }
        }
        opened.store.migrate().await.unwrap();
        opened.world().await.user("Ben").await;
    }
}

async fn p7_a_newer_schema_is_refused(opened: Opened) {
    let raw = opened.raw().await;
    run(&raw, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)")
        .await;
    let expected = SchemaState::Newer(vec!["m9999_future".to_owned()]);
    assert_eq!(opened.store.schema_state().await.unwrap(), expected);
    for error in [
        opened.store.migrate().await.unwrap_err(),
        opened.store.require_current_schema().await.unwrap_err(),
    ] {
        assert!(matches!(&error, SchemaError::Newer(name) if name == "m9999_future"), "{error}");
    }
}

async fn p7_a_migration_is_applied_once(opened: Opened) {
    let world = opened.world().await;
    let ben = world.user("Ben").await;
    opened.store.migrate().await.unwrap();
    let found = world.read(async |unit| unit.directory().user(ben.id()).await).await;
    assert_eq!(found, Some(ben));
}
