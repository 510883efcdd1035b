//! A line to PostgreSQL on which nothing comes any more and nobody is told: a machine that lost its
//! power, or a firewall that has forgotten the connection.

use std::{str::FromStr as _, sync::Arc, time::Duration};

use impersonation_domain::ports::{
    OrganizationIndex as _, RepositoryError, UnitOfWorkFactory as _,
};
use impersonation_seaorm::{ConnectSettings, SchemaError, Store};
use impersonation_testkit::world::World;
use sea_orm::sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use crate::support::Opened;

/// How many connections of each purpose there are.
const CONNECTIONS: u32 = 3;

/// A way to PostgreSQL that can be made silent.
struct Line {
    url: String,
    /// How often it was.
    silenced: watch::Sender<u32>,
    _connections: JoinSet<()>,
}

impl Line {
    async fn to(url: &str) -> Self {
        let direct = PgConnectOptions::from_str(url).unwrap();
        let target = (direct.get_host().to_owned(), direct.get_port());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = direct.host("127.0.0.1").port(port).to_url_lossy().to_string();
        let silenced = watch::Sender::new(0);
        let so_far = silenced.subscribe();
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut each = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.unwrap();
                each.spawn(carry(client, server, so_far.clone()));
            }
        });
        Self { url, silenced, _connections: connections }
    }

    /// From now on nothing passes on the connections that there are. New ones work.
    fn silence(&self) {
        self.silenced.send_modify(|times| *times += 1);
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, mut silenced: watch::Receiver<u32>) {
    let before = *silenced.borrow();
    let silence = async {
        drop(silenced.wait_for(|times| *times > before).await);
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        () = silence => std::future::pending().await,
    }
}

/// A store at the end of a line, an organization in it, and the same past the line.
struct Scene {
    line: Line,
    store: Arc<Store>,
    world: World,
    _opened: Opened,
}

impl Scene {
    async fn open() -> Option<Self> {
        let opened = Opened::postgres().await?;
        let line = Line::to(&opened.settings.url).await;
        let settings = ConnectSettings {
            url: line.url.clone(),
            max_connections: 2 * CONNECTIONS,
            acquire_timeout: Duration::from_secs(3),
            statement_timeout: Duration::from_millis(500),
            ..opened.settings.clone()
        };
        let store = Arc::new(Store::connect(&settings).await.unwrap());
        let world = World::enterprise(store.clone()).await;
        Some(Self { line, store, world, _opened: opened })
    }
}

/// What would be waited for without end otherwise.
async fn in_the_end<T>(answer: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), answer).await.expect("this is waited for without end")
}

/// Tries until it succeeds. No connection fails more than once, and while PostgreSQL holds what
/// the vanished transaction has locked, one more try may.
async fn soon<T>(mut attempt: impl AsyncFnMut() -> Result<T, RepositoryError>) -> T {
    let mut failures = 0;
    loop {
        match in_the_end(attempt()).await {
            Ok(value) => return value,
            Err(RepositoryError::Unavailable(_)) if failures <= CONNECTIONS => failures += 1,
            Err(error) => panic!("after {failures} failures: {error}"),
        }
    }
}

#[tokio::test]
async fn r6_a_connection_that_goes_silent_in_a_transaction_keeps_no_other_waiting() {
    let Some(Scene { line, store, world, _opened }) = Scene::open().await else {
        println!("skipped: there is no PostgreSQL server here");
        return;
    };
    let ada = world.user("Ada").await;
    for committing in [true, false] {
        let mut unit = store.begin(world.organization).await.unwrap();
        line.silence();
        let given_up = if committing {
            in_the_end(unit.commit()).await
        } else {
            let read = in_the_end(unit.directory().user(ada.id())).await.map(drop);
            drop(unit);
            read
        };
        assert!(matches!(given_up, Err(RepositoryError::Unavailable(_))), "{given_up:?}");
        soon(async || store.begin(world.organization).await?.commit().await).await;
    }
    world.user("Ben").await;
}

#[tokio::test]
async fn r6_connections_that_go_silent_while_nobody_uses_them_are_replaced() {
    let Some(Scene { line, store, world, _opened }) = Scene::open().await else {
        println!("skipped: there is no PostgreSQL server here");
        return;
    };
    // All that there may be, at once.
    let mut units = Vec::new();
    for _ in 0..CONNECTIONS {
        units.push(store.begin_read(world.organization).await.unwrap());
    }
    drop(units);
    for _ in 0..3 {
        line.silence();
        soon(async || store.begin_read(world.organization).await.map(drop)).await;
        line.silence();
        assert_eq!(soon(async || store.organizations().await).await.len(), 1);
        line.silence();
        soon(async || store.ping().await).await;
        line.silence();
        let state = in_the_end(store.schema_state()).await;
        assert!(matches!(state, Ok(_) | Err(SchemaError::Database(_))), "{state:?}");
    }
    in_the_end(store.close()).await.unwrap();
}
