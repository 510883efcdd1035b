//! The workspace: channels, messages and files.

mod channel;
mod compose;
mod files;

use askama::Template;
use impersonation_domain::{channel::Channel, ports::PageLimit};
use poem::{get, handler};

use super::Pages;
use crate::{
    failure::Failure,
    reply::{Reply, html, see_other},
    shell::{Item, Shell},
    visit::Visitor,
};

/// How many pages of 200 channels are read for the navigation at most.
const MAX_PAGES: usize = 5;

/// The pages of this part.
pub(super) fn routes(pages: Pages) -> Pages {
    pages
        .page("/channels", get(home))
        .page("/channels/:id", get(channel::show).post(compose::send))
        .page("/files/:id", get(files::download))
}

/// The channels that the account is in.
pub(crate) async fn own_channels(visitor: &Visitor) -> Result<Vec<Channel>, Failure> {
    let mut channels = Vec::new();
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let page =
            visitor.service().channels().own(visitor.credential(), after, PageLimit::MAX).await?;
        channels.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(channels)
}

/// What is around a page of the workspace: its channels are in the navigation.
fn shell(visitor: &Visitor, title: &str, channels: &[Channel]) -> Shell {
    let mut shell = Shell::of(visitor.visit(), title);
    let path = visitor.visit().address().split('?').next().unwrap_or_default().to_owned();
    let items = channels.iter().map(|channel| {
        let address = address(channel);
        let is_current = path == address;
        Item { address, label: channel.name().as_str().to_owned(), is_current }
    });
    let items: Vec<Item> = items.collect();
    let groups = shell.person.as_mut().map(|person| &mut person.navigation);
    if let Some(workspace) = groups.and_then(|groups| groups.first_mut())
        && !items.is_empty()
    {
        workspace.title = "Channels";
        workspace.items = items;
    }
    shell
}

/// The address of a channel.
fn address(channel: &Channel) -> String {
    format!("/channels/{}", channel.id())
}

#[derive(Template)]
#[template(path = "workspace/empty.html")]
struct EmptyPage {
    shell: Shell,
    may_administer: bool,
}

/// The first channel that one is in.
#[handler]
async fn home(visitor: Visitor) -> Reply {
    let channels = own_channels(&visitor).await?;
    match channels.first() {
        // What has just been done is said on the page that this leads to.
        Some(first) => see_other(&address(first)),
        None => html(&EmptyPage {
            shell: shell(&visitor, "Channels", &[]),
            may_administer: visitor
                .may(impersonation_domain::role::Permission::AdministerOrganization),
        }),
    }
}
