//! Every method of every port, on its route.

use async_trait::async_trait;
use impersonation_domain::{
    audit::{AuditHead, Event, EventContent, Recorded},
    channel::{Channel, Membership},
    credential::{ApiToken, PasswordChange, SignIn},
    email::EmailAddress,
    grant::Grant,
    ids::{
        ChannelId, FileId, GrantId, LoginSessionId, MessageId, RoleId, SignInId, TokenId, UserId,
    },
    login_session::LoginSession,
    message::Message,
    organization::Organization,
    ports::{
        AuditLog, AuditQuery, ChannelCursor, ChannelQuery, CredentialRepository, Directory,
        DirectoryStore, GrantCursor, GrantQuery, GrantRepository, GrantView, Idempotency,
        IdempotencyScope, LiveSessions, LoginSessionQuery, LoginSessionRepository,
        MessageRepository, Page, PageLimit, RepositoryError, StoredResponse, UserCursor, UserQuery,
    },
    role::Role,
    secret::{PasswordHash, SecretHash},
    time::Timestamp,
    user::User,
};

use super::{Call, Route, Through};

macro_rules! on_its_route {
    ($trait:ident by $port:ident {
        $($kind:ident $method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+
    }) => {
        #[async_trait]
        impl<R: Route + 'static> $trait for Through<R> {
            $(
                async fn $method(
                    &mut self,
                    $($argument: $type),*
                ) -> Result<$answer, RepositoryError> {
                    let call = Call {
                        port: stringify!($port),
                        method: stringify!($method),
                        writes: on_its_route!(@$kind),
                    };
                    let answer = self.0.unit(call).await?.$port().$method($($argument),*).await;
                    self.0.answered(call).await;
                    answer
                }
            )+
        }
    };
    (@reads) => { false };
    (@writes) => { true };
}

on_its_route! {
    Directory by directory {
        reads organization() -> Option<Organization>;
        reads user(id: UserId) -> Option<User>;
        reads user_by_email(email: &EmailAddress) -> Option<User>;
        reads role(id: RoleId) -> Option<Role>;
        reads channel(id: ChannelId) -> Option<Channel>;
        reads is_member(channel: ChannelId, user: UserId) -> bool;
        reads shared_channels(one: UserId, other: UserId) -> Vec<Channel>;
        reads users_by_id(ids: &[UserId]) -> Vec<User>;
    }
}

on_its_route! {
    DirectoryStore by directory_store {
        reads any_organization() -> bool;
        writes save_organization(organization: Recorded<Organization>) -> Organization;
        reads users(query: &UserQuery) -> Page<User, UserCursor>;
        writes save_user(user: Recorded<User>) -> User;
        reads active_administrators() -> u64;
        reads roles() -> Vec<Role>;
        reads role_holders(role: RoleId) -> u64;
        writes save_role(role: Recorded<Role>) -> Role;
        writes delete_role(role: Recorded<Role>) -> Role;
        reads channels(query: &ChannelQuery) -> Page<Channel, ChannelCursor>;
        reads members(channel: ChannelId) -> Vec<User>;
        writes save_channel(channel: Recorded<Channel>) -> Channel;
        writes add_member(membership: Recorded<Membership>) -> Membership;
        writes remove_member(membership: Recorded<Membership>) -> Membership;
    }
}

on_its_route! {
    GrantRepository by grants {
        reads grant(id: GrantId) -> Option<Grant>;
        reads of_pair(grantor: UserId, grantee: UserId) -> Option<Grant>;
        reads received_by(grantee: UserId) -> Vec<Grant>;
        reads granted_by(grantor: UserId) -> Vec<Grant>;
        reads list(query: &GrantQuery) -> Page<GrantView, GrantCursor>;
        writes save(grant: Recorded<Grant>) -> Grant;
        writes delete(grant: Recorded<Grant>) -> Grant;
        writes mark_used(id: GrantId, at: Timestamp) -> ();
    }
}

on_its_route! {
    LoginSessionRepository by sessions {
        reads session(id: LoginSessionId) -> Option<LoginSession>;
        reads by_token(hash: &SecretHash) -> Option<LoginSession>;
        reads live(which: &LiveSessions) -> Vec<LoginSession>;
        reads overdue(now: Timestamp, idle_since: Timestamp) -> Vec<LoginSession>;
        reads list(query: &LoginSessionQuery) -> Page<LoginSession, (Timestamp, LoginSessionId)>;
        writes save(session: Recorded<LoginSession>) -> LoginSession;
        writes touch(id: LoginSessionId, at: Timestamp) -> ();
        writes first_read(reader: uuid::Uuid, resource: &str, minute: Timestamp) -> bool;
    }
}

on_its_route! {
    MessageRepository by messages {
        writes save(message: Recorded<Message>) -> Message;
        reads message(id: MessageId) -> Option<Message>;
        reads in_channel(
            channel: ChannelId,
            after: Option<(Timestamp, MessageId)>,
            limit: PageLimit
        ) -> Page<Message, (Timestamp, MessageId)>;
        reads with_file(file: FileId) -> Option<Message>;
    }
}

on_its_route! {
    CredentialRepository by credentials {
        reads sign_in(id: SignInId) -> Option<SignIn>;
        reads sign_in_by_token(hash: &SecretHash) -> Option<SignIn>;
        writes save_sign_in(sign_in: Recorded<SignIn>) -> SignIn;
        reads token(id: TokenId) -> Option<ApiToken>;
        reads token_by_hash(hash: &SecretHash) -> Option<ApiToken>;
        reads tokens() -> Vec<ApiToken>;
        writes save_token(token: Recorded<ApiToken>) -> ApiToken;
        writes end_all_of(
            user: UserId,
            except: Option<SignInId>,
            tokens: bool,
            at: Timestamp
        ) -> ();
        reads password(user: UserId) -> Option<PasswordHash>;
        writes set_password(change: Recorded<PasswordChange>) -> ();
    }
}

on_its_route! {
    Idempotency by idempotency {
        reads find(scope: &IdempotencyScope) -> Option<StoredResponse>;
        writes put(scope: &IdempotencyScope, response: StoredResponse) -> ();
        writes forget_before(moment: Timestamp) -> ();
    }
}

on_its_route! {
    AuditLog by audit_log {
        reads head() -> AuditHead;
        writes append(content: EventContent) -> Event;
        reads query(query: &AuditQuery) -> Page<Event, u64>;
        reads range(after: u64, limit: u16) -> Vec<Event>;
    }
}
