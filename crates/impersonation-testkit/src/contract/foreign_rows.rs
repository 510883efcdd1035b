//! Writes that name another organization's rows reach nothing.

use impersonation_domain::{
    access::AccessTypes,
    audit::Recorded,
    grant::GrantEdit,
    login_session::EndCause,
    ports::{RepositoryError, UnitOfWork},
};

use super::{
    check::head,
    tenants::{Full, two},
};
use crate::{
    store::OpenStore,
    world::{Save, name, save_in},
};

/// Tries a write in an organization that it does not belong to.
async fn attempted(
    here: &Full,
    work: impl AsyncFnOnce(&mut dyn UnitOfWork) -> Result<(), RepositoryError>,
) -> Result<(), RepositoryError> {
    here.world.attempt(work).await
}

/// That a change of another organization's row is refused and moves neither log.
async fn refused<T: Save>(here: &Full, there: &Full, recorded: Recorded<T>) {
    let before = (head(&here.world).await, head(&there.world).await);
    let action = recorded.event().action;
    let result = attempted(here, async |unit| save_in(unit, recorded).await.map(drop)).await;
    assert!(result.is_err(), "{action}: a row of another organization is not to be had");
    assert_eq!((head(&here.world).await, head(&there.world).await), before, "{action}");
}

/// Changes of users, roles and channels.
pub async fn t1_the_directory_of_another_organization_is_out_of_reach(store: &OpenStore) {
    let (here, there) = two(store).await;
    let stamp = || here.world.stamp();
    refused(&here, &there, there.ben.clone().deactivate(&stamp())).await;
    refused(&here, &there, there.ben.clone().rename(name("Eve"), &stamp())).await;
    let edited = there.role.clone().edit(Some(name("Eve")), None, &stamp());
    refused(&here, &there, edited.expect("it is custom")).await;
    refused(&here, &there, there.role.clone().delete(&stamp()).expect("it is custom")).await;
    refused(&here, &there, there.channel.add_member(here.ben.id(), &stamp())).await;
    refused(&here, &there, here.channel.add_member(there.ben.id(), &stamp())).await;
    there
        .world
        .read(async |unit| {
            assert_eq!(unit.directory().user(there.ben.id()).await?, Some(there.ben.clone()));
            assert_eq!(unit.directory().role(there.role.id()).await?, Some(there.role.clone()));
            assert_eq!(unit.directory_store().members(there.channel.id()).await?.len(), 2);
            Ok(())
        })
        .await;
}

/// A membership of another organization's channel is not ended from here.
pub async fn t1_a_membership_of_another_organization_is_not_ended(store: &OpenStore) {
    let (here, there) = two(store).await;
    let leave = there.channel.remove_member(there.ben.id(), &here.world.stamp());
    // Whether that is an error is for the adapter to say: nothing comes of it there.
    drop(attempted(&here, async |unit| save_in(unit, leave).await.map(drop)).await);
    let (channel, ben) = (there.channel.id(), there.ben.id());
    let member = there.world.read(async |unit| unit.directory().is_member(channel, ben).await);
    assert!(member.await);
}

/// Changes of grants and login sessions, and new rows that belong elsewhere.
pub async fn t1_access_of_another_organization_is_out_of_reach(store: &OpenStore) {
    let (here, there) = two(store).await;
    let stamp = || here.world.stamp();
    let edit = GrantEdit { access: Some(AccessTypes::SEND), ..GrantEdit::default() };
    let edit = there.grant.clone().edit(edit, &stamp()).expect("allowed").expect("it changes");
    refused(&here, &there, edit).await;
    refused(&here, &there, there.grant.clone().delete(&stamp())).await;
    let end = there.session.clone().end(EndCause::Stopped, &stamp()).expect("it is live");
    refused(&here, &there, end).await;
    refused(&here, &there, there.world.new_user("Eve", "eve@acme.example")).await;
    refused(&here, &there, there.world.new_grant(&there.ben, &there.cleo)).await;
    refused(&here, &there, there.world.new_login_session(&there.ben, &there.cleo).await).await;
    refused(&here, &there, there.world.new_message(&there.ben, &there.channel, "hello")).await;
    refused(&here, &there, there.own.clone().end(&stamp())).await;
    refused(&here, &there, there.api.clone().revoke(&stamp())).await;
    there
        .world
        .read(async |unit| {
            assert_eq!(unit.grants().grant(there.grant.id()).await?, Some(there.grant.clone()));
            let session = unit.sessions().session(there.session.id()).await?;
            assert_eq!(session, Some(there.session.clone()));
            assert_eq!(unit.credentials().sign_in(there.own.id).await?, Some(there.own.clone()));
            assert_eq!(unit.credentials().token(there.api.id).await?, Some(there.api.clone()));
            Ok(())
        })
        .await;
}

/// What is noted or ended by identifier alone stays within the organization.
pub async fn t1_notes_on_rows_of_another_organization_reach_nothing(store: &OpenStore) {
    let (here, there) = two(store).await;
    let at = here.world.pass(60);
    let (grant, session, ben) = (there.grant.id(), there.session.id(), there.ben.id());
    // Whether these are errors is for the adapter to say.
    drop(attempted(&here, async |unit| unit.grants().mark_used(grant, at).await).await);
    drop(attempted(&here, async |unit| unit.sessions().touch(session, at).await).await);
    let end =
        async |unit: &mut dyn UnitOfWork| unit.credentials().end_all_of(ben, None, true, at).await;
    drop(attempted(&here, end).await);
    there
        .world
        .read(async |unit| {
            assert_eq!(unit.grants().grant(grant).await?, Some(there.grant.clone()));
            assert_eq!(unit.sessions().session(session).await?, Some(there.session.clone()));
            assert_eq!(unit.credentials().sign_in(there.own.id).await?, Some(there.own.clone()));
            assert_eq!(unit.credentials().token(there.api.id).await?, Some(there.api.clone()));
            Ok(())
        })
        .await;
}

/// The password of another organization's user is not set from here.
pub async fn t1_a_password_of_another_organization_is_not_set(store: &OpenStore) {
    let (here, there) = two(store).await;
    let ben = there.ben.id();
    let hash = crate::environment::PlainPasswords::hash_of("something else");
    let change = impersonation_domain::credential::PasswordChange::record(
        ben,
        hash.clone(),
        &here.world.stamp(),
    );
    drop(attempted(&here, async |unit| save_in(unit, change).await.map(drop)).await);
    let found = there.world.read(async |unit| unit.credentials().password(ben).await).await;
    assert!(found.is_some_and(|found| found != hash));
}
