//! A PostgreSQL of a test's own, which can be killed.

use std::{
    env, fs,
    fs::{File, Permissions},
    net::{Ipv4Addr, TcpListener},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio_postgres::NoTls;

/// How long it may take to recover.
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster, which is running unless it was killed. Every durable setting is as it is by default.
pub(crate) struct Cluster {
    programs: PathBuf,
    account: Option<(u32, u32)>,
    port: u16,
    server: Child,
    folder: TempDir,
}

impl Cluster {
    /// Makes a cluster and starts it. `None` where there are no server programs.
    pub(crate) async fn begin(test: &str) -> Option<Self> {
        let Some(programs) = programs().filter(|_| Path::new("/proc/self/stat").exists()) else {
            assert!(
                env::var("IMP_REQUIRE_PG").is_err(),
                "IMP_REQUIRE_PG is set, and PostgreSQL's server programs are not to be found"
            );
            println!("{test}: skipped, as PostgreSQL's server programs are not to be found");
            return None;
        };
        let account = account();
        let folder = tempfile::Builder::new().prefix("impersonation-killed-").tempdir().unwrap();
        if let Some((user, group)) = account {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let mut initdb = as_account(Command::new(programs.join("initdb")), account);
        initdb.arg("--pgdata").arg(folder.path().join("data")).current_dir("/");
        initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]);
        let output = initdb.arg("--no-sync").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let port = port.port();
        let server = serve(&programs, account, folder.path(), port);
        let cluster = Self { programs, account, port, server, folder };
        cluster.ready().await;
        Some(cluster)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills the server and every process of its own, at once.
    pub(crate) fn kill(&mut self) {
        let server = self.server.id();
        // Stopped, it starts no others while they are counted.
        signal("STOP", &[server]);
        let mut all = children(server);
        all.push(server);
        signal("KILL", &all);
        self.server.wait().unwrap();
        // It cannot be started again while one of them holds its shared memory.
        while all.iter().any(|one| *one != server && is_postgres(*one)) {
            std::thread::yield_now();
        }
    }

    /// Starts it again, and waits until it has recovered.
    pub(crate) async fn start(&mut self) {
        self.server = serve(&self.programs, self.account, self.folder.path(), self.port);
        self.ready().await;
    }

    async fn ready(&self) {
        let url = self.url();
        let ready = async {
            loop {
                if let Ok((client, connection)) = tokio_postgres::connect(&url, NoTls).await {
                    let connection = tokio::spawn(connection);
                    let answer = client.simple_query("SELECT 1").await;
                    drop((client, connection));
                    if answer.is_ok() {
                        return;
                    }
                }
                #[expect(clippy::disallowed_methods, reason = "somebody else's start is awaited")]
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, ready).await.is_err() {
            panic!("PostgreSQL does not start:\n{}", self.log());
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if matches!(self.server.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

fn serve(programs: &Path, account: Option<(u32, u32)>, folder: &Path, port: u16) -> Child {
    let log = File::options().create(true).append(true).open(folder.join("log")).unwrap();
    let postgres = programs.join("postgres");
    // Should the test be killed, the kernel asks the server to stop.
    let mut command = match find("setpriv") {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "INT", "--"]).arg(postgres);
            command
        }
        None => Command::new(postgres),
    };
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="] {
        command.args(["-c", setting]);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    as_account(command, account).process_group(0).spawn().unwrap()
}

fn as_account(mut command: Command, account: Option<(u32, u32)>) -> Command {
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
    command
}

/// PostgreSQL refuses to be root.
fn account() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let named = |name: &&str| Some((id(&["-u", name])?, id(&["-g", name])?));
    Some(["postgres", "nobody"].iter().find_map(named).expect("a user who may run PostgreSQL"))
}

fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// The folder of the server programs: on PATH, or where packages keep one for each version.
fn programs() -> Option<PathBuf> {
    let on_path = find("postgres").and_then(|program| Some(program.parent()?.to_owned()));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let packaged = versions.map(|version| version.path().join("bin"));
    let has_both =
        |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file());
    on_path.into_iter().chain(packaged).find(has_both)
}

fn signal(name: &str, processes: &[u32]) {
    let processes = processes.iter().map(ToString::to_string);
    // One of them may have ended by itself.
    drop(Command::new("kill").args(["-s", name]).args(processes).stderr(Stdio::null()).status());
}

/// Name and parent of a process, as long as there is one.
fn stat(process: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (start, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A process that has ended, and that nobody has asked about, is none.
    let is_over = fields.next()? == "Z";
    let parent = fields.next()?.parse().ok()?;
    (!is_over).then(|| (start.split_once('(').map_or("", |(_, name)| name).to_owned(), parent))
}

fn is_postgres(process: u32) -> bool {
    stat(process).is_some_and(|(name, _)| name == "postgres")
}

fn children(of: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| stat(*id).is_some_and(|(_, parent)| parent == of)).collect()
}
