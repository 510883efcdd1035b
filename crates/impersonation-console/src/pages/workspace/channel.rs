//! A channel: its messages, its members, and where one writes.

use askama::Template;
use impersonation_domain::{
    access::AccessType,
    channel::Channel,
    ids::{ChannelId, MessageId},
    message::Via,
    ports::PageLimit,
    role::Permission,
    service::{MessageView, Resource, UseCaseError},
    time::Timestamp,
    user::User,
};
use poem::{handler, http::StatusCode, web::Path};

use super::{address, own_channels, shell};
use crate::{
    cursor,
    failure::Failure,
    form::Query,
    format::{Moment, Person, count, list, size},
    reply::{Reply, html_with},
    shell::Shell,
    visit::Visitor,
};

/// How many of the members the header names.
const NAMED: usize = 3;

/// A message as the page shows it.
struct Message {
    id: String,
    author: Person,
    at: Moment,
    /// The day, where the message before was sent on another one.
    day: Option<Moment>,
    text: Option<String>,
    files: Vec<Attachment>,
    via: Option<Disclosed>,
}

/// A file of a message.
struct Attachment {
    address: String,
    name: String,
    size: String,
}

/// Who really sent a message, and how, for those who may know.
struct Disclosed {
    summary: String,
    how: &'static str,
    sender: Person,
    version: String,
    /// The page of the login session, where there is one and it may be opened.
    session: Option<String>,
    /// The page of the grant, for those who manage grants.
    grant: Option<String>,
}

/// What stands in the composer.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) send_as: String,
    pub(super) error: Option<String>,
}

/// Somebody as whom one may send here.
struct Identity {
    id: String,
    name: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "workspace/channel.html")]
struct ChannelPage {
    shell: Shell,
    id: String,
    name: String,
    address: String,
    members: Vec<Person>,
    summary: String,
    messages: Vec<Message>,
    earlier: Option<String>,
    is_latest: bool,
    own_name: String,
    identities: Vec<Identity>,
    draft: Draft,
    key: String,
}

/// The channel.
#[handler]
pub(super) async fn show(visitor: Visitor, Path(id): Path<ChannelId>, query: Query) -> Reply {
    page(&visitor, id, query.get("before"), Draft::default(), StatusCode::OK).await
}

/// The page of a channel, with what stands in its composer.
pub(super) async fn page(
    visitor: &Visitor,
    id: ChannelId,
    before: Option<&str>,
    draft: Draft,
    status: StatusCode,
) -> Reply {
    let list_name = format!("messages of {id}");
    let after: Option<(Timestamp, MessageId)> =
        before.and_then(|before| cursor::open(visitor.seal(), &list_name, before));
    let (service, credential) = (visitor.service(), visitor.credential());
    let messages = service.sending().messages(credential, id, after, PageLimit::default()).await?;
    let channels = own_channels(visitor).await?;
    let channel = channels
        .iter()
        .find(|channel| channel.id() == id)
        .ok_or(Failure::UseCase(UseCaseError::NotFound(Resource::Channel)))?;
    let members = service.channels().members(credential, id).await?;
    let address = address(channel);
    let earlier = messages.next.and_then(|next| cursor::close(visitor.seal(), &list_name, &next));
    let earlier = earlier.map(|next| Query::default().with(&address, &[("before", Some(&next))]));
    let page = ChannelPage {
        shell: shell(visitor, &title(channel), &channels),
        id: id.to_string(),
        name: channel.name().as_str().to_owned(),
        summary: summary(&members),
        messages: shown(visitor, messages.items),
        earlier,
        is_latest: after.is_none(),
        own_name: visitor.me().subject.name().as_str().to_owned(),
        identities: identities(visitor, &members, &draft.send_as),
        members: members.iter().map(Person::from).collect(),
        draft,
        key: visitor.visit().app().settings().ids.next().to_string(),
        address,
    };
    html_with(status, &page)
}

fn title(channel: &Channel) -> String {
    format!("#{}", channel.name().as_str())
}

/// `Ada, Ben and 3 others`.
fn summary(members: &[User]) -> String {
    let name = |member: &User| member.name().as_str().to_owned();
    let mut names: Vec<String> = members.iter().take(NAMED).map(name).collect();
    match members.len().saturating_sub(NAMED) {
        0 => {}
        1 => names.extend(members.last().map(name)),
        others => names.push(count(u64::try_from(others).unwrap_or(u64::MAX), "other", "others")),
    }
    list(&names)
}

/// As whom one may send in a channel with these members, beside as oneself. In a login session there
/// is nobody: what is sent there is the account's own.
fn identities(visitor: &Visitor, members: &[User], chosen: &str) -> Vec<Identity> {
    let may_send = visitor.accounts().iter().filter(|account| {
        account.access.contains(AccessType::Send)
            && members.iter().any(|member| member.id() == account.user.id())
    });
    may_send
        .map(|account| {
            let id = account.user.id().to_string();
            let name = account.user.name().as_str().to_owned();
            Identity { is_chosen: id == chosen, id, name }
        })
        .collect()
}

/// The messages, the newest last.
fn shown(visitor: &Visitor, views: Vec<MessageView>) -> Vec<Message> {
    let mut day = None;
    let newest_last = views.into_iter().rev().map(|view| {
        let record = view.message.record();
        let is_new_day =
            day.replace(record.sent_at.date_naive()) != Some(record.sent_at.date_naive());
        Message {
            id: record.id.to_string(),
            author: (&view.author).into(),
            at: record.sent_at.into(),
            day: is_new_day.then(|| record.sent_at.into()),
            text: record.body.as_ref().map(|body| body.as_str().to_owned()),
            files: record
                .files
                .iter()
                .map(|file| Attachment {
                    address: format!("/files/{}", file.id),
                    name: file.name.as_str().to_owned(),
                    size: size(file.size),
                })
                .collect(),
            via: view
                .disclosed
                .as_ref()
                .and_then(|(sender, via)| disclosed(visitor, &view.author, sender, *via)),
        }
    });
    newest_last.collect()
}

/// The first of a person's names: the details beside it name them in full.
fn first_name(user: &User) -> &str {
    let name = user.name().as_str();
    name.split_whitespace().next().unwrap_or(name)
}

fn disclosed(visitor: &Visitor, author: &User, sender: &User, via: Via) -> Option<Disclosed> {
    let (by, whom) = (first_name(sender), first_name(author));
    let is_outside = visitor.login_session().is_none();
    let (summary, how, session, grant) = match via {
        Via::OwnAccount => return None,
        Via::SendAs { grant } => (format!("sent by {by} for {whom}"), "Send Access", None, grant),
        Via::LoginSession { session, grant } => {
            let address = format!("/settings/audit-log/sessions/{session}");
            let summary = format!("sent by {by}, logged in as {whom}");
            (summary, "Login Access, in a login session", Some(address), grant)
        }
    };
    let manages = visitor.may(Permission::ManageUserImpersonation);
    let search = [("q", Some(sender.email().as_str()))];
    let grants = || Query::default().with("/settings/user-impersonation", &search);
    Some(Disclosed {
        summary,
        how,
        sender: sender.into(),
        version: grant.version.to_string(),
        session: session.filter(|_| is_outside),
        grant: manages.then(grants),
    })
}
