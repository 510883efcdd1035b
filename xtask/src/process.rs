//! Running other programs, so that an interrupt always leaves through our own clean-up.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Read, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

/// How often a running program, or a starting one, is looked at.
const POLL: Duration = Duration::from_millis(20);

/// The workspace, and whether somebody has asked us to stop.
pub(crate) struct Shell {
    root: PathBuf,
    stopping: Arc<AtomicBool>,
}

impl Shell {
    /// Finds the workspace and takes over the signals that ask a program to end.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("this crate is not inside a workspace")?
            .to_path_buf();
        let stopping = Arc::new(AtomicBool::new(false));
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            // Registered first, so that it acts on the second signal only.
            flag::register_conditional_shutdown(signal, 130, Arc::clone(&stopping))?;
            flag::register(signal, Arc::clone(&stopping))?;
        }
        Ok(Self { root, stopping })
    }

    /// The root of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Fails once somebody has asked us to stop.
    pub(crate) fn check_stop(&self) -> anyhow::Result<()> {
        if self.stopping.load(Ordering::SeqCst) {
            bail!("interrupted");
        }
        Ok(())
    }

    /// A call of `program`, in the root of the workspace.
    pub(crate) fn call(&self, program: impl AsRef<OsStr>) -> Call<'_> {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // What `cargo run` told us about ourselves must not reach another cargo: some build scripts
        // watch these variables and would compile their crate, and all above it, again.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(&name);
            }
        }
        Call { shell: self, command }
    }

    /// A call of the cargo that runs us.
    pub(crate) fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Call<'_> {
        self.call(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
    }

    /// Waits for a program, and ends it when we are asked to stop.
    fn wait(&self, child: &mut Child) -> anyhow::Result<ExitStatus> {
        loop {
            if let Some(status) = child.try_wait()? {
                self.check_stop()?;
                return Ok(status);
            }
            if let Err(stop) = self.check_stop() {
                signal(child, "TERM")?;
                child.wait()?;
                return Err(stop);
            }
            pause();
        }
    }
}

/// One call of a program, not yet made.
pub(crate) struct Call<'shell> {
    shell: &'shell Shell,
    command: Command,
}

impl Call<'_> {
    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item: AsRef<OsStr>>>(mut self, arguments: I) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in this folder instead.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it with our own input and output; anything but success is an error.
    pub(crate) fn run(mut self) -> anyhow::Result<()> {
        let mut child = self.spawn()?;
        let status = self.shell.wait(&mut child)?;
        self.verdict(status)
    }

    /// Runs it and returns what it printed; its errors go where ours go.
    pub(crate) fn read(mut self) -> anyhow::Result<String> {
        self.command.stdout(Stdio::piped());
        let mut child = self.spawn()?;
        let mut text = String::new();
        let mut output = child.stdout.take().context("no pipe")?;
        output
            .read_to_string(&mut text)
            .with_context(|| format!("`{}` did not print text", self.shown()))?;
        let status = self.shell.wait(&mut child)?;
        self.verdict(status).map(|()| text)
    }

    /// Runs it without showing anything. Whether it succeeded, and what it printed but for its
    /// complaints, is the answer.
    pub(crate) fn listen(mut self) -> anyhow::Result<(bool, String)> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = self.spawn()?;
        let mut printed = Vec::new();
        child.stdout.take().context("no pipe")?.read_to_end(&mut printed)?;
        let status = self.shell.wait(&mut child)?;
        Ok((status.success(), String::from_utf8_lossy(&printed).into_owned()))
    }

    /// Runs it, passes on what it prints as it comes, and shows each line to `observe`, without
    /// colours. Whether it succeeded is the answer, not an error.
    pub(crate) fn observe(mut self, observe: impl Fn(&str) + Sync) -> anyhow::Result<bool> {
        if stdout().is_terminal() {
            self.command.env("CARGO_TERM_COLOR", "always");
        }
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn()?;
        let out = child.stdout.take().context("no pipe")?;
        let err = child.stderr.take().context("no pipe")?;
        let status = thread::scope(|scope| {
            scope.spawn(|| pass_on(out, stdout(), &observe));
            scope.spawn(|| pass_on(err, stderr(), &observe));
            self.shell.wait(&mut child)
        })?;
        Ok(status.success())
    }

    fn spawn(&mut self) -> anyhow::Result<Child> {
        self.shell.check_stop()?;
        self.command.spawn().with_context(|| format!("cannot run `{}`", self.shown()))
    }

    fn verdict(&self, status: ExitStatus) -> anyhow::Result<()> {
        if !status.success() {
            bail!("`{}` failed ({status})", self.shown());
        }
        Ok(())
    }

    /// The call as one would type it.
    fn shown(&self) -> String {
        let program = Path::new(self.command.get_program()).file_name().unwrap_or_default();
        let words = std::iter::once(program).chain(self.command.get_args());
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }
}

/// Finds a program by its name, as a shell does.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// Sends a signal, by the name that `kill` knows.
pub(crate) fn signal(child: &Child, name: &str) -> anyhow::Result<()> {
    let command = format!("kill -{name} {}", child.id());
    Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status()?;
    Ok(())
}

/// Waits a moment before looking again at something that another process does.
#[expect(clippy::disallowed_methods, reason = "another process gives no other sign")]
pub(crate) fn pause() {
    thread::sleep(POLL);
}

fn pass_on(from: impl Read, mut to: impl Write, observe: &impl Fn(&str)) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // Nobody may be listening any more; the result still counts.
        drop(to.write_all(&line).and_then(|()| to.flush()));
        observe(&without_colours(&String::from_utf8_lossy(&line)));
        line.clear();
    }
}

/// Drops the escape sequences that set colours.
fn without_colours(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(piece.split_once('m').map_or("", |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod test {
    use super::without_colours;

    #[test]
    fn colours_are_dropped_and_nothing_else() {
        assert_eq!(
            without_colours("\u{1b}[32;1m     Summary\u{1b}[0m [ 0.1s] 3 passed"),
            "     Summary [ 0.1s] 3 passed"
        );
        assert_eq!(without_colours("plain"), "plain");
    }
}
