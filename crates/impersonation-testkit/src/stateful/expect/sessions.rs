//! Logging in as another user, acting there, sending, and asking.

use super::{Attempt, Line, Refused, Whom, current, of_session};
use crate::stateful::facts::{ABSOLUTE, Message, Session, Want, channel_home, home};

impl Attempt {
    fn now(&self) -> i64 {
        self.facts.now(self.caller.organization)
    }

    pub(super) fn start(&mut self, subject: usize) -> Result<&'static str, Refused> {
        self.ask(subject, "login", Want::LogIn)?;
        let actor = self.caller.actor;
        if self.facts.has_too_many(actor, subject) {
            return Err("too_many_login_sessions");
        }
        let grant = self.facts.grant_of(subject, actor).expect("something permits it");
        let given = self.facts.grants[&grant];
        let sign_in = self.caller.sign_in;
        let ends = [
            Some((self.now() + ABSOLUTE, "absolute_limit")),
            given.ends.map(|ends| (ends, "grant_expired")),
            Some((self.facts.sign_ins[sign_in].expires, "own_session_ended")),
        ];
        let first = ends.into_iter().flatten().min_by_key(|(at, _)| *at);
        let (expires, expiry) = first.expect("there are limits");
        let session = Session {
            actor,
            subject,
            grant,
            version: given.version,
            sign_in,
            expires,
            expiry,
            seen: self.now(),
            ended: None,
        };
        let number = self.facts.sessions.len();
        self.facts.sessions.push(session);
        self.events.push(of_session("login_session.start", number, &session, self.actor()));
        Ok("done")
    }

    pub(super) fn look_around(&mut self) -> Result<&'static str, Refused> {
        if let Some(session) = self.caller.session {
            let minute = self.now().div_euclid(60);
            if self.facts.reads.insert((session, minute)) {
                let event = self.event("account.read", self.caller.account);
                let grant = self.about.grant;
                self.events.push(Line { access: Some("login"), grant, ..event });
            }
        }
        Ok("done")
    }

    pub(super) fn stop(&mut self) -> Result<&'static str, Refused> {
        let session = self.caller.session.ok_or("no_login_session")?;
        let ended = self.facts.end(session, "stopped", self.actor());
        self.events.extend(ended);
        Ok("done")
    }

    pub(super) fn end_session(&mut self, number: usize) -> Result<&'static str, Refused> {
        let session = self.facts.sessions[number];
        let actor = self.caller.actor;
        if home(session.actor) != self.caller.organization {
            return self.unrecorded("login_session_not_found");
        }
        let cause = if session.subject == actor {
            "ended_by_owner"
        } else if session.actor == actor {
            "stopped"
        } else if self.facts.manages(actor) {
            "ended_by_administrator"
        } else {
            self.about.subject = Whom::User(session.subject);
            return Err("login_session_not_found");
        };
        let ended = self.facts.end(number, cause, self.actor());
        self.events.extend(ended);
        Ok("done")
    }

    pub(super) fn send(
        &mut self,
        channel: usize,
        on_behalf_of: Option<usize>,
    ) -> Result<&'static str, Refused> {
        let is_elsewhere = channel_home(channel) != self.caller.organization;
        self.about.channel = Some(channel);
        let (author, access, grant) = match on_behalf_of {
            None if is_elsewhere => return self.unrecorded("channel_not_found"),
            None if !self.facts.members.contains(&(channel, self.caller.account)) => {
                return Err("channel_not_found");
            }
            None => (self.caller.account, self.caller.session.map(|_| "login"), self.about.grant),
            Some(subject) => {
                self.ask(subject, "send", Want::Send(channel))?;
                (subject, Some("send"), self.about.grant)
            }
        };
        self.facts.messages.push(Message { channel, author, sender: self.caller.actor });
        let event = self.event("message.send", author);
        self.events.push(Line { access, grant, channel: Some(channel), ..event });
        Ok("done")
    }

    pub(super) fn explain(
        &mut self,
        actor: usize,
        subject: usize,
        channel: Option<usize>,
    ) -> Result<&'static str, Refused> {
        let here = self.caller.organization;
        self.about.access = Some(if channel.is_some() { "send" } else { "login" });
        self.about.channel = channel;
        if !self.facts.manages(self.caller.actor) && actor != self.caller.actor {
            return Err("permission_required");
        }
        let want = channel.map_or(Want::LogIn, Want::Send);
        let answer = self.facts.answer(here, actor, subject, false, want);
        let grant = self
            .facts
            .grant_of(subject, actor)
            .filter(|grant| home(self.facts.grants[grant].from) == here)
            .map(|grant| current(&self.facts, grant));
        let event = Line {
            access: self.about.access,
            grant,
            rule: Some(answer.into()),
            channel,
            ..self.event("decision.explain", subject)
        };
        self.events.push(event);
        Ok(answer)
    }
}
