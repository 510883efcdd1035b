//! What people do, in words.

use std::fmt;

use impersonation_domain::access::AccessType;

use super::Act;

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = |access: &[AccessType]| {
            access.iter().map(|access| access.as_str()).collect::<Vec<_>>().join(" and ")
        };
        match self {
            Self::Create { by, pair: (grantor, grantee), access, expires_in: None } => {
                write!(f, "{by} gives {grantee} {} on {grantor}", all(access))
            }
            Self::Create { by, pair: (grantor, grantee), access, expires_in: Some(seconds) } => {
                write!(f, "{by} gives {grantee} {} on {grantor} for {seconds} s", all(access))
            }
            Self::CreateOnce { pair: (grantor, grantee), access, key } => {
                write!(f, "ada gives {grantee} {} on {grantor} by the key {key}", all(access))
            }
            Self::Edit { pair: (grantor, grantee), access } => {
                write!(f, "ada leaves {grantee} {} on {grantor}", all(access))
            }
            Self::Reword { pair: (grantor, grantee), reason } => {
                write!(f, "ada says `{reason}` of the grant of {grantor} to {grantee}")
            }
            Self::Expire { pair: (grantor, grantee), seconds } => {
                write!(f, "ada lets the grant of {grantor} to {grantee} expire in {seconds} s")
            }
            Self::Revoke { by, pair: (grantor, grantee) } => {
                write!(f, "{by} revokes the grant of {grantor} to {grantee}")
            }
            Self::BulkDelete { pairs } => write!(f, "ada deletes the grants of {pairs:?}"),
            Self::Start { actor, subject } => write!(f, "{actor} logs in as {subject}"),
            Self::StartOnce { actor, subject, key } => {
                write!(f, "{actor} logs in as {subject} by the key {key}")
            }
            Self::Use { actor } => write!(f, "{actor} reads in the login session"),
            Self::SendIn { actor } => write!(f, "{actor} sends in the login session"),
            Self::SendAs { actor, subject } => write!(f, "{actor} sends as {subject}"),
            Self::SendAsOnce { actor, subject, key } => {
                write!(f, "{actor} sends as {subject} by the key {key}")
            }
            Self::Send { actor } => write!(f, "{actor} sends"),
            Self::Stop { actor } => write!(f, "{actor} returns from the login session"),
            Self::End { by, actor } => write!(f, "{by} ends the login session of {actor}"),
            Self::EndOverdue => f.write_str("upkeep ends what is overdue"),
            Self::SetRole { by, on, admin: true } => write!(f, "{by} makes {on} an administrator"),
            Self::SetRole { by, on, admin: false } => write!(f, "{by} makes {on} a member"),
            Self::SetActive { by, on, active: true } | Self::Reactivate { by, on } => {
                write!(f, "{by} reactivates {on}")
            }
            Self::SetActive { by, on, active: false } => write!(f, "{by} deactivates {on}"),
            Self::Protect { on, protected: true } => write!(f, "ada protects {on}"),
            Self::Protect { on, protected: false } => write!(f, "ada unprotects {on}"),
            Self::Remove { by, on } => write!(f, "{by} removes {on}"),
            Self::Leave { on } => write!(f, "ada takes {on} out of deals"),
            Self::Join { on } => write!(f, "ada takes {on} into deals"),
            Self::SetPlan(plan) => write!(f, "the operator changes the plan to {plan}"),
            Self::SignOut { actor } => write!(f, "{actor} signs out"),
            Self::Pass { seconds } => write!(f, "{seconds} s pass"),
        }
    }
}
