//! Clients, each of which does one thing after the other.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::LoginSessionId,
};
use impersonation_testkit::history::{Call, Dice, Grant, History, Operation, Reply};
use tokio::sync::watch;

use super::{
    asking::{Learned, Question, understand},
    cache::Cache,
    site::{Pair, Ways},
};

/// One pair, what was done with its grant, and what clients have heard of it.
pub(super) struct Hot {
    pub(super) pair: Pair,
    pub(super) history: Mutex<History>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    grant: Option<Grant>,
    sessions: Vec<(LoginSessionId, String)>,
}

impl Hot {
    pub(super) fn new(pair: Pair) -> Self {
        Self { pair, history: Mutex::default(), heard: Mutex::default() }
    }
}

/// What all clients of one history share.
pub(super) struct Stage {
    pub(super) pairs: Vec<Hot>,
    begun: Instant,
    /// How many operations are over.
    pub(super) done: watch::Sender<u64>,
    keys: AtomicU64,
    /// A planted bug: decisions that are answered from a cache.
    pub(super) cache: Option<Cache>,
}

impl Stage {
    pub(super) fn new(pairs: Vec<Pair>, cache: Option<Cache>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one clock of all clients")]
        let begun = Instant::now();
        Self {
            pairs: pairs.into_iter().map(Hot::new).collect(),
            begun,
            done: watch::Sender::new(0),
            keys: AtomicU64::new(0),
            cache,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_nanos()).unwrap()
    }
}

/// A client does this many operations, on any of the pairs and at any of the servers.
pub(super) async fn run(
    stage: Arc<Stage>,
    mut ways: Ways,
    client: usize,
    operations: u64,
    mut dice: Dice,
) {
    for _ in 0..operations {
        let index = usize::try_from(dice.below(stage.pairs.len() as u64)).unwrap();
        let hot = &stage.pairs[index];
        let call = choose(&hot.heard.lock().unwrap(), &mut dice);
        let known = perform(&stage, hot, &mut ways, client, call, &mut dice).await;
        stage.done.send_modify(|done| *done += 1);
        if !known {
            // The next one is not to meet the same fault.
            ways.all_up().await;
        }
    }
}

/// What happens in the end: everybody asks once more, the grant is deleted, and they ask again.
pub(super) async fn conclude(stage: &Arc<Stage>, ways: &mut Ways, client: usize, dice: &mut Dice) {
    let questions = [
        Call::List,
        Call::Check { access: AccessType::Login },
        Call::Check { access: AccessType::Send },
    ];
    for hot in &stage.pairs {
        for call in questions {
            insist(stage, hot, ways, client, call, dice).await;
        }
        let last = hot.history.lock().unwrap().iter().rev().find_map(|one| match one.reply {
            Some(Reply::Listed { account }) => Some(account.map(|(grant, _)| grant)),
            _ => None,
        });
        if let Some(Some(seen)) = last {
            insist(stage, hot, ways, client, Call::Delete { seen }, dice).await;
        }
        let sessions = hot.heard.lock().unwrap().sessions.clone();
        let acts = sessions.into_iter().map(|(session, _)| Call::Act { session });
        for call in questions.into_iter().chain([Call::Start, Call::Send]).chain(acts) {
            insist(stage, hot, ways, client, call, dice).await;
        }
    }
}

/// Asks until there is an answer. On a busy machine one may take longer than a client waits.
async fn insist(
    stage: &Arc<Stage>,
    hot: &Hot,
    ways: &mut Ways,
    client: usize,
    call: Call,
    dice: &mut Dice,
) {
    let mut tries = 0;
    while !perform(stage, hot, ways, client, call, dice).await {
        tries += 1;
        assert!(tries < 10, "{call:?}: no answer");
    }
}

fn choose(heard: &Heard, dice: &mut Dice) -> Call {
    let access = dice.choose(&[AccessTypes::BOTH, AccessTypes::LOGIN, AccessTypes::SEND]);
    let sessions: Vec<LoginSessionId> =
        heard.sessions.iter().map(|(session, _)| *session).collect();
    let session = (!sessions.is_empty()).then(|| dice.choose(&sessions));
    match (dice.below(100), heard.grant, session) {
        (0..30, None, _) | (0..5, ..) => {
            let access = if dice.percent(60) { AccessTypes::BOTH } else { access };
            Call::Create { access }
        }
        (5..14, Some(seen), _) => Call::Delete { seen },
        (14..24, Some(seen), _) => Call::Edit { seen, access },
        (24..36, ..) => Call::List,
        (36..48, ..) => Call::Start,
        (48..66, _, Some(session)) => Call::Act { session },
        (66..70, _, Some(session)) => Call::Stop { session },
        (70..82, ..) => Call::Send,
        _ => Call::Check { access: dice.choose(&AccessType::ALL) },
    }
}

/// Does one thing, and writes down what came of it. The answer is whether anything is known.
async fn perform(
    stage: &Arc<Stage>,
    hot: &Hot,
    ways: &mut Ways,
    client: usize,
    call: Call,
    dice: &mut Dice,
) -> bool {
    let session = match call {
        Call::Act { session } | Call::Stop { session } => Some(session),
        _ => None,
    };
    let token = match session {
        Some(session) => {
            let heard = hot.heard.lock().unwrap();
            let found = heard.sessions.iter().find(|(known, _)| *known == session);
            match found {
                Some((_, token)) => Some(token.clone()),
                None => return true,
            }
        }
        None => match call {
            Call::Create { .. } | Call::Edit { .. } | Call::Delete { .. } => None,
            _ => Some(hot.pair.token.clone()),
        },
    };
    let key = format!("history-{}", stage.keys.fetch_add(1, Ordering::SeqCst));
    let key = format!("{key}-{}", hot.pair.subject);
    let mut question = Question::of(call, &hot.pair, &key);
    if matches!(call, Call::Act { .. }) && dice.percent(50) {
        question = question.differently(&hot.pair, dice.percent(50));
    }
    let server = ways.any(dice, token.as_deref());
    let invoked = stage.now();
    let cached = stage.cache.as_ref().and_then(|cache| cache.answer(&hot.pair, call, dice));
    let learned = match cached {
        Some(reply) => Some(Learned { reply, token: None, is_repeated: false }),
        None => {
            let answer = question.ask(&server).await;
            answer.map(|answer| understand(call, &hot.pair, &answer))
        }
    };
    let returned = stage.now();
    let mut operation = Operation { client, invoked, returned, call, reply: None };
    if let Some(learned) = learned {
        assert!(!learned.is_repeated, "a key was used twice: {call:?} {learned:?}");
        operation.reply = Some(learned.reply);
        hear(hot, &operation, learned.token);
        if let Some(cache) = &stage.cache {
            cache.keep(&hot.pair, &operation, dice);
        }
    }
    hot.history.lock().unwrap().push(operation);
    let is_known = operation.reply.is_some();
    if !is_known && matches!(call, Call::Create { .. }) {
        ways.all_up().await;
        ask_again(stage, hot, operation, &question, &ways.any(dice, token.as_deref())).await;
    }
    is_known
}

/// P5: the same idempotency key tells whether it happened.
async fn ask_again(
    stage: &Arc<Stage>,
    hot: &Hot,
    lost: Operation,
    question: &Question,
    server: &crate::client::Client,
) {
    let invoked = stage.now();
    let Some(answer) = question.ask(server).await else {
        let unknown = Operation { invoked, returned: stage.now(), ..lost };
        hot.history.lock().unwrap().push(unknown);
        return;
    };
    let learned = understand(lost.call, &hot.pair, &answer);
    let again = Operation { returned: stage.now(), reply: Some(learned.reply), ..lost };
    let again = if learned.is_repeated { again } else { Operation { invoked, ..again } };
    hear(hot, &again, None);
    let mut history = hot.history.lock().unwrap();
    if matches!(learned.reply, Reply::Created { .. }) {
        // One effect for both requests: the first where this is a repetition, otherwise this one,
        // after which the first can have none.
        history.retain(|one| *one != lost);
    }
    history.push(again);
}

/// What clients know from now on.
fn hear(hot: &Hot, operation: &Operation, token: Option<String>) {
    let mut heard = hot.heard.lock().unwrap();
    let Some(reply) = operation.reply else { return };
    match (operation.call, reply) {
        (
            _,
            Reply::Created { grant }
            | Reply::Permitted { grant: Some(grant) }
            | Reply::NotGiven { grant: Some(grant) }
            | Reply::Listed { account: Some((grant, _)) },
        ) => heard.grant = Some(grant),
        (Call::Edit { seen, .. }, Reply::Edited { version }) => {
            heard.grant = Some(Grant { version, ..seen });
        }
        (_, Reply::Deleted | Reply::Missing | Reply::NoGrant) => heard.grant = None,
        (_, Reply::Started { session, .. }) => {
            heard.sessions.push((session, token.expect("a session has a token")));
        }
        // Sessions that have ended are asked for a few more times: they never come back.
        (Call::Act { session } | Call::Stop { session }, Reply::SessionEnded)
            if heard.sessions.len() > 6 =>
        {
            heard.sessions.retain(|(known, _)| *known != session);
        }
        _ => {}
    }
}

/// What one history has seen, by what it counts.
pub(super) fn count(histories: &[History]) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    let mut add = |what, number: usize| *counts.entry(what).or_default() += number as u64;
    for history in histories {
        add("operations", history.len());
        add("permits", history.iter().filter(|one| one.is_permit()).count());
        add("refusals", history.iter().filter(|one| one.is_refusal()).count());
        add("unknown outcomes", history.iter().filter(|one| one.reply.is_none()).count());
        let revocations: Vec<&Operation> =
            history.iter().filter(|one| one.is_revocation()).collect();
        add("acknowledged revocations", revocations.len());
        let overlaps = |one: &&Operation| {
            (one.is_permit() || one.is_refusal()) && revocations.iter().any(|r| r.overlaps(one))
        };
        add("decisions that overlap one", history.iter().filter(overlaps).count());
    }
    counts
}
