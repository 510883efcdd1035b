//! What a step is to do: its answer, its events, and the facts afterwards.

mod grants;
mod people;
mod sessions;

use super::{
    facts::{Facts, Session, Want, home},
    line::{Line, Whom},
    step::{By, Step},
};
use crate::reference::Plan;

/// What is to come of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    /// `done`, or the code of why not; for a question, the answer.
    pub(super) answer: &'static str,
    /// One line for each event, in no particular order.
    pub(super) events: Vec<Line>,
}

/// The code of something that was not done.
type Refused = &'static str;

/// What takes a place in the organization: its frame in the table of what callers may do.
#[derive(Clone, Copy)]
struct Task {
    action: &'static str,
    /// Whether it is part of user impersonation, which not every plan has.
    feature: bool,
    /// Whether it may be done inside a login session.
    inside: bool,
    needs: Needs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Managing,
    Administering,
}

/// Somebody who has been let in.
#[derive(Clone, Copy)]
struct Caller {
    organization: usize,
    actor: usize,
    /// Whose account is used.
    account: usize,
    session: Option<usize>,
    sign_in: usize,
}

/// A step under way, on a copy of the facts that is thrown away where the step is refused.
struct Attempt {
    facts: Facts,
    caller: Caller,
    events: Vec<Line>,
    /// What a refusal is about.
    about: Line,
    /// Whether the refusal is one by a rule, so that it is recorded.
    recorded: bool,
}

impl Facts {
    /// Takes a step, and says what is to come of it.
    pub(super) fn take(&mut self, step: &Step) -> Expected {
        let events = match step {
            Step::SignIn { user } => return self.sign_in(*user),
            Step::SetPlan { organization, plan } => self.set_plan(*organization, *plan),
            Step::Pass { seconds } => {
                self.clock += seconds;
                Vec::new()
            }
            Step::EndOverdue => self.end_overdue(),
            _ => return self.attempt(step),
        };
        self.write_down(&events);
        Expected { answer: "done", events }
    }

    /// Events are written at the time of their organization.
    fn write_down(&mut self, events: &[Line]) {
        for event in events {
            self.last[event.organization] = self.now(event.organization);
        }
    }

    fn attempt(&mut self, step: &Step) -> Expected {
        let by = step.by().expect("somebody does it");
        let caller = match self.let_in(by) {
            Ok(caller) => caller,
            Err((answer, events)) => {
                self.write_down(&events);
                return Expected { answer, events };
            }
        };
        let task = task_of(step);
        let mut attempt = Attempt::new(self.clone(), caller, task);
        let result = attempt.authorize(task).and_then(|()| attempt.step(step));
        let (answer, events) = match result {
            Ok(answer) => {
                if let Some(session) = caller.session {
                    let now = attempt.facts.now(caller.organization);
                    attempt.facts.sessions[session].seen = now;
                }
                *self = attempt.facts;
                (answer, attempt.events)
            }
            Err(code) if attempt.recorded => {
                let rule = Some(code.into());
                (code, vec![Line { refused: true, rule, ..attempt.about }])
            }
            Err(code) => (code, Vec::new()),
        };
        self.write_down(&events);
        Expected { answer, events }
    }

    /// Finds out who it is. A login session that is over is ended on the way.
    fn let_in(&mut self, by: By) -> Result<Caller, (Refused, Vec<Line>)> {
        let of_sign_in = |facts: &Self, number: usize| {
            let sign_in = facts.sign_ins[number];
            let valid = sign_in.open && facts.now(home(sign_in.user)) < sign_in.expires;
            (valid, sign_in.user)
        };
        match by {
            By::Own(number) => {
                let (valid, user) = of_sign_in(self, number);
                if !valid || !self.is_active(user) {
                    return Err(("unauthenticated", Vec::new()));
                }
                let organization = home(user);
                Ok(Caller {
                    organization,
                    actor: user,
                    account: user,
                    session: None,
                    sign_in: number,
                })
            }
            By::Session(number) => {
                let session = self.sessions[number];
                if session.ended.is_some() {
                    return Err(("login_session_ended", Vec::new()));
                }
                let own_is_over = !of_sign_in(self, session.sign_in).0;
                let over = self
                    .run_out(&session)
                    .or(own_is_over.then_some("own_session_ended"))
                    .or_else(|| self.unjustified(&session));
                if let Some(cause) = over {
                    let event = self.end(number, cause, Whom::User(session.actor));
                    return Err(("login_session_ended", event.into_iter().collect()));
                }
                Ok(Caller {
                    organization: home(session.actor),
                    actor: session.actor,
                    account: session.subject,
                    session: Some(number),
                    sign_in: session.sign_in,
                })
            }
        }
    }

    /// Ends a live login session; a limit that has been reached is the cause whatever else is.
    fn end(&mut self, number: usize, cause: &'static str, actor: Whom) -> Option<Line> {
        let session = self.sessions[number];
        let cause = self.run_out(&session).unwrap_or(cause);
        let is_live = session.ended.is_none();
        is_live.then(|| {
            self.sessions[number].ended = Some(cause);
            Line {
                rule: Some(cause.into()),
                ..of_session("login_session.end", number, &session, actor)
            }
        })
    }

    /// Decides live login sessions anew, and ends those that nothing justifies any more.
    fn end_unjustified(&mut self, actor: Whom, which: impl Fn(&Session) -> bool) -> Vec<Line> {
        let mut events = Vec::new();
        for number in 0..self.sessions.len() {
            let session = self.sessions[number];
            if session.ended.is_some() || !which(&session) {
                continue;
            }
            if let Some(cause) = self.unjustified(&session) {
                events.extend(self.end(number, cause, actor));
                continue;
            }
            let ends = self.grants.get(&session.grant).and_then(|grant| grant.ends);
            if let Some(ends) = ends.filter(|ends| *ends < session.expires) {
                self.sessions[number].expires = ends;
                self.sessions[number].expiry = "grant_expired";
                events.push(of_session("login_session.shorten", number, &session, actor));
            }
        }
        events
    }

    fn set_plan(&mut self, organization: usize, plan: Plan) -> Vec<Line> {
        if self.plans[organization] == plan {
            return Vec::new();
        }
        self.plans[organization] = plan;
        let line = Line {
            subject: Whom::Organization,
            ..plain(organization, "organization.set_plan", Whom::Operator)
        };
        let here = move |session: &Session| home(session.actor) == organization;
        [line].into_iter().chain(self.end_unjustified(Whom::Operator, here)).collect()
    }

    fn end_overdue(&mut self) -> Vec<Line> {
        let mut events = Vec::new();
        for number in 0..self.sessions.len() {
            let session = self.sessions[number];
            if let Some(cause) = self.run_out(&session) {
                events.extend(self.end(number, cause, Whom::User(session.actor)));
            }
        }
        events
    }
}

/// An event of which only the action and the actor are known, on the actor's own account.
fn plain(organization: usize, action: &'static str, actor: Whom) -> Line {
    Line {
        organization,
        refused: false,
        action,
        actor,
        subject: actor,
        access: None,
        grant: None,
        session: None,
        rule: None,
        channel: None,
        batch: false,
    }
}

fn of_session(action: &'static str, number: usize, session: &Session, actor: Whom) -> Line {
    Line {
        subject: Whom::User(session.subject),
        access: Some("login"),
        grant: Some((session.grant, session.version)),
        session: Some(number),
        ..plain(home(session.actor), action, actor)
    }
}

fn task_of(step: &Step) -> Task {
    use Needs::{Administering, Managing, Nothing};
    let (action, feature, inside, needs) = match step {
        Step::Grant { .. } => ("grant.create", true, false, Managing),
        Step::Edit { .. } => ("grant.edit", true, false, Managing),
        Step::Delete { .. } | Step::DeleteAll { .. } => ("grant.delete", true, false, Managing),
        Step::Start { .. } => ("login_session.start", true, false, Nothing),
        Step::LookAround { .. } => ("account.read", false, true, Nothing),
        Step::Stop { .. } => ("login_session.end", true, true, Nothing),
        Step::End { .. } => ("login_session.end", true, false, Nothing),
        Step::Send { .. } => ("message.send", false, true, Nothing),
        Step::Explain { .. } => ("decision.explain", true, false, Nothing),
        Step::SignOut { .. } => ("sign_in.end", false, false, Nothing),
        Step::Person { change: super::step::Change::Remove, .. } => {
            ("user.remove", false, false, Administering)
        }
        Step::Person { .. } => ("user.rename", false, false, Administering),
        Step::Join { .. } => ("channel.add_member", false, false, Administering),
        Step::Leave { .. } => ("channel.remove_member", false, false, Administering),
        Step::SignIn { .. } | Step::SetPlan { .. } | Step::Pass { .. } | Step::EndOverdue => {
            unreachable!("nobody does this with a credential")
        }
    };
    Task { action, feature, inside, needs }
}

impl Attempt {
    fn new(facts: Facts, caller: Caller, task: Task) -> Self {
        let actor = Whom::User(caller.actor);
        let about = Line {
            subject: Whom::User(caller.account),
            session: caller.session,
            grant: caller.session.map(|session| current(&facts, facts.sessions[session].grant)),
            ..plain(caller.organization, task.action, actor)
        };
        Self { facts, caller, events: Vec::new(), about, recorded: true }
    }

    fn actor(&self) -> Whom {
        Whom::User(self.caller.actor)
    }

    /// A refusal that is not recorded: what was asked for is not there, or is not well formed.
    fn unrecorded<T>(&mut self, code: Refused) -> Result<T, Refused> {
        self.recorded = false;
        Err(code)
    }

    fn authorize(&self, task: Task) -> Result<(), Refused> {
        let Caller { organization, actor, session, .. } = self.caller;
        let is_lacking = match task.needs {
            Needs::Nothing => false,
            Needs::Managing => !self.facts.manages(actor),
            Needs::Administering => !self.facts.people[actor].administrator,
        };
        if task.feature && !self.facts.pays(organization) {
            Err("plan_excludes_impersonation")
        } else if session.is_some() && !task.inside {
            Err("in_login_session")
        } else if is_lacking {
            Err("permission_required")
        } else {
            Ok(())
        }
    }

    /// Asks for a decision; a denial is about the pair's grant.
    fn ask(&mut self, subject: usize, access: &'static str, want: Want) -> Result<(), Refused> {
        let Caller { organization, actor, session, .. } = self.caller;
        self.about.access = Some(access);
        self.about.subject = Whom::User(subject);
        let of_pair = self.facts.grant_of(subject, actor);
        let of_pair = of_pair.filter(|grant| home(self.facts.grants[grant].from) == organization);
        self.about.grant = of_pair.map(|grant| current(&self.facts, grant)).or(self.about.grant);
        match self.facts.answer(organization, actor, subject, session.is_some(), want) {
            "permitted" => Ok(()),
            code => Err(code),
        }
    }

    /// An event of what is done.
    fn event(&self, action: &'static str, subject: usize) -> Line {
        Line {
            subject: Whom::User(subject),
            session: self.caller.session,
            ..plain(self.caller.organization, action, self.actor())
        }
    }

    fn step(&mut self, step: &Step) -> Result<&'static str, Refused> {
        match step {
            Step::Grant { from, to, flags, starts, ends, .. } => {
                self.grant(*from, *to, *flags, *starts, *ends)
            }
            Step::Edit { grant, stale, flags, starts, ends, .. } => {
                self.edit(*grant, *stale, *flags, *starts, *ends)
            }
            Step::Delete { grant, stale, .. } => self.delete(*grant, *stale),
            Step::DeleteAll { grants, .. } => self.delete_all(grants),
            Step::Start { subject, .. } => self.start(*subject),
            Step::LookAround { .. } => self.look_around(),
            Step::Stop { .. } => self.stop(),
            Step::End { session, .. } => self.end_session(*session),
            Step::Send { channel, on_behalf_of, .. } => self.send(*channel, *on_behalf_of),
            Step::Explain { actor, subject, channel, .. } => {
                self.explain(*actor, *subject, *channel)
            }
            Step::SignOut { .. } => self.sign_out(),
            Step::Person { user, change, .. } => self.person(*user, *change),
            Step::Join { channel, user, .. } => self.join(*channel, *user),
            Step::Leave { channel, user, .. } => self.leave(*channel, *user),
            Step::SignIn { .. } | Step::SetPlan { .. } | Step::Pass { .. } | Step::EndOverdue => {
                unreachable!("nobody does this with a credential")
            }
        }
    }
}

/// The grant in its version now.
fn current(facts: &Facts, grant: usize) -> (usize, u64) {
    (grant, facts.grants.get(&grant).map_or(0, |grant| grant.version))
}
