//! Channels and who is in them.

use askama::Template;
use impersonation_domain::{
    channel::Channel,
    ids::{ChannelId, UserId},
    ports::{ChannelCursor, PageLimit, UserQuery},
    service::{Answer, ChannelView, UseCaseError},
    user::User,
};
use poem::{handler, http::StatusCode, web::Path};

use crate::{
    cursor,
    failure::Failure,
    form::{Form, Query},
    form_errors::FormErrors,
    format::{Person, count},
    reply::{Reply, done, html, html_with},
    shell::Shell,
    visit::Visitor,
};

/// The address of the list.
pub(super) const LIST: &str = "/settings/channels";

/// How many channels a page has: the members of each are counted.
const SHOWN: u64 = 25;
/// How many members have their picture in the list.
const PICTURED: usize = 4;

/// One channel.
struct Row {
    id: String,
    name: String,
    members: Vec<Person>,
    count: String,
    is_member: bool,
}

#[derive(Template)]
#[template(path = "administration/channels.html")]
struct ChannelsPage {
    shell: Shell,
    rows: Vec<Row>,
    first: Option<String>,
    next: Option<String>,
}

fn members_text(members: &[User]) -> String {
    count(u64::try_from(members.len()).unwrap_or(u64::MAX), "member", "members")
}

/// The list.
#[handler]
pub(super) async fn show(visitor: Visitor, query: Query) -> Reply {
    let (service, credential) = (visitor.service(), visitor.credential());
    service.organization().administer(credential).await?;
    let after: Option<(String, _)> =
        query.get("after").and_then(|text| cursor::open(visitor.seal(), LIST, text));
    let is_first = after.is_none();
    let after = after.map(|(name_key, id)| ChannelCursor { name_key, id });
    let limit = PageLimit::try_from(SHOWN).unwrap_or_default();
    let page = service.channels().list(credential, after, limit).await?;
    let mut rows = Vec::with_capacity(page.items.len());
    for ChannelView { channel, is_member } in page.items {
        let members = service.channels().members(credential, channel.id()).await?;
        rows.push(Row {
            id: channel.id().to_string(),
            name: channel.name().as_str().to_owned(),
            count: members_text(&members),
            members: members.iter().take(PICTURED).map(Into::into).collect(),
            is_member,
        });
    }
    let next = page.next.and_then(|ChannelCursor { name_key, id }| {
        cursor::close(visitor.seal(), LIST, &(name_key, id))
    });
    html(&ChannelsPage {
        shell: Shell::of(visitor.visit(), "Channels"),
        rows,
        first: (!is_first).then(|| LIST.to_owned()),
        next: next.map(|after| query.with(LIST, &[("after", Some(&after))])),
    })
}

#[derive(Template)]
#[template(path = "administration/channel_new.html")]
struct NewPage {
    shell: Shell,
    name: String,
    errors: FormErrors,
}

/// The form for a new channel.
#[handler]
pub(super) async fn new_form(visitor: Visitor) -> Reply {
    visitor.service().organization().administer(visitor.credential()).await?;
    let shell = Shell::of(visitor.visit(), "New channel");
    html(&NewPage { shell, name: String::new(), errors: FormErrors::default() })
}

/// Makes a channel, and leads to its members.
#[handler]
pub(super) async fn new(visitor: Visitor, form: Form) -> Reply {
    let name = form.text("name").to_owned();
    match visitor.service().channels().create(visitor.credential(), &name, None).await {
        Ok(Answer::Fresh(ChannelView { channel, .. })) => {
            let name = channel.name().as_str();
            let notice = format!("The channel {name} is made, with you in it. Add others here.");
            done(&address(channel.id()), &notice, visitor.visit().app().settings().https)
        }
        Ok(Answer::Repeated(_)) => Err(Failure::Internal),
        Err(error) => {
            let shell = Shell::of(visitor.visit(), "New channel");
            let mut page = NewPage { shell, name, errors: FormErrors::default() };
            let failure = page.errors.take(error, &["name"])?;
            html_with(failure.status(), &page)
        }
    }
}

fn address(id: ChannelId) -> String {
    format!("{LIST}/{id}")
}

#[derive(Template)]
#[template(path = "administration/channel.html")]
struct ChannelPage {
    shell: Shell,
    id: String,
    name: String,
    count: String,
    members: Vec<Person>,
    email: String,
    errors: FormErrors,
    is_member: bool,
}

async fn page(visitor: &Visitor, id: ChannelId) -> Result<ChannelPage, Failure> {
    let (service, credential) = (visitor.service(), visitor.credential());
    service.organization().administer(credential).await?;
    let members = service.channels().members(credential, id).await?;
    let channel = channel(visitor, id).await?;
    let name = channel.name().as_str();
    Ok(ChannelPage {
        shell: Shell::of(visitor.visit(), &format!("Members of {name}")),
        id: id.to_string(),
        name: name.to_owned(),
        count: members_text(&members),
        is_member: members.iter().any(|member| member.id() == visitor.me().actor.id()),
        members: members.iter().map(Into::into).collect(),
        email: String::new(),
        errors: FormErrors::default(),
    })
}

/// The channel itself, of those that the caller may know of.
async fn channel(visitor: &Visitor, id: ChannelId) -> Result<Channel, Failure> {
    let mut after = None;
    loop {
        let channels = visitor.service().channels();
        let page = channels.list(visitor.credential(), after, PageLimit::MAX).await?;
        if let Some(view) = page.items.into_iter().find(|view| view.channel.id() == id) {
            return Ok(view.channel);
        }
        after = Some(page.next.ok_or(Failure::NotFound)?);
    }
}

/// The members of a channel.
#[handler]
pub(super) async fn show_members(visitor: Visitor, Path(id): Path<ChannelId>) -> Reply {
    html(&page(&visitor, id).await?)
}

/// Takes somebody into a channel, by their email address.
#[handler]
pub(super) async fn add(visitor: Visitor, Path(id): Path<ChannelId>, form: Form) -> Reply {
    let mut page = page(&visitor, id).await?;
    page.email = form.text("email").trim().to_owned();
    let Some(user) = by_email(&visitor, &page.email).await? else {
        page.errors.add("email", "nobody in the organization has this email address");
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let (service, credential) = (visitor.service(), visitor.credential());
    service.channels().add_member(credential, id, user.id()).await?;
    let notice = format!("{} is in {} now.", user.name().as_str(), page.name);
    done(&address(id), &notice, visitor.visit().app().settings().https)
}

/// The person with exactly this address.
async fn by_email(visitor: &Visitor, email: &str) -> Result<Option<User>, Failure> {
    let search = Some(email.to_owned());
    let mut query = UserQuery { search, limit: PageLimit::MAX, ..UserQuery::default() };
    if email.is_empty() {
        return Ok(None);
    }
    loop {
        let people = visitor.service().people();
        let page = people.list(visitor.credential(), query.clone()).await?;
        let is_meant = |user: &User| user.email().as_str().to_lowercase() == email.to_lowercase();
        if let Some(view) = page.items.into_iter().find(|view| is_meant(&view.user)) {
            return Ok(Some(view.user));
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(None);
        }
    }
}

/// Takes somebody out of a channel. Who is not in it any more has been taken out already.
#[handler]
pub(super) async fn remove(
    visitor: Visitor,
    Path((id, user)): Path<(ChannelId, UserId)>,
    _: Form,
) -> Reply {
    let (service, credential) = (visitor.service(), visitor.credential());
    let name = service.people().get(credential, user).await?.user.name().as_str().to_owned();
    match service.channels().remove_member(credential, id, user).await {
        Ok(()) | Err(UseCaseError::NotFound(_)) => {
            let notice = format!("{name} is no longer in this channel.");
            done(&address(id), &notice, visitor.visit().app().settings().https)
        }
        Err(error) => Err(error.into()),
    }
}
