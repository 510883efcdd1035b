//! `serve`: the server from its start to its end.

mod demo;
mod listeners;
mod metrics;
mod signals;
mod site;
mod upkeep;
mod welcome;

use std::{collections::BTreeSet, num::NonZeroU32, process::ExitCode};

use anyhow::{Context, bail};
use impersonation_domain::secret::{Secret, SecretKind};
use impersonation_http::{HttpSettings, OperatorToken, SignInLimit};
use secrecy::ExposeSecret;

use self::{demo::Demo, listeners::Listeners, signals::Signals, site::Site};
use crate::{application::Application, commands::say, settings::Settings};

/// Whether these settings are fit to serve with; `set` are those that somebody has set.
pub(crate) fn check(settings: &Settings, set: &BTreeSet<String>, demo: bool) -> anyhow::Result<()> {
    settings.check(demo)?;
    if demo { demo::check(set) } else { Ok(()) }
}

/// Serves until a signal says stop.
pub(crate) async fn run(mut settings: Settings, demo: bool) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen().context("cannot listen to signals")?;
    let listeners = Listeners::bind(&settings).await?;
    let demo = if demo { Some(Demo::begin(&mut settings)?) } else { None };
    let (application, set_up) = tokio::select! {
        opened = open(&settings, demo.is_some()) => opened?,
        signal = signals.next() => {
            say(&format!("Stopped by {signal} before the server was up."))?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let http = http_settings(&settings, &application, set_up.as_ref())?;
    let (readiness, metrics) = (http.readiness.clone(), http.metrics.clone());
    let site = Site::new(&settings, http, &application);

    let upkeep = upkeep::start(application.service.clone());
    say(&welcome::text(&settings, &listeners.addresses()?, demo.is_some(), set_up.as_ref()))?;
    let served = listeners.serve(site, &metrics, signals, &readiness, settings.shutdown).await;
    upkeep.stop().await;
    application.close().await;
    drop(demo);
    served?;
    // Whoever has read along may be gone.
    drop(say("Stopped."));
    Ok(ExitCode::SUCCESS)
}

/// Opens the store, which for a demo gets its people. The token is for whoever sets up an empty one.
async fn open(settings: &Settings, is_demo: bool) -> anyhow::Result<(Application, Option<Secret>)> {
    let application = Application::open(&settings.database, &settings.files).await?;
    let operator = application.service.operator();
    let is_empty = operator.is_empty().await.context("cannot read the store")?;
    if is_demo {
        demo::seed(&application.service).await.context("cannot make the demo people")?;
    }
    let set_up = (is_empty && !is_demo).then(|| application.secrets.next(SecretKind::SetUp));
    Ok((application, set_up))
}

fn http_settings(
    settings: &Settings,
    application: &Application,
    set_up: Option<&Secret>,
) -> anyhow::Result<HttpSettings> {
    let mut http = HttpSettings::new(application.ids.clone(), application.index.clone());
    http.https = settings.public_url.as_ref().is_some_and(crate::settings::PublicUrl::is_https);
    http.trusted_proxies = settings
        .trusted_proxies
        .iter()
        .map(|network| network.to_string().parse())
        .collect::<Result<_, _>>()?;
    if let Some(token) = &settings.operator_token {
        http.operator_token = Some(OperatorToken::new(token.expose_secret())?);
    }
    http.set_up_token = set_up.map(Secret::hash);
    let sign_in = settings.sign_in;
    match (NonZeroU32::new(sign_in.attempts_per_minute), NonZeroU32::new(sign_in.attempts_at_once))
    {
        (Some(per_minute), Some(burst)) => http.sign_in_limit = SignInLimit { per_minute, burst },
        _ => bail!("nobody could sign in with a limit of 0"),
    }
    Ok(http)
}
