//! Runs a script on one thread, by a plan of turns.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::{
    FutureExt as _,
    task::{ArcWake, waker},
};
use impersonation_domain::ports::Clock as _;

use super::{
    history::{Answered, Entry, History},
    judge,
    script::{Script, can_be_tried},
    yielding::{Calls, Yielding, let_others_go_first},
};
use crate::{
    environment::Environment, scene::Scene, store::StoreFixture, strategies::quick::SplitMix,
    through::Call,
};

/// How many steps a schedule may have before it counts as endless.
const ENDLESS: u64 = 100_000;

/// Another task has the next turn, at this step, though the one before could go on.
pub(super) type Switch = (u64, usize);

/// Who has the next turn.
pub(super) enum Plan {
    /// The seed decides; one in so many turns goes to another task.
    Drawn { random: SplitMix, one_in: u64 },
    /// Whoever has the turn keeps it, but for these.
    Given(Vec<Switch>),
}

impl Plan {
    pub(super) fn drawn(mut random: SplitMix) -> Self {
        let one_in = random.one_of(&[1, 2, 4, 8, 16]);
        Self::Drawn { random, one_in }
    }

    fn wanted(&mut self, step: u64, tasks: usize) -> Option<usize> {
        match self {
            Self::Drawn { random, one_in } => {
                (random.below(*one_in) == 0).then(|| random.below(tasks as u64) as usize)
            }
            Self::Given(switches) => {
                switches.iter().find(|(at, _)| *at == step).map(|(_, task)| *task)
            }
        }
    }
}

/// What a run was, and what came of it.
pub(super) struct Run {
    pub(super) history: History,
    /// The switches that were made.
    pub(super) switches: Vec<Switch>,
    pub(super) calls: u64,
    /// What is wrong with it.
    pub(super) wrong: Option<String>,
    /// What was done in it, in words.
    pub(super) words: String,
}

struct Ready(AtomicBool);

impl ArcWake for Ready {
    fn wake_by_ref(ready: &Arc<Self>) {
        ready.0.store(true, Ordering::SeqCst);
    }
}

struct Under {
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    ready: Arc<Ready>,
}

/// What the tasks share.
#[derive(Clone)]
struct Shared {
    scene: Arc<Scene>,
    step: Arc<AtomicU64>,
    history: Arc<Mutex<History>>,
    calls: Calls,
}

/// Does what waits for nothing.
fn at_once<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("this store waits for something: it needs a runtime")
}

impl Run {
    /// Runs the script on a fresh store, and judges what came of it.
    pub(super) fn of(fixture: &dyn StoreFixture, script: &Script, plan: Plan) -> Self {
        let store = at_once(fixture.open()).expect("the fixture has a store");
        let scene = at_once(Scene::new(&store, &Environment::default()));
        at_once(scene.set_up(&script.before));
        let shared = Shared {
            scene: Arc::new(scene),
            step: Arc::default(),
            history: Arc::default(),
            calls: Arc::default(),
        };
        let mut tasks: Vec<Under> = script
            .tasks
            .iter()
            .enumerate()
            .map(|(number, task)| Under {
                future: Some(Box::pin(act_out(shared.clone(), number, task.acts.clone()))),
                ready: Arc::new(Ready(AtomicBool::new(true))),
            })
            .collect();
        let (switches, mut wrong) = execute(&mut tasks, plan, &shared.step);
        drop(tasks);
        let history =
            std::mem::take(&mut *shared.history.lock().unwrap_or_else(PoisonError::into_inner));
        let calls =
            std::mem::take(&mut *shared.calls.lock().unwrap_or_else(PoisonError::into_inner));
        if wrong.is_none() {
            wrong = at_once(judge::wrong(&shared.scene, &history));
        }
        let words = match wrong {
            Some(_) => words(script, &history, &calls),
            None => String::new(),
        };
        Self { history, switches, calls: calls.len() as u64, wrong, words }
    }
}

/// Polls the tasks until all are done. Answers the switches, and whether they came to an end.
fn execute(tasks: &mut [Under], mut plan: Plan, step: &AtomicU64) -> (Vec<Switch>, Option<String>) {
    let (mut switches, mut current) = (Vec::new(), 0);
    loop {
        let can_go_on =
            |under: &Under| under.future.is_some() && under.ready.0.load(Ordering::SeqCst);
        let runnable: Vec<usize> =
            (0..tasks.len()).filter(|index| can_go_on(&tasks[*index])).collect();
        let Some(first) = runnable.first().copied() else {
            let is_done = tasks.iter().all(|under| under.future.is_none());
            let stuck = "C20: everybody waits for somebody, for ever".to_owned();
            return (switches, (!is_done).then_some(stuck));
        };
        let now = step.load(Ordering::SeqCst);
        if now > ENDLESS {
            return (switches, Some(format!("no end after {ENDLESS} steps")));
        }
        let keeps = runnable.contains(&current);
        let wanted = plan.wanted(now, tasks.len()).filter(|task| runnable.contains(task));
        match wanted {
            Some(task) if task != current => {
                switches.push((now, task));
                current = task;
            }
            _ if keeps => {}
            // Whoever comes next in the circle.
            _ => current = runnable.iter().copied().find(|task| *task > current).unwrap_or(first),
        }
        let under = &mut tasks[current];
        under.ready.0.store(false, Ordering::SeqCst);
        let waker = waker(under.ready.clone());
        if let Some(future) = under.future.as_mut()
            && future.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Ready(())
        {
            under.future = None;
        }
        step.fetch_add(1, Ordering::SeqCst);
    }
}

/// One task: act by act.
async fn act_out(shared: Shared, task: usize, acts: Vec<crate::scene::Act>) {
    let Shared { scene, step, history, calls } = shared;
    let units = Yielding { units: scene.units(), task, calls };
    for (number, act) in acts.into_iter().enumerate() {
        let_others_go_first().await;
        if !can_be_tried(&act, &scene) {
            continue;
        }
        let request = format!("{task}.{number}");
        let promise = act.promise(&scene, &request);
        let entry = Entry {
            act,
            request,
            invoked: step.load(Ordering::SeqCst),
            log_before: at_once(scene.log_length()),
            answered: None,
        };
        let place = {
            let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
            history.0.push(entry);
            history.0.len() - 1
        };
        let answer = promise.run(scene.app_over(Arc::new(units.clone()))).await;
        answer.learned.clone().into_iter().for_each(|learned| scene.learn(learned));
        let log_after = at_once(scene.log_length());
        let (step, at) = (step.load(Ordering::SeqCst), scene.clock.now());
        let mut history = history.lock().unwrap_or_else(PoisonError::into_inner);
        history.0[place].answered = Some(Answered { step, log_after, at, answer });
    }
}

/// What was done, turn by turn.
fn words(script: &Script, history: &History, calls: &[(usize, Call)]) -> String {
    let mut lines = vec![script.to_string(), "  the turns:\n".to_owned()];
    let mut turns: Vec<(usize, Vec<String>)> = Vec::new();
    for (task, call) in calls {
        let called = match call.port {
            "unit" => call.method.to_owned(),
            port => format!("{port}.{}", call.method),
        };
        match turns.last_mut() {
            Some((last, names)) if last == task => names.push(called),
            _ => turns.push((*task, vec![called])),
        }
    }
    for (number, (task, names)) in turns.iter().enumerate() {
        let name = script.tasks[*task].name;
        lines.push(format!("  {:>3}. {name}: {}\n", number + 1, names.join(", ")));
    }
    lines.push("  the answers:\n".to_owned());
    for (entry, answer) in history.acts() {
        let (from, to) = (entry.invoked, entry.answered_at());
        lines.push(format!("  {}: {} (steps {from} to {to})\n", entry.act, answer.text));
    }
    lines.concat()
}
