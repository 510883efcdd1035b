//! Login sessions.

use impersonation_domain::{
    ids::LoginSessionId,
    service::{Answer, Conflict, StartedLoginSession, UseCaseError},
    time::Timestamp,
};
use poem::http::StatusCode;
use poem_openapi::OpenApi;

use super::{Act, BASE, Create, Family, Read};
use crate::{
    problem::Problem,
    reply::{Done, Items, Made, New, Paged, Plain, Refused, Remembered, Reply},
    request::{Body, Caller, CursorText, IdempotencyKey, Limit, List, Path, Query},
    wire::account::CurrentLoginSession,
    wire::login_sessions::{LoginSessionJson, StartLoginSession, StartedLoginSessionJson},
};

pub(super) struct Api;

/// What was made before, with a secret that is not shown again.
pub(super) fn shown_already(bytes: &[u8]) -> Problem {
    match Remembered::location(bytes) {
        Ok(location) => {
            let detail = "this was made before, and its token was shown then; end what is at `existing` and make a new one if the token is lost";
            Problem::new(StatusCode::CONFLICT, "secret_already_shown", detail)
                .with(|problem| problem.existing = Some(location))
        }
        Err(problem) => problem,
    }
}

fn location(started: &StartedLoginSession) -> String {
    format!("{BASE}/login-sessions/{}", started.session.id())
}

#[OpenApi(prefix_path = BASE, tag = "Family::LoginSessions")]
impl Api {
    /// Log in as another user
    ///
    /// The answer's token opens the other user's account. It is shown this once: the same
    /// `Idempotency-Key` again is answered with 409 and the address of the session.
    #[oai(path = "/login-sessions", method = "post", operation_id = "start_login_session")]
    async fn start(
        &self,
        caller: Caller,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<StartLoginSession>,
    ) -> Result<Reply<StartedLoginSessionJson, New>, Refused<Create>> {
        let StartLoginSession { subject_id, reason } = body.value;
        // Without the token: what is remembered is stored.
        let render = |started: &StartedLoginSession| {
            Made { location: location(started), version: None, body: None::<String> }.write_down()
        };
        let repeatable = key.repeatable("start_login_session", body.digest, &render);
        let service = caller.service().login_sessions();
        let answer = service.start(&caller.credential, subject_id.0, reason, repeatable).await;
        let metrics = &caller.app.settings().metrics;
        match answer {
            Ok(Answer::Fresh(started)) => {
                metrics.decision("login", true);
                let made =
                    Made { location: location(&started), version: None, body: (&started).into() };
                Ok(Reply::<_, New>::new(&made))
            }
            Ok(Answer::Repeated(bytes)) => Err(shown_already(&bytes).into()),
            Err(error) => {
                if matches!(error, UseCaseError::Denied(_)) {
                    metrics.decision("login", false);
                }
                Err(error.into())
            }
        }
    }

    /// List login sessions
    ///
    /// All of the organization for whoever manages impersonation, for others those that they are
    /// part of. The latest start comes first.
    #[oai(path = "/login-sessions", method = "get", operation_id = "list_login_sessions")]
    async fn list(
        &self,
        caller: Caller,
        /// Only live ones (`true`), or only ended ones (`false`).
        live: Query<bool>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<CursorText>,
        /// How many at most: 1 to 200, 50 if absent.
        limit: Query<Limit>,
        list: List,
    ) -> Result<Reply<Items<LoginSessionJson>, Paged>, Refused<Read>> {
        let page = list.page(&caller, cursor, limit);
        let after = page.after::<(Timestamp, LoginSessionId)>()?;
        let service = caller.service().login_sessions();
        let sessions = service.list(&caller.credential, live.0, after, page.limit()).await?;
        Ok(page.reply(sessions, |view| (&view).into(), |next| next))
    }

    /// Ask whether my login session goes on
    ///
    /// Asking is no use of the session: it is not recorded, and does not keep the session from
    /// reaching its idle limit. An open page may ask as often as it likes.
    #[oai(
        path = "/login-sessions/current",
        method = "get",
        operation_id = "get_current_login_session"
    )]
    async fn current(
        &self,
        caller: Caller,
    ) -> Result<Reply<CurrentLoginSession, Plain>, Refused<Act>> {
        let session = caller.service().live().login_session(&caller.credential).await?;
        let session = session.ok_or(UseCaseError::from(Conflict::NoLoginSession))?;
        Ok(CurrentLoginSession::from(&session).into())
    }

    /// Return to my own account
    ///
    /// Ends the login session that the token belongs to.
    #[oai(path = "/login-sessions/current", method = "delete", operation_id = "stop_login_session")]
    async fn stop(&self, caller: Caller) -> Result<Done, Refused<Act>> {
        caller.service().login_sessions().end_current(&caller.credential).await?;
        Ok(Done)
    }

    /// End a login session
    ///
    /// One that one has started, one on one's own account, or any for whoever manages impersonation.
    /// One that has ended stays as it is.
    #[oai(path = "/login-sessions/:id", method = "delete", operation_id = "end_login_session")]
    async fn end(
        &self,
        caller: Caller,
        /// Which session.
        id: Path<LoginSessionId>,
    ) -> Result<Done, Refused<Act>> {
        caller.service().login_sessions().end(&caller.credential, id.0).await?;
        Ok(Done)
    }
}
