//! What the core asks of the world. Adapters implement these traits; nothing here does I/O.

mod audit_log;
mod credentials;
mod directory;
mod environment;
mod error;
mod files;
mod grants;
mod login_sessions;
mod messages;
mod page;
mod unit_of_work;

pub use audit_log::{AuditLog, AuditQuery};
pub use credentials::{CredentialRepository, Idempotency, IdempotencyScope, StoredResponse};
pub use directory::{
    ChannelCursor, ChannelQuery, Directory, DirectoryStore, UserCursor, UserQuery,
};
pub use environment::{Clock, IdGenerator, PasswordHasher, SecretGenerator, generate};
pub use error::{Constraint, RepositoryError};
pub use files::{ByteStream, FileStore, FileStoreError, StoredObject};
pub use grants::{
    GrantCursor, GrantQuery, GrantRepository, GrantSort, GrantSortField, GrantView, SortKey,
};
pub use login_sessions::{LiveSessions, LoginSessionQuery, LoginSessionRepository};
pub use messages::MessageRepository;
pub use page::{Page, PageLimit};
pub use unit_of_work::{FactsQuery, OrganizationIndex, UnitOfWork, UnitOfWorkFactory};
