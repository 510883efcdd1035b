//! Making, changing and deleting grants.

use chrono::TimeDelta;
use impersonation_domain::{
    access::AccessType,
    ports::Clock as _,
    service::{self, CreateGrant, EditGrant},
};

use super::{Act, Learned, Pair, Promise, Scene, done, once};

impl Act {
    pub(super) fn on_grants(&self, scene: &Scene, request: &str) -> Promise {
        let known = scene.known();
        let seen = |pair: Pair| *known.grants.get(&pair).expect("the grant has been seen");
        let me = scene.own("ada", request);
        let wanted = |(grantor, grantee): Pair, access: &[AccessType]| CreateGrant {
            grantor_email: scene.people[grantor].email.clone(),
            grantee_email: scene.people[grantee].email.clone(),
            access: access.to_vec(),
            ..CreateGrant::default()
        };
        let edit = |pair: Pair, edit: EditGrant| {
            let (me, grant) = (scene.own("ada", request), seen(pair));
            Promise::new(async move |app| {
                let edited = app.grants().edit(&me, grant.id, grant.version, edit).await?;
                let reference = edited.view.grant.reference();
                let text = format!("v{}, {} ended", reference.version, edited.sessions_ended);
                Ok((text, Some(Learned::Grant(pair, Some(reference)))))
            })
        };
        match *self {
            Self::Create { by, pair, access, expires_in } => {
                let me = scene.own(by, request);
                let now = scene.clock.now();
                let expires_at = expires_in.map(|seconds| now + TimeDelta::seconds(seconds));
                let wanted = CreateGrant { expires_at, ..wanted(pair, access) };
                Promise::new(async move |app| {
                    let made = app.grants().create(&me, wanted, None).await?;
                    let made = made.fresh().expect("it has no key");
                    let learned = Learned::Grant(pair, Some(made.view.grant.reference()));
                    Ok(("created".to_owned(), Some(learned)))
                })
            }
            Self::CreateOnce { pair, access, key } => {
                let wanted = wanted(pair, access);
                Promise::new(async move |app| {
                    let key = once(key, &|_| b"created".to_vec());
                    match app.grants().create(&me, wanted, Some(key)).await? {
                        service::Answer::Fresh(_) => done("created"),
                        service::Answer::Repeated(_) => done("created before"),
                    }
                })
            }
            Self::Edit { pair, access } => {
                let access = Some(access.to_vec());
                edit(pair, EditGrant { access, ..EditGrant::default() })
            }
            Self::Reword { pair, reason } => {
                let reason = Some(Some(reason.to_owned()));
                edit(pair, EditGrant { reason, ..EditGrant::default() })
            }
            Self::Expire { pair, seconds } => {
                let now = scene.clock.now();
                let expires_at = Some(Some(now + TimeDelta::seconds(seconds)));
                edit(pair, EditGrant { expires_at, ..EditGrant::default() })
            }
            Self::Revoke { by, pair } => {
                let (me, grant) = (scene.own(by, request), seen(pair));
                Promise::new(async move |app| {
                    let ended = app.grants().delete(&me, grant.id, grant.version).await?;
                    Ok((format!("revoked, {ended} ended"), Some(Learned::Grant(pair, None))))
                })
            }
            Self::BulkDelete { pairs } => {
                let items: Vec<_> =
                    pairs.iter().map(|pair| (seen(*pair).id, seen(*pair).version)).collect();
                Promise::new(async move |app| {
                    let preview = app.grants().preview_bulk_delete(&me, &items).await?;
                    let confirmation = preview.confirmation;
                    let deleted = app.grants().bulk_delete(&me, &items, &confirmation).await?;
                    done(format!(
                        "{} deleted, {} ended",
                        deleted.grants.len(),
                        deleted.sessions_ended
                    ))
                })
            }
            _ => unreachable!("{self} is no act on grants"),
        }
    }
}
