//! Signing in and out; what administrators do to users and channels.

use super::{Attempt, Expected, Line, Refused, Session, Whom, plain};
use crate::{
    reference::State,
    stateful::{
        facts::{Facts, SIGN_IN, SignIn, channel_home, home},
        step::Change,
    },
};

impl Facts {
    pub(super) fn sign_in(&mut self, user: usize) -> Expected {
        let here = home(user);
        let line =
            |actor| Line { subject: Whom::User(user), ..plain(here, "sign_in.create", actor) };
        let (answer, events) = match self.people[user].state {
            State::Active => {
                let expires = self.now(here) + SIGN_IN;
                self.sign_ins.push(SignIn { user, expires, open: true });
                ("done", vec![line(Whom::User(user))])
            }
            State::Deactivated => {
                let rule = Some("wrong_credentials".into());
                let line = Line { refused: true, rule, ..line(Whom::Unknown) };
                ("wrong_credentials", vec![line])
            }
            State::Removed => ("wrong_credentials", Vec::new()),
        };
        self.write_down(&events);
        Expected { answer, events }
    }
}

impl Attempt {
    pub(super) fn sign_out(&mut self) -> Result<&'static str, Refused> {
        let (actor, number) = (self.caller.actor, self.caller.sign_in);
        self.facts.sign_ins[number].open = false;
        self.events.push(self.event("sign_in.end", actor));
        for session in 0..self.facts.sessions.len() {
            if self.facts.sessions[session].sign_in == number {
                let ended = self.facts.end(session, "own_session_ended", Whom::User(actor));
                self.events.extend(ended);
            }
        }
        Ok("done")
    }

    /// { a | a is an active administrator here, and not this user } is not empty.
    fn keeps_an_administrator(&self, without: usize) -> bool {
        let person = self.facts.people[without];
        let is_one = person.administrator && person.state == State::Active;
        !is_one
            || (0..self.facts.people.len()).any(|user| {
                user != without
                    && home(user) == self.caller.organization
                    && self.facts.people[user].administrator
                    && self.facts.is_active(user)
            })
    }

    /// Whether the user is one whom administrators here can name.
    pub(super) fn is_here(&self, user: usize) -> bool {
        home(user) == self.caller.organization && self.facts.people[user].state != State::Removed
    }

    pub(super) fn person(&mut self, user: usize, change: Change) -> Result<&'static str, Refused> {
        self.about.subject = Whom::User(user);
        if !self.is_here(user) {
            return self.unrecorded("user_not_found");
        }
        let old = self.facts.people[user];
        let mut new = old;
        let action = match change {
            Change::Deactivate => {
                new.state = State::Deactivated;
                "user.deactivate"
            }
            Change::Reactivate => {
                new.state = State::Active;
                "user.reactivate"
            }
            Change::Protect => {
                new.protected = true;
                "user.protect"
            }
            Change::Unprotect => {
                new.protected = false;
                "user.unprotect"
            }
            Change::MakeAdministrator | Change::MakeMember => {
                new.administrator = change == Change::MakeAdministrator;
                "user.set_role"
            }
            Change::Remove => {
                new.state = State::Removed;
                "user.remove"
            }
        };
        let loses = matches!(change, Change::Deactivate | Change::MakeMember | Change::Remove);
        if new != old && loses && !self.keeps_an_administrator(user) {
            self.about.action = action;
            return Err("last_administrator");
        }
        if new != old {
            self.facts.people[user] = new;
            self.events.push(self.event(action, user));
        }
        if !self.facts.is_active(user) && old.state == State::Active {
            self.facts
                .sign_ins
                .iter_mut()
                .filter(|sign_in| sign_in.user == user)
                .for_each(|sign_in| sign_in.open = false);
        }
        if change == Change::Remove {
            self.leave_everything(user);
        }
        let actor = self.actor();
        let involved = |session: &Session| session.actor == user || session.subject == user;
        let ended = self.facts.end_unjustified(actor, involved);
        self.events.extend(ended);
        if change == Change::Remove {
            self.take_away_all_of(user);
        }
        Ok("done")
    }

    fn leave_everything(&mut self, user: usize) {
        let channels: Vec<_> =
            self.facts.members.iter().filter(|(_, member)| *member == user).copied().collect();
        for (channel, _) in channels {
            self.facts.members.remove(&(channel, user));
            let event = self.event("channel.remove_member", user);
            self.events.push(Line { channel: Some(channel), ..event });
        }
    }

    pub(super) fn join(&mut self, channel: usize, user: usize) -> Result<&'static str, Refused> {
        if channel_home(channel) != self.caller.organization {
            return self.unrecorded("channel_not_found");
        }
        if !self.is_here(user) {
            return self.unrecorded("user_not_found");
        }
        if self.facts.members.insert((channel, user)) {
            let event = self.event("channel.add_member", user);
            self.events.push(Line { channel: Some(channel), ..event });
        }
        Ok("done")
    }

    pub(super) fn leave(&mut self, channel: usize, user: usize) -> Result<&'static str, Refused> {
        if channel_home(channel) != self.caller.organization {
            return self.unrecorded("channel_not_found");
        }
        if !self.facts.members.remove(&(channel, user)) {
            return self.unrecorded("user_not_found");
        }
        let event = self.event("channel.remove_member", user);
        self.events.push(Line { channel: Some(channel), ..event });
        Ok("done")
    }
}
