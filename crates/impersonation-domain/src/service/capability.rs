//! What callers may do, as one table.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::{audit::Action, plan::Plan, role::Permission};

/// What a capability asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// Being signed in.
    SignedIn,
    /// A permission of one's role.
    Permission(Permission),
}

/// Why a caller may not do something at all, whatever it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Design rule 3.1.
    #[error(
        "the organization's plan does not include user impersonation; the operator can change the plan"
    )]
    PlanExcludesImpersonation,
    /// Custom roles exist on Enterprise only.
    #[error(
        "the organization's plan does not include custom roles; the operator can change the plan"
    )]
    PlanExcludesCustomRoles,
    /// Design rule 3.4.
    #[error("this cannot be done inside a login session; return to your own account first")]
    InLoginSession,
    /// The caller's role does not allow it.
    #[error("your role does not allow this; it takes the permission `{0}`")]
    PermissionRequired(Permission),
    /// A form of the console did not come from a page of the console.
    #[error(
        "the form was sent by another site, so nothing was done; open the page here and send it from there"
    )]
    FormOfAnotherSite,
    /// A form of the console was opened in another session than it was sent in.
    #[error(
        "this page was opened in another session, so nothing was done; open it again and check in whose account you are"
    )]
    FormOfAnotherSession,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PlanExcludesImpersonation => "plan_excludes_impersonation",
            Self::PlanExcludesCustomRoles => "plan_excludes_custom_roles",
            Self::InLoginSession => "in_login_session",
            Self::PermissionRequired(_) => "permission_required",
            Self::FormOfAnotherSite => "form_of_another_site",
            Self::FormOfAnotherSession => "form_of_another_session",
        }
    }
}

macro_rules! capabilities {
    ($($(#[$meta:meta])* $variant:ident => $action:ident, $requirement:ident, feature: $feature:literal, in_session: $in_session:literal;)+) => {
        /// Something that a caller can ask for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Capability { $($(#[$meta])* $variant,)+ }

        impl Capability {
            /// Every capability.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Under which action its use, or its refusal, is recorded.
            #[must_use]
            pub fn action(self) -> Action {
                match self { $(Self::$variant => Action::$action,)+ }
            }

            /// What it asks of the caller.
            #[must_use]
            pub fn requirement(self) -> Requirement {
                match self { $(Self::$variant => requirement::$requirement,)+ }
            }

            /// Whether it is part of user impersonation, which not every plan includes.
            #[must_use]
            pub fn is_impersonation(self) -> bool {
                match self { $(Self::$variant => $feature,)+ }
            }

            /// Whether it may be used inside a login session. This is an allow-list: whatever the
            /// subject's role, administration is not on it (design rule 3.4).
            #[must_use]
            pub fn is_allowed_in_login_session(self) -> bool {
                match self { $(Self::$variant => $in_session,)+ }
            }
        }
    };
}

mod requirement {
    use super::Requirement;
    use crate::role::Permission;

    pub(super) const SIGNED_IN: Requirement = Requirement::SignedIn;
    pub(super) const ADMINISTER: Requirement =
        Requirement::Permission(Permission::AdministerOrganization);
    pub(super) const MANAGE: Requirement =
        Requirement::Permission(Permission::ManageUserImpersonation);
    pub(super) const AUDIT: Requirement = Requirement::Permission(Permission::ReadAuditLog);
}

capabilities! {
    /// See who one is, and as whom one acts.
    ReadAccount => AccountRead, SIGNED_IN, feature: false, in_session: true;
    /// Send a form of the web console.
    SubmitForm => FormSubmit, SIGNED_IN, feature: false, in_session: true;
    /// See the organization's name, plan and settings.
    ReadOrganization => AccountRead, SIGNED_IN, feature: false, in_session: true;
    /// See on whose accounts one may act.
    ListAccounts => AccountRead, SIGNED_IN, feature: true, in_session: false;
    /// See who may act on one's account, and who did.
    ReadDelegates => AccountRead, SIGNED_IN, feature: true, in_session: true;
    /// Change one's own password.
    ChangePassword => UserSetPassword, SIGNED_IN, feature: false, in_session: false;
    /// Sign out.
    SignOut => SignOut, SIGNED_IN, feature: false, in_session: false;
    /// List and read grants.
    ReadGrants => GrantRead, MANAGE, feature: true, in_session: false;
    /// Make grants.
    CreateGrant => GrantCreate, MANAGE, feature: true, in_session: false;
    /// Change grants.
    EditGrant => GrantEdit, MANAGE, feature: true, in_session: false;
    /// Delete grants.
    DeleteGrant => GrantDelete, MANAGE, feature: true, in_session: false;
    /// Log in as another user.
    StartLoginSession => LoginSessionStart, SIGNED_IN, feature: true, in_session: false;
    /// Stop the login session that one is in.
    StopLoginSession => LoginSessionEnd, SIGNED_IN, feature: true, in_session: true;
    /// End a login session: one's own, one on one's account, or as a manager any.
    EndLoginSession => LoginSessionEnd, SIGNED_IN, feature: true, in_session: false;
    /// List login sessions: those that concern oneself, or as a manager all.
    ListLoginSessions => LoginSessionRead, SIGNED_IN, feature: true, in_session: false;
    /// List channels.
    ReadChannels => ChannelRead, SIGNED_IN, feature: false, in_session: true;
    /// Make channels and change their members.
    CreateChannel => ChannelCreate, ADMINISTER, feature: false, in_session: false;
    /// Take users into channels.
    AddMember => ChannelAddMember, ADMINISTER, feature: false, in_session: false;
    /// Take users out of channels.
    RemoveMember => ChannelRemoveMember, ADMINISTER, feature: false, in_session: false;
    /// Read the messages of channels that one is in.
    ReadMessages => MessageRead, SIGNED_IN, feature: false, in_session: true;
    /// Send messages and files.
    Send => MessageSend, SIGNED_IN, feature: false, in_session: true;
    /// Fetch files of channels that one is in.
    ReadFile => FileRead, SIGNED_IN, feature: false, in_session: true;
    /// List the organization's users.
    ReadUsers => DirectoryRead, SIGNED_IN, feature: false, in_session: false;
    /// Make users.
    CreateUser => UserCreate, ADMINISTER, feature: false, in_session: false;
    /// Change users.
    EditUser => UserRename, ADMINISTER, feature: false, in_session: false;
    /// Set another user's password.
    SetPassword => UserSetPassword, ADMINISTER, feature: false, in_session: false;
    /// Remove users.
    RemoveUser => UserRemove, ADMINISTER, feature: false, in_session: false;
    /// List roles.
    ReadRoles => DirectoryRead, ADMINISTER, feature: false, in_session: false;
    /// Make roles.
    CreateRole => RoleCreate, ADMINISTER, feature: false, in_session: false;
    /// Change roles.
    EditRole => RoleEdit, ADMINISTER, feature: false, in_session: false;
    /// Delete roles.
    DeleteRole => RoleDelete, ADMINISTER, feature: false, in_session: false;
    /// List API tokens.
    ReadTokens => TokenRead, ADMINISTER, feature: false, in_session: false;
    /// Make API tokens.
    CreateToken => TokenCreate, ADMINISTER, feature: false, in_session: false;
    /// Revoke API tokens.
    RevokeToken => TokenRevoke, ADMINISTER, feature: false, in_session: false;
    /// See the pages of administration.
    Administer => DirectoryRead, ADMINISTER, feature: false, in_session: false;
    /// Change the organization's name and settings.
    EditOrganization => OrganizationEdit, ADMINISTER, feature: false, in_session: false;
    /// Read the audit log: what concerns one's own account, or with the permission everything.
    ReadAuditLog => AuditRead, SIGNED_IN, feature: false, in_session: false;
    /// Verify the audit chain.
    VerifyAuditLog => AuditVerify, AUDIT, feature: false, in_session: false;
    /// Ask for a decision with its explanation.
    Explain => DecisionExplain, SIGNED_IN, feature: true, in_session: false;
}

/// Whether a caller may use the capability: the plan first, then where they stand, then their role.
pub(super) fn authorize(
    capability: Capability,
    plan: Plan,
    in_login_session: bool,
    permissions: &BTreeSet<Permission>,
) -> Result<(), Refusal> {
    if capability.is_impersonation() && !plan.includes_impersonation() {
        return Err(Refusal::PlanExcludesImpersonation);
    }
    if in_login_session && !capability.is_allowed_in_login_session() {
        return Err(Refusal::InLoginSession);
    }
    match capability.requirement() {
        Requirement::Permission(permission) if !permissions.contains(&permission) => {
            Err(Refusal::PermissionRequired(permission))
        }
        Requirement::SignedIn | Requirement::Permission(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s9_whatever_takes_a_permission_is_refused_inside_a_login_session() {
        let everything = BTreeSet::from(Permission::ALL);
        for capability in Capability::ALL {
            let answer = authorize(*capability, Plan::Enterprise, true, &everything);
            if matches!(capability.requirement(), Requirement::Permission(_)) {
                assert_eq!(answer, Err(Refusal::InLoginSession), "{capability:?}");
            }
            assert_eq!(answer.is_ok(), capability.is_allowed_in_login_session(), "{capability:?}");
        }
    }

    #[test]
    fn d10_nothing_can_be_started_from_inside_a_login_session() {
        for capability in
            [Capability::StartLoginSession, Capability::CreateToken, Capability::ChangePassword]
        {
            assert!(!capability.is_allowed_in_login_session(), "{capability:?}");
        }
    }

    #[test]
    fn on_individual_every_part_of_the_feature_is_refused_by_the_plan() {
        let everything = BTreeSet::from(Permission::ALL);
        for capability in Capability::ALL.iter().filter(|capability| capability.is_impersonation())
        {
            let answer = authorize(*capability, Plan::Individual, false, &everything);
            assert_eq!(answer, Err(Refusal::PlanExcludesImpersonation), "{capability:?}");
        }
    }
}
