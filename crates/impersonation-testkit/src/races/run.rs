//! Running a race in every way.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use impersonation_domain::service::Impersonation;
use tokio::{
    runtime::Builder,
    sync::{Barrier, Notify},
    task::JoinHandle,
    time::timeout,
};

use super::{
    Point, Race,
    hold::{Held, Hold},
};
use crate::{
    environment::Environment,
    figures::{Figures, size},
    scene::{Answer, Promise, Scene, Seen},
    store::{OpenStore, StoreFixture},
    strategies::quick::SplitMix,
};

/// The variable that says how often each race runs freely.
pub const ROUNDS: &str = "IMP_RACE_ROUNDS";
const USUAL_ROUNDS: u64 = 6;
/// How long anything in a race may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long who comes second may have to show that it does not wait.
const MOMENT: Duration = Duration::from_millis(2);

/// The names of the acts of a race, as they stand in the log.
const REQUESTS: [&str; 3] = ["one", "two", "three"];

/// What came of the acts of a race.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    answers: Vec<String>,
    allowed: Vec<bool>,
    seen: Seen,
    /// What is wrong though nothing is under way any more.
    wrong: Option<String>,
}

/// Runs races on a fresh store. For [`race_suite!`](crate::race_suite).
///
/// # Panics
/// Where something comes of a race that no order explains.
pub fn run(fixture: &dyn StoreFixture, store: &str, name: &str, races: &[Race]) {
    let runtime = Builder::new_multi_thread().worker_threads(3).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        match fixture.open().await {
            Some(open) => {
                let environment = Environment::default();
                let figures = Figures::of(&format!("races of {store}: {name}")).seed(SEED);
                let mut course = Course { store: &open, environment, figures, slowest: 0 };
                for race in races {
                    course.run(race).await;
                }
                let slowest = course.slowest;
                course.figures.remark(format!("the slowest took {slowest} ms"));
                course.figures.finish();
            }
            None => skipped(name),
        }
    });
}

const SEED: u64 = 4;

#[expect(clippy::print_stdout, reason = "a test that was skipped has to say so")]
fn skipped(name: &str) {
    println!("skipped `{name}`: this store is not available here");
}

/// An act under way.
struct Running {
    task: JoinHandle<Answer>,
    hold: Arc<Hold>,
    is_over: Arc<AtomicBool>,
    over: Arc<Notify>,
}

impl Running {
    async fn is_over_soon(&self) -> bool {
        self.is_over.load(Ordering::SeqCst) || timeout(MOMENT, self.over.notified()).await.is_ok()
    }
}

struct Course<'a> {
    store: &'a OpenStore,
    environment: Environment,
    figures: Figures,
    slowest: u128,
}

impl Course<'_> {
    async fn run(&mut self, race: &Race) {
        assert!(race.acts.len() <= REQUESTS.len(), "a race has two or three acts");
        let mut serial = BTreeMap::new();
        for order in orders(race.acts.len()) {
            let outcome = self.one_after_the_other(race, &order).await;
            assert_eq!(outcome.wrong, None, "{race}: even one after the other");
            serial.insert(order, outcome);
        }
        for first in 0..race.acts.len() {
            for point in Point::ALL {
                self.held(race, first, point, &serial).await;
            }
        }
        let mut random = SplitMix::new(SEED);
        for round in 0..size(ROUNDS, USUAL_ROUNDS) {
            let yields: Vec<u64> = race.acts.iter().map(|_| random.below(4)).collect();
            let outcome = self.freely(race, &yields).await;
            let how = format!("in the free round {round}");
            judge(race, &outcome, &serial, None, &how);
        }
        self.figures.count("races", 1);
    }

    async fn scene(&self, race: &Race) -> Arc<Scene> {
        let scene = Scene::new(self.store, &self.environment).await;
        scene.set_up(race.before).await;
        Arc::new(scene)
    }

    async fn one_after_the_other(&mut self, race: &Race, order: &[usize]) -> Outcome {
        let scene = self.scene(race).await;
        let mut promises: Vec<_> = promises(race, &scene).into_iter().map(Some).collect();
        let mut answers = vec![None; race.acts.len()];
        for index in order {
            let promise = promises[*index].take().expect("each act has one turn");
            answers[*index] = Some(promise.run(scene.app()).await);
        }
        self.figures.count("serial runs", 1);
        let answers: Option<Vec<Answer>> = answers.into_iter().collect();
        outcome(race, &scene, answers.expect("each act has had its turn")).await
    }

    /// Holds one act at a point while the others come.
    async fn held(
        &mut self,
        race: &Race,
        first: usize,
        point: Point,
        serial: &BTreeMap<Vec<usize>, Outcome>,
    ) {
        let begun = self.figures.elapsed();
        let scene = self.scene(race).await;
        let how = format!("with `{}` held {}", race.acts[first], point.in_words());
        let mut running = BTreeMap::new();
        let mut others = Vec::new();
        let mut was_over = false;
        for (index, promise) in promises(race, &scene).into_iter().enumerate() {
            let hold = if index == first { Hold::at(point) } else { Hold::nowhere() };
            let app = scene.app_over(Arc::new(Held { units: scene.units(), hold: hold.clone() }));
            if index == first {
                let held = start(promise, app, hold);
                soon(race, &how, held.hold.reached.notified()).await;
                if held.is_over.load(Ordering::SeqCst) {
                    // It was refused, and wrote nothing in the unit that was to be held.
                    let is_refused = |(order, outcome): (&Vec<usize>, &Outcome)| {
                        order.first() != Some(&first) || !outcome.allowed[first]
                    };
                    assert!(
                        serial.iter().all(is_refused),
                        "{race}: {how}: it never came to that point"
                    );
                    was_over = true;
                }
                running.insert(index, held);
            } else {
                others.push((index, promise, app, hold));
            }
        }
        // The held one has come to its point; now come the others.
        let mut came_through = true;
        for (index, promise, app, hold) in others {
            let other = start(promise, app, hold);
            soon(race, &how, other.hold.reached.notified()).await;
            came_through &= if point.excludes_others() && !was_over {
                other.is_over_soon().await
            } else {
                soon(race, &how, wait(&other)).await;
                true
            };
            running.insert(index, other);
        }
        running[&first].hold.release.notify_one();
        let mut answers = Vec::new();
        for running in running.into_values() {
            let answer = soon(race, &how, running.task).await;
            answers.push(answer.expect("no act panics"));
        }
        let outcome = outcome(race, &scene, answers).await;
        let others = (0..race.acts.len()).filter(|index| *index != first);
        let goes_first = match point {
            Point::BeforeBegin => false,
            _ if was_over => true,
            Point::AfterCommit => true,
            Point::AfterBegin | Point::Decided | Point::BeforeCommit => !came_through,
        };
        // With three, the others may have either order among themselves.
        let order = (race.acts.len() == 2).then(|| {
            let mut order: Vec<usize> = others.collect();
            order.insert(if goes_first { 0 } else { order.len() }, first);
            order
        });
        judge(race, &outcome, serial, order.as_deref(), &how);
        self.figures.count("forced runs", 1);
        let took = (self.figures.elapsed() - begun).as_millis();
        self.slowest = self.slowest.max(took);
    }

    async fn freely(&mut self, race: &Race, yields: &[u64]) -> Outcome {
        let begun = self.figures.elapsed();
        let scene = self.scene(race).await;
        let barrier = Arc::new(Barrier::new(race.acts.len()));
        let mut tasks = Vec::new();
        for (promise, yields) in promises(race, &scene).into_iter().zip(yields.to_vec()) {
            let (barrier, app) = (barrier.clone(), scene.app());
            tasks.push(tokio::spawn(async move {
                barrier.wait().await;
                for _ in 0..yields {
                    tokio::task::yield_now().await;
                }
                promise.run(app).await
            }));
        }
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(soon(race, "freely", task).await.expect("no act panics"));
        }
        self.figures.count("free runs", 1);
        let outcome = outcome(race, &scene, answers).await;
        self.slowest = self.slowest.max((self.figures.elapsed() - begun).as_millis());
        outcome
    }
}

fn promises(race: &Race, scene: &Scene) -> Vec<Promise> {
    let acts = race.acts.iter().zip(REQUESTS);
    acts.map(|(act, request)| act.promise(scene, request)).collect()
}

fn start(promise: Promise, app: Impersonation, hold: Arc<Hold>) -> Running {
    let (is_over, over) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()));
    let (held, flag, bell) = (hold.clone(), is_over.clone(), over.clone());
    let task = tokio::spawn(async move {
        let answer = promise.run(app).await;
        flag.store(true, Ordering::SeqCst);
        bell.notify_one();
        // Whoever waits for it to come somewhere learns that it is over.
        held.reached.notify_one();
        answer
    });
    Running { task, hold, is_over, over }
}

async fn wait(running: &Running) {
    if !running.is_over.load(Ordering::SeqCst) {
        running.over.notified().await;
    }
}

async fn soon<T>(race: &Race, how: &str, work: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => panic!("{race}: {how}: somebody waits for more than {PATIENCE:?}"),
    }
}

/// Every order of so many acts.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let longer = shorter.iter().flat_map(|order| {
        (0..count).map(|place| {
            let mut order = order.clone();
            order.insert(place, count - 1);
            order
        })
    });
    longer.collect()
}

async fn outcome(race: &Race, scene: &Scene, answers: Vec<Answer>) -> Outcome {
    for (act, answer) in race.acts.iter().zip(&answers) {
        if let Some(failure) = &answer.failure {
            panic!("{race}: `{act}` was neither done nor refused: {failure}");
        }
    }
    let (seen, wrong) = (scene.look().await, scene.wrong_at_rest().await);
    let allowed = answers.iter().map(|answer| answer.allowed).collect();
    let answers = answers.into_iter().map(|answer| answer.text).collect();
    Outcome { answers, allowed, seen, wrong }
}

/// What came of it must be what this order gave, or any where none is known.
fn judge(
    race: &Race,
    outcome: &Outcome,
    serial: &BTreeMap<Vec<usize>, Outcome>,
    order: Option<&[usize]>,
    how: &str,
) {
    let explained =
        serial.iter().any(|(of, given)| order.is_none_or(|order| order == of) && given == outcome);
    if !explained {
        let mut told = String::new();
        tell(&mut told, race, outcome);
        for (of, given) in serial {
            let names: Vec<String> =
                of.iter().map(|index| format!("`{}`", race.acts[*index])).collect();
            let wanted = if order == Some(of) { " (which came about)" } else { "" };
            let _ = write!(told, "\nbut {} gives{wanted}", names.join(", then "));
            tell(&mut told, race, given);
        }
        panic!("{race}\n{how}, no order explains what came of it:{told}");
    }
}

fn tell(told: &mut String, race: &Race, outcome: &Outcome) {
    let answers = race.acts.iter().zip(&outcome.answers);
    for (act, answer) in answers {
        let _ = write!(told, "\n  {act}: {answer}");
    }
    if let Some(wrong) = &outcome.wrong {
        let _ = write!(told, "\n    {wrong}");
    }
    for line in &outcome.seen.state {
        let _ = write!(told, "\n    {line}");
    }
    for (kind, lines) in [("", &outcome.seen.allowed), ("refused ", &outcome.seen.refused)] {
        for line in lines {
            let _ = write!(told, "\n    log: {kind}{} by request {}", line.text, line.request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::orders;

    #[test]
    fn every_order_is_tried() {
        assert_eq!(orders(2).len(), 2);
        let mut three = orders(3);
        three.sort();
        three.dedup();
        assert_eq!(three.len(), 6);
    }
}
