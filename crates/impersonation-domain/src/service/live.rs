//! What has happened since somebody last looked: for pages that are to know at once.
//!
//! Looking is no activity. It neither keeps a login session from going idle nor is it recorded,
//! since nothing of the account is shown: only that a page may be out of date.

mod viewer;

use std::collections::BTreeSet;

use super::{
    Credential, CurrentLoginSession, UseCaseError, family,
    operation::{Entered, enter_to_look, organization_of},
};
use crate::ids::{ChannelId, OrganizationId};
use viewer::Viewer;

/// Whoever is further behind than this is told to look at everything anew.
const MAX_BEHIND: u16 = 1000;

family! {
    /// What has happened since somebody last looked.
    LiveService
}

/// What a page may show that can be out of date. It says of what kind something is, never what.
///
/// Whoever loses a permission is at once told no more of what it was for. That their page is to be
/// asked for anew, they learn by [`Topic::Roles`], [`Topic::People`] or [`Topic::Organization`]: a
/// page that takes a permission is out of date by each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The list of grants, for those who manage impersonation.
    Grants,
    /// Login sessions: for those who manage impersonation all, for others those that they are part of.
    LoginSessions,
    /// On whose accounts the caller may act, and what else they may do.
    Accounts,
    /// Who may act on the caller's account, and who does.
    Delegates,
    /// Roles, what they give and how many hold them.
    Roles,
    /// The people of the organization.
    People,
    /// Channels and their members.
    Channels,
    /// The organization itself: its name, plan and settings.
    Organization,
    /// The messages of a channel that the account is in.
    Messages(ChannelId),
    /// The audit log, for those who may read it.
    AuditLog,
}

/// What a look has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The sequence of the organization's last event: from here on the next look is to go on.
    pub head: u64,
    /// What concerns the caller of what has happened since.
    pub topics: BTreeSet<Topic>,
}

impl LiveService {
    /// Whether the caller may go on, and what has happened that concerns them after the event with
    /// the sequence `seen`. Of a login session it is decided anew whether it is still justified: one
    /// that is not ends here, as with any other request.
    ///
    /// Where `seen` is more than a thousand events behind, or ahead of all there are, the answer is
    /// everything that the caller may ever be told of.
    ///
    /// # Errors
    /// [`UseCaseError::Unauthenticated`] and [`UseCaseError::LoginSessionEnded`] where it is over.
    pub async fn look(&self, credential: &Credential, seen: u64) -> Result<Look, UseCaseError> {
        let Entered { mut uow, caller, .. } = enter_to_look(&self.ports, credential).await?;
        let head = uow.audit_log().head().await?.sequence;
        let viewer = Viewer::of(&caller);
        let topics = match head.checked_sub(seen) {
            Some(0) => BTreeSet::new(),
            Some(behind) if behind <= u64::from(MAX_BEHIND) => {
                let events = uow.audit_log().range(seen, MAX_BEHIND).await?;
                viewer.topics(&mut *uow, &events).await?
            }
            _ => viewer.everything(&mut *uow).await?,
        };
        Ok(Look { head, topics })
    }

    /// The login session that the caller is in, if they are in one and may go on with it. One that
    /// is no longer justified ends here, as with [`Self::look`].
    ///
    /// # Errors
    /// [`UseCaseError::Unauthenticated`] and [`UseCaseError::LoginSessionEnded`] where it is over.
    pub async fn login_session(
        &self,
        credential: &Credential,
    ) -> Result<Option<CurrentLoginSession>, UseCaseError> {
        let Entered { caller, .. } = enter_to_look(&self.ports, credential).await?;
        Ok(caller.login.map(|login| {
            let grant = login.permit.grant();
            CurrentLoginSession { session: login.session, grant }
        }))
    }

    /// The sequence of the organization's last event, 0 before the first: for a server that watches
    /// one number on behalf of all its open pages, and lets each look when it rises.
    ///
    /// It asks for no credential and says nothing but how many events there are. It is for the
    /// composition root and never to be answered to a client: it counts what the client may not
    /// know of.
    ///
    /// # Errors
    /// [`UseCaseError::Unavailable`].
    pub async fn head(&self, organization: OrganizationId) -> Result<u64, UseCaseError> {
        let mut uow = self.ports.units.begin_read(organization).await?;
        Ok(uow.audit_log().head().await?.sequence)
    }

    /// The organization that a credential belongs to, whether or not it is still valid: what a
    /// server has to know to begin watching.
    ///
    /// # Errors
    /// [`UseCaseError::Unauthenticated`] where it belongs to none.
    pub async fn organization_of(
        &self,
        credential: &Credential,
    ) -> Result<OrganizationId, UseCaseError> {
        organization_of(&self.ports, credential).await
    }
}
