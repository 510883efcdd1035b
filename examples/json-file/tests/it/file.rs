//! What is the file's own business.

use std::fs;

use impersonation_domain::ports::{OrganizationIndex as _, UnitOfWorkFactory as _};
use impersonation_example_json_file::JsonFile;
use impersonation_testkit::world::World;
use std::sync::Arc;

#[tokio::test]
async fn p1_what_was_committed_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.json");
    let store = JsonFile::open(&path).unwrap();
    let world = World::enterprise(Arc::new(store.clone())).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let grant = world.grant(&cleo, &ben).await;
    let session = world.log_in(&ben, &cleo).await;
    let written = fs::read(&path).unwrap();
    let events = world.read(async |unit| unit.audit_log().range(0, 100).await).await;
    drop((store, world.units));
    let store = JsonFile::open(&path).unwrap();
    let mut unit = store.begin(world.organization).await.unwrap();
    let again = unit.grants().grant(grant.id()).await.unwrap().unwrap();
    assert_eq!((again.id(), again.version()), (grant.id(), grant.version()));
    assert_eq!(unit.sessions().session(session.id()).await.unwrap(), Some(session));
    assert_eq!(unit.audit_log().range(0, 100).await.unwrap(), events);
    unit.commit().await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), written, "and nothing was written without need");
}

#[tokio::test]
async fn a_file_has_one_who_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.json");
    let first = JsonFile::open(&path).unwrap();
    assert!(JsonFile::open(&path).is_err());
    drop(first);
    assert!(JsonFile::open(&path).is_ok());
}

#[tokio::test]
async fn d8_a_file_that_is_not_what_it_should_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.json");
    let store = JsonFile::open(&path).unwrap();
    let world = World::enterprise(Arc::new(store.clone())).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    let text = fs::read_to_string(&path).unwrap();
    for (known, unknown) in [
        ("\"enterprise\"", "\"unlimited\""),
        ("\"protected\": false,", ""),
        ("\"protected\": false,", "\"protected\": false, \"admin\": true,"),
        ("\"organization.create\"", "\"organization.invent\""),
        ("\"Ben\"", "\" \""),
    ] {
        assert!(text.contains(known), "{known}");
        fs::write(&path, text.replacen(known, unknown, 1)).unwrap();
        assert!(store.reload().await.is_err(), "{unknown}");
    }
    assert_eq!(store.organizations().await.unwrap().len(), 1, "what was there goes on");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.json");
    World::enterprise(Arc::new(JsonFile::open(&path).unwrap())).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
