//! What the audit log says, in words that people use.

use impersonation_domain::{
    access::AccessType,
    audit::{Action, EventContent, FieldValue, Outcome, Snapshot},
    login_session::EndCause,
    policy::{LogIn, Rule, SendAs},
    role::Permission,
};

/// An action: as something that was done, and as something that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ActionWords {
    /// `Granted access`
    pub(crate) done: &'static str,
    /// `Granting access`
    pub(crate) tried: &'static str,
}

/// The words for an action. Every action has some.
pub(crate) fn action_words(action: Action) -> ActionWords {
    let (done, tried) = match action {
        Action::OrganizationCreate => ("Made the organization", "Making the organization"),
        Action::OrganizationEdit => ("Changed the organization", "Changing the organization"),
        Action::OrganizationSetPlan => ("Changed the plan", "Changing the plan"),
        Action::RoleCreate => ("Made a role", "Making a role"),
        Action::RoleEdit => ("Changed a role", "Changing a role"),
        Action::RoleDelete => ("Deleted a role", "Deleting a role"),
        Action::UserCreate => ("Added a person", "Adding a person"),
        Action::UserRename => ("Renamed a person", "Changing a person"),
        Action::UserSetRole => ("Gave a person another role", "Giving a person another role"),
        Action::UserDeactivate => ("Deactivated an account", "Deactivating an account"),
        Action::UserReactivate => ("Reactivated an account", "Reactivating an account"),
        Action::UserProtect => ("Protected an account", "Protecting an account"),
        Action::UserUnprotect => {
            ("Removed an account's protection", "Removing an account's protection")
        }
        Action::UserRemove => ("Removed a person", "Removing a person"),
        Action::UserSetPassword => ("Set a password", "Setting a password"),
        Action::ChannelCreate => ("Made a channel", "Making a channel"),
        Action::ChannelAddMember => ("Added a member to a channel", "Adding a member to a channel"),
        Action::ChannelRemoveMember => {
            ("Removed a member from a channel", "Removing a member from a channel")
        }
        Action::GrantCreate => ("Granted access", "Granting access"),
        Action::GrantEdit => ("Changed access", "Changing access"),
        Action::GrantDelete => ("Removed access", "Removing access"),
        Action::GrantRead => ("Opened User Impersonation", "Opening User Impersonation"),
        Action::LoginSessionStart => {
            ("Logged in as another person", "Logging in as another person")
        }
        Action::LoginSessionShorten => ("Shortened a login session", "Shortening a login session"),
        Action::LoginSessionEnd => ("Ended a login session", "Ending a login session"),
        Action::LoginSessionRead => ("Listed login sessions", "Listing login sessions"),
        Action::AccountRead => ("Looked at an account", "Looking at an account"),
        Action::FormSubmit => ("Sent a form", "Sending a form"),
        Action::ChannelRead => ("Looked at channels", "Looking at channels"),
        Action::MessageRead => ("Read messages", "Reading messages"),
        Action::FileRead => ("Opened a file", "Opening a file"),
        Action::MessageSend => ("Sent a message", "Sending a message"),
        Action::DecisionExplain => ("Asked for a decision", "Asking for a decision"),
        Action::DirectoryRead => ("Looked at people and roles", "Looking at people and roles"),
        Action::AuditRead => ("Read the audit log", "Reading the audit log"),
        Action::AuditVerify => ("Verified the audit log", "Verifying the audit log"),
        Action::SignIn => ("Signed in", "Signing in"),
        Action::SignOut => ("Signed out", "Signing out"),
        Action::TokenCreate => ("Made an API token", "Making an API token"),
        Action::TokenRevoke => ("Revoked an API token", "Revoking an API token"),
        Action::TokenRead => ("Listed API tokens", "Listing API tokens"),
    };
    ActionWords { done, tried }
}

/// What an event says was done, or was tried, with what is known of its place, of whose account
/// it was and of who receives access to it.
pub(crate) fn event_words(
    content: &EventContent,
    channel: Option<&str>,
    subject: Option<&str>,
    grantee: Option<&str>,
) -> String {
    let subject = subject.unwrap_or("another person");
    let words = action_words(content.action);
    let words = match content.outcome {
        Outcome::Allowed => words.done,
        Outcome::Refused => words.tried,
    };
    let has_files = content.after.as_ref().is_some_and(|after| after.get("file_ids").is_some());
    let thing = if has_files { "a file" } else { "a message" };
    let text = match (content.action, content.access, content.outcome) {
        (Action::LoginSessionStart, _, Outcome::Allowed) => format!("Logged in as {subject}"),
        (Action::LoginSessionStart, _, Outcome::Refused) => format!("Logging in as {subject}"),
        (Action::MessageSend, Some(AccessType::Send), Outcome::Allowed) => {
            format!("Sent {thing} as {subject}")
        }
        (Action::MessageSend, Some(AccessType::Send), Outcome::Refused) => {
            format!("Sending as {subject}")
        }
        (Action::MessageSend, _, Outcome::Allowed) => format!("Sent {thing}"),
        (action, ..) => match (action, grantee) {
            (Action::GrantCreate, Some(name)) => format!("Granted {name} access to {subject}"),
            (Action::GrantEdit, Some(name)) => format!("Changed {name}'s access to {subject}"),
            (Action::GrantDelete, Some(name)) => format!("Removed {name}'s access to {subject}"),
            _ => words.to_owned(),
        },
    };
    let name = named(content.action, content.after.as_ref().or(content.before.as_ref()));
    let name = name.map(|name| format!(": {name}")).unwrap_or_default();
    match channel {
        Some(channel) if content.action == Action::ChannelCreate => format!("{text} #{channel}"),
        Some(channel) => format!("{text}{name} in #{channel}"),
        None => format!("{text}{name}"),
    }
}

/// The name of what was acted on, where the event has one that is worth saying.
fn named(action: Action, snapshot: Option<&Snapshot>) -> Option<&str> {
    let has_name = matches!(
        action,
        Action::RoleCreate
            | Action::RoleEdit
            | Action::RoleDelete
            | Action::ChannelCreate
            | Action::FileRead
            | Action::TokenCreate
            | Action::TokenRevoke
    );
    match snapshot.filter(|_| has_name)?.get("name")? {
        FieldValue::Text(name) => Some(name),
        FieldValue::Flag(_) | FieldValue::Number(_) | FieldValue::List(_) => None,
    }
}

/// Why a login session ended, in short. Every cause has words.
pub(crate) fn cause_words(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Stopped => "Returned to their own account",
        EndCause::EndedByAdministrator => "Ended by an administrator",
        EndCause::EndedByOwner => "Ended by the account's owner",
        EndCause::OwnSessionEnded => "Their own session ended",
        EndCause::AbsoluteLimit => "Time limit reached",
        EndCause::IdleLimit => "Nothing done for 15 minutes",
        EndCause::GrantExpired => "Access expired",
        EndCause::GrantDeleted => "Access removed",
        EndCause::GrantEdited => "Access no longer includes logging in",
        EndCause::ActorDeactivated => "Whoever was logged in was deactivated",
        EndCause::ActorRemoved => "Whoever was logged in was removed",
        EndCause::SubjectDeactivated => "The account was deactivated",
        EndCause::SubjectRemoved => "The account was removed",
        EndCause::SubjectProtected => "The account was protected",
        EndCause::PlanChanged => "The plan no longer includes it",
    }
}

/// What a rule or code of an event says. One that is not known here is shown as it is.
pub(crate) fn rule_words(code: &str) -> String {
    if let Ok(cause) = code.parse::<EndCause>() {
        return cause_words(cause).to_owned();
    }
    let rule = Rule::ALL.iter().find(|rule| {
        rule.code::<LogIn>() == code || rule.code::<SendAs>() == code || rule.name() == code
    });
    if let Some(rule) = rule {
        return denial_words(*rule, code).to_owned();
    }
    match code {
        "plan_excludes_custom_roles" => "The plan has no custom roles",
        "permission_required" => "The role does not allow it",
        "form_of_another_site" => "The form came from another site",
        "form_of_another_session" => "The form was opened in another session",
        "wrong_credentials" => "Wrong email address or password",
        "wrong_password" => "Wrong current password",
        "user_removed" => "A person of it was removed",
        "duplicate_grant" => "There is a grant for the two already",
        "email_taken" => "Another person has the email address",
        "name_taken" => "The name is in use",
        "last_administrator" => "The last active administrator",
        "role_in_use" => "Somebody still holds the role",
        "built_in_role" => "A built-in role stays as it is",
        "permission_not_assignable" => "The permission belongs to Admin alone",
        "too_many_login_sessions" => "Too many live login sessions",
        "confirmation_mismatch" => "The confirmation was for another set",
        "no_login_session" => "There was no login session",
        "changed_meanwhile" => "It was changed meanwhile",
        "user_inactive" => "A person of it is not active",
        "user_protected" => "The account is protected",
        "unknown_user" => "No such person",
        "already_expired" => "The expiry is in the past",
        "user_not_found"
        | "grant_not_found"
        | "login_session_not_found"
        | "role_not_found"
        | "file_not_found"
        | "token_not_found" => "Not for the caller to know of",
        other => return capitalized(&other.replace('_', " ")),
    }
    .to_owned()
}

fn denial_words(rule: Rule, code: &str) -> &'static str {
    match rule {
        Rule::PlanIncludesImpersonation => "The plan does not include it",
        Rule::OwnAccount => "Not inside a login session",
        Rule::DifferentAccounts => "The same person twice",
        Rule::ActorActive => "The acting account is not active",
        Rule::ActorInChannel => "Not a member of the channel",
        Rule::GrantExists => "No grant",
        Rule::SameGrant => "The grant was replaced",
        Rule::SubjectActive => "The account is not active",
        Rule::SubjectNotProtected => "The account is protected",
        Rule::AccessGranted if code == "send_not_granted" => "The grant has no Send Access",
        Rule::AccessGranted if code == "login_not_granted" => "The grant has no Login Access",
        Rule::AccessGranted => "The grant has no such access",
        Rule::GrantStarted => "The grant has not started",
        Rule::GrantNotExpired => "The grant has expired",
        Rule::SubjectInChannel => "The account is not in the channel",
    }
}

/// A permission, as the page of roles has it.
pub(crate) fn permission_words(permission: Permission) -> &'static str {
    match permission {
        Permission::AdministerOrganization => "Administer organization",
        Permission::ManageUserImpersonation => "Manage user impersonation",
        Permission::ReadAuditLog => "Read audit log",
    }
}

/// The name of a field of an event, in words: `login_session_minutes` is `Login session minutes`.
pub(crate) fn field_words(field: &str) -> String {
    let one = || field.strip_suffix("_id").or_else(|| field.strip_suffix("_at")).unwrap_or(field);
    let several = field.strip_suffix("_ids");
    let field = several.map_or_else(|| one().to_owned(), |field| format!("{field}s"));
    capitalized(&field.replace('_', " "))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_words_of_its_own() {
        let done: BTreeSet<_> = Action::ALL.iter().map(|one| action_words(*one).done).collect();
        let tried: BTreeSet<_> = Action::ALL.iter().map(|one| action_words(*one).tried).collect();
        assert_eq!((done.len(), tried.len()), (Action::ALL.len(), Action::ALL.len()));
        for words in done.iter().chain(&tried) {
            let is_sentence_case = words.starts_with(|c: char| c.is_ascii_uppercase());
            assert!(is_sentence_case && !words.ends_with('.'), "{words}");
        }
    }

    #[test]
    fn every_cause_and_every_rule_has_words_of_its_own() {
        let causes: BTreeSet<_> = EndCause::ALL.iter().map(|one| cause_words(*one)).collect();
        assert_eq!(causes.len(), EndCause::ALL.len());
        let rules: BTreeSet<_> =
            Rule::ALL.iter().map(|rule| rule_words(rule.code::<LogIn>())).collect();
        assert_eq!(rules.len(), Rule::ALL.len());
        assert_eq!(rule_words("send_not_granted"), "The grant has no Send Access");
        assert_eq!(rule_words("grant_deleted"), "Access removed");
    }

    #[test]
    fn what_is_not_known_is_shown_as_it_is() {
        assert_eq!(rule_words("something_new"), "Something new");
        assert_eq!(rule_words(""), "");
        assert_eq!(field_words("login_session_minutes"), "Login session minutes");
        assert_eq!(field_words("grantee_id"), "Grantee");
        assert_eq!(field_words("file_ids"), "Files");
    }
}
