//! What has to happen even when nobody asks for anything.

use std::time::Duration;

use impersonation_domain::service::Impersonation;
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often login sessions are looked for whose end has come. A session is refused from its end on
/// in any case; this is about its end being recorded.
const EVERY: Duration = Duration::from_secs(15);

/// The task, until it is stopped.
pub(super) struct Upkeep {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub(super) fn start(service: Impersonation) -> Upkeep {
    let (stop, stopped) = oneshot::channel();
    Upkeep { stop, task: tokio::spawn(run(service, stopped)) }
}

impl Upkeep {
    /// Lets what has begun end.
    pub(super) async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the upkeep of login sessions broke off");
        }
    }
}

async fn run(service: Impersonation, mut stopped: oneshot::Receiver<()>) {
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            _ = &mut stopped => return,
        }
        match service.login_sessions().end_overdue().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "login sessions reached their limits"),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "cannot end the login sessions that reached their limits");
            }
        }
    }
}
