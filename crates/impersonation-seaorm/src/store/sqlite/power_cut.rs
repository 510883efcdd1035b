//! Controls for the power cuts of the server: the same cuts must take acknowledged changes where
//! SQLite does not wait for the disk, or else they would prove nothing.
//!
//! What is recorded is this very test, started once more with the library that records under it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    grant::GrantEdit,
    login_session::EndCause,
};
use impersonation_testkit::{
    figures::{Figures, size},
    power_cut::{Cuts, Recorded, Recorder},
    recovery::{Acknowledged, Examined, examine, words},
    world::{Save, World},
};
use sea_orm::sqlx::sqlite::SqliteSynchronous;
use tempfile::TempDir;

use super::{open, options};
use crate::{
    bounded::Bounded,
    settings::ConnectSettings,
    store::{Connections, Store, turns::Turns},
};

/// Names the folder to the test that is started once more.
const FOLDER: &str = "WRITE_TRACE_FOLDER";

/// A store that synchronizes in another way than the adapter would have it.
async fn careless(file: &Path, synchronous: SqliteSynchronous) -> Store {
    let settings = ConnectSettings {
        allow_unsafe_durability: true,
        ..ConnectSettings::new(file.display().to_string())
    };
    let (options, _) = options(&settings).unwrap();
    let options = options.synchronous(synchronous);
    let connections = Connections {
        writer: Bounded::unbounded(open(&settings, options.clone(), 1).await.unwrap()),
        reader: Bounded::unbounded(open(&settings, options, 1).await.unwrap()),
        turns: Turns::default(),
        acquire_timeout: settings.acquire_timeout,
        _throw_away: None,
    };
    Store { connections: Arc::new(connections) }
}

/// Notes each change when it is acknowledged.
struct Diary {
    recorder: Recorder,
    world: World,
    lines: String,
}

impl Diary {
    async fn save<T: Save>(&mut self, change: impersonation_domain::audit::Recorded<T>) -> T {
        let change_words = words(change.event());
        let value = self.world.save(change).await;
        self.lines.push_str(&format!("{} {change_words}\n", self.recorder.position()));
        value
    }
}

/// What is recorded: a few hundred changes, enough for the log to be begun anew several times.
async fn work(folder: &Path, synchronous: SqliteSynchronous) {
    let recorder = Recorder::new(folder, "store.db").unwrap();
    let store = careless(recorder.database(), synchronous).await;
    store.migrate().await.unwrap();
    let world = World::enterprise(Arc::new(store)).await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    let general = world.channel("general", &[&ben, &cleo]).await;
    let mut diary = Diary { recorder, world: world.clone(), lines: String::new() };
    for _ in 0..60 {
        let grant = diary.save(world.new_grant(&cleo, &ben)).await;
        let session = diary.save(world.new_login_session(&ben, &cleo).await).await;
        let story = "a long story. ".repeat(250);
        diary.save(world.new_message(&ben, &general, &story)).await;
        diary.save(session.end(EndCause::Stopped, &world.stamp()).unwrap()).await;
        let access = AccessTypes::try_from(vec![AccessType::Send]).unwrap();
        let edit = GrantEdit { access: Some(access), ..GrantEdit::default() };
        let grant = diary.save(grant.edit(edit, &world.stamp()).unwrap().unwrap()).await;
        diary.save(grant.delete(&world.stamp())).await;
    }
    fs::write(folder.join("diary"), &diary.lines).unwrap();
    // A store that is closed tidies up; this one is killed.
    std::process::abort();
}

async fn look(database: PathBuf) -> Result<Examined, String> {
    let settings = ConnectSettings {
        max_connections: 2,
        ..ConnectSettings::new(database.display().to_string())
    };
    let store = Store::connect(&settings).await.map_err(|error| format!("{error:?}"))?;
    let examined = examine_store(&store).await;
    drop(store.close().await);
    examined
}

async fn examine_store(store: &Store) -> Result<Examined, String> {
    store.migrate().await.map_err(|error| format!("{error:?}"))?;
    let damage = store.damage().await.map_err(|error| format!("{error:?}"))?;
    if damage.is_empty() { examine(store, store).await } else { Err(format!("{damage:?}")) }
}

/// Records the test of this name with another setting, and cuts the power many times; `None` where
/// nothing can be recorded.
async fn cut(test: &str, synchronous: SqliteSynchronous) -> Option<Cuts> {
    if let Some(folder) = env::var_os(FOLDER) {
        work(Path::new(&folder), synchronous).await;
    }
    let folder = TempDir::with_prefix("impersonation-test-").unwrap();
    let Some(recorder) = Recorder::new(folder.path(), "store.db") else {
        println!("skipped: there is no LD_PRELOAD with glibc here");
        return None;
    };
    let output = Command::new(env::current_exe().unwrap())
        .args([&format!("store::sqlite::power_cut::{test}"), "--exact", "--nocapture"])
        .envs(recorder.tracing())
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let diary = fs::read_to_string(folder.path().join("diary"));
    let diary = diary.unwrap_or_else(|_| panic!("the work was not done: {output:?}"));
    let acknowledged = diary.lines().map(|line| {
        let (at, change) = line.split_once(' ').unwrap();
        Acknowledged { at: at.parse().unwrap(), change: change.to_owned() }
    });
    let mut recorded = Recorded::of(&recorder, acknowledged.collect());
    if synchronous != SqliteSynchronous::Full {
        recorded = recorded.control();
    }
    let mut figures = Figures::of(&format!("power cuts of a store with {synchronous:?}")).seed(1);
    // Fewer would be a matter of luck.
    let images = size("IMP_POWER_CUT_CONTROLS", 40).max(40);
    let image_folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let cuts = recorded.cut(images, 1, image_folder.path(), look).await;
    figures.count("images", cuts.images);
    figures.count("images that lost an acknowledged change", cuts.lost);
    figures.count("images that were damaged, or had half a change", cuts.broken);
    figures.finish();
    Some(cuts)
}

#[tokio::test]
async fn p1_waiting_for_the_disk_at_each_commit_loses_nothing() {
    let name = "p1_waiting_for_the_disk_at_each_commit_loses_nothing";
    let Some(cuts) = cut(name, SqliteSynchronous::Full).await else { return };
    assert_eq!((cuts.lost, cuts.broken), (0, 0), "{:?}", cuts.first);
}

#[tokio::test]
async fn p1_without_waiting_at_each_commit_acknowledged_changes_are_lost() {
    let name = "p1_without_waiting_at_each_commit_acknowledged_changes_are_lost";
    let Some(cuts) = cut(name, SqliteSynchronous::Normal).await else { return };
    assert!(cuts.lost > cuts.images / 4, "the cuts are too kind: {cuts:?}");
    assert_eq!(cuts.broken, 0, "SQLite promises a sound file even so: {:?}", cuts.first);
}

#[tokio::test]
async fn p1_without_waiting_at_all_the_database_is_damaged() {
    let name = "p1_without_waiting_at_all_the_database_is_damaged";
    let Some(cuts) = cut(name, SqliteSynchronous::Off).await else { return };
    assert!(cuts.broken > cuts.images / 10, "the cuts are too kind: {cuts:?}");
}
