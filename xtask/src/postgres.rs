//! A throw-away PostgreSQL cluster: made, used and taken down by one command.

mod programs;

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use self::programs::{Account, Programs};
use crate::process::{Shell, find, pause, signal};

/// Tries, should another program take the free port between our look and the server's start.
const TRIES: usize = 3;

/// How often we look whether a stopping server has ended: about ten seconds.
const STOP_POLLS: usize = 500;

/// A running cluster. Dropping it stops the server and removes every file.
pub(crate) struct Cluster {
    server: Child,
    url: String,
    version: String,
    // After the server, so that the files go last.
    _folder: TempDir,
}

impl Cluster {
    /// Superuser, database `postgres`: a test makes a database of its own.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Such as `PostgreSQL 15.18`.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    fn start(shell: &Shell) -> anyhow::Result<Self> {
        let programs = Programs::find_or_install(shell)?;
        let account = Account::for_server(shell)?;
        let folder = tempfile::Builder::new().prefix("impersonation-postgres-").tempdir()?;
        let password = random_hex()?;
        let password_file = folder.path().join("password");
        fs::write(&password_file, &password)?;
        if let Some(account) = account {
            for path in [folder.path(), &password_file] {
                chown(path, Some(account.user), Some(account.group))?;
            }
        }
        fs::set_permissions(&password_file, Permissions::from_mode(0o600))?;
        let data = folder.path().join("data");
        initialise(&programs, account, &data, &password_file)?;

        for _ in 0..TRIES {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let mut server = serve(&programs, account, folder.path(), port)?;
            if is_ready(shell, &mut server, &data)? {
                let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
                return Ok(Self { server, url, version: programs.version, _folder: folder });
            }
        }
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        bail!("PostgreSQL does not start:\n{log}")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&mut self.server);
    }
}

/// Gives `work` a running cluster, and takes it down whatever happens.
pub(crate) fn with_cluster<T>(
    shell: &Shell,
    work: impl FnOnce(&Cluster) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let cluster = Cluster::start(shell).context("cannot start a PostgreSQL of our own")?;
    work(&cluster)
}

/// `cargo xtask postgres COMMAND`.
pub(crate) fn run_with_cluster(shell: &Shell, command: &[OsString]) -> anyhow::Result<()> {
    let (program, arguments) = command.split_first().context("no command")?;
    with_cluster(shell, |cluster| {
        let call = shell.call(program).args(arguments);
        call.env("IMP_TEST_PG", cluster.url()).env("IMP_REQUIRE_PG", "1").run()
    })
}

/// Text is sorted by the rules of a language where the server can, as it is on many real servers,
/// so that code which relies on the order of bytes is found out.
fn initialise(
    programs: &Programs,
    account: Option<Account>,
    data: &Path,
    password_file: &Path,
) -> anyhow::Result<()> {
    let by_language: &[&str] = &["--locale-provider=icu", "--icu-locale=en-US"];
    let mut complaint = String::new();
    for options in [by_language, &[]] {
        let mut command = as_account(Command::new(&programs.initdb), account);
        command.arg("--pgdata").arg(data).arg("--pwfile").arg(password_file);
        command.args(["--username=postgres", "--auth=password", "--encoding=UTF8"]);
        command.args(["--no-locale", "--no-sync"]).args(options).current_dir("/");
        let output = command.output().context("cannot run initdb")?;
        if output.status.success() {
            return Ok(());
        }
        complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    bail!("initdb failed: {complaint}")
}

/// Starts the server as our own child. Every durable setting stays at its default, which is on.
fn serve(
    programs: &Programs,
    account: Option<Account>,
    folder: &Path,
    port: u16,
) -> anyhow::Result<Child> {
    let log = File::create(folder.join("log"))?;
    // Even if we are killed, the kernel then asks the server to stop.
    let mut command = if let Some(setpriv) = find("setpriv") {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "INT", "--"]).arg(&programs.postgres);
        command
    } else {
        Command::new(&programs.postgres)
    };
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"]
    {
        command.args(["-c", setting]);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    // Ctrl-C is for us: we stop the server once those who use it are gone.
    command.process_group(0);
    as_account(command, account).spawn().context("cannot run postgres")
}

/// Waits until the server takes connections; false if it gave up.
fn is_ready(shell: &Shell, server: &mut Child, data: &Path) -> anyhow::Result<bool> {
    let status = data.join("postmaster.pid");
    while server.try_wait()?.is_none() {
        if let Err(interrupted) = shell.check_stop() {
            stop(server);
            return Err(interrupted);
        }
        // The last line of the server's own file says what it is doing.
        if fs::read_to_string(&status).is_ok_and(|text| text.trim_end().ends_with("ready")) {
            return Ok(true);
        }
        pause();
    }
    Ok(false)
}

/// A fast shutdown: open transactions are rolled back and connections closed. The files are thrown
/// away, so that a server which does not end in time may as well be killed.
fn stop(server: &mut Child) {
    if signal(server, "INT").is_ok() {
        for _ in 0..STOP_POLLS {
            if !matches!(server.try_wait(), Ok(None)) {
                return;
            }
            pause();
        }
    }
    drop(server.kill());
    drop(server.wait());
}

fn as_account(mut command: Command, account: Option<Account>) -> Command {
    if let Some(Account { user, group }) = account {
        command.uid(user).gid(group);
    }
    command
}

fn random_hex() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
