//! No list walks through a whole table, and no page is sorted after it was read.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use impersonation_domain::{
    audit::{Action, Outcome},
    credential::OwnCredentialId,
    ids::{GrantId, OrganizationId, TypedId as _},
    plan::Plan,
    ports::{
        AuditQuery, ChannelCursor, ChannelQuery, FactsQuery, GrantCursor, GrantQuery, GrantSort,
        GrantSortField, LiveSessions, LoginSessionQuery, OrganizationIndex as _, PageLimit,
        SortKey, UnitOfWorkFactory as _, UserCursor, UserQuery,
    },
    secret::SecretKind,
    user::{User, UserStatus},
};
use impersonation_seaorm::{ConnectSettings, StatementObserver, Store};
use impersonation_testkit::world::World;
use sea_orm::DatabaseConnection;

use crate::support::{Opened, on_both, rows, run};

on_both! {
    no_query_walks_through_a_table,
    no_page_is_sorted_after_it_was_read,
    the_facts_of_a_decision_are_one_query,
}

/// A store that writes down its statements.
struct Watched {
    store: Store,
    seen: Arc<Mutex<BTreeSet<String>>>,
    world: World,
    ben: User,
    cleo: User,
}

impl Watched {
    async fn new(opened: &Opened) -> Self {
        let world = opened.world().await;
        let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
        let seen = Arc::new(Mutex::new(BTreeSet::new()));
        let book = Arc::clone(&seen);
        let observer = StatementObserver::new(move |run| {
            assert!(!run.failed, "{}", run.text);
            book.lock().unwrap().insert(run.text.to_owned());
        });
        let settings = ConnectSettings { observer: Some(observer), ..opened.settings.clone() };
        Self { store: Store::connect(&settings).await.unwrap(), seen, world, ben, cleo }
    }

    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn grant_queries(&self) -> Vec<GrantQuery> {
        let plain = GrantQuery {
            search: None,
            access: None,
            state: None,
            unused_since: None,
            grantor: None,
            grantee: None,
            sort: GrantSort::default(),
            after: None,
            limit: PageLimit::default(),
            now: self.world.now(),
            plan: Plan::Enterprise,
        };
        let mut queries = Vec::new();
        for field in GrantSortField::ALL {
            for descending in [false, true] {
                let key = match field {
                    GrantSortField::Login | GrantSortField::Send => SortKey::Flag(true),
                    GrantSortField::CreatedAt
                    | GrantSortField::ExpiresAt
                    | GrantSortField::LastUsedAt => SortKey::At(self.world.now()),
                    _ => SortKey::Text("cleo".to_owned()),
                };
                let cursor = GrantCursor { key, id: self.world.id::<GrantId>() };
                for after in [None, Some(cursor)] {
                    queries.push(GrantQuery {
                        sort: GrantSort { field, descending },
                        after,
                        ..plain.clone()
                    });
                }
            }
        }
        queries
    }

    /// Runs what every page of the console and every request runs.
    async fn read_lists(&self) {
        let Self { store, world, ben, cleo, .. } = self;
        let mut unit = store.begin_read(world.organization).await.unwrap();
        let name = |text: &str| Some(text.to_owned());
        let cursor = UserCursor { email_key: "cleo".to_owned(), id: cleo.id() };
        for query in [
            UserQuery::default(),
            UserQuery { after: Some(cursor), ..UserQuery::default() },
            UserQuery {
                search: name("c"),
                status: Some(UserStatus::Active),
                ..UserQuery::default()
            },
            UserQuery { role: Some(world.admin_role), ..UserQuery::default() },
        ] {
            unit.directory_store().users(&query).await.unwrap();
        }
        let cursor = ChannelCursor { name_key: "deals".to_owned(), id: world.id() };
        for query in [
            ChannelQuery::default(),
            ChannelQuery { after: Some(cursor), ..ChannelQuery::default() },
        ] {
            unit.directory_store().channels(&query).await.unwrap();
        }
        let after = Some((world.now(), world.id()));
        for (actor, subject, involving) in [
            (None, None, None),
            (Some(ben), None, None),
            (None, Some(cleo), None),
            (None, None, Some(ben)),
        ] {
            for after in [None, after] {
                let query = LoginSessionQuery {
                    live: None,
                    actor: actor.map(User::id),
                    subject: subject.map(User::id),
                    involving: involving.map(User::id),
                    after,
                    limit: PageLimit::default(),
                };
                unit.sessions().list(&query).await.unwrap();
            }
        }
        for after in [None, Some((world.now(), world.id()))] {
            unit.messages().in_channel(world.id(), after, PageLimit::default()).await.unwrap();
        }
        let by = |user: &User| Some(user.id());
        for query in [
            AuditQuery::default(),
            AuditQuery { before_sequence: Some(9), ..AuditQuery::default() },
            AuditQuery { account: by(cleo), ..AuditQuery::default() },
            AuditQuery { actor: by(ben), ..AuditQuery::default() },
            AuditQuery { actor: by(ben), account: by(cleo), ..AuditQuery::default() },
            AuditQuery { involving: by(ben), before_sequence: Some(9), ..AuditQuery::default() },
            AuditQuery { action: Some(Action::GrantCreate), ..AuditQuery::default() },
            AuditQuery { login_session: Some(world.id()), ..AuditQuery::default() },
            AuditQuery { outcome: Some(Outcome::Refused), ..AuditQuery::default() },
        ] {
            unit.audit_log().query(&query).await.unwrap();
        }
        unit.audit_log().range(5, 100).await.unwrap();
        for query in self.grant_queries() {
            unit.grants().list(&query).await.unwrap();
        }
    }

    /// Runs what looks for something in particular.
    async fn look_up(&self) {
        let Self { store, world, ben, cleo, .. } = self;
        let hash = world.token(SecretKind::SignIn);
        let mut unit = store.begin_read(world.organization).await.unwrap();
        unit.directory().user_by_email(ben.email()).await.unwrap();
        unit.directory().users_by_id(&[ben.id(), cleo.id()]).await.unwrap();
        unit.directory().is_member(world.id(), ben.id()).await.unwrap();
        unit.directory().shared_channels(ben.id(), cleo.id()).await.unwrap();
        unit.directory_store().members(world.id()).await.unwrap();
        unit.directory_store().role_holders(world.member_role).await.unwrap();
        unit.directory_store().active_administrators().await.unwrap();
        let of_ben = ChannelQuery { member: Some(ben.id()), ..ChannelQuery::default() };
        unit.directory_store().channels(&of_ben).await.unwrap();
        unit.directory_store().roles().await.unwrap();
        unit.grants().of_pair(cleo.id(), ben.id()).await.unwrap();
        unit.grants().received_by(ben.id()).await.unwrap();
        unit.grants().granted_by(ben.id()).await.unwrap();
        let plain = self.grant_queries().remove(0);
        for query in [
            GrantQuery { grantor: Some(cleo.id()), ..plain.clone() },
            GrantQuery { grantee: Some(ben.id()), ..plain.clone() },
            GrantQuery { search: Some("ben".to_owned()), ..plain.clone() },
        ] {
            unit.grants().list(&query).await.unwrap();
        }
        for which in [
            LiveSessions::default(),
            LiveSessions { actor: Some(ben.id()), ..LiveSessions::default() },
            LiveSessions { subject: Some(ben.id()), ..LiveSessions::default() },
            LiveSessions { involving: Some(ben.id()), ..LiveSessions::default() },
            LiveSessions { grant: Some(world.id()), ..LiveSessions::default() },
            LiveSessions {
                own_credential: Some(OwnCredentialId::SignIn(world.id())),
                ..LiveSessions::default()
            },
        ] {
            unit.sessions().live(&which).await.unwrap();
        }
        unit.sessions().overdue(world.now(), world.now()).await.unwrap();
        unit.sessions().by_token(&hash).await.unwrap();
        unit.messages().with_file(world.id()).await.unwrap();
        unit.credentials().sign_in_by_token(&hash).await.unwrap();
        unit.credentials().token_by_hash(&hash).await.unwrap();
        unit.credentials().tokens().await.unwrap();
        unit.facts(&self.facts_query()).await.unwrap();
        store.by_token(&hash).await.unwrap();
        store.accounts_by_email(ben.email()).await.unwrap();
    }

    fn facts_query(&self) -> FactsQuery {
        let channel = Some(self.world.id());
        FactsQuery { actor: self.ben.id(), subject: self.cleo.id(), channel }
    }
}

/// How a database would answer a statement, whatever its values are.
async fn plan(opened: &Opened, raw: &DatabaseConnection, statement: &str) -> Vec<String> {
    if opened.is_sqlite() {
        let plan = rows(raw, &format!("EXPLAIN QUERY PLAN {statement}")).await;
        return plan.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    }
    let values = (1..).take_while(|n| statement.contains(&format!("${n}"))).count();
    run(raw, &format!("PREPARE asked AS {statement}")).await;
    let nulls = vec!["NULL"; values].join(", ");
    let plan = rows(raw, &format!("EXPLAIN (COSTS OFF) EXECUTE asked({nulls})")).await;
    run(raw, "DEALLOCATE asked").await;
    plan.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// A connection on which PostgreSQL walks and sorts only where it has no other way, as it would
/// with many rows.
async fn connection(opened: &Opened) -> DatabaseConnection {
    let raw = opened.raw().await;
    if !opened.is_sqlite() {
        run(
            &raw,
            "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
             SET enable_sort = off; SET enable_bitmapscan = off",
        )
        .await;
    }
    raw
}

async fn no_query_walks_through_a_table(opened: Opened) {
    let watched = Watched::new(&opened).await;
    watched.read_lists().await;
    watched.look_up().await;
    let raw = connection(&opened).await;
    let statements = watched.take();
    assert!(statements.len() > 60, "only {} statements were seen", statements.len());
    for statement in statements {
        let plan = plan(&opened, &raw, &statement).await;
        for step in &plan {
            let walks = step.contains("Seq Scan")
                || (step.starts_with("SCAN ") && !step.starts_with("SCAN part"));
            assert!(!walks, "{step}\n{statement}\n{plan:#?}");
        }
    }
}

async fn no_page_is_sorted_after_it_was_read(opened: Opened) {
    let watched = Watched::new(&opened).await;
    watched.read_lists().await;
    let raw = connection(&opened).await;
    for statement in watched.take() {
        let plan = plan(&opened, &raw, &statement).await;
        for step in &plan {
            let by = statement.rsplit("ORDER BY").next().unwrap_or_default();
            // Of two short lists; and PostgreSQL decides by how many rows there are whether it walks
            // along the names of people or sorts.
            let is_bounded = statement.contains(" UNION ")
                || !opened.is_sqlite() && (by.contains("_key\" ") && by.contains("\"g\""));
            // Within the same name only is no sort of the page.
            let sorts = step.trim_start().trim_start_matches("->  ").starts_with("Sort")
                && !step.contains("Sort Key")
                || step.contains("TEMP B-TREE FOR ORDER BY");
            assert!(!sorts || is_bounded, "{step}\n{statement}\n{plan:#?}");
        }
    }
}

async fn the_facts_of_a_decision_are_one_query(opened: Opened) {
    let watched = Watched::new(&opened).await;
    let organization: OrganizationId = watched.world.organization;
    assert!(!organization.uuid().is_nil());
    let mut unit = watched.store.begin_read(organization).await.unwrap();
    watched.take();
    unit.facts(&watched.facts_query()).await.unwrap();
    assert_eq!(watched.take().len(), 1);
}
