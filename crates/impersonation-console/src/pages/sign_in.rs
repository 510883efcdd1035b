//! Signing in and out.

use askama::Template;
use impersonation_domain::{
    ids::OrganizationId,
    organization::Organization,
    service::{Conflict, ErrorClass, SignedIn, UseCaseError},
};
use poem::{Response, handler, http::StatusCode};
use tokio::time::sleep;

use crate::{
    cookies::Cookie,
    edge::typed,
    failure::{Failure, sentence},
    form::{Form, Query},
    form_token,
    reply::{Reply, add_cookie, html, html_with, see_other},
    shell::Shell,
    visit::{Visit, Visitor},
};

/// What the person wanted before they were asked to sign in.
#[derive(Default)]
struct Wanted {
    /// The page to show afterwards.
    address: String,
    /// The form that was sent there, if one was.
    form: String,
}

impl Wanted {
    fn of(form: &Form) -> Self {
        Self { address: own_address(form.text("return_to")), form: form.text("resume").to_owned() }
    }
}

/// The address, if it is one of ours; the first page if not. Never another site, whatever a link
/// says.
pub(crate) fn own_address(address: &str) -> String {
    let is_ours = address.starts_with('/')
        && !address.starts_with("//")
        && !address.starts_with("/\\")
        && address.len() <= 2048
        && address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours { address.to_owned() } else { "/".to_owned() }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    email: String,
    error: Option<String>,
    organizations: Vec<Organization>,
    wanted: Wanted,
    is_expired: bool,
}

impl SignInPage {
    fn new(visit: &Visit, wanted: Wanted) -> Self {
        Self {
            shell: Shell::of(visit, "Sign in"),
            email: String::new(),
            error: None,
            organizations: Vec::new(),
            is_expired: !wanted.form.is_empty(),
            wanted,
        }
    }
}

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage {
    shell: Shell,
    address: String,
}

/// The page for somebody who has to sign in first. A form that was sent is kept, and offered again
/// afterwards.
pub(crate) fn needed(visit: &Visit, form: Option<&Form>) -> Reply {
    let address = own_address(visit.address());
    if visit.comes_from_elsewhere() && form.is_none() {
        // The person may well be signed in: the same request from a page of ours has the cookies.
        return html(&OnwardPage { shell: Shell::of(visit, "One moment"), address });
    }
    let Some(form) = form else {
        return see_other(&Query::default().with("/sign-in", &[("return_to", Some(&address))]));
    };
    let wanted = Wanted { address, form: form.encode(form_token::FIELD) };
    html_with(StatusCode::UNAUTHORIZED, &SignInPage::new(visit, wanted))
}

/// The form.
#[handler]
pub(crate) fn show(visit: Visit, query: Query) -> Reply {
    let address = own_address(query.get("return_to").unwrap_or("/"));
    if visit.visitor().is_ok() {
        return see_other(&address);
    }
    html(&SignInPage::new(&visit, Wanted { address, form: String::new() }))
}

/// Lets the browser keep the session of whoever has just signed in.
pub(super) fn open_session(response: &mut Response, signed_in: &SignedIn, https: bool) {
    let lifetime = signed_in.sign_in.expires_at - signed_in.sign_in.created_at;
    let token = signed_in.token.reveal();
    add_cookie(response, Cookie::Own.set(token, https, Some(lifetime.num_seconds())));
    // Whatever this browser was before, it is only this person now.
    add_cookie(response, Cookie::Login.clear(https));
}

/// Signs in.
#[handler]
pub(crate) async fn submit(visit: Visit, form: Form) -> Reply {
    let settings = visit.app().settings();
    #[expect(clippy::disallowed_methods, reason = "a failure takes a fixed time, whatever it is")]
    let floor = sleep(settings.sign_in_floor);
    let (email, password) = (form.text("email").trim(), form.text("password"));
    let source = visit.origin().source_address.as_deref().and_then(|text| text.parse().ok());
    let mut page = SignInPage::new(&visit, Wanted::of(&form));
    page.email = email.to_owned();
    if let Err(seconds) = settings.common.count_sign_in(source, email) {
        page.error = Some(format!("Too many attempts. Wait {seconds} seconds and try again."));
        return html_with(StatusCode::TOO_MANY_REQUESTS, &page);
    }
    let organization: Option<OrganizationId> = form.parse("organization");
    let sign_ins = visit.service().sign_ins();
    match sign_ins.sign_in(email, password, organization, visit.origin()).await {
        Ok(signed_in) => {
            let mut response = if page.wanted.form.is_empty() {
                see_other(&page.wanted.address)?
            } else {
                resume(&visit, page.wanted, &signed_in.token)?
            };
            open_session(&mut response, &signed_in, settings.https);
            Ok(response)
        }
        Err(UseCaseError::Conflict(Conflict::ChooseOrganization { organizations })) => {
            let all = visit.service().operator().organizations().await?;
            page.organizations =
                all.into_iter().filter(|one| organizations.contains(&one.id())).collect();
            page.error = Some("You have an account in several organizations. Choose one, and type your password again.".to_owned());
            html_with(StatusCode::CONFLICT, &page)
        }
        Err(error) if error.class() == ErrorClass::Unauthenticated => {
            floor.await;
            page.error = Some(sentence(&error.to_string()));
            html_with(StatusCode::UNAUTHORIZED, &page)
        }
        Err(error) => Err(Failure::from(error)),
    }
}

#[derive(Template)]
#[template(path = "resume.html")]
struct ResumePage {
    shell: Shell,
    address: String,
    form_token: String,
    fields: Vec<(String, String)>,
    typed: Vec<(String, String)>,
}

/// The page that offers again what was sent before signing in. Nothing is done until the person
/// says so.
fn resume(visit: &Visit, wanted: Wanted, token: &impersonation_domain::secret::Secret) -> Reply {
    let fields = Form::decode(&wanted.form);
    html(&ResumePage {
        shell: Shell::of(visit, "Signed in again"),
        address: wanted.address,
        form_token: form_token::issue(token, &*visit.app().settings().secrets),
        typed: typed(&fields),
        fields,
    })
}

/// Signs out. A login session that was started from this session ends as well.
#[handler]
pub(crate) async fn sign_out(visitor: Visitor) -> Reply {
    let https = visitor.visit().app().settings().https;
    visitor.service().sign_ins().sign_out(visitor.credential()).await?;
    let mut response = see_other("/sign-in")?;
    for cookie in [Cookie::Own, Cookie::Login] {
        add_cookie(&mut response, cookie.clear(https));
    }
    Ok(response)
}
