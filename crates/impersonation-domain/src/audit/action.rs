//! What can happen.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The text names no action.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not an action of the audit log")]
pub struct UnknownAction(String);

macro_rules! actions {
    ($($(#[$meta:meta])* $variant:ident = $name:literal, alters: $alters:literal;)+) => {
        /// What was done or attempted. The outcome of the event tells which.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$meta])* $variant,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable name, as in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whether the effect, where it happens, can alter a later decision. Such a transaction
            /// raises the organization's policy revision.
            #[must_use]
            pub fn alters_decisions(self) -> bool {
                match self { $(Self::$variant => $alters,)+ }
            }
        }
    };
}

actions! {
    /// An organization was set up.
    OrganizationCreate = "organization.create", alters: true;
    /// Its settings were changed.
    OrganizationEdit = "organization.edit", alters: true;
    /// Its plan was changed by the operator.
    OrganizationSetPlan = "organization.set_plan", alters: true;
    /// A role was made.
    RoleCreate = "role.create", alters: true;
    /// A role was renamed or its permissions changed.
    RoleEdit = "role.edit", alters: true;
    /// A role was deleted.
    RoleDelete = "role.delete", alters: true;
    /// A user was made.
    UserCreate = "user.create", alters: true;
    /// A user was renamed.
    UserRename = "user.rename", alters: false;
    /// A user got another role.
    UserSetRole = "user.set_role", alters: true;
    /// An account was taken out of use.
    UserDeactivate = "user.deactivate", alters: true;
    /// An account was brought back into use.
    UserReactivate = "user.reactivate", alters: true;
    /// An account was marked as never to be impersonated.
    UserProtect = "user.protect", alters: true;
    /// That mark was taken away.
    UserUnprotect = "user.unprotect", alters: true;
    /// A user was removed from the organization.
    UserRemove = "user.remove", alters: true;
    /// A password was set or changed.
    UserSetPassword = "user.set_password", alters: false;
    /// A channel was made.
    ChannelCreate = "channel.create", alters: true;
    /// A user became a member of a channel.
    ChannelAddMember = "channel.add_member", alters: true;
    /// A user's membership of a channel ended.
    ChannelRemoveMember = "channel.remove_member", alters: true;
    /// A grant was made.
    GrantCreate = "grant.create", alters: true;
    /// A grant was changed.
    GrantEdit = "grant.edit", alters: true;
    /// A grant was deleted.
    GrantDelete = "grant.delete", alters: true;
    /// Grants were looked at or listed without the right to.
    GrantRead = "grant.read", alters: false;
    /// A login session was started.
    LoginSessionStart = "login_session.start", alters: true;
    /// A login session's end was brought forward, as its grant now expires earlier.
    LoginSessionShorten = "login_session.shorten", alters: true;
    /// A login session ended.
    LoginSessionEnd = "login_session.end", alters: true;
    /// A user's own login sessions, or those of the organization, were looked at.
    LoginSessionRead = "login_session.read", alters: false;
    /// The impersonated account's profile was read inside a login session.
    AccountRead = "account.read", alters: false;
    /// A form was sent by another site, or was opened in another session.
    FormSubmit = "form.submit", alters: false;
    /// The list of channels, or a channel, was read inside a login session.
    ChannelRead = "channel.read", alters: false;
    /// The messages of a channel were read inside a login session.
    MessageRead = "message.read", alters: false;
    /// A file was read inside a login session.
    FileRead = "file.read", alters: false;
    /// A message or file was sent.
    MessageSend = "message.send", alters: false;
    /// Someone asked for a decision with its explanation.
    DecisionExplain = "decision.explain", alters: false;
    /// Users or roles were looked at without the right to.
    DirectoryRead = "directory.read", alters: false;
    /// The audit log was read.
    AuditRead = "audit.read", alters: false;
    /// The audit chain was verified.
    AuditVerify = "audit.verify", alters: false;
    /// A user signed in.
    SignIn = "sign_in.create", alters: false;
    /// A user signed out.
    SignOut = "sign_in.end", alters: false;
    /// An API token was made.
    TokenCreate = "token.create", alters: false;
    /// An API token was revoked.
    TokenRevoke = "token.revoke", alters: false;
    /// API tokens were listed without the right to.
    TokenRead = "token.read", alters: false;
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;
    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| UnknownAction(text.chars().take(64).collect()))
    }
}
