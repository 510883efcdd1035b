//! G7: a request that nobody answered is sent again just as it was, and gives the truth.

use reqwest::Method;

use super::{
    check::Traces,
    ledger::text,
    story::{Asked, Outcome, Sender, What},
    wire::{Answer, Reply, Request, Wire},
    work::Client,
};

/// Sends again what was not answered, and some of what was. The answer is what these requests are to
/// leave in the audit log, and what is wrong with what they were told.
pub(crate) async fn ask_again(
    wire: &Wire,
    clients: &mut [Client],
    story: &[Asked],
    traces: &Traces<'_>,
) -> (Vec<Asked>, Vec<String>) {
    let (mut after, mut found) = (Vec::new(), Vec::new());
    for client in clients {
        let number = client.number;
        let mine = story.iter().filter(|asked| asked.client == number);
        let unknown = mine.clone().filter(|asked| asked.is_unknown());
        // One that was answered is as good a test: its answer is known word by word.
        let is_open = |token: &str| client.sessions.iter().any(|session| session.token == token);
        let known: Vec<_> = mine
            .filter(|asked| asked.answer().is_some() && can_be_asked_again(&asked.what, is_open))
            .collect();
        let known = (!known.is_empty()).then(|| *client.numbers.choose(&known));
        for asked in unknown.chain(known) {
            let was_done = traces.contains_key(asked.name.as_str());
            if let Err(why) = once_more(wire, client, asked, was_done, traces, &mut after).await {
                let was = if was_done { "had been done" } else { "had not been done" };
                found.push(format!("{asked}; it {was}, and was asked again: {why}"));
            }
        }
    }
    (after, found)
}

/// Whether the answer is remembered, and the session that it was asked in is still open.
fn can_be_asked_again(what: &What, is_open: impl Fn(&str) -> bool) -> bool {
    match what {
        What::Send { from: Sender::LoginSession { token }, .. } => is_open(token),
        what => what.has_key(),
    }
}

async fn once_more(
    wire: &Wire,
    client: &mut Client,
    asked: &Asked,
    was_done: bool,
    traces: &Traces<'_>,
    after: &mut Vec<Asked>,
) -> Result<(), String> {
    if matches!(asked.what, What::Read { .. }) {
        return Ok(());
    }
    // Another request that was not answered, or has just been asked again, may have ended it.
    if let What::Send { from: Sender::LoginSession { token }, .. } = &asked.what
        && !opens(wire, token).await?
    {
        return Ok(());
    }
    let name = format!("{}-again", asked.name);
    let answer = answer(wire, &name, asked).await?;
    let first = traces.get(asked.name.as_str()).and_then(|events| events.first());
    let made = |pointer: &str| first.map(|event| text(event, pointer).to_owned());
    let is_right = match &asked.what {
        What::Create { .. } if was_done => {
            (answer.status, answer.replayed) == (201, true)
                && made("/grant_id").as_deref() == Some(text(&answer.body, "/id"))
        }
        What::Send { .. } if was_done => {
            (answer.status, answer.replayed) == (201, true)
                && made("/after/message_id").as_deref() == Some(text(&answer.body, "/id"))
        }
        What::Start { .. } if was_done => {
            let existing = text(&answer.body, "/existing");
            (answer.status, answer.code()) == (409, "secret_already_shown")
                && made("/login_session_id").is_some_and(|id| existing.ends_with(&id))
        }
        What::Create { .. } | What::Send { .. } | What::Start { .. } => {
            (answer.status, answer.replayed) == (201, false)
        }
        What::Edit { seen, .. } if was_done => {
            answer.status == 412 && answer.body["current_version"] == seen + 1
        }
        What::Delete { .. } | What::Bulk { .. } if was_done => answer.status == 404,
        What::Stop { .. } if was_done => answer.status == 401,
        _ => matches!(answer.status, 200 | 204) && !answer.replayed,
    };
    // An answer that was given is given again, word by word. That of a login session had a token.
    let is_same = match &asked.outcome {
        Outcome::Done(first) if !matches!(asked.what, What::Start { .. }) => {
            first.body == answer.body
        }
        _ => true,
    };
    if !(is_right && is_same) {
        return Err(format!("the answer was {answer:?}"));
    }
    if was_done {
        let outcome = Outcome::NotDone("had been done before".to_owned());
        after.push(Asked { name: name.clone(), outcome, ..asked.clone() });
    } else {
        client.learn(&asked.what, &answer.body);
        let outcome = Outcome::Done(answer.clone());
        after.push(Asked { name: name.clone(), outcome, ..asked.clone() });
    }
    if asked.what.has_key() {
        let name = format!("{name}-and-again");
        let third = self::answer(wire, &name, asked).await?;
        let is_same = match &asked.what {
            What::Start { .. } => third.code() == "secret_already_shown",
            _ => third.replayed && third.body == answer.body,
        };
        if !is_same {
            return Err(format!("the third time it was {third:?}, and before {answer:?}"));
        }
        let outcome = Outcome::NotDone("had been done before".to_owned());
        after.push(Asked { name, outcome, ..asked.clone() });
    }
    // Nobody has the token of a session whose start was not answered.
    if let (What::Start { .. }, true, true) = (&asked.what, was_done, asked.is_unknown()) {
        let session = made("/login_session_id").unwrap_or_default();
        let what = What::EndByAdministrator { session };
        let ended = client.ask(wire, format!("{}-ended", asked.name), what).await;
        if ended.answer().is_none() {
            return Err(format!("its session cannot be ended: {ended}"));
        }
        after.push(ended);
    }
    Ok(())
}

/// Whether the token opens a login session.
async fn opens(wire: &Wire, token: &str) -> Result<bool, String> {
    match wire.ask("check", &current(token)).await {
        Reply::Answer(answer) if matches!(answer.status, 200 | 401) => Ok(answer.status == 200),
        other => Err(format!("its login session was answered with {other:?}")),
    }
}

/// Asks which login session the token opens.
fn current(token: &str) -> Request {
    Request::new(Method::GET, "/api/v1/login-sessions/current", token)
}

async fn answer(wire: &Wire, name: &str, asked: &Asked) -> Result<Answer, String> {
    match wire.ask(name, &asked.request).await {
        Reply::Answer(answer) => Ok(answer),
        other => Err(format!("no answer: {other:?}")),
    }
}

/// Whether the tokens of this round open just the sessions that are live.
pub(crate) async fn tokens(wire: &Wire, client: &Client) -> Vec<String> {
    let mut found = Vec::new();
    for (id, token) in &client.tokens {
        let is_live = client.sessions.iter().any(|session| session.id == *id);
        match wire.ask("check", &current(token)).await {
            Reply::Answer(answer) if answer.status == if is_live { 200 } else { 401 } => {}
            other => found.push(format!(
                "the token of login session {id}, which is {}live, was answered with {other:?}",
                if is_live { "" } else { "not " }
            )),
        }
    }
    found
}
