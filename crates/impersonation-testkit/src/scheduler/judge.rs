//! What must hold whatever the schedule.

use impersonation_domain::{
    access::AccessType,
    audit::{Action, Event, Outcome},
    plan::Plan,
};

use super::{
    history::{Entry, History},
    reckoning::Standing,
};
use crate::scene::{Act, Scene};

/// What is wrong with what came of a schedule, if anything. All acts have been answered.
pub(super) async fn wrong(scene: &Scene, history: &History) -> Option<String> {
    let events = scene.events().await;
    let of_a_store = history.acts().find_map(|(entry, answer)| {
        let failure = answer.failure.as_ref()?;
        Some(format!("`{}` was neither done nor refused: {failure}", entry.act))
    });
    let wrong = of_a_store
        .or_else(|| permitted_after(history))
        .or_else(|| not_one_to_one(scene, history, &events))
        .or_else(|| out_of_order(history, &events))
        .or_else(|| unjustified(scene, history, &events));
    match wrong {
        Some(wrong) => Some(wrong),
        None => match scene.wrong_at_rest().await {
            Some(wrong) => Some(format!("R2: {wrong}")),
            None => messages(scene, history).await,
        },
    }
}

/// Something that a permit takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Access(AccessType, (&'static str, &'static str)),
    Unprotected(&'static str),
    Active(&'static str),
    Member(&'static str),
    Plan,
}

const ACCESS: [AccessType; 2] = AccessType::ALL;

/// Whose account the delegates of a script act on.
const SUBJECT: &str = "cleo";

fn needs(act: &Act) -> Vec<Need> {
    let (access, actor) = match *act {
        Act::Start { actor, .. } | Act::Use { actor } | Act::SendIn { actor } => {
            (AccessType::Login, actor)
        }
        Act::SendAs { actor, .. } => (AccessType::Send, actor),
        _ => return Vec::new(),
    };
    let mut needs = vec![
        Need::Access(access, (SUBJECT, actor)),
        Need::Unprotected(SUBJECT),
        Need::Active(SUBJECT),
        Need::Plan,
    ];
    if matches!(act, Act::SendIn { .. } | Act::SendAs { .. }) {
        needs.push(Need::Member(SUBJECT));
    }
    needs
}

/// What an act takes away, or gives back.
fn changes(act: &Act, gives: bool) -> Vec<Need> {
    let access = |pair, wanted: &dyn Fn(AccessType) -> bool| {
        let of = ACCESS.into_iter().filter(|access| wanted(*access));
        of.map(|access| Need::Access(access, pair)).collect()
    };
    match *act {
        Act::Create { pair, access: all, .. } if gives => access(pair, &|one| all.contains(&one)),
        Act::Edit { pair, access: all } => access(pair, &|one| all.contains(&one) == gives),
        Act::Revoke { pair, .. } if !gives => access(pair, &|_| true),
        Act::Protect { on, protected } if protected != gives => vec![Need::Unprotected(on)],
        Act::SetActive { on, active, .. } if active == gives => vec![Need::Active(on)],
        Act::Leave { on } if !gives => vec![Need::Member(on)],
        Act::Join { on } if gives => vec![Need::Member(on)],
        Act::SetPlan(plan) if (plan != Plan::Individual) == gives => vec![Need::Plan],
        _ => Vec::new(),
    }
}

/// R1: nothing that was asked for after an acknowledged revocation is permitted, unless what was
/// taken has been given again. R3: a session that ended stays ended even then.
fn permitted_after(history: &History) -> Option<String> {
    let allowed = || history.0.iter().filter(|entry| entry.is_allowed());
    for permitted in allowed() {
        let needs = needs(&permitted.act);
        for taken in allowed().filter(|taken| taken.answered_at() < permitted.invoked) {
            let takes = changes(&taken.act, false);
            for need in needs.iter().filter(|need| takes.contains(need)) {
                let is_given_again = allowed().any(|given| {
                    changes(&given.act, true).contains(need)
                        && given.answered_at() > taken.invoked
                        && given.invoked < permitted.answered_at()
                });
                if !is_given_again {
                    return Some(after("R1", permitted, taken));
                }
            }
            if ended(history, permitted, taken) {
                return Some(after("R3", permitted, taken));
            }
        }
    }
    None
}

/// Whether the session that `permitted` was done in was live when `taken` ended it.
fn ended(history: &History, permitted: &Entry, taken: &Entry) -> bool {
    let (Act::Use { actor } | Act::SendIn { actor } | Act::Stop { actor }) = permitted.act else {
        return false;
    };
    // The one that was started last, by the set-up if not since.
    let starts = history.0.iter().filter(|entry| {
        matches!(entry.act, Act::Start { actor: by, .. } if by == actor)
            && entry.is_allowed()
            && entry.answered_at() < permitted.invoked
    });
    let started = starts.map(Entry::answered_at).max().unwrap_or(0);
    let ends = match taken.act {
        Act::Stop { actor: by } | Act::End { actor: by, .. } => by == actor,
        _ => {
            let needs = needs(&Act::Use { actor });
            changes(&taken.act, false).iter().any(|need| needs.contains(need))
        }
    };
    ends && taken.invoked > started
}

fn after(rule: &str, permitted: &Entry, taken: &Entry) -> String {
    format!(
        "{rule}: `{}`, asked for at step {}, was permitted after `{}` had been acknowledged at step {}",
        permitted.act,
        permitted.invoked,
        taken.act,
        taken.answered_at(),
    )
}

/// The event of what an act does, and whether there may be none because nothing changes by it.
fn event_of(act: &Act) -> Option<(Action, bool)> {
    Some(match act {
        Act::Create { .. } => (Action::GrantCreate, false),
        Act::Edit { .. } => (Action::GrantEdit, true),
        Act::Revoke { .. } => (Action::GrantDelete, false),
        Act::Start { .. } => (Action::LoginSessionStart, false),
        Act::Use { .. } => (Action::AccountRead, true),
        Act::SendIn { .. } | Act::SendAs { .. } => (Action::MessageSend, false),
        Act::Stop { .. } => (Action::LoginSessionEnd, false),
        Act::End { .. } => (Action::LoginSessionEnd, true),
        Act::Protect { protected: true, .. } => (Action::UserProtect, true),
        Act::Protect { protected: false, .. } => (Action::UserUnprotect, true),
        Act::SetActive { active: true, .. } => (Action::UserReactivate, true),
        Act::SetActive { active: false, .. } => (Action::UserDeactivate, true),
        Act::Leave { .. } => (Action::ChannelRemoveMember, false),
        Act::Join { .. } => (Action::ChannelAddMember, true),
        Act::SetPlan(_) => (Action::OrganizationSetPlan, true),
        _ => return None,
    })
}

/// A1: what was done has its event, and each event was asked for.
fn not_one_to_one(scene: &Scene, history: &History, events: &[Event]) -> Option<String> {
    for (entry, answer) in history.acts() {
        let of_request = |event: &&Event| event.content.request_id.as_ref() == Some(&entry.request);
        let refused = events
            .iter()
            .filter(of_request)
            .filter(|event| event.content.outcome == Outcome::Refused)
            .count();
        let told = if answer.allowed { "done" } else { "refused" };
        if refused > usize::from(!answer.allowed) {
            return Some(format!("A1: `{}` was {told}, with {refused} refusals", entry.act));
        }
        let Some((action, may_be_none)) = event_of(&entry.act) else { continue };
        let done = events
            .iter()
            .filter(of_request)
            .filter(|event| event.content.outcome == Outcome::Allowed)
            .filter(|event| event.content.action == action)
            .count();
        let is_right = match (answer.allowed, action) {
            (true, _) => done == 1 || (may_be_none && done == 0),
            // Whoever finds a session no longer justified ends it.
            (false, Action::LoginSessionEnd) => done <= 1,
            (false, _) => done == 0,
        };
        if !is_right {
            return Some(format!("A1: `{}` was {told}, with {done} events of it", entry.act));
        }
    }
    let unasked = scene.since_the_beginning(events).iter().find(|event| {
        event
            .content
            .request_id
            .as_ref()
            .map_or(event.content.action != Action::LoginSessionEnd, |request| {
                history.of_request(request).is_none()
            })
    });
    unasked.map(|event| {
        format!("A1: nobody asked for event {} ({})", event.sequence, event.content.action)
    })
}

/// The log has things in the order in which they are known to have happened.
fn out_of_order(history: &History, events: &[Event]) -> Option<String> {
    let places = |entry: &Entry| {
        let of_request = |event: &&Event| event.content.request_id.as_ref() == Some(&entry.request);
        let places: Vec<u64> =
            events.iter().filter(of_request).map(|event| event.sequence).collect();
        Some((*places.iter().min()?, *places.iter().max()?))
    };
    let placed: Vec<_> =
        history.0.iter().filter_map(|entry| Some((entry, places(entry)?))).collect();
    for (one, (_, last)) in &placed {
        for (two, (first, _)) in &placed {
            if one.answered_at() < two.invoked && last > first {
                return Some(format!(
                    "C: `{}` was answered before `{}` was asked for, and stands after it in the log",
                    one.act, two.act
                ));
            }
        }
    }
    None
}

/// What was permitted is justified where it stands in the log, and what was denied was denied by
/// something that stood there while it was decided.
fn unjustified(scene: &Scene, history: &History, events: &[Event]) -> Option<String> {
    let standings = Standing::after_each(events);
    let permitted =
        events.iter().zip(&standings).find_map(|(event, before)| before.unjustified(event));
    let denied = || {
        history.0.iter().find_map(|entry| {
            let answered = entry.answered.as_ref()?;
            let (access, actor) = match entry.act {
                Act::Start { actor, .. } => (AccessType::Login, actor),
                Act::SendAs { actor, .. } => (AccessType::Send, actor),
                _ => return None,
            };
            if answered.answer.allowed || answered.answer.text == "too_many_login_sessions" {
                return None;
            }
            let pair = (scene.people[SUBJECT].id, scene.people[actor].id);
            let permits_throughout = standings[entry.log_before..=answered.log_after]
                .iter()
                .all(|standing| standing.permits(access, pair, answered.at));
            permits_throughout.then(|| {
                format!(
                    "C: `{}` was refused ({}), though everything permitted it all the while",
                    entry.act, answered.answer.text
                )
            })
        })
    };
    permitted.or_else(denied)
}

/// As many messages as were sent.
async fn messages(scene: &Scene, history: &History) -> Option<String> {
    let sent = history
        .acts()
        .filter(|(entry, answer)| {
            answer.allowed && matches!(entry.act, Act::SendIn { .. } | Act::SendAs { .. })
        })
        .count();
    let stored = scene.messages().await;
    (sent != stored).then(|| format!("A1: {sent} messages were sent, and {stored} are stored"))
}
