//! The real binary, as a child process.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// How long anything may take that should take a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program with nothing of our environment that would configure it, in a folder of its own.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_impersonation-server"));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("IMP_") {
            command.env_remove(name);
        }
    }
    // A server that is killed cannot tidy up: the folder of the test goes with everything in it.
    command.env("TMPDIR", folder).current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

/// Runs a command to its end with this on its standard input.
pub(crate) fn run_with_input(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = program(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What a command printed, and complained about.
pub(crate) fn text(output: &Output) -> (String, String) {
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

/// A server that listens on free ports. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    log: Option<thread::JoinHandle<String>>,
    /// Everything that was printed so far.
    pub(crate) printed: String,
    /// `http://` and the address of the API.
    pub(crate) base: String,
    /// `http://` and the address of the metrics.
    pub(crate) metrics: String,
}

impl Server {
    /// Starts `serve` with these arguments as well, and waits until it is up.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_with(program(folder), arguments)
    }

    /// The same for a program that was prepared.
    pub(crate) fn start_with(mut program: Command, arguments: &[&str]) -> Self {
        let free = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
        Self::spawn(program.args(free).args(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = Vec::new();
            // The end of the pipe, however it comes, is the end of the log.
            drop(errors.read_to_end(&mut log));
            String::from_utf8_lossy(&log).into_owned()
        });
        let mut server = Self {
            child,
            lines,
            log: Some(log),
            printed: String::new(),
            base: String::new(),
            metrics: String::new(),
        };
        let api = server.wait_for("  API ");
        server.base = api.split_whitespace().last().unwrap().trim_end_matches("/api/v1").to_owned();
        let metrics = server.wait_for("  metrics ");
        server.metrics =
            metrics.split_whitespace().last().unwrap().trim_end_matches("/metrics").to_owned();
        server.wait_for("  files ");
        server
    }

    /// The next line with this in it.
    pub(crate) fn wait_for(&mut self, part: &str) -> String {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                let log = self.stop_and_read_log();
                panic!("`{part}` was not printed, but:\n{}\nand logged:\n{log}", self.printed);
            };
            self.printed.push_str(&line);
            self.printed.push('\n');
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Ends the process as a power cut would, as far as it can tell.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the end, and tells how it was and what was logged.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.log.take().unwrap().join().unwrap())
    }

    fn stop_and_read_log(&mut self) -> String {
        drop(self.child.kill());
        self.log.take().map_or_else(String::new, |log| log.join().unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn lines_of(output: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A folder for a server.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}
