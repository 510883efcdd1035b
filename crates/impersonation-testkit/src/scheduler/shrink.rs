//! Makes a schedule that fails as short as it goes.

use super::{
    Failure,
    executor::{Plan, Run, Switch},
    script::Script,
};
use crate::{store::StoreFixture, strategies::quick::SplitMix};

/// How many schedules of a shorter script are tried before it counts as sound.
const TRIES: u64 = 100;

/// The shortest script, with the fewest changes of turn, that still fails in the same way.
pub(super) fn shrink(
    fixture: &dyn StoreFixture,
    seed: u64,
    mut script: Script,
    mut run: Run,
) -> Failure {
    let rule = rule_of(&run).to_owned();
    let fails = |script: &Script, plan: Plan| {
        let run = Run::of(fixture, script, plan);
        (run.wrong.is_some() && rule_of(&run) == rule).then_some(run)
    };
    // Without one act, as long as that still fails in some schedule.
    while let Some((shorter, failed)) = shorter_than(&script).into_iter().find_map(|shorter| {
        let same = fails(&shorter, Plan::Given(run.switches.clone()));
        let drawn =
            || (0..TRIES).find_map(|seed| fails(&shorter, Plan::drawn(SplitMix::new(seed))));
        same.or_else(drawn).map(|failed| (shorter, failed))
    }) {
        (script, run) = (shorter, failed);
    }
    // Without one change of turn.
    while let Some(failed) = fewer_than(&run.switches)
        .into_iter()
        .find_map(|switches| fails(&script, Plan::Given(switches)))
    {
        run = failed;
    }
    let wrong = run.wrong.unwrap_or_default();
    Failure { seed, wrong, schedule: run.words }
}

fn rule_of(run: &Run) -> &str {
    run.wrong.as_deref().and_then(|wrong| wrong.split_once(':')).map_or("", |(rule, _)| rule)
}

fn shorter_than(script: &Script) -> Vec<Script> {
    let mut shorter = Vec::new();
    for task in 0..script.tasks.len() {
        for act in 0..script.tasks[task].acts.len() {
            let mut one = script.clone();
            one.tasks[task].acts.remove(act);
            one.tasks.retain(|task| !task.acts.is_empty());
            shorter.push(one);
        }
    }
    // From the end: what was done before was allowed by what came before it.
    if !script.before.is_empty() {
        let mut one = script.clone();
        one.before.pop();
        shorter.push(one);
    }
    shorter
}

/// With one switch less. What is left must come to as many switches at most: one that could not be
/// made does not count.
fn fewer_than(switches: &[Switch]) -> Vec<Vec<Switch>> {
    let without = |index| {
        let mut fewer = switches.to_vec();
        fewer.remove(index);
        fewer
    };
    (0..switches.len()).map(without).collect()
}
