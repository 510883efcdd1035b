//! The hash chain: whatever is altered, taken out, put in or moved is found, and where.

use impersonation_domain::{
    access::AccessType,
    audit::{
        Action, AuditHead, ChainFault, ChainVerifier, Event, EventContent, Hash, Outcome, Party,
        Snapshot,
    },
    credential::OwnCredentialId,
    ids::{OrganizationId, TypedId},
    policy::GrantRef,
    service::Upload,
    version::Version,
};
use impersonation_testkit::environment::SequentialIds;

use crate::fixture::{BOTH, Demo, scenario, text_as, upload};

/// A log with every optional field in use somewhere.
async fn history(demo: &Demo) -> Vec<Event> {
    let [ada, ben, cleo] = ["ada", "ben", "cleo"].map(|name| &demo.acme[name]);
    let grant = demo.grant(cleo, ben, BOTH).await.grant;
    demo.login(ben, cleo).await;
    let file: Upload = upload("a.txt", "text/plain", b"x");
    let deals = demo.acme.channel("deals");
    let message = text_as("as cleo", cleo.id);
    demo.sending.send(&ben.credential, deals, message, Some(file), None).await.unwrap();
    assert!(demo.try_login(cleo, ben).await.is_err());
    let items = [(grant.id(), grant.version())];
    let preview = demo.grants.preview_bulk_delete(&ada.credential, &items).await.unwrap();
    demo.grants.bulk_delete(&ada.credential, &items, &preview.confirmation).await.unwrap();
    demo.events(demo.acme.id).await
}

pub(crate) fn verify(
    organization: OrganizationId,
    events: &[Event],
    head: &AuditHead,
) -> Result<(), ChainFault> {
    let mut verifier = ChainVerifier::new(organization);
    events.iter().try_for_each(|event| verifier.check(event))?;
    verifier.finish(head)
}

fn head_of(events: &[Event]) -> AuditHead {
    let last = events.last().unwrap();
    AuditHead { sequence: last.sequence, hash: last.hash, ..AuditHead::default() }
}

fn new<T: TypedId>() -> T {
    T::from_non_nil(SequentialIds::numbered(999_999).try_into().unwrap())
}

/// One alteration of each field. A field that is added must be added here as well.
pub(crate) fn alterations(content: &EventContent) -> Vec<EventContent> {
    let EventContent {
        id: _,
        at,
        action,
        outcome,
        actor: _,
        subject: _,
        credential,
        login_session,
        access,
        grant,
        rule,
        channel,
        batch,
        reason,
        request_id,
        source_address,
        before,
        after,
    } = content.clone();
    let base = || content.clone();
    let other =
        |action: Action| if action == Action::SignIn { Action::SignOut } else { Action::SignIn };
    let outcome = match outcome {
        Outcome::Allowed => Outcome::Refused,
        Outcome::Refused => Outcome::Allowed,
    };
    let text = |text: &Option<String>| match text {
        Some(text) => Some(format!("{text} ")),
        None => Some(String::new()),
    };
    let snapshot = |snapshot: &Option<Snapshot>| match snapshot {
        Some(snapshot) => Some(snapshot.clone().with("granted_to_oneself", 1)),
        None => Some(Snapshot::new()),
    };
    let credential = match credential {
        Some(OwnCredentialId::SignIn(id)) => Some(OwnCredentialId::External(id)),
        _ => Some(OwnCredentialId::SignIn(new())),
    };
    let access = match access {
        Some(AccessType::Login) => Some(AccessType::Send),
        _ => Some(AccessType::Login),
    };
    let grant = match grant {
        Some(grant) => GrantRef { version: grant.version.next(), ..grant },
        None => GrantRef { id: new(), version: Version::INITIAL },
    };
    vec![
        EventContent { id: new(), ..base() },
        EventContent { at: at + chrono::TimeDelta::microseconds(1), ..base() },
        EventContent { action: other(action), ..base() },
        EventContent { outcome, ..base() },
        EventContent { actor: Party::System, ..base() },
        EventContent { subject: Party::Unknown, ..base() },
        EventContent { credential, ..base() },
        EventContent { login_session: login_session.is_none().then(new), ..base() },
        EventContent { access, ..base() },
        EventContent { grant: Some(grant), ..base() },
        EventContent { rule: text(&rule), ..base() },
        EventContent { channel: channel.is_none().then(new), ..base() },
        EventContent { batch: batch.is_none().then(new), ..base() },
        EventContent { reason: text(&reason), ..base() },
        EventContent { request_id: text(&request_id), ..base() },
        EventContent { source_address: text(&source_address), ..base() },
        EventContent { before: snapshot(&before), ..base() },
        EventContent { after: snapshot(&after), ..base() },
    ]
}

#[test]
fn e2_an_alteration_of_any_field_of_any_event_is_found_where_it_is() {
    scenario(async |demo| {
        let events = history(demo).await;
        let (acme, head) = (demo.acme.id, head_of(&events));
        verify(acme, &events, &head).unwrap();
        for (index, event) in events.iter().enumerate() {
            let mut altered: Vec<Event> = alterations(&event.content)
                .into_iter()
                .map(|content| Event { content, ..event.clone() })
                .collect();
            altered.push(Event { policy_revision: event.policy_revision + 1, ..event.clone() });
            altered.push(Event { hash: Hash([7; 32]), ..event.clone() });
            altered.push(Event { previous_hash: Hash([7; 32]), ..event.clone() });
            altered.push(Event { organization: demo.birch.id, ..event.clone() });
            for event in altered {
                let mut log = events.clone();
                log[index] = event;
                let fault = verify(acme, &log, &head).unwrap_err();
                assert_eq!(fault.position(), events[index].sequence, "{:?}", log[index]);
            }
        }
    });
}

#[test]
fn e2_an_event_taken_out_put_in_moved_or_cut_off_is_found() {
    scenario(async |demo| {
        let events = history(demo).await;
        let (acme, head) = (demo.acme.id, head_of(&events));
        for index in 0..events.len() {
            let place = events[index].sequence;
            let mut removed = events.clone();
            removed.remove(index);
            assert_eq!(verify(acme, &removed, &head).unwrap_err().position(), place);
            let mut doubled = events.clone();
            doubled.insert(index, events[index].clone());
            assert_eq!(verify(acme, &doubled, &head).unwrap_err().position(), place + 1);
            let cut = &events[..index];
            assert_eq!(verify(acme, cut, &head).unwrap_err().position(), place);
            if index + 1 < events.len() {
                let mut swapped = events.clone();
                swapped.swap(index, index + 1);
                assert_eq!(verify(acme, &swapped, &head).unwrap_err().position(), place);
            }
        }
        // A log that is right in itself, but is not the one that the organization's row names.
        let other = AuditHead { hash: Hash([7; 32]), ..head };
        assert!(verify(acme, &events, &other).is_err());
        let longer = AuditHead { sequence: head.sequence - 1, ..head };
        assert!(verify(acme, &events, &longer).is_err());
        // Nor may one organization's log stand for another's.
        assert!(verify(demo.birch.id, &events, &head).is_err());
    });
}
