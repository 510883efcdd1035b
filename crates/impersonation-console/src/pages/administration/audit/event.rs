//! One event of the audit log, as the pages show it.

use std::collections::BTreeMap;

use impersonation_domain::{
    access::AccessType,
    audit::{EventContent, FieldValue, Outcome, Party, Snapshot},
    credential::OwnCredentialId,
    ids::{ChannelId, UserId},
    service::EventView,
    user::User,
};

use crate::{
    format::{Moment, thousands},
    words::{event_words, field_words, permission_words, rule_words},
};

/// What channels and people are called, by their identifiers.
#[derive(Default)]
pub(in crate::pages::administration) struct Names {
    pub(in crate::pages::administration) channels: BTreeMap<ChannelId, String>,
    pub(in crate::pages::administration) people: BTreeMap<UserId, String>,
}

impl Names {
    /// The name of the person whose identifier this text is.
    fn person(&self, text: &str) -> Option<&str> {
        self.people.get(&text.parse().ok()?).map(String::as_str)
    }
}

/// Everybody whom an event names beside its actor and subject.
pub(in crate::pages::administration) fn named_people(
    view: &EventView,
) -> impl Iterator<Item = UserId> {
    let content = &view.event.content;
    let snapshots = content.before.iter().chain(&content.after);
    let values =
        snapshots.flat_map(|snapshot| PEOPLE.iter().filter_map(|field| text_of(snapshot, field)));
    values.filter_map(|text| text.parse().ok())
}

/// The fields that name a person.
const PEOPLE: [&str; 4] = ["grantee_id", "grantor_id", "actor_id", "subject_id"];

fn text_of<'a>(snapshot: &'a Snapshot, field: &str) -> Option<&'a str> {
    match snapshot.get(field)? {
        FieldValue::Text(text) => Some(text),
        FieldValue::Flag(_) | FieldValue::Number(_) | FieldValue::List(_) => None,
    }
}

/// One event.
pub(in crate::pages::administration) struct Row {
    pub(in crate::pages::administration) sequence: u64,
    pub(in crate::pages::administration) number: String,
    pub(in crate::pages::administration) at: Moment,
    pub(in crate::pages::administration) actor: String,
    pub(in crate::pages::administration) actor_email: String,
    /// Whose account it was, where that is another person's.
    pub(in crate::pages::administration) subject: Option<String>,
    pub(in crate::pages::administration) what: String,
    pub(in crate::pages::administration) is_refused: bool,
    pub(in crate::pages::administration) rule: Option<String>,
    pub(in crate::pages::administration) session: Option<String>,
    /// Everything else: names and values.
    pub(in crate::pages::administration) facts: Vec<(&'static str, String)>,
    pub(in crate::pages::administration) changes: Vec<Change>,
    /// Where there is more of the same people: addresses and words.
    pub(in crate::pages::administration) links: Vec<(String, String)>,
    pub(in crate::pages::administration) has_before: bool,
    pub(in crate::pages::administration) has_after: bool,
}

/// A field, before and after.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::pages::administration) struct Change {
    pub(in crate::pages::administration) field: String,
    pub(in crate::pages::administration) before: String,
    pub(in crate::pages::administration) after: String,
    pub(in crate::pages::administration) differs: bool,
}

/// What a party is called.
pub(in crate::pages::administration) fn name_of(party: Party, user: Option<&User>) -> String {
    match (user, party) {
        (Some(user), _) => user.name().as_str().to_owned(),
        (None, Party::Operator) => "The operator".to_owned(),
        (None, Party::System) => "The system".to_owned(),
        (None, Party::Organization(_)) => "The organization".to_owned(),
        (None, Party::User(id)) => id.to_string(),
        (None, Party::Unknown) => "Unknown".to_owned(),
    }
}

impl Row {
    /// The event, with the names that are known.
    pub(in crate::pages::administration) fn of(view: &EventView, names: &Names) -> Self {
        let content = &view.event.content;
        let channel = content.channel.and_then(|id| names.channels.get(&id)).map(String::as_str);
        let subject = match content.subject {
            Party::User(_) if content.subject != content.actor => {
                Some(name_of(content.subject, view.subject.as_ref()))
            }
            _ => None,
        };
        let account = Some(name_of(content.subject, view.subject.as_ref()))
            .filter(|_| content.subject.user().is_some());
        let account = account.as_deref();
        let snapshot = content.after.as_ref().or(content.before.as_ref());
        let grantee = snapshot.and_then(|snapshot| text_of(snapshot, "grantee_id"));
        let grantee = grantee.and_then(|id| names.person(id));
        let email = |user: &Option<User>| {
            user.as_ref().map(|user| user.email().as_str().to_owned()).unwrap_or_default()
        };
        Self {
            sequence: view.event.sequence,
            number: thousands(view.event.sequence),
            at: content.at.into(),
            actor: name_of(content.actor, view.actor.as_ref()),
            actor_email: email(&view.actor),
            what: event_words(content, channel, account, grantee),
            links: links(view),
            subject,
            is_refused: content.outcome == Outcome::Refused,
            rule: content.rule.as_deref().map(rule_words),
            session: content.login_session.map(|id| id.to_string()),
            facts: facts(view, email(&view.actor), email(&view.subject)),
            changes: changes(content.before.as_ref(), content.after.as_ref(), names),
            has_before: content.before.is_some(),
            has_after: content.after.is_some(),
        }
    }
}

/// The events of whoever acted, and those on the account: also of people who have been removed since,
/// whom no search finds.
fn links(view: &EventView) -> Vec<(String, String)> {
    let content = &view.event.content;
    let link = |field: &str, words: &str, party: Party, user: Option<&User>| {
        let id = party.user()?;
        let address = format!("{}?{field}={id}", super::LIST);
        Some((address, format!("{words} {}", name_of(party, user))))
    };
    let actor = link("actor", "All by", content.actor, view.actor.as_ref());
    let account = link("account", "All on the account of", content.subject, view.subject.as_ref());
    actor.into_iter().chain(account).collect()
}

fn facts(view: &EventView, actor: String, subject: String) -> Vec<(&'static str, String)> {
    let event = &view.event;
    let EventContent { id, action, access, grant, channel, batch, .. } = &event.content;
    let content = &event.content;
    let access = access.map(|access| match access {
        AccessType::Login => "Login Access".to_owned(),
        AccessType::Send => "Send Access".to_owned(),
    });
    let credential = content.credential.map(|credential| match credential {
        OwnCredentialId::SignIn(id) => format!("Sign-in {id}"),
        OwnCredentialId::Token(id) => format!("API token {id}"),
        OwnCredentialId::External(id) => format!("Session of the product {id}"),
    });
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let all = [
        ("Actor", filled(actor)),
        ("Account", filled(subject)),
        ("Action", Some(action.as_str().to_owned())),
        ("Rule or cause", content.rule.clone()),
        ("Access", access),
        ("Reason", content.reason.clone()),
        ("Grant", grant.map(|grant| format!("{}, version {}", grant.id, grant.version))),
        ("Login session", content.login_session.map(|id| id.to_string())),
        ("Channel", channel.map(|id| id.to_string())),
        ("Batch", batch.map(|id| id.to_string())),
        ("Credential", credential),
        ("Request", content.request_id.clone()),
        ("Source address", content.source_address.clone()),
        ("Policy revision", Some(event.policy_revision.to_string())),
        ("Event", Some(id.to_string())),
        ("Hash", Some(event.hash.to_hex())),
        ("Hash before", Some(event.previous_hash.to_hex())),
    ];
    all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

fn changes(before: Option<&Snapshot>, after: Option<&Snapshot>, names: &Names) -> Vec<Change> {
    let mut fields: BTreeMap<&str, (Option<&FieldValue>, Option<&FieldValue>)> = BTreeMap::new();
    for (field, value) in before.into_iter().flat_map(Snapshot::iter) {
        fields.entry(field).or_default().0 = Some(value);
    }
    for (field, value) in after.into_iter().flat_map(Snapshot::iter) {
        fields.entry(field).or_default().1 = Some(value);
    }
    let both = before.is_some() && after.is_some();
    let change =
        |(field, (before, after)): (&str, (Option<&FieldValue>, Option<&FieldValue>))| Change {
            field: field_words(field),
            differs: both && before != after,
            before: before.map(|value| value_words(value, names)).unwrap_or_default(),
            after: after.map(|value| value_words(value, names)).unwrap_or_default(),
        };
    fields.into_iter().map(change).collect()
}

fn value_words(value: &FieldValue, names: &Names) -> String {
    let word = |text: &str| match text.parse() {
        Ok(permission) => permission_words(permission).to_owned(),
        Err(_) => names.person(text).unwrap_or(text).to_owned(),
    };
    match value {
        FieldValue::Flag(true) => "Yes".to_owned(),
        FieldValue::Flag(false) => "No".to_owned(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) => word(text),
        FieldValue::List(list) if list.is_empty() => "None".to_owned(),
        FieldValue::List(list) => list.iter().map(|text| word(text)).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_what_was_and_what_is() {
        let before = Snapshot::new().with("name", "Ben").with("protected", false);
        let after =
            Snapshot::new().with("name", "Ben").with("protected", true).with("role_id", "r");
        let changes = changes(Some(&before), Some(&after), &Names::default());
        let line = |change: &Change| {
            let Change { field, before, after, differs } = change;
            format!("{field}: {before} > {after}{}", if *differs { " *" } else { "" })
        };
        let lines: Vec<_> = changes.iter().map(line).collect();
        assert_eq!(lines, ["Name: Ben > Ben", "Protected: No > Yes *", "Role:  > r *"]);
    }

    #[test]
    fn what_was_made_or_removed_differs_from_nothing() {
        let after = Snapshot::new().with("permissions", Vec::<String>::new());
        let made = changes(None, Some(&after), &Names::default());
        assert_eq!((made[0].after.as_str(), made[0].differs), ("None", false));
        assert_eq!(changes(None, None, &Names::default()), []);
    }
}
