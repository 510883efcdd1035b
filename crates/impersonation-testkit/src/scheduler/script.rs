//! What everybody is going to do.

use std::fmt;

use crate::{
    scene::{Act, BOTH, LOGIN, SEND, Scene},
    strategies::quick::SplitMix,
};

/// What one of them does, one act after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Who.
    pub name: &'static str,
    /// What.
    pub acts: Vec<Act>,
}

/// What all of them do at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What is done before.
    pub before: Vec<Act>,
    /// Who acts.
    pub tasks: Vec<Task>,
}

const CLEO_BEN: (&str, &str) = ("cleo", "ben");
const CLEO_ELI: (&str, &str) = ("cleo", "eli");

const fn give(by: &'static str, pair: (&'static str, &'static str)) -> Act {
    Act::Create { by, pair, access: BOTH, expires_in: None }
}

/// Grants come and go most of all; everything else that bears on a decision now and then.
const ADMINISTRATION: [Act; 19] = [
    Act::Revoke { by: "ada", pair: CLEO_BEN },
    Act::Revoke { by: "ada", pair: CLEO_BEN },
    Act::Revoke { by: "ada", pair: CLEO_BEN },
    Act::Revoke { by: "ada", pair: CLEO_ELI },
    give("ada", CLEO_BEN),
    give("ada", CLEO_BEN),
    give("ada", CLEO_ELI),
    Act::Edit { pair: CLEO_BEN, access: LOGIN },
    Act::Edit { pair: CLEO_BEN, access: SEND },
    Act::Edit { pair: CLEO_BEN, access: BOTH },
    Act::Protect { on: "cleo", protected: true },
    Act::Protect { on: "cleo", protected: false },
    Act::SetActive { by: "ada", on: "cleo", active: false },
    Act::SetActive { by: "ada", on: "cleo", active: true },
    Act::Leave { on: "cleo" },
    Act::Join { on: "cleo" },
    Act::SetPlan(impersonation_domain::plan::Plan::Individual),
    Act::SetPlan(impersonation_domain::plan::Plan::Enterprise),
    Act::End { by: "ada", actor: "ben" },
];

const fn delegation(actor: &'static str) -> [Act; 7] {
    [
        Act::Start { actor, subject: "cleo" },
        Act::Start { actor, subject: "cleo" },
        Act::SendAs { actor, subject: "cleo" },
        Act::SendAs { actor, subject: "cleo" },
        Act::Use { actor },
        Act::SendIn { actor },
        Act::Stop { actor },
    ]
}

const BY_BEN: [Act; 7] = delegation("ben");
const BY_ELI: [Act; 7] = delegation("eli");
const UPKEEP: [Act; 3] = [Act::EndOverdue, Act::EndOverdue, Act::Pass { seconds: 60 }];

impl Script {
    /// A script that the seed decides.
    pub(super) fn draw(random: &mut SplitMix) -> Self {
        let mut before = Vec::new();
        if random.below(8) > 0 {
            let expires_in = (random.below(4) == 0).then_some(60);
            before.push(Act::Create { by: "ada", pair: CLEO_BEN, access: BOTH, expires_in });
            if random.below(3) == 0 {
                before.push(Act::Start { actor: "ben", subject: "cleo" });
            }
        }
        let mut task = |name, acts: &[Act], most: u64| {
            let count = 1 + random.below(most);
            Task { name, acts: (0..count).map(|_| random.one_of(acts)).collect() }
        };
        let mut tasks = vec![task("ada", &ADMINISTRATION, 4), task("ben", &BY_BEN, 4)];
        match task("", &UPKEEP, 3) {
            third if third.acts.len() == 1 => tasks.push(task("eli", &BY_ELI, 3)),
            third if third.acts.len() == 2 => tasks.push(Task { name: "upkeep", ..third }),
            _ => {}
        }
        Self { before, tasks }
    }
}

/// Whether its doer can even try: one does not revoke what one has never seen.
pub(super) fn can_be_tried(act: &Act, scene: &Scene) -> bool {
    let known = scene.known();
    match act {
        Act::Edit { pair, .. }
        | Act::Reword { pair, .. }
        | Act::Expire { pair, .. }
        | Act::Revoke { pair, .. } => known.grants.contains_key(pair),
        Act::Use { actor }
        | Act::SendIn { actor }
        | Act::Stop { actor }
        | Act::End { actor, .. } => known.logins.contains_key(actor),
        Act::BulkDelete { pairs } => pairs.iter().all(|pair| known.grants.contains_key(pair)),
        _ => true,
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for act in &self.before {
            writeln!(f, "  before: {act}")?;
        }
        for task in &self.tasks {
            let acts: Vec<String> = task.acts.iter().map(ToString::to_string).collect();
            writeln!(f, "  {} will: {}", task.name, acts.join(", then "))?;
        }
        Ok(())
    }
}
