//! The use cases, split by family.
//!
//! Each use case holds one unit of work from its first read to its commit: who is asking, whether
//! they may, the effect and its events are one transaction. A refusal undoes everything and is then
//! recorded by itself.

mod account;
mod audit;
mod authentication;
mod capability;
mod channels;
mod decisions;
mod embedded;
mod error;
mod grants;
mod live;
mod login_sessions;
mod operation;
mod operator;
mod organization;
mod people;
mod repeat;
mod roles;
mod sending;
mod sign_ins;
mod tokens;
mod upkeep;

use std::sync::Arc;

pub use account::{Account, AccountService, Delegates, Me};
pub use audit::{AuditRequest, AuditService, EventView, Verification};
pub use authentication::Credential;
pub use capability::{Capability, Refusal, Requirement};
pub use channels::{ChannelService, ChannelView};
pub use decisions::{DecisionService, ExplainRequest, Explanation};
pub use error::{Conflict, ErrorClass, InvalidInput, Resource, UseCaseError};
pub use grants::{
    BulkDeleted, BulkPreview, CreateGrant, CreatedGrant, EditGrant, EditedGrant, GrantListRequest,
    GrantPreview, GrantService, MAX_BULK_ITEMS,
};
pub use live::{LiveService, Look, Topic};
pub use login_sessions::{
    CurrentLoginSession, LoginSessionService, LoginSessionView, StartedLoginSession,
};
pub use operator::{CreatedOrganization, NewOrganization, OperatorService};
pub use organization::OrganizationService;
pub use people::{CreateUser, EditUser, PeopleService, UserView};
pub use repeat::{Answer, REPEAT_WINDOW, Repeatable};
pub use roles::{RoleService, RoleView};
pub use sending::{FileDownload, MessageView, SendMessage, SendingService, Upload};
pub use sign_ins::{SignInService, SignedIn};
pub use tokens::{CreatedToken, TokenService};

use embedded::NotOffered;

use crate::ports::{
    Clock, FileStore, IdGenerator, OrganizationIndex, PasswordHasher, SecretGenerator,
    UnitOfWorkFactory,
};

/// What the use cases need of the world.
#[derive(Clone)]
pub struct Ports {
    /// Begins transactions.
    pub units: Arc<dyn UnitOfWorkFactory>,
    /// Finds organizations.
    pub index: Arc<dyn OrganizationIndex>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes identifiers.
    pub ids: Arc<dyn IdGenerator>,
    /// Makes tokens.
    pub secrets: Arc<dyn SecretGenerator>,
    /// Hashes passwords.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Keeps files.
    pub files: Arc<dyn FileStore>,
}

impl Ports {
    /// For a product that embeds the rules: it signs its users in itself and presents them with
    /// [`Credential::asserted`], and keeps its own messages. Passwords and files are not offered:
    /// what needs them answers [`UseCaseError::Unavailable`].
    #[must_use]
    pub fn embedded<S>(
        store: S,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdGenerator>,
        secrets: Arc<dyn SecretGenerator>,
    ) -> Self
    where
        S: UnitOfWorkFactory + OrganizationIndex + 'static,
    {
        let store = Arc::new(store);
        let (passwords, files) = (Arc::new(NotOffered), Arc::new(NotOffered));
        Self { units: store.clone(), index: store, clock, ids, secrets, passwords, files }
    }
}

/// The whole of delegated access. Cloning is cheap, and clones share everything.
#[derive(Clone)]
pub struct Impersonation {
    ports: Arc<Ports>,
}

impl Impersonation {
    /// The use cases over these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports: Arc::new(ports) }
    }

    /// One's own account: who am I, on whose accounts may I act, who may act on mine.
    #[must_use]
    pub fn account(&self) -> AccountService {
        AccountService::new(self.ports.clone())
    }

    /// Signing in and out.
    #[must_use]
    pub fn sign_ins(&self) -> SignInService {
        SignInService::new(self.ports.clone())
    }

    /// Grants.
    #[must_use]
    pub fn grants(&self) -> GrantService {
        GrantService::new(self.ports.clone())
    }

    /// Login sessions.
    #[must_use]
    pub fn login_sessions(&self) -> LoginSessionService {
        LoginSessionService::new(self.ports.clone())
    }

    /// Messages and files.
    #[must_use]
    pub fn sending(&self) -> SendingService {
        SendingService::new(self.ports.clone())
    }

    /// Users.
    #[must_use]
    pub fn people(&self) -> PeopleService {
        PeopleService::new(self.ports.clone())
    }

    /// Roles.
    #[must_use]
    pub fn roles(&self) -> RoleService {
        RoleService::new(self.ports.clone())
    }

    /// Channels and their members.
    #[must_use]
    pub fn channels(&self) -> ChannelService {
        ChannelService::new(self.ports.clone())
    }

    /// API tokens.
    #[must_use]
    pub fn tokens(&self) -> TokenService {
        TokenService::new(self.ports.clone())
    }

    /// The organization and its settings.
    #[must_use]
    pub fn organization(&self) -> OrganizationService {
        OrganizationService::new(self.ports.clone())
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> AuditService {
        AuditService::new(self.ports.clone())
    }

    /// Decisions and their explanation.
    #[must_use]
    pub fn decisions(&self) -> DecisionService {
        DecisionService::new(self.ports.clone())
    }

    /// What has happened since somebody last looked.
    #[must_use]
    pub fn live(&self) -> LiveService {
        LiveService::new(self.ports.clone())
    }

    /// What the operator of the installation does. Whoever calls this has made sure that it is them.
    #[must_use]
    pub fn operator(&self) -> OperatorService {
        OperatorService::new(self.ports.clone())
    }
}

/// Defines the handle of one family of use cases.
macro_rules! family {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name {
            ports: std::sync::Arc<crate::service::Ports>,
        }

        impl $name {
            pub(super) fn new(ports: std::sync::Arc<crate::service::Ports>) -> Self {
                Self { ports }
            }
        }
    };
}
use family;
