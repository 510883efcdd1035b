//! What others did on one's account, in words.

use std::collections::BTreeMap;

use impersonation_domain::{
    access::AccessType,
    audit::{Action, EventContent, FieldValue, Outcome, Party},
    ids::ChannelId,
    login_session::EndCause,
    service::EventView,
};

/// Which colour an event has in the list.
pub(super) fn tone(view: &EventView) -> &'static str {
    let content = &view.event.content;
    match (content.outcome, content.action) {
        (Outcome::Refused, _) => "danger",
        (_, Action::LoginSessionStart | Action::GrantCreate | Action::GrantEdit) => "info",
        (_, Action::LoginSessionEnd | Action::GrantDelete) => "warn",
        _ => "",
    }
}

/// Who did it.
pub(super) fn actor(view: &EventView) -> String {
    match (&view.actor, view.event.content.actor) {
        (Some(user), _) => user.name().as_str().to_owned(),
        (None, Party::Operator) => "The operator".to_owned(),
        (None, Party::System) => "The system".to_owned(),
        (None, _) => "Somebody who is not known".to_owned(),
    }
}

/// The names of what events only name by identifier: channels that one is in, people who act or have
/// acted on one's account.
#[derive(Default)]
pub(super) struct Names {
    pub(super) channels: BTreeMap<ChannelId, String>,
    pub(super) people: BTreeMap<String, String>,
}

impl Names {
    /// Who receives the access that the event is about.
    fn grantee(&self, content: &EventContent) -> &str {
        let snapshot = content.after.as_ref().or(content.before.as_ref());
        let id = match snapshot.and_then(|snapshot| snapshot.get("grantee_id")) {
            Some(FieldValue::Text(id)) => self.people.get(id),
            _ => None,
        };
        id.map_or("somebody", String::as_str)
    }
}

/// What was done, or was to be done: goes on after the name.
pub(super) fn deed(view: &EventView, names: &Names) -> String {
    let content = &view.event.content;
    let text = |field: &str| match content.after.as_ref()?.get(field)? {
        FieldValue::Text(text) => Some(text.as_str()),
        FieldValue::Flag(_) | FieldValue::Number(_) | FieldValue::List(_) => None,
    };
    let place = content.channel.map(|channel| match names.channels.get(&channel) {
        Some(name) => format!("#{name}"),
        None => "a channel that you are not in".to_owned(),
    });
    let in_place = place.as_ref().map(|place| format!(" in {place}")).unwrap_or_default();
    let has_files = content.after.as_ref().is_some_and(|after| after.get("file_ids").is_some());
    let thing = if has_files { "a file" } else { "a message" };
    let what = match content.action {
        Action::MessageSend if content.access == Some(AccessType::Send) => {
            format!("sent {thing} as you{in_place}")
        }
        Action::MessageSend => format!("sent {thing}{in_place}, logged in as you"),
        Action::LoginSessionStart => "logged in as you".to_owned(),
        Action::LoginSessionEnd => "was no longer logged in as you".to_owned(),
        Action::LoginSessionShorten => "will be logged out of your account earlier".to_owned(),
        Action::AccountRead => "looked at your account".to_owned(),
        Action::ChannelRead => match place {
            Some(place) => format!("looked at who is in {place}"),
            None => "looked at the list of your channels".to_owned(),
        },
        Action::MessageRead => format!("read the messages{in_place}"),
        Action::FileRead => match text("name") {
            Some(name) => format!("opened the file {name}{in_place}"),
            None => format!("opened a file{in_place}"),
        },
        Action::GrantCreate => format!("gave {} access to your account", names.grantee(content)),
        Action::GrantEdit => {
            format!("changed the access of {} to your account", names.grantee(content))
        }
        Action::GrantDelete => {
            format!("took the access to your account away from {}", names.grantee(content))
        }
        Action::UserRename => "changed your name".to_owned(),
        Action::UserSetRole => "gave you another role".to_owned(),
        Action::UserDeactivate => "took your account out of use".to_owned(),
        Action::UserReactivate => "brought your account back into use".to_owned(),
        Action::UserProtect => "protected your account from impersonation".to_owned(),
        Action::UserUnprotect => "took the protection from your account away".to_owned(),
        Action::UserSetPassword => "set your password".to_owned(),
        Action::UserCreate => "made your account".to_owned(),
        Action::ChannelAddMember => format!("added you to {}", place.unwrap_or_default()),
        Action::ChannelRemoveMember => format!("removed you from {}", place.unwrap_or_default()),
        Action::FormSubmit => "sent a form in your account".to_owned(),
        action => format!("{} on your account", action.as_str().replace(['.', '_'], " ")),
    };
    match content.outcome {
        Outcome::Allowed => what,
        Outcome::Refused => format!("was refused: {}", attempt(content.action, &in_place)),
    }
}

/// What somebody tried to do.
fn attempt(action: Action, in_place: &str) -> String {
    match action {
        Action::LoginSessionStart => "logging in as you".to_owned(),
        Action::MessageSend => format!("sending as you{in_place}"),
        Action::MessageRead => format!("reading messages{in_place}"),
        Action::FileRead => format!("opening a file{in_place}"),
        Action::DecisionExplain => "asking what they may do on your account".to_owned(),
        Action::FormSubmit => "a form that was sent in your account".to_owned(),
        Action::AuditRead => "opening the audit log".to_owned(),
        Action::GrantRead => "opening User Impersonation".to_owned(),
        action => action.as_str().replace(['.', '_'], " "),
    }
}

/// What there is to say beside: the reason, the cause of an end, the rule that refused.
pub(super) fn aside(view: &EventView) -> Option<String> {
    let content = &view.event.content;
    let cause = content.rule.as_deref().map(|rule| match rule.parse::<EndCause>() {
        Ok(cause) => sentence_of(cause).to_owned(),
        Err(_) => format!("Rule: {}.", rule.replace('_', " ")),
    });
    let reason = content.reason.as_ref().map(|reason| format!("Reason: {reason}"));
    let grant = content
        .grant
        .filter(|_| content.action != Action::LoginSessionEnd)
        .map(|grant| format!("Allowed by the grant in its version {}.", grant.version))
        .filter(|_| {
            content.outcome == Outcome::Allowed
                && matches!(content.action, Action::MessageSend | Action::LoginSessionStart)
        });
    let parts: Vec<String> = [reason, cause, grant].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// Why a login session on one's own account ended.
pub(super) fn sentence_of(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Stopped => "They returned to their own account.",
        EndCause::EndedByAdministrator => "An administrator ended the session.",
        EndCause::EndedByOwner => "You ended the session.",
        EndCause::OwnSessionEnded => "Their own session ended, and this one with it.",
        EndCause::AbsoluteLimit => "The time limit for login sessions was reached.",
        EndCause::IdleLimit => "Nothing was done for 15 minutes.",
        EndCause::GrantExpired => "Their access has expired.",
        EndCause::GrantDeleted => "Their access was removed.",
        EndCause::GrantEdited => "Their access no longer includes logging in.",
        EndCause::ActorDeactivated => "Their account was deactivated.",
        EndCause::ActorRemoved => "Their account was removed.",
        EndCause::SubjectDeactivated => "Your account was deactivated.",
        EndCause::SubjectRemoved => "Your account was removed.",
        EndCause::SubjectProtected => "Your account was protected.",
        EndCause::PlanChanged => "The organization's plan no longer includes user impersonation.",
    }
}
