//! Two listeners: the API, and the metrics, which are not for its clients.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use impersonation_http::{Metrics, Readiness};
use poem::{IntoEndpoint, Route, Server, listener::TcpAcceptor};
use tokio::{net::TcpListener, sync::watch};

use super::{metrics, signals::Signals};
use crate::settings::{Settings, ShutdownSettings};

/// After how long without a byte a connection is closed.
const IDLE: Duration = Duration::from_secs(75);

/// Where the server listens.
pub(super) struct Listeners {
    api: TcpListener,
    metrics: TcpListener,
}

/// The addresses in use, which tell the port also where any was asked for.
pub(super) struct Addresses {
    pub(super) api: SocketAddr,
    pub(super) metrics: SocketAddr,
}

impl Listeners {
    /// Takes both addresses, before anything else is touched.
    pub(super) async fn bind(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            api: bind("listen", settings.listen).await?,
            metrics: bind("metrics_listen", settings.metrics_listen).await?,
        })
    }

    pub(super) fn addresses(&self) -> anyhow::Result<Addresses> {
        Ok(Addresses { api: self.api.local_addr()?, metrics: self.metrics.local_addr()? })
    }

    /// Serves until a signal comes, and then until everything that has begun has ended.
    pub(super) async fn serve<E>(
        self,
        api: E,
        metrics: &Metrics,
        mut signals: Signals,
        readiness: &Readiness,
        shutdown: ShutdownSettings,
    ) -> anyhow::Result<()>
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let metrics_app = Route::new().at("/metrics", metrics::endpoint(metrics));
        let serving = async {
            tokio::try_join!(
                serve_one("api", self.api, api, stopped.clone(), shutdown.drain()),
                serve_one("metrics", self.metrics, metrics_app, stopped.clone(), shutdown.drain()),
            )
        };
        let stopping = async {
            let signal = signals.next().await;
            tracing::info!(
                signal,
                drain_seconds = shutdown.drain_seconds,
                "stopping: no longer ready"
            );
            readiness.drain();
            wait(shutdown.notice()).await;
            stop.send_replace(true);
            let signal = signals.next().await;
            tracing::warn!(signal, "stopping at once: what has begun is cut off");
        };
        tokio::select! {
            served = serving => served.map(|_| ()),
            () = stopping => Ok(()),
        }
    }
}

async fn bind(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; is another server running there? `{setting}` chooses another address"))
}

async fn serve_one<E>(
    name: &str,
    listener: TcpListener,
    app: E,
    mut stopped: watch::Receiver<bool>,
    drain: Duration,
) -> anyhow::Result<()>
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    let stop = async move {
        // The sender lives as long as this; where it is gone, stopping is right as well.
        drop(stopped.wait_for(|stopped| *stopped).await);
    };
    Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
        .name(name)
        .idle_timeout(IDLE)
        .run_with_graceful_shutdown(app, stop, Some(drain))
        .await
        .with_context(|| format!("the {name} listener failed"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "load balancers are given time to notice; this is the composition root"
)]
async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
