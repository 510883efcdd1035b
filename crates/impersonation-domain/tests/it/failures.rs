//! A store that fails: nothing is permitted, nothing happens, and it can be tried again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use impersonation_domain::{
    channel::Channel,
    email::EmailAddress,
    ids::{ChannelId, OrganizationId, RoleId, UserId},
    organization::Organization,
    ports::{
        AuditLog, CredentialRepository, Directory, DirectoryStore, GrantRepository, Idempotency,
        LoginSessionRepository, MessageRepository, PasswordHasher, RepositoryError, UnitOfWork,
        UnitOfWorkFactory,
    },
    role::Role,
    secret::{Password, PasswordHash},
    service::{Credential, ErrorClass, ExplainRequest, Impersonation, Ports},
    user::User,
};
use impersonation_memory::InMemory;
use impersonation_testkit::environment::{SeededSecrets, SequentialIds};

use crate::fixture::{
    BOTH, Demo, LOGIN, PASSWORD, bearer, grant_of, scenario, text, text_as, upload,
};

fn gone() -> RepositoryError {
    RepositoryError::unavailable("the disk is full")
}

/// The store of the demonstration, of which one thing can be made to fail.
#[derive(Clone)]
struct Faulty {
    store: InMemory,
    commits_fail: Arc<AtomicBool>,
    users_fail: Arc<AtomicBool>,
}

struct FaultyUnit {
    unit: Box<dyn UnitOfWork>,
    commits_fail: Arc<AtomicBool>,
    broken: Option<Broken>,
}

/// A directory whose users cannot be read.
struct Broken(Option<Organization>);

#[async_trait]
impl UnitOfWorkFactory for Faulty {
    async fn begin(&self, id: OrganizationId) -> Result<Box<dyn UnitOfWork>, RepositoryError> {
        let mut unit = self.store.begin(id).await?;
        let broken = if self.users_fail.load(Ordering::SeqCst) {
            Some(Broken(unit.directory().organization().await?))
        } else {
            None
        };
        let commits_fail = self.commits_fail.clone();
        Ok(Box::new(FaultyUnit { unit, commits_fail, broken }))
    }
}

#[async_trait]
impl UnitOfWork for FaultyUnit {
    fn directory(&mut self) -> &mut dyn Directory {
        match &mut self.broken {
            Some(broken) => broken,
            None => self.unit.directory(),
        }
    }
    fn directory_store(&mut self) -> &mut dyn DirectoryStore {
        self.unit.directory_store()
    }
    fn grants(&mut self) -> &mut dyn GrantRepository {
        self.unit.grants()
    }
    fn sessions(&mut self) -> &mut dyn LoginSessionRepository {
        self.unit.sessions()
    }
    fn messages(&mut self) -> &mut dyn MessageRepository {
        self.unit.messages()
    }
    fn credentials(&mut self) -> &mut dyn CredentialRepository {
        self.unit.credentials()
    }
    fn idempotency(&mut self) -> &mut dyn Idempotency {
        self.unit.idempotency()
    }
    fn audit_log(&mut self) -> &mut dyn AuditLog {
        self.unit.audit_log()
    }
    async fn commit(self: Box<Self>) -> Result<(), RepositoryError> {
        if self.commits_fail.load(Ordering::SeqCst) {
            Err(gone())
        } else {
            self.unit.commit().await
        }
    }
}

#[async_trait]
impl Directory for Broken {
    async fn organization(&mut self) -> Result<Option<Organization>, RepositoryError> {
        Ok(self.0.clone())
    }
    async fn user(&mut self, _: UserId) -> Result<Option<User>, RepositoryError> {
        Err(gone())
    }
    async fn user_by_email(&mut self, _: &EmailAddress) -> Result<Option<User>, RepositoryError> {
        Err(gone())
    }
    async fn role(&mut self, _: RoleId) -> Result<Option<Role>, RepositoryError> {
        Err(gone())
    }
    async fn channel(&mut self, _: ChannelId) -> Result<Option<Channel>, RepositoryError> {
        Err(gone())
    }
    async fn is_member(&mut self, _: ChannelId, _: UserId) -> Result<bool, RepositoryError> {
        Err(gone())
    }
    async fn shared_channels(
        &mut self,
        _: UserId,
        _: UserId,
    ) -> Result<Vec<Channel>, RepositoryError> {
        Err(gone())
    }
}

/// A hasher that nobody may reach.
struct Unreachable;

#[async_trait]
impl PasswordHasher for Unreachable {
    async fn hash(&self, _: &Password) -> Result<PasswordHash, RepositoryError> {
        panic!("a password was hashed")
    }
    async fn verify(&self, _: &str, _: Option<&PasswordHash>) -> Result<bool, RepositoryError> {
        panic!("a password was checked")
    }
}

/// The use cases over the same people, with a store that fails and a hasher out of reach.
fn over(demo: &Demo) -> (Impersonation, Faulty) {
    let faulty = Faulty {
        store: demo.store.clone(),
        commits_fail: Arc::default(),
        users_fail: Arc::default(),
    };
    // Other identifiers and secrets than those that the demonstration has given away.
    let ids = SequentialIds::descending();
    let secrets = SeededSecrets::new(99);
    let app = Impersonation::new(Ports {
        units: Arc::new(faulty.clone()),
        index: Arc::new(demo.store.clone()),
        clock: Arc::new(demo.clock.clone()),
        ids: Arc::new(ids),
        secrets: Arc::new(secrets),
        passwords: Arc::new(Unreachable),
        files: Arc::new(demo.files.clone()),
    });
    (app, faulty)
}

/// Tries everything that ben, ada and a session of ben's may do; all of it must be unavailable.
async fn nothing_works(demo: &Demo, app: &Impersonation, in_session: &Credential) {
    let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
    let (code, class) = ("unavailable", ErrorClass::Unavailable);
    let (grants, sessions, sending) = (app.grants(), app.login_sessions(), app.sending());
    let create = grants.create(&ada.credential, grant_of(ben, cleo, BOTH), None);
    assert!(demo.refused(create, code, class).await.is_empty());
    let start = sessions.start(&ben.credential, cleo.id, None, None);
    assert!(demo.refused(start, code, class).await.is_empty());
    let deals = demo.acme.channel("deals");
    let send = sending.send(&ben.credential, deals, text_as("hi", cleo.id), None, None);
    assert!(demo.refused(send, code, class).await.is_empty());
    let send = sending.send(in_session, deals, text("hi"), None, None);
    assert!(demo.refused(send, code, class).await.is_empty());
    let read = sending.messages(in_session, deals, None, Default::default());
    assert!(demo.refused(read, code, class).await.is_empty());
    let stop = sessions.end_current(in_session);
    assert!(demo.refused(stop, code, class).await.is_empty());
    let decisions = app.decisions();
    let question = ExplainRequest {
        actor: ben.id,
        action: impersonation_domain::access::AccessType::Login,
        subject: cleo.id,
        channel: None,
    };
    let explain = decisions.explain(&ada.credential, question);
    assert!(demo.refused(explain, code, class).await.is_empty());
    // A refusal that cannot be recorded is not told as one.
    let refused = grants.list(&ben.credential, Default::default());
    assert!(demo.refused(refused, code, class).await.is_empty());
}

#[test]
fn a4_what_cannot_be_written_does_not_happen() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let login = demo.login(ben, cleo).await;
        let (app, faulty) = over(demo);
        faulty.commits_fail.store(true, Ordering::SeqCst);
        nothing_works(demo, &app, &login.credential).await;
        faulty.commits_fail.store(false, Ordering::SeqCst);
        app.login_sessions().start(&ben.credential, cleo.id, None, None).await.unwrap();
    });
}

#[test]
fn d8_facts_that_cannot_be_read_permit_nothing() {
    scenario(async |demo| {
        let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, BOTH).await;
        let login = demo.login(ben, cleo).await;
        let (app, faulty) = over(demo);
        faulty.users_fail.store(true, Ordering::SeqCst);
        nothing_works(demo, &app, &login.credential).await;
        // The session has not been ended for it either.
        faulty.users_fail.store(false, Ordering::SeqCst);
        app.account().me(&login.credential).await.unwrap();
    });
}

#[test]
fn p5_a_file_stays_where_it_is_unknown_whether_it_was_sent() {
    scenario(async |demo| {
        let ben = &demo.acme["ben"].credential;
        let (app, faulty) = over(demo);
        let (general, file) = (demo.acme.channel("general"), upload("a.txt", "text/plain", b"x"));
        let content = futures_util::stream::once(async move {
            faulty.commits_fail.store(true, Ordering::SeqCst);
            Ok(bytes::Bytes::from_static(b"x"))
        });
        let file = impersonation_domain::service::Upload { content: Box::pin(content), ..file };
        let sent = app.sending().send(ben, general, text("here"), Some(file), None).await;
        assert_eq!(crate::fixture::must_fail(sent).class(), ErrorClass::Unavailable);
        assert_eq!(demo.files.len(), 1);
    });
}

#[test]
fn w7_no_password_is_hashed_for_whom_it_is_not_allowed() {
    scenario(async |demo| {
        let (app, _) = over(demo);
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(ada, ben, LOGIN).await;
        let login = demo.login(ben, ada).await;
        let nobody = bearer(&impersonation_domain::secret::Secret::from_random(
            impersonation_domain::secret::SecretKind::SignIn,
            [3; 32],
        ));
        let zoe = || impersonation_domain::service::CreateUser {
            name: "Zoe".to_owned(),
            email: "zoe@acme.example".to_owned(),
            role_id: None,
            password: Some(PASSWORD.to_owned()),
        };
        let (people, account) = (app.people(), app.account());
        let new = || Password::new(PASSWORD.to_owned()).unwrap();
        for (credential, code, class) in [
            (&ben.credential, "permission_required", ErrorClass::Forbidden),
            (&login.credential, "in_login_session", ErrorClass::Forbidden),
            (&nobody, "unauthenticated", ErrorClass::Unauthenticated),
        ] {
            demo.refused(people.create(credential, zoe(), None), code, class).await;
            let reset = people.set_password(credential, cleo.id, PASSWORD.to_owned());
            demo.refused(reset, code, class).await;
        }
        let (code, class) = ("in_login_session", ErrorClass::Forbidden);
        let change = account.change_password(&login.credential, PASSWORD, new());
        demo.refused(change, code, class).await;
    });
}
