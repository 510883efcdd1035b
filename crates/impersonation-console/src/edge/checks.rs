//! Whether a form may be accepted (invariant W1).

use impersonation_domain::service::Refusal;
use poem::{Request, http::header};

use crate::{failure::Failure, form::Form, pages::takes_anyone, visit::Visit};

/// Reads the form of a request that changes something, and makes sure that it came from a page of
/// ours, in this session. What was typed comes back with the failure, so that it is not lost.
pub(super) async fn form(
    visit: &Visit,
    request: &mut Request,
) -> Result<Form, (Failure, Option<Form>)> {
    if !is_from_here(visit, request) {
        return Err((refuse(visit, Refusal::FormOfAnotherSite).await, None));
    }
    let takes_anyone = takes_anyone(request.uri().path());
    let form = Form::read(request).await.map_err(|failure| (failure, None))?;
    if takes_anyone {
        return Ok(form);
    }
    match visit.visitor() {
        Ok(visitor) if visitor.sent(&form) => Ok(form),
        Ok(_) => Err((refuse(visit, Refusal::FormOfAnotherSession).await, Some(form))),
        Err(failure) => Err((failure, Some(form))),
    }
}

/// Refuses the form; where it is known whose session it would have used, that is recorded there.
async fn refuse(visit: &Visit, refusal: Refusal) -> Failure {
    let recorded = match visit.visitor() {
        Ok(visitor) => visitor.service().account().refuse_form(visitor.credential(), refusal).await,
        Err(_) => Ok(()),
    };
    recorded.err().unwrap_or(refusal.into()).into()
}

/// Whether the request was made by a page of this very origin. Browsers say so in `Sec-Fetch-Site`,
/// older ones in `Origin`; a request that says neither is not accepted. Beside the former, `Origin`
/// is `null`, since our pages send no referrer (Fetch standard, "append a request Origin header").
fn is_from_here(visit: &Visit, request: &Request) -> bool {
    let headers = request.headers();
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    match headers.get("sec-fetch-site") {
        Some(site) => {
            let is_silent = origin.is_none_or(|origin| origin == "null");
            site == "same-origin" && (is_silent || is_ours(visit, request, origin))
        }
        None => is_ours(visit, request, origin),
    }
}

fn is_ours(visit: &Visit, request: &Request, origin: Option<&str>) -> bool {
    let Some(origin) = origin else { return false };
    let settings = visit.app().settings();
    if let Some(public) = &settings.public_origin {
        return origin == public;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme = if settings.https { "https" } else { "http" };
    host.is_some_and(|host| origin == format!("{scheme}://{host}"))
}
