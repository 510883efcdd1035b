//! A planted bug: decisions that are now and then answered from a cache, which nothing empties. To
//! a client that looks the same wherever the cache is; here it stands between client and line.

use std::{collections::HashMap, sync::Mutex};

use impersonation_domain::ids::UserId;
use impersonation_testkit::history::{Call, Dice, Operation, Reply};

use super::site::Pair;

/// Of a hundred answers, how many come from it.
const PERCENT: u64 = 2;

/// Permits, by what was asked.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<(UserId, Call), Reply>>);

impl Cache {
    /// An old permit, now and then.
    pub(super) fn answer(&self, pair: &Pair, call: Call, dice: &mut Dice) -> Option<Reply> {
        let kept = self.0.lock().unwrap().get(&(pair.subject, call)).copied();
        kept.filter(|_| dice.percent(PERCENT))
    }

    /// Keeps a permit. Most of the time it is an older one that stays.
    pub(super) fn keep(&self, pair: &Pair, operation: &Operation, dice: &mut Dice) {
        let Operation { call, reply: Some(reply), .. } = operation else { return };
        // The start of a session makes something, and is not a decision alone.
        if operation.is_permit() && !matches!(call, Call::Start) {
            let mut kept = self.0.lock().unwrap();
            let key = (pair.subject, *call);
            if !kept.contains_key(&key) || dice.percent(25) {
                kept.insert(key, *reply);
            }
        }
    }
}
