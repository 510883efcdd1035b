//! A line between two parties that can be cut, bent and clogged: a TCP proxy.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use impersonation_testkit::history::Dice;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Both ends are told at once that it is gone.
    Reset,
    /// The receiving end is told that nothing more comes; the other way stays open.
    HalfClose,
    /// Nothing more passes in either direction, and nobody is told for so long.
    Blackhole(Duration),
    /// The rest is held up.
    Delay(Duration),
}

/// Which way the bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From whoever connected.
    Up,
    /// To whoever connected.
    Down,
}

/// A fault that waits for its byte.
#[derive(Debug, Clone, Copy)]
struct Armed {
    direction: Direction,
    /// How many more bytes pass, over all connections together.
    after: u64,
    fault: Fault,
}

struct Line {
    upstream: Mutex<SocketAddr>,
    armed: Mutex<Option<Armed>>,
    /// Arms the next fault when one has happened.
    dice: Mutex<Option<Dice>>,
    happened: AtomicU64,
    /// How many bytes have passed up and down.
    passed: [AtomicU64; 2],
}

/// The proxy. It is gone with everything on it when this is dropped.
pub(crate) struct Proxy {
    line: Arc<Line>,
    pub(crate) address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Proxy {
    /// A line to this address, that works.
    pub(crate) async fn to(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line {
            upstream: Mutex::new(upstream),
            armed: Mutex::default(),
            dice: Mutex::default(),
            happened: AtomicU64::new(0),
            passed: [AtomicU64::new(0), AtomicU64::new(0)],
        });
        let listening = tokio::spawn(listen(listener, line.clone()));
        Self { line, address, listening }
    }

    /// From now on new connections go there.
    pub(crate) fn move_to(&self, upstream: SocketAddr) {
        *self.line.upstream.lock().unwrap() = upstream;
    }

    /// Lets one fault happen, this many bytes from now.
    pub(crate) fn arm(&self, direction: Direction, after: u64, fault: Fault) {
        *self.line.armed.lock().unwrap() = Some(Armed { direction, after, fault });
    }

    /// Lets faults happen one after the other until [`Self::mend`].
    pub(crate) fn wear_out(&self, mut dice: Dice) {
        *self.line.armed.lock().unwrap() = Some(next(&mut dice));
        *self.line.dice.lock().unwrap() = Some(dice);
    }

    /// No more faults.
    pub(crate) fn mend(&self) {
        *self.line.dice.lock().unwrap() = None;
        *self.line.armed.lock().unwrap() = None;
    }

    /// How many bytes have passed up and down.
    pub(crate) fn passed(&self) -> [u64; 2] {
        self.line.passed.each_ref().map(|bytes| bytes.load(Ordering::SeqCst))
    }

    /// How many faults have happened.
    pub(crate) fn happened(&self) -> u64 {
        self.line.happened.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The next of many faults: mostly in replies, whose loss leaves the outcome open.
fn next(dice: &mut Dice) -> Armed {
    let direction = if dice.percent(70) { Direction::Down } else { Direction::Up };
    let fault = match dice.below(10) {
        0..5 => Fault::Reset,
        5..7 => Fault::HalfClose,
        7 => Fault::Blackhole(Duration::from_millis(dice.below(5_000))),
        _ => Fault::Delay(Duration::from_millis(50 + dice.below(300))),
    };
    Armed { direction, after: dice.below(25_000), fault }
}

impl Line {
    /// What happens to these bytes, and after how many of them.
    fn pass(&self, direction: Direction, count: usize) -> Option<(usize, Fault)> {
        self.passed[direction as usize].fetch_add(count as u64, Ordering::SeqCst);
        let mut armed = self.armed.lock().unwrap();
        let waiting = armed.as_mut().filter(|armed| armed.direction == direction)?;
        let count = count as u64;
        if waiting.after >= count {
            waiting.after -= count;
            return None;
        }
        let happens = (usize::try_from(waiting.after).unwrap(), waiting.fault);
        *armed = self.dice.lock().unwrap().as_mut().map(next);
        self.happened.fetch_add(1, Ordering::SeqCst);
        Some(happens)
    }
}

async fn listen(listener: TcpListener, line: Arc<Line>) {
    // Connections end with the listener: they are tasks of this set.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connection(client, line.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(client: TcpStream, line: Arc<Line>) -> io::Result<()> {
    let upstream = *line.upstream.lock().unwrap();
    let server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let fault = {
        let up = carry(&line, Direction::Up, &mut from_client, &mut to_server);
        let down = carry(&line, Direction::Down, &mut from_server, &mut to_client);
        let (mut up, mut down) = (std::pin::pin!(up), std::pin::pin!(down));
        let mut ended = [false, false];
        loop {
            let fault = tokio::select! {
                fault = &mut up, if !ended[0] => { ended[0] = true; fault },
                fault = &mut down, if !ended[1] => { ended[1] = true; fault },
                else => return Ok(()),
            };
            if let Some(fault) = fault {
                break fault;
            }
        }
    };
    if let Fault::Blackhole(how_long) = fault {
        wait(how_long).await;
    }
    // Both peers learn at once that it is over.
    to_client.as_ref().set_zero_linger()?;
    to_server.as_ref().set_zero_linger()
}

/// Carries bytes until there are no more, or something happens that concerns both directions.
async fn carry(
    line: &Line,
    direction: Direction,
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
) -> Option<Fault> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = match from.read(&mut buffer).await {
            Ok(0) => {
                drop(to.shutdown().await);
                return None;
            }
            Ok(count) => count,
            Err(_) => return Some(Fault::Reset),
        };
        let mut rest = 0;
        if let Some((passes, fault)) = line.pass(direction, count) {
            if to.write_all(&buffer[..passes]).await.is_err() {
                return Some(Fault::Reset);
            }
            match fault {
                Fault::Reset | Fault::Blackhole(_) => return Some(fault),
                Fault::HalfClose => {
                    drop(to.shutdown().await);
                    return None;
                }
                Fault::Delay(delay) => {
                    wait(delay).await;
                    rest = passes;
                }
            }
        }
        if to.write_all(&buffer[rest..count]).await.is_err() {
            return Some(Fault::Reset);
        }
    }
}

/// Lets time pass.
pub(crate) async fn wait(delay: Duration) {
    #[expect(clippy::disallowed_methods, reason = "to hold something up is what is tested")]
    tokio::time::sleep(delay).await;
}
