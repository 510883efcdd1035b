//! Pages that know at once what has changed (design rule 3.3).
//!
//! An open page holds one stream of server-sent events. The server looks at one number for each
//! organization, which every server of an installation sees; when it has grown, each page asks, with
//! its own credential, whether it may go on and what of the news concerns it. A page that is merely
//! open is no activity: it never keeps a login session from going idle.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use impersonation_domain::{
    ids::OrganizationId,
    login_session::EndCause,
    service::{Credential, Impersonation, Look, Topic, UseCaseError},
};
use poem::{Body, Request, Response, handler, http::header};
use tokio::sync::watch;

use crate::{
    app::App, cookies, form::Query, pages::login_sessions::why, reply::Reply, visit::Visit,
};

/// How often the number is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long a page goes without asking whether it may go on, whatever happens: inside a login session,
/// which may run out without an event, less than a second (invariant R4).
const PATIENCE: Duration = Duration::from_secs(5);
const PATIENCE_IN_LOGIN_SESSION: Duration = Duration::from_millis(750);

/// Watches organizations of which pages are open.
pub(crate) struct Watch {
    service: Impersonation,
    heads: Mutex<BTreeMap<OrganizationId, Weak<watch::Sender<u64>>>>,
}

impl Watch {
    pub(crate) fn new(service: Impersonation) -> Self {
        Self { service, heads: Mutex::default() }
    }

    /// The number of this organization, as it grows. The first page that asks starts the watching,
    /// and it ends with the last.
    fn follow(
        &self,
        organization: OrganizationId,
    ) -> (Arc<watch::Sender<u64>>, watch::Receiver<u64>) {
        let mut heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        heads.retain(|_, head| head.strong_count() > 0);
        if let Some(head) = heads.get(&organization).and_then(Weak::upgrade) {
            let receiver = head.subscribe();
            return (head, receiver);
        }
        let (sender, receiver) = watch::channel(0);
        let sender = Arc::new(sender);
        heads.insert(organization, Arc::downgrade(&sender));
        tokio::spawn(look(self.service.clone(), organization, Arc::downgrade(&sender)));
        (sender, receiver)
    }
}

async fn look(
    service: Impersonation,
    organization: OrganizationId,
    head: Weak<watch::Sender<u64>>,
) {
    loop {
        // A failure shows when the pages themselves ask, at the latest when their patience is over.
        let now = service.live().head(organization).await;
        let Some(head) = head.upgrade() else { return };
        if let Ok(now) = now {
            head.send_if_modified(|seen| std::mem::replace(seen, now) != now);
        }
        drop(head);
        pause(LOOK).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "how often the store is looked at decides nothing")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// One open page.
struct OpenPage {
    app: App,
    credential: Credential,
    patience: Duration,
    seen: u64,
    next: Next,
    head: watch::Receiver<u64>,
    /// Kept so that the watching goes on.
    _watching: Arc<watch::Sender<u64>>,
}

/// What an open page does next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Ask,
    Wait(Duration),
    Close,
}

/// What is told to a page.
enum News {
    Hello(u64),
    Changed(u64, BTreeSet<Topic>),
    Ended(EndCause),
    SignedOut,
}

impl News {
    fn event(&self) -> Bytes {
        let (name, data) = match self {
            Self::Hello(head) => ("hello", serde_json::json!({ "head": head })),
            Self::Changed(head, topics) => {
                let topics: Vec<_> = topics.iter().map(topic_name).collect();
                ("changed", serde_json::json!({ "head": head, "topics": topics }))
            }
            Self::Ended(cause) => {
                ("ended", serde_json::json!({ "cause": cause.as_str(), "why": why(*cause) }))
            }
            Self::SignedOut => ("signed-out", serde_json::json!({})),
        };
        Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
    }
}

fn topic_name(topic: &Topic) -> String {
    match topic {
        Topic::Grants => "grants".to_owned(),
        Topic::LoginSessions => "login-sessions".to_owned(),
        Topic::Accounts => "accounts".to_owned(),
        Topic::Delegates => "delegates".to_owned(),
        Topic::Roles => "roles".to_owned(),
        Topic::People => "people".to_owned(),
        Topic::Channels => "channels".to_owned(),
        Topic::Organization => "organization".to_owned(),
        Topic::AuditLog => "audit-log".to_owned(),
        Topic::Messages(channel) => format!("messages-{channel}"),
    }
}

/// The stream of an open page: `hello` at once, `changed` with the topics that concern it, and, as
/// the last, `ended` or `signed-out`.
#[handler]
pub(crate) async fn events(request: &Request, visit: Visit, query: Query) -> Reply {
    let app = visit.app().clone();
    let (own, login) = cookies::tokens(request, app.settings().https)?;
    let patience = if login.is_some() { PATIENCE_IN_LOGIN_SESSION } else { PATIENCE };
    let Some(token) = login.or(own) else { return Ok(signed_out()) };
    let credential = Credential::bearer(token.hash(), visit.origin().clone());
    let organization = match app.service().live().organization_of(&credential).await {
        Err(UseCaseError::Unauthenticated) => return Ok(signed_out()),
        organization => organization?,
    };
    let (watching, head) = app.watch().follow(organization);
    let seen = match query.parse("seen") {
        Some(seen) => seen,
        None => app.service().live().head(organization).await?,
    };
    let page =
        OpenPage { app, credential, patience, seen, next: Next::Ask, head, _watching: watching };
    Ok(answer(Body::from_bytes_stream(stream_of(page))))
}

/// The whole stream of a page whose reader has signed out elsewhere.
fn signed_out() -> Response {
    answer(News::SignedOut.event().into())
}

fn answer(body: Body) -> Response {
    Response::builder()
        .content_type("text/event-stream")
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-accel-buffering", "no")
        .body(body)
}

fn stream_of(page: OpenPage) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let hello = News::Hello(page.seen).event();
    let rest = stream::unfold(page, |mut page| async move {
        loop {
            match page.next {
                Next::Close => return None,
                Next::Wait(time) => {
                    if !page.wait(time).await {
                        return None;
                    }
                    page.next = Next::Ask;
                }
                Next::Ask => {
                    // A comment shows a connection that is gone, and keeps proxies from closing it.
                    let news =
                        page.ask().await.map_or(Bytes::from_static(b":\n\n"), |news| news.event());
                    return Some((Ok(news), page));
                }
            }
        }
    });
    stream::StreamExt::chain(stream::once(std::future::ready(Ok(hello))), rest)
}

impl OpenPage {
    /// Waits until something has happened or this time is over. `false` when the server stops.
    async fn wait(&mut self, time: Duration) -> bool {
        let mut left = time;
        while !left.is_zero() {
            if self.app.settings().common.is_stopping() {
                return false;
            }
            let slice = left.min(LOOK);
            tokio::select! {
                changed = self.head.changed() => return changed.is_ok(),
                () = pause(slice) => left = left.saturating_sub(slice),
            }
        }
        true
    }

    /// Asks whether the page may go on, and what of the news concerns it.
    async fn ask(&mut self) -> Option<News> {
        self.next = Next::Wait(self.patience);
        match self.app.service().live().look(&self.credential, self.seen).await {
            Ok(Look { head, topics }) => {
                let is_news = head != self.seen && !topics.is_empty();
                self.seen = head;
                is_news.then_some(News::Changed(head, topics))
            }
            Err(UseCaseError::LoginSessionEnded { cause }) => {
                self.next = Next::Close;
                Some(News::Ended(cause))
            }
            Err(UseCaseError::Unauthenticated) => {
                self.next = Next::Close;
                Some(News::SignedOut)
            }
            Err(error) => {
                tracing::warn!(%error, "an open page cannot look for news");
                None
            }
        }
    }
}
