//! Granting access, changing it and taking it away.

use super::{Attempt, Line, Refused, Session, Whom, current};
use crate::stateful::{
    facts::{Grant, home},
    step::Flags,
};

impl Attempt {
    pub(super) fn grant(
        &mut self,
        from: usize,
        to: usize,
        flags: Flags,
        starts: Option<i64>,
        ends: Option<i64>,
    ) -> Result<&'static str, Refused> {
        if !self.is_here(from) {
            return Err("unknown_user");
        }
        self.about.subject = Whom::User(from);
        if !self.is_here(to) {
            return Err("unknown_user");
        }
        let here = self.caller.organization;
        if !flags.login && !flags.send {
            return self.unrecorded("access_required");
        }
        let now = self.facts.now(here);
        let (starts, ends) = (starts.map(|at| now + at), ends.map(|at| now + at));
        if matches!((starts, ends), (Some(starts), Some(ends)) if starts >= ends) {
            return self.unrecorded("invalid_window");
        }
        if let Some(existing) = self.facts.grant_of(from, to) {
            self.about.grant = Some(current(&self.facts, existing));
            return Err("duplicate_grant");
        }
        if from == to {
            return Err("same_user");
        }
        if !self.facts.is_active(from) || !self.facts.is_active(to) {
            return Err("user_inactive");
        }
        if self.facts.people[from].protected {
            return Err("user_protected");
        }
        if ends.is_some_and(|ends| ends <= now) {
            return Err("already_expired");
        }
        let number = self.facts.grants_made;
        self.facts.grants_made += 1;
        self.facts.grants.insert(number, Grant { from, to, flags, starts, ends, version: 1 });
        let event = Line { grant: Some((number, 1)), ..self.event("grant.create", from) };
        self.events.push(event);
        Ok("done")
    }

    /// The grant with this number, if the caller has seen it as it is.
    fn find(&mut self, number: usize, stale: bool) -> Result<Grant, Refused> {
        let here = self.caller.organization;
        match self.facts.grants.get(&number).filter(|grant| home(grant.from) == here) {
            None => self.unrecorded("grant_not_found"),
            Some(_) if stale => self.unrecorded("version_mismatch"),
            Some(grant) => Ok(*grant),
        }
    }

    pub(super) fn edit(
        &mut self,
        number: usize,
        stale: bool,
        flags: Option<Flags>,
        starts: Option<Option<i64>>,
        ends: Option<Option<i64>>,
    ) -> Result<&'static str, Refused> {
        let old = self.find(number, stale)?;
        self.about.subject = Whom::User(old.from);
        self.about.grant = Some((number, old.version));
        let now = self.facts.now(self.caller.organization);
        let moment = |new: Option<Option<i64>>, old| new.map_or(old, |at| at.map(|at| now + at));
        let new = Grant {
            flags: flags.unwrap_or(old.flags),
            starts: moment(starts, old.starts),
            ends: moment(ends, old.ends),
            ..old
        };
        if !new.flags.login && !new.flags.send {
            return self.unrecorded("access_required");
        }
        if matches!((new.starts, new.ends), (Some(starts), Some(ends)) if starts >= ends) {
            return self.unrecorded("invalid_window");
        }
        if new == old {
            return Ok("done");
        }
        if new.ends != old.ends && new.ends.is_some_and(|ends| ends <= now) {
            return Err("already_expired");
        }
        let version = old.version + 1;
        self.facts.grants.insert(number, Grant { version, ..new });
        let event = Line { grant: Some((number, version)), ..self.event("grant.edit", old.from) };
        self.events.push(event);
        self.end_those_of(&[number]);
        Ok("done")
    }

    /// Login sessions of these grants are decided anew.
    fn end_those_of(&mut self, grants: &[usize]) {
        let actor = self.actor();
        let theirs = |session: &Session| grants.contains(&session.grant);
        let ended = self.facts.end_unjustified(actor, theirs);
        self.events.extend(ended);
    }

    pub(super) fn delete(&mut self, number: usize, stale: bool) -> Result<&'static str, Refused> {
        let old = self.find(number, stale)?;
        self.take_away(number, &old, false);
        self.end_those_of(&[number]);
        Ok("done")
    }

    /// Removes the fact and leaves the event.
    fn take_away(&mut self, number: usize, old: &Grant, batch: bool) {
        self.facts.grants.remove(&number);
        let grant = Some((number, old.version));
        let event = Line { grant, batch, ..self.event("grant.delete", old.from) };
        self.events.push(event);
    }

    pub(super) fn delete_all(&mut self, grants: &[usize]) -> Result<&'static str, Refused> {
        if grants.is_empty() {
            return self.unrecorded("invalid_input");
        }
        for number in grants {
            self.find(*number, false)?;
        }
        for number in grants {
            let old = self.facts.grants[number];
            self.take_away(*number, &old, true);
        }
        self.end_those_of(grants);
        Ok("done")
    }

    /// Everything that a user has granted or been granted goes with them.
    pub(super) fn take_away_all_of(&mut self, user: usize) {
        let theirs: Vec<_> = self
            .facts
            .grants
            .iter()
            .filter(|(_, grant)| grant.from == user || grant.to == user)
            .map(|(number, grant)| (*number, *grant))
            .collect();
        for (number, old) in theirs {
            self.facts.grants.remove(&number);
            let grant = Some((number, old.version));
            let rule = Some("user_removed".into());
            self.events.push(Line { grant, rule, ..self.event("grant.delete", old.from) });
        }
    }
}
