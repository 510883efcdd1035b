//! Logging in as somebody else, and returning.

use askama::Template;
use impersonation_domain::{
    ids::{LoginSessionId, UserId},
    login_session::EndCause,
    ports::PageLimit,
    service::{Answer, Conflict, UseCaseError},
};
use poem::{handler, http::StatusCode, web::Path};

use crate::{
    cookies::Cookie,
    edge::typed,
    failure::{Failure, sentence},
    form::Form,
    format::{Moment, Person},
    pages::sign_in::own_address,
    reply::{Reply, add_cookie, done, html_with, see_other},
    shell::Shell,
    visit::{Visit, Visitor},
};

/// Logs in as the user of the form.
#[handler]
pub(crate) async fn start(visitor: Visitor, form: Form) -> Reply {
    let subject: UserId = form.parse("subject").ok_or(Failure::NotFound)?;
    let reason = form.filled("reason").map(ToOwned::to_owned);
    let sessions = visitor.service().login_sessions();
    let answer = sessions.start(visitor.credential(), subject, reason, None).await;
    let settings = visitor.visit().app().settings();
    let started = match answer {
        Ok(Answer::Fresh(started)) => started,
        Ok(Answer::Repeated(_)) => return Err(Failure::Internal),
        Err(error) => {
            if matches!(error, UseCaseError::Denied(_)) {
                settings.common.count_login_decision(false);
            }
            return not_started(&visitor, error).await;
        }
    };
    settings.common.count_login_decision(true);
    let https = settings.https;
    let mut response = see_other("/channels")?;
    add_cookie(&mut response, Cookie::Login.set(started.token.reveal(), https, None));
    Ok(response)
}

#[derive(Template)]
#[template(path = "not_started.html")]
struct NotStartedPage {
    shell: Shell,
    sentence: String,
    live: Vec<Mine>,
}

/// A live login session that one has started.
struct Mine {
    id: String,
    subject: Person,
    started_at: Moment,
}

/// The page that says why one is not logged in as somebody else. Where there are too many sessions
/// already it offers to end one.
async fn not_started(visitor: &Visitor, error: UseCaseError) -> Reply {
    let is_full = matches!(error, UseCaseError::Conflict(Conflict::TooManyLoginSessions { .. }));
    if !is_full && !matches!(error, UseCaseError::Denied(_)) {
        return Err(error.into());
    }
    let mut live = Vec::new();
    if is_full {
        let (sessions, me) = (visitor.service().login_sessions(), visitor.me().actor.id());
        let page = sessions.list(visitor.credential(), Some(true), None, PageLimit::MAX).await?;
        let mine = page.items.iter().filter(|view| view.actor.id() == me);
        live.extend(mine.map(|view| Mine {
            id: view.session.id().to_string(),
            subject: (&view.subject).into(),
            started_at: view.session.record().started_at.into(),
        }));
    }
    let page = NotStartedPage {
        shell: Shell::of(visitor.visit(), "You are not logged in"),
        sentence: sentence(&error.to_string()),
        live,
    };
    html_with(Failure::from(error).status(), &page)
}

/// Returns to the person's own account: the login session ends, and its cookie goes. The way back is
/// the own session's cookie, which was there all the time.
#[handler]
pub(crate) async fn return_to_own(visitor: Visitor) -> Reply {
    let name = visitor.me().subject.name().as_str().to_owned();
    visitor.service().login_sessions().end_current(visitor.credential()).await?;
    let https = visitor.visit().app().settings().https;
    let notice = format!("You are back in your own account. The session as {name} has ended.");
    let mut response = done("/channels", &notice, https)?;
    add_cookie(&mut response, Cookie::Login.clear(https));
    Ok(response)
}

/// Ends a login session from outside.
#[handler]
pub(crate) async fn end(visitor: Visitor, Path(id): Path<LoginSessionId>, form: Form) -> Reply {
    visitor.service().login_sessions().end(visitor.credential(), id).await?;
    let https = visitor.visit().app().settings().https;
    done(&own_address(form.text("return_to")), "The login session has ended.", https)
}

#[derive(Template)]
#[template(path = "session_ended.html")]
struct EndedPage {
    shell: Shell,
    why: &'static str,
    typed: Vec<(String, String)>,
}

/// The page that says that the login session is over, and why.
pub(crate) fn ended(visit: &Visit, cause: EndCause, form: Option<&Form>) -> Reply {
    let page = EndedPage {
        shell: Shell::of(visit, "The login session has ended"),
        why: why(cause),
        typed: form.map(|form| typed(form.fields())).unwrap_or_default(),
    };
    html_with(StatusCode::FORBIDDEN, &page)
}

/// Why a login session ended, for the person who was in it.
pub(crate) fn why(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Stopped => "You returned to your own account.",
        EndCause::EndedByAdministrator => "An administrator ended the session.",
        EndCause::EndedByOwner => "The owner of the account ended the session.",
        EndCause::OwnSessionEnded => "Your own session ended, and this one with it.",
        EndCause::AbsoluteLimit => "The time limit for login sessions was reached.",
        EndCause::IdleLimit => "Nothing was done for 15 minutes.",
        EndCause::GrantExpired => "Your access to this account has expired.",
        EndCause::GrantDeleted => "Your access to this account was removed.",
        EndCause::GrantEdited => "Your access to this account no longer includes logging in.",
        EndCause::ActorDeactivated => "Your account was deactivated.",
        EndCause::ActorRemoved => "Your account was removed.",
        EndCause::SubjectDeactivated => "The account was deactivated.",
        EndCause::SubjectRemoved => "The account was removed.",
        EndCause::SubjectProtected => "The account is now protected and cannot be impersonated.",
        EndCause::PlanChanged => "The organization's plan no longer includes user impersonation.",
    }
}
