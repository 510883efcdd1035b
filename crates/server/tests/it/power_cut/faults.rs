//! Disks that fail while the server works.

use impersonation_seaorm::{ConnectSettings, Store};
use impersonation_testkit::{
    figures::{Figures, size},
    power_cut::{Recorded, Recorder},
    recovery::{Acknowledged, examine},
    splitmix::SplitMix,
};

use super::{cut, look, office::Office};
use crate::{
    client::Answer,
    process::{Server, folder, program, text},
};

/// What goes wrong: the device fails, the disk is full, it fills up in the middle of a write, the
/// device cannot be read.
const FAULTS: [&str; 4] = ["EIO", "ENOSPC", "SHORT", "READ"];

/// A server on a disk that fails now and then.
struct Trial {
    recorder: Recorder,
    office: Office,
    acknowledged: Vec<Acknowledged>,
    figures: Figures,
}

impl Trial {
    /// Makes the next change. Where it is refused, it is with 503 and a problem.
    async fn change(&mut self, point: &str) -> bool {
        match self.office.change().await {
            Ok(changes) => {
                let at = self.recorder.position();
                let changes = changes.into_iter().map(|change| Acknowledged { at, change });
                self.acknowledged.extend(changes);
                true
            }
            Err(answer) => {
                assert_unavailable(&answer, point);
                self.figures.count("refused changes", 1);
                false
            }
        }
    }

    /// One point: the `first` call from now on fails, or all from there on.
    async fn fail(&mut self, fault: &str, first: u64, once: bool) {
        let lasting = if once { "" } else { " and all after it" };
        let point = format!("{fault} at call {first}{lasting}");
        self.recorder.fail(fault, first, once);
        let mut refused = 0;
        for _ in 0..12 {
            refused += u64::from(!self.change(&point).await);
            if refused > 1 || (self.recorder.hits() > 0 && once) {
                break;
            }
        }
        // Reading goes on where it can, and the server knows that it is alive.
        assert_eq!(self.office.visitor.get("/livez").await.status, 200, "{point}");
        let read = self.office.ada.get("/api/v1/grants").await;
        if read.status != 200 {
            assert_unavailable(&read, &point);
        }
        let hits = self.recorder.heal();
        let struck = if hits > 0 { "points that struck" } else { "points that nothing reached" };
        self.figures.count(struck, 1);
        self.figures.count("calls that failed", hits);
        if fault != "READ" && !once && hits > 0 {
            assert!(refused > 0, "{point}: acknowledged, although nothing could be written");
        }
        for _ in 0..2 {
            assert!(self.change(&point).await, "{point}: it works again, without a new start");
        }
    }
}

#[track_caller]
fn assert_unavailable(answer: &Answer, point: &str) {
    let kind = answer.headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    assert_eq!(
        (answer.status.as_u16(), kind.as_deref(), answer.body["code"].as_str()),
        (503, Some("application/problem+json"), Some("unavailable")),
        "{point}: neither done nor refused with 503, or half done before: {}",
        answer.body
    );
}

#[tokio::test]
async fn p4_a_failing_disk_refuses_what_it_cannot_keep_and_nothing_after_it() {
    let folder = folder();
    let Some(recorder) = Recorder::new(folder.path(), "store.db") else {
        println!("skipped: there is no LD_PRELOAD with glibc here");
        return;
    };
    let seed = size("IMP_POWER_CUT_SEED", 1);
    let url = format!("sqlite:{}", recorder.database().display());
    let mut program = program(folder.path());
    program.envs(recorder.tracing()).envs(recorder.failing());
    let mut server = Server::start_with(program, &["--database", &url]);
    let office = Office::open(&mut server).await;
    let settings = ConnectSettings::new(recorder.database().display().to_string());
    let store = Store::connect(&settings).await.unwrap();
    let figures = Figures::of("I/O faults under a server on SQLite").seed(seed);
    let mut trial = Trial { recorder, office, acknowledged: Vec::new(), figures };

    let mut random = SplitMix::new(seed);
    let points = size("IMP_IO_FAULTS", 24);
    for number in 0..points {
        let fault = FAULTS[usize::try_from(number % 4).unwrap()];
        let once = random.below(2) == 0;
        trial.fail(fault, 1 + random.next_u64() % 20, once).await;
        if number % (points / 8).max(4) == 3 {
            let examined = examine(&store, &store).await;
            let examined = examined.unwrap_or_else(|wrong| panic!("after point {number}: {wrong}"));
            assert_eq!(examined.lost(&trial.acknowledged), Vec::<&str>::new(), "point {number}");
        }
    }
    let examined = examine(&store, &store).await.unwrap();
    assert_eq!(examined.lost(&trial.acknowledged), Vec::<&str>::new());
    store.close().await.unwrap();
    server.kill();

    let Trial { recorder, acknowledged, mut figures, .. } = trial;
    let recorded = Recorded::of(&recorder, acknowledged);
    // A disk that failed to synchronize may have lost, for good, what it was to synchronize.
    let cuts = cut(&recorded, points * 2, seed);
    assert_eq!((cuts.lost, cuts.broken), (0, 0), "{}", cuts.first.unwrap_or_default());
    look(recorder.database().to_owned()).await.unwrap();
    figures.count("acknowledged changes", recorded.acknowledged.len().try_into().unwrap());
    figures.count("acknowledged changes lost", 0);
    figures.count("images of power cuts", cuts.images);
    figures.finish();
}

#[tokio::test]
async fn p4_a_disk_that_fails_while_the_store_is_made_is_told_and_made_good_by_the_next_start() {
    let seed = size("IMP_POWER_CUT_SEED", 1);
    let mut figures = Figures::of("I/O faults while a store is made").seed(seed);
    let mut random = SplitMix::new(seed);
    for number in 0..size("IMP_IO_FAULTS", 24) / 2 {
        let folder = folder();
        let Some(mut recorder) = Recorder::new(folder.path(), "store.db") else {
            println!("skipped: there is no LD_PRELOAD with glibc here");
            return;
        };
        let url = format!("sqlite:{}", recorder.database().display());
        let migrate = |recorder: &Recorder| {
            let mut program = program(folder.path());
            program.envs(recorder.failing()).args(["migrate", "--database", &url]);
            program.output().unwrap()
        };
        let fault = FAULTS[usize::try_from(number % 3).unwrap()];
        let (first, once) = (1 + random.next_u64() % 160, random.below(2) == 0);
        recorder.fail(fault, first, once);
        let output = migrate(&recorder);
        let (told, complaint) = text(&output);
        let point = format!("{fault} from call {first} on: {told}{complaint}");
        figures.count("points", 1);
        if recorder.heal() > 0 && !output.status.success() {
            figures.count("stores that could not be made", 1);
            assert!(complaint.starts_with("error: ") && !complaint.contains("panicked"), "{point}");
        } else {
            assert!(output.status.success(), "{point}");
        }
        assert!(migrate(&recorder).status.success(), "{point}");
        look(recorder.database().to_owned()).await.unwrap();
    }
    figures.finish();
}
