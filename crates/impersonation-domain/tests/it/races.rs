//! What happens at the same time: the result is that of some order, and the log tells which.

use std::{future::Future, sync::Arc};

use impersonation_domain::{
    access::AccessType,
    audit::{Action, Event, Outcome},
    ids::{GrantId, LoginSessionId},
    plan::Plan,
    service::{EditGrant, EditUser, UseCaseError},
    user::UserStatus,
};
use tokio::{sync::Barrier, task::JoinHandle};

use crate::fixture::{
    BOTH, Demo, LOGIN, SEND,
    change::{status, to_role},
    error_text, grant_of, origin, scenario_on_threads, text_as,
};

const ROUNDS: usize = 25;

/// Lets these begin together, each on a task of its own.
struct Together(Arc<Barrier>);

impl Together {
    fn new(count: usize) -> Self {
        Self(Arc::new(Barrier::new(count)))
    }

    fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let barrier = self.0.clone();
        tokio::spawn(async move {
            barrier.wait().await;
            work.await
        })
    }
}

/// Nothing but the expected code may come out of a race: no store error, nothing unheard of.
fn only<T>(answer: Result<T, UseCaseError>, codes: &[&str]) -> Option<T> {
    match answer {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(codes.contains(&error.code()), "{}", error_text(&error));
            None
        }
    }
}

async fn live(demo: &Demo) -> Vec<LoginSessionId> {
    let ada = &demo.acme["ada"].credential;
    let page = demo.sessions.list(ada, Some(true), None, Default::default()).await.unwrap();
    page.items.iter().map(|view| view.session.id()).collect()
}

/// After the first event of `limit`, none of `acts` may have been allowed by the grant.
fn nothing_after(events: &[Event], grant: GrantId, limit: Action, acts: &[Action]) {
    let of_grant = |event: &&Event| {
        event.content.grant.is_some_and(|of| of.id == grant)
            && event.content.outcome == Outcome::Allowed
    };
    let after = events.iter().filter(of_grant).skip_while(|e| e.content.action != limit);
    for event in after.skip(1) {
        assert!(!acts.contains(&event.content.action), "after {limit}: {event:?}");
    }
}

#[test]
fn c1_after_a_revocation_no_session_is_live_however_the_start_falls() {
    scenario_on_threads(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let (mut won, mut lost) = (0, 0);
        for round in 0..ROUNDS {
            let grant = demo.grant(cleo, ben, LOGIN).await.grant;
            let (id, version) = (grant.id(), grant.version());
            let starts = 4;
            let together = Together::new(starts + 1);
            let mut waiting = Vec::new();
            for number in 0..starts {
                let (sessions, me, subject) =
                    (demo.sessions.clone(), ben.credential.clone(), cleo.id);
                waiting.push(together.run(async move {
                    for _ in 0..(number + round) % 3 {
                        tokio::task::yield_now().await;
                    }
                    sessions.start(&me, subject, None, None).await
                }));
            }
            let (grants, me) = (demo.grants.clone(), ada.credential.clone());
            let revoke = together.run(async move { grants.delete(&me, id, version).await });
            let ended = revoke.await.unwrap().unwrap();
            let mut started = 0;
            for start in waiting {
                match only(start.await.unwrap(), &["no_grant"]) {
                    Some(_) => started += 1,
                    None => lost += 1,
                }
            }
            won += started;
            assert_eq!(ended, started, "each session that came first was ended");
            assert!(live(demo).await.is_empty());
            let events = demo.events(demo.acme.id).await;
            let acts = [Action::LoginSessionStart, Action::MessageSend];
            nothing_after(&events, id, Action::GrantDelete, &acts);
        }
        assert_eq!(won + lost, 4 * u64::try_from(ROUNDS).unwrap());
    });
}

#[test]
fn c3_after_the_reply_to_an_edit_nothing_is_sent_by_the_old_version() {
    scenario_on_threads(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let deals = demo.acme.channel("deals");
        for _ in 0..ROUNDS {
            let grant = demo.grant(cleo, ben, BOTH).await.grant;
            let (id, version) = (grant.id(), grant.version());
            let together = Together::new(3);
            let mut waiting = Vec::new();
            for _ in 0..2 {
                let (sending, me, subject) =
                    (demo.sending.clone(), ben.credential.clone(), cleo.id);
                waiting.push(together.run(async move {
                    let mut sent = 0;
                    for _ in 0..8 {
                        let message = text_as("as cleo", subject);
                        let answer = sending.send(&me, deals, message, None, None).await;
                        if only(answer, &["send_not_granted"]).is_none() {
                            break;
                        }
                        sent += 1;
                    }
                    sent
                }));
            }
            let (grants, me) = (demo.grants.clone(), ada.credential.clone());
            let edit = together.run(async move {
                let access = Some(vec![AccessType::Login]);
                grants.edit(&me, id, version, EditGrant { access, ..EditGrant::default() }).await
            });
            let edited = edit.await.unwrap().unwrap().view.grant;
            // From here on the old state decides nothing.
            let late = demo.send(&ben.credential, "deals", text_as("late", cleo.id)).await;
            assert!(only(late, &["send_not_granted"]).is_none());
            for sender in waiting {
                sender.await.unwrap();
            }
            let events = demo.events(demo.acme.id).await;
            nothing_after(&events, id, Action::GrantEdit, &[Action::MessageSend]);
            demo.grants.delete(&ada.credential, id, edited.version()).await.unwrap();
        }
    });
}

#[test]
fn c6_the_same_pair_at_the_same_time_gets_one_grant() {
    scenario_on_threads(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        for _ in 0..ROUNDS {
            let count = 6;
            let together = Together::new(count);
            let mut waiting = Vec::new();
            for number in 0..count {
                let access = if number % 2 == 0 { LOGIN } else { SEND };
                let (grants, me, request) =
                    (demo.grants.clone(), ada.credential.clone(), grant_of(cleo, ben, access));
                waiting.push(together.run(async move { grants.create(&me, request, None).await }));
            }
            let mut made = Vec::new();
            let mut named = Vec::new();
            for create in waiting {
                match create.await.unwrap() {
                    Ok(answer) => made.push(answer.fresh().unwrap().view.grant.reference()),
                    Err(error) => {
                        assert_eq!(error.code(), "duplicate_grant", "{}", error_text(&error));
                        named.push(error.existing().unwrap());
                    }
                }
            }
            let [only] = made.as_slice() else { panic!("{made:?}") };
            assert_eq!(named, vec![only.id; count - 1]);
            demo.grants.delete(&ada.credential, only.id, only.version).await.unwrap();
        }
    });
}

#[test]
fn c4_of_two_edits_from_the_same_version_one_is_told_to_look_again() {
    scenario_on_threads(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        let mut grant = demo.grant(cleo, ben, BOTH).await.grant;
        for round in 0..ROUNDS {
            let together = Together::new(2);
            let edits = [0, 1].map(|number| {
                let reason = Some(Some(format!("round {round} by {number}")));
                let edit = EditGrant { reason, ..EditGrant::default() };
                let (grants, me) = (demo.grants.clone(), ada.credential.clone());
                let (id, seen) = (grant.id(), grant.version());
                together.run(async move { grants.edit(&me, id, seen, edit).await })
            });
            let mut won = Vec::new();
            for edit in edits {
                won.extend(only(edit.await.unwrap(), &["version_mismatch"]));
            }
            assert_eq!(won.len(), 1);
            grant = won.pop().unwrap().view.grant;
        }
        assert_eq!(grant.version().get(), 1 + u64::try_from(ROUNDS).unwrap());
    });
}

#[test]
fn c16_two_administrators_who_demote_each_other_leave_one() {
    scenario_on_threads(async |demo| {
        let [ada, ben] = ["ada", "ben"].map(|name| &demo.acme[name]);
        let (admin, member) = (demo.acme.admin_role, demo.acme.member_role);
        demo.give_role(ben, admin).await;
        for edit in [to_role(member), to_role(demo.support_lead), status(UserStatus::Deactivated)] {
            for _ in 0..ROUNDS / 3 {
                let together = Together::new(2);
                let mut waiting = Vec::new();
                for (by, on) in [(ada, ben), (ben, ada)] {
                    let seen = demo.people.get(&ada.credential, on.id).await;
                    let seen = seen.unwrap().user.version();
                    let (people, me, on) = (demo.people.clone(), by.credential.clone(), on.id);
                    let edit = edit.clone();
                    waiting
                        .push(together.run(async move { people.edit(&me, on, seen, edit).await }));
                }
                let mut won = Vec::new();
                for edit in waiting {
                    let codes = ["permission_required", "unauthenticated", "last_administrator"];
                    won.extend(only(edit.await.unwrap(), &codes));
                }
                assert_eq!(won.len(), 1, "one of the two came first");
                // Whoever is left brings the other back.
                let lost = won[0].user.id();
                let (left, other) = if lost == ada.id { (ben, ada) } else { (ada, ben) };
                let me = &left.credential;
                let back = EditUser {
                    role_id: Some(admin),
                    status: Some(UserStatus::Active),
                    ..EditUser::default()
                };
                let seen = won[0].user.version();
                let me = match demo.account.me(me).await {
                    Ok(_) => me.clone(),
                    Err(_) => demo.sign_in(left).await,
                };
                demo.people.edit(&me, lost, seen, back).await.unwrap();
                if demo.account.me(&other.credential).await.is_err() {
                    return; // signed out by the deactivation: the demotions before were enough
                }
            }
        }
    });
}

/// Against a start of a session there is something that forbids it.
async fn against_start<T: Send + 'static>(
    demo: &Demo,
    forbid: impl Future<Output = T> + Send + 'static,
    codes: &[&str],
) {
    let (ben, cleo) = (&demo.acme["ben"], &demo.acme["cleo"]);
    let together = Together::new(3);
    let starts = [0, 1].map(|_| {
        let (sessions, me, subject) = (demo.sessions.clone(), ben.credential.clone(), cleo.id);
        together.run(async move { sessions.start(&me, subject, None, None).await })
    });
    together.run(forbid).await.unwrap();
    for start in starts {
        only(start.await.unwrap(), codes);
    }
    assert!(live(demo).await.is_empty(), "a session outlived what forbids it");
}

#[test]
fn c9_c10_c23_a_start_against_downgrade_deactivation_and_protection_leaves_no_session() {
    scenario_on_threads(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        for _ in 0..ROUNDS {
            let (people, me, seen) =
                (demo.people.clone(), ada.credential.clone(), demo.version_of(cleo).await);
            let (on, protect) =
                (cleo.id, EditUser { protected: Some(true), ..EditUser::default() });
            let forbid = async move { people.edit(&me, on, seen, protect).await.unwrap() };
            against_start(demo, forbid, &["subject_protected"]).await;
            demo.protect(cleo, false).await;

            let (people, me, seen) =
                (demo.people.clone(), ada.credential.clone(), demo.version_of(cleo).await);
            let gone = status(UserStatus::Deactivated);
            let forbid = async move { people.edit(&me, on, seen, gone).await.unwrap() };
            against_start(demo, forbid, &["subject_inactive"]).await;
            demo.reactivate(cleo).await;

            let (operator, acme) = (demo.operator.clone(), demo.acme.id);
            let forbid =
                async move { operator.set_plan(acme, Plan::Individual, &origin()).await.unwrap() };
            // Listing is no part of the feature then: look from the other plan.
            let together_codes = ["plan_excludes_impersonation"];
            let (ben_, cleo_) = (ben.credential.clone(), cleo.id);
            let sessions = demo.sessions.clone();
            let together = Together::new(2);
            let start = together.run(async move { sessions.start(&ben_, cleo_, None, None).await });
            together.run(forbid).await.unwrap();
            only(start.await.unwrap(), &together_codes);
            demo.set_plan(Plan::Enterprise).await;
            assert!(live(demo).await.is_empty());
        }
    });
}

#[test]
fn c7_leaving_the_channel_against_sending_there_is_one_order_or_the_other() {
    scenario_on_threads(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, SEND).await;
        let deals = demo.acme.channel("deals");
        for _ in 0..ROUNDS {
            let together = Together::new(2);
            let (sending, me, subject) = (demo.sending.clone(), ben.credential.clone(), cleo.id);
            let send = together.run(async move {
                sending.send(&me, deals, text_as("hi", subject), None, None).await
            });
            let (channels, me, on) = (demo.channels.clone(), ada.credential.clone(), cleo.id);
            let leave = together.run(async move { channels.remove_member(&me, deals, on).await });
            leave.await.unwrap().unwrap();
            let sent = only(send.await.unwrap(), &["subject_not_in_channel"]).is_some();
            let events = demo.events(demo.acme.id).await;
            let [.., one, two] = events.as_slice() else { panic!() };
            let last = [one, two].map(|event| (event.content.action, event.content.outcome));
            let left = (Action::ChannelRemoveMember, Outcome::Allowed);
            let expected = if sent {
                [(Action::MessageSend, Outcome::Allowed), left]
            } else {
                [left, (Action::MessageSend, Outcome::Refused)]
            };
            assert_eq!(last, expected);
            demo.channels.add_member(&ada.credential, deals, cleo.id).await.unwrap();
        }
    });
}

#[test]
fn c17_a_hundred_tasks_write_one_dense_log() {
    scenario_on_threads(async |demo| {
        let before = demo.events(demo.acme.id).await.len();
        let together = Together::new(100);
        let mut waiting = Vec::new();
        for number in 0..100 {
            let name = ["ada", "ben", "cleo", "dina", "eli"][number % 5];
            let (sending, me) = (demo.sending.clone(), demo.acme[name].credential.clone());
            let general = demo.acme.channel("general");
            waiting.push(together.run(async move {
                let message = crate::fixture::text(&format!("message {number}"));
                sending.send(&me, general, message, None, None).await.map(drop)
            }));
        }
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        let events = demo.events(demo.acme.id).await;
        assert_eq!(events.len(), before + 100);
        demo.verify_all().await;
    });
}
