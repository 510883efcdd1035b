//! What a kept case looks like in JSON.
//!
//! Identifiers are small numbers, as [`crate::strategies::id`] makes them, or whole UUIDs.

use impersonation_domain::{
    access::{AccessType, AccessTypes},
    ids::TypedId,
    plan::Plan,
    policy::{
        ChannelFacts, Facts, GrantFacts, LogIn, OrganizationFacts, Rule, SendAs, Standing,
        UserFacts,
    },
    time::{Timestamp, Window},
    version::Version,
};
use serde::{Deserialize, Serialize};
use uuid::{NonNilUuid, Uuid};

use super::Kept;
use crate::{
    reference::Answer,
    strategies::{Case, Question, id, number_of},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    why: String,
    now: Timestamp,
    question: Asked,
    world: World,
    expected: Expected,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Uuid(Uuid),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    act: Wish,
    actor: Id,
    subject: Id,
    #[serde(default, skip_serializing_if = "is_false")]
    in_login_session: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Wish {
    LogIn,
    ActAs { grant: Id },
    SendAs { channel: Id },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    organization: Option<Organization>,
    actor: Option<User>,
    subject: Option<User>,
    grants: Vec<Grant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Organization {
    id: Id,
    plan: Plan,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    id: Id,
    organization: Id,
    status: String,
    #[serde(default, skip_serializing_if = "is_false")]
    protected: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    id: Id,
    version: Version,
    organization: Id,
    grantor: Id,
    grantee: Id,
    access: Vec<AccessType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    starts_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Channel {
    id: Id,
    organization: Id,
    actor_is_member: bool,
    subject_is_member: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Expected {
    Permit {
        grant: Id,
        version: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    Deny(String),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Id {
    fn of<T: TypedId>(known: T) -> Self {
        number_of(known).map_or(Self::Uuid(known.uuid()), Self::Number)
    }

    fn read<T: TypedId>(self) -> Result<T, String> {
        match self {
            Self::Number(number) => Ok(id(number)),
            Self::Uuid(uuid) => {
                NonNilUuid::new(uuid).map(T::from_non_nil).ok_or("an identifier is nil".to_owned())
            }
        }
    }
}

pub(super) fn read(name: &str, text: &str) -> Result<Kept, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let File { why, now, question: asked, world, expected } = file;
    let question = match asked.act {
        Wish::LogIn => Question::LogIn,
        Wish::ActAs { grant } => Question::ActAs(grant.read()?),
        Wish::SendAs { channel } => Question::SendAs(channel.read()?),
    };
    let standing =
        if asked.in_login_session { Standing::InLoginSession } else { Standing::OwnAccount };
    let case = Case {
        facts: world.read()?,
        actor: asked.actor.read()?,
        subject: asked.subject.read()?,
        standing,
        question,
        now,
    };
    Ok(Kept { name: name.to_owned(), why, case, expected: expected.read()? })
}

impl World {
    fn read(self) -> Result<Facts, String> {
        let organization = self.organization.map(|known| {
            Ok::<_, String>(OrganizationFacts { id: known.id.read()?, plan: known.plan })
        });
        let channel = self.channel.map(|known| {
            Ok::<_, String>(ChannelFacts {
                id: known.id.read()?,
                organization: known.organization.read()?,
                actor_is_member: known.actor_is_member,
                subject_is_member: known.subject_is_member,
            })
        });
        Ok(Facts {
            organization: organization.transpose()?,
            actor: self.actor.map(User::read).transpose()?,
            subject: self.subject.map(User::read).transpose()?,
            grants: self.grants.into_iter().map(Grant::read).collect::<Result<_, _>>()?,
            channel: channel.transpose()?,
        })
    }
}

impl User {
    fn read(self) -> Result<UserFacts, String> {
        Ok(UserFacts {
            id: self.id.read()?,
            organization: self.organization.read()?,
            status: self.status.parse().map_err(|_| format!("`{}` is no status", self.status))?,
            protected: self.protected,
        })
    }
}

impl Grant {
    fn read(self) -> Result<GrantFacts, String> {
        let window = Window::new(self.starts_at, self.expires_at);
        Ok(GrantFacts {
            id: self.id.read()?,
            version: self.version,
            organization: self.organization.read()?,
            grantor: self.grantor.read()?,
            grantee: self.grantee.read()?,
            access: AccessTypes::new(self.access).map_err(|error| error.to_string())?,
            window: window.map_err(|error| error.to_string())?,
        })
    }
}

impl Expected {
    fn read(self) -> Result<Answer, String> {
        match self {
            Self::Permit { grant, version, expires_at } => {
                let ends = expires_at.map(|end| end.timestamp_micros());
                Ok(Answer::Permit(grant.read()?, version, ends))
            }
            Self::Deny(code) => Rule::ALL
                .into_iter()
                .flat_map(|rule| [rule.code::<LogIn>(), rule.code::<SendAs>()])
                .find(|known| *known == code)
                .map(Answer::Deny)
                .ok_or_else(|| format!("`{code}` is no reason for a denial")),
        }
    }
}

pub(super) fn write(kept: &Kept) -> String {
    let Case { facts, actor, subject, standing, question, now } = &kept.case;
    let user = |user: &UserFacts| User {
        id: Id::of(user.id),
        organization: Id::of(user.organization),
        status: user.status.as_str().to_owned(),
        protected: user.protected,
    };
    let grants = facts.grants.iter().map(|grant| Grant {
        id: Id::of(grant.id),
        version: grant.version,
        organization: Id::of(grant.organization),
        grantor: Id::of(grant.grantor),
        grantee: Id::of(grant.grantee),
        access: grant.access.iter().collect(),
        starts_at: grant.window.starts_at(),
        expires_at: grant.window.expires_at(),
    });
    let file = File {
        why: kept.why.clone(),
        now: *now,
        question: Asked {
            act: match question {
                Question::LogIn => Wish::LogIn,
                Question::ActAs(grant) => Wish::ActAs { grant: Id::of(*grant) },
                Question::SendAs(channel) => Wish::SendAs { channel: Id::of(*channel) },
            },
            actor: Id::of(*actor),
            subject: Id::of(*subject),
            in_login_session: *standing == Standing::InLoginSession,
        },
        world: World {
            organization: facts
                .organization
                .map(|known| Organization { id: Id::of(known.id), plan: known.plan }),
            actor: facts.actor.as_ref().map(user),
            subject: facts.subject.as_ref().map(user),
            grants: grants.collect(),
            channel: facts.channel.map(|known| Channel {
                id: Id::of(known.id),
                organization: Id::of(known.organization),
                actor_is_member: known.actor_is_member,
                subject_is_member: known.subject_is_member,
            }),
        },
        expected: match kept.expected {
            Answer::Permit(grant, version, ends) => Expected::Permit {
                grant: Id::of(grant),
                version,
                expires_at: ends.and_then(Timestamp::from_timestamp_micros),
            },
            Answer::Deny(code) => Expected::Deny(code.to_owned()),
        },
    };
    let mut text = serde_json::to_string_pretty(&file).expect("a case is plain");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{agreement::decide, strategies::quick};

    #[test]
    fn a_case_is_read_as_it_was_written() {
        for number in 0..2_000 {
            let case = quick::case(5, number);
            let expected = decide(&case);
            let kept = Kept { name: "a".to_owned(), why: "b".to_owned(), case, expected };
            assert_eq!(Kept::from_json("a", &kept.to_json()).as_ref(), Ok(&kept));
        }
    }

    #[test]
    fn d8_a_case_with_something_unknown_in_it_is_refused() {
        let kept = Kept {
            name: "a".to_owned(),
            why: "b".to_owned(),
            case: quick::case(5, 1),
            expected: Answer::Deny("no_grant"),
        };
        let text = kept.to_json();
        let refused = |from: &str, to: &str| {
            assert!(text.contains(from), "{from} in {text}");
            assert!(Kept::from_json("a", &text.replace(from, to)).is_err(), "{to}");
        };
        refused("no_grant", "no_reason");
        refused("\"active\"", "\"admin\"");
        refused("\"why\"", "\"because\"");
    }
}
