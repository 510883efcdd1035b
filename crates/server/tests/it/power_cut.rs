//! P1, P2: what the power takes (images made of what the server wrote), and P4: disks that fail.

mod faults;
mod office;

use std::{fs, path::PathBuf, thread};

use impersonation_seaorm::{ConnectSettings, Store};
use impersonation_testkit::{
    figures::{Figures, size},
    power_cut::{Cuts, Kind, Recorded, Recorder},
    recovery::{Acknowledged, Examined, examine},
};

use self::office::Office;
use crate::process::{Server, folder, program};

/// How many changes are made before the server is stopped, and again after it has started anew.
const CHANGES: u64 = 110;

/// Opens a database as a server does, and says what is in it, or what is wrong.
async fn look(database: PathBuf) -> Result<Examined, String> {
    let settings = ConnectSettings {
        max_connections: 2,
        ..ConnectSettings::new(database.display().to_string())
    };
    let store = Store::connect(&settings).await.map_err(|error| format!("{error:?}"))?;
    let examined = examine_store(&store).await;
    store.close().await.map_err(|error| format!("{error:?}"))?;
    examined
}

async fn examine_store(store: &Store) -> Result<Examined, String> {
    store.migrate().await.map_err(|error| format!("{error:?}"))?;
    let damage = store.damage().await.map_err(|error| format!("{error:?}"))?;
    if !damage.is_empty() {
        return Err(format!("the file is damaged: {damage:?}"));
    }
    examine(store, store).await
}

/// What a server writes: set up, changes, an orderly end, a new start, more changes, and killed.
async fn record(recorder: &Recorder) -> Recorded {
    let url = format!("sqlite:{}", recorder.database().display());
    let start = || {
        let mut program = program(recorder.database().parent().unwrap());
        program.envs(recorder.tracing());
        Server::start_with(program, &["--database", &url])
    };
    let mut acknowledged: Vec<Acknowledged> = Vec::new();
    let mut note = |changes: Vec<String>| {
        let at = recorder.position();
        acknowledged.extend(changes.into_iter().map(|change| Acknowledged { at, change }));
    };
    let mut server = start();
    let mut office = Office::open(&mut server).await;
    for _ in 0..CHANGES {
        note(office.change().await.unwrap());
    }
    server.signal("TERM");
    assert!(server.wait().0.success());
    let server = start();
    office.move_to(&server.base);
    for _ in 0..CHANGES {
        note(office.change().await.unwrap());
    }
    server.kill();
    Recorded::of(recorder, acknowledged)
}

#[tokio::test]
async fn p1_p2_no_power_cut_takes_an_acknowledged_change_or_half_of_one() {
    let folder = folder();
    let Some(recorder) = Recorder::new(folder.path(), "store.db") else {
        println!("skipped: there is no LD_PRELOAD with glibc here");
        return;
    };
    let mut figures =
        Figures::of("power cuts of a server on SQLite").seed(size("IMP_POWER_CUT_SEED", 1));
    let recorded = record(&recorder).await;
    let trace = &recorded.trace;
    let checkpoints = trace.count(Kind::Sync, 0);
    assert!(checkpoints > 3, "the log was begun anew several times: {checkpoints}");
    assert!(trace.count(Kind::Unlink, 1) > 0, "the log was deleted at the orderly end");
    figures.count("acknowledged changes", recorded.acknowledged.len().try_into().unwrap());
    figures.count("writes", (0..3).map(|file| trace.count(Kind::Write, file)).sum());
    figures.count("checkpoints", checkpoints);
    let cuts = cut(&recorded, size("IMP_POWER_CUTS", 300), size("IMP_POWER_CUT_SEED", 1));
    assert_eq!((cuts.lost, cuts.broken), (0, 0), "{}", cuts.first.unwrap_or_default());
    figures.count("images", cuts.images);
    figures.count("acknowledged changes found in them", cuts.looked_for);
    figures.count("images that lost one", cuts.lost);
    figures.count("images that were damaged, or had half a change", cuts.broken);
    figures.finish();
}

/// Many images on all processors; few on one, as other tests run beside.
fn cut(recorded: &Recorded, images: u64, seed: u64) -> Cuts {
    let processors = thread::available_parallelism().map_or(1, |number| number.get() as u64);
    let threads = if images > 2000 { processors } else { 1 };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|number| {
                let images = images / threads + u64::from(number < images % threads);
                scope.spawn(move || cut_here(recorded, images, seed + (number << 32)))
            })
            .collect();
        let mut cuts = Cuts::default();
        for part in parts {
            cuts.add(part.join().unwrap());
        }
        cuts
    })
}

fn cut_here(recorded: &Recorded, images: u64, seed: u64) -> Cuts {
    // In memory, where there is such a folder: what SQLite synchronizes here is of no interest.
    let memory = PathBuf::from("/dev/shm");
    let folder = tempfile::tempdir_in(&memory).or_else(|_| tempfile::tempdir()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cuts = runtime.block_on(recorded.cut(images, seed, folder.path(), look));
    fs::remove_dir_all(folder.path()).unwrap();
    cuts
}
