//! A case in words.

use std::fmt;

use impersonation_domain::{
    ids::TypedId,
    policy::{GrantFacts, Standing, UserFacts},
    time::Timestamp,
};

use super::{Case, Question, number_of};

/// The number of one of our identifiers, or the whole of another.
fn named<T: TypedId>(id: T) -> String {
    number_of(id).map_or_else(|| id.to_string(), |number| number.to_string())
}

fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { facts, actor, subject, standing, question, now } = self;
        let (actor, subject) = (named(*actor), named(*subject));
        write!(f, "At {} user {actor}, ", moment(*now))?;
        f.write_str(match standing {
            Standing::OwnAccount => "from their own account, asks ",
            Standing::InLoginSession => "from inside a login session, asks ",
        })?;
        match question {
            Question::LogIn => writeln!(f, "to log in as user {subject}.")?,
            Question::ActAs(grant) => {
                let grant = named(*grant);
                writeln!(f, "to act as user {subject} in a session by grant {grant}.")?;
            }
            Question::SendAs(channel) => {
                writeln!(f, "to send as user {subject} in channel {}.", named(*channel))?;
            }
        }
        match facts.organization {
            Some(known) => writeln!(f, "Organization {} is {}.", named(known.id), known.plan)?,
            None => f.write_str("No organization is known.\n")?,
        }
        user(f, "actor", facts.actor)?;
        user(f, "subject", facts.subject)?;
        match facts.channel {
            Some(channel) => {
                let who = match (channel.actor_is_member, channel.subject_is_member) {
                    (true, true) => "both in it",
                    (true, false) => "the actor in it, and not the subject",
                    (false, true) => "the subject in it, and not the actor",
                    (false, false) => "neither in it",
                };
                let (channel, organization) = (named(channel.id), named(channel.organization));
                writeln!(f, "Channel {channel} of organization {organization}, {who}.")?;
            }
            None if matches!(question, Question::SendAs(_)) => {
                f.write_str("No channel is known.\n")?;
            }
            None => {}
        }
        if facts.grants.is_empty() {
            f.write_str("There is no grant.\n")?;
        }
        facts.grants.iter().try_for_each(|grant| write_grant(f, grant))
    }
}

fn user(f: &mut fmt::Formatter<'_>, what: &str, user: Option<UserFacts>) -> fmt::Result {
    let Some(user) = user else { return writeln!(f, "No {what} is known.") };
    let protected = if user.protected { ", protected" } else { "" };
    let (id, organization) = (named(user.id), named(user.organization));
    let status = user.status.as_str();
    writeln!(f, "The {what} is user {id} of organization {organization}, {status}{protected}.")
}

fn write_grant(f: &mut fmt::Formatter<'_>, grant: &GrantFacts) -> fmt::Result {
    let (id, organization) = (named(grant.id), named(grant.organization));
    write!(f, "Grant {id} in version {} of organization {organization}: ", grant.version)?;
    write!(f, "user {} gives user {} ", named(grant.grantor), named(grant.grantee))?;
    let access: Vec<_> = grant.access.iter().map(|access| access.as_str()).collect();
    f.write_str(&access.join(" and "))?;
    if let Some(from) = grant.window.starts_at() {
        write!(f, " from {}", moment(from))?;
    }
    if let Some(until) = grant.window.expires_at() {
        write!(f, " until {}", moment(until))?;
    }
    f.write_str(".\n")
}
