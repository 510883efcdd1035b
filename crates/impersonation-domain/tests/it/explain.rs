//! Explaining a decision: what it says is what start and send answer.

use impersonation_domain::{
    access::AccessType,
    ids::ChannelId,
    plan::Plan,
    policy::Rule,
    service::{CreateGrant, ErrorClass, ExplainRequest, Explanation, UseCaseError},
};

use crate::fixture::{
    BOTH, Demo, LOGIN, Person, SEND, error_text, grant_of, must_fail, scenario, text_as,
};

fn login(actor: &Person, subject: &Person) -> ExplainRequest {
    let (actor, subject) = (actor.id, subject.id);
    ExplainRequest { actor, action: AccessType::Login, subject, channel: None }
}

fn send(actor: &Person, subject: &Person, channel: ChannelId) -> ExplainRequest {
    ExplainRequest { action: AccessType::Send, channel: Some(channel), ..login(actor, subject) }
}

/// Asks, as ada and as the actor, and compares with what really happens.
async fn compare(demo: &Demo, actor: &Person, subject: &Person) {
    let start = demo.sessions.start(&actor.credential, subject.id, None, None).await;
    if let Ok(answer) = &start {
        let impersonation_domain::service::Answer::Fresh(started) = answer else { panic!() };
        demo.sessions.end(&actor.credential, started.session.id()).await.unwrap();
    }
    agree(demo, actor, login(actor, subject), start.map(drop)).await;
    for channel in demo.acme.channels.values().copied() {
        let message = text_as("hello", subject.id);
        let sent = demo.sending.send(&actor.credential, channel, message, None, None).await;
        agree(demo, actor, send(actor, subject, channel), sent.map(drop)).await;
    }
}

async fn agree(
    demo: &Demo,
    actor: &Person,
    question: ExplainRequest,
    happened: Result<(), UseCaseError>,
) {
    let happened = match happened {
        Ok(()) => "permitted",
        Err(error) => error.code(),
    };
    for asker in [&demo.acme["ada"], actor] {
        let explained = match demo.decisions.explain(&asker.credential, question).await {
            Ok(explanation) => consistent(&explanation),
            // Where the asker's own plan has no decisions, that is the answer.
            Err(error) => error.code(),
        };
        assert_eq!(explained, happened, "{question:?}");
    }
}

/// The code, after checking that the rules say the same.
fn consistent(explanation: &Explanation) -> &'static str {
    let broken = explanation.rules.iter().find(|outcome| !outcome.holds);
    assert_eq!(explanation.permitted, broken.is_none(), "{explanation:?}");
    assert_eq!(explanation.code, broken.map_or("permitted", |outcome| outcome.code));
    explanation.code
}

#[test]
fn d7_explain_answers_what_starting_and_sending_answer() {
    scenario(async |demo| {
        let [ben, cleo, eli, dina] = ["ben", "cleo", "eli", "dina"].map(|name| &demo.acme[name]);
        demo.grant(cleo, ben, BOTH).await;
        demo.grant(eli, ben, SEND).await;
        demo.grant(cleo, eli, LOGIN).await;
        let window = CreateGrant {
            starts_at: Some(demo.in_minutes(5)),
            expires_at: Some(demo.in_minutes(10)),
            ..grant_of(dina, eli, BOTH)
        };
        demo.grant_like(window).await;
        let people = [ben, cleo, eli, dina];
        let everybody = async || {
            for actor in people {
                for subject in people {
                    compare(demo, actor, subject).await;
                }
            }
        };
        everybody().await;
        demo.pass(5);
        everybody().await;
        demo.pass(5);
        everybody().await;
        demo.protect(cleo, true).await;
        everybody().await;
        demo.protect(cleo, false).await;
        let ada = &demo.acme["ada"].credential;
        demo.channels.remove_member(ada, demo.acme.channel("deals"), cleo.id).await.unwrap();
        everybody().await;
        demo.set_plan(Plan::MultiUser).await;
        for actor in [ben, eli] {
            for subject in people {
                compare(demo, actor, subject).await;
            }
        }
        demo.set_plan(Plan::Individual).await;
        compare(demo, ben, cleo).await;
        demo.set_plan(Plan::Enterprise).await;
        demo.deactivate(cleo).await;
        compare(demo, ben, cleo).await;
        compare(demo, eli, cleo).await;
    });
}

#[test]
fn a1_a_question_is_recorded_with_its_answer() {
    scenario(async |demo| {
        let (ada, ben, cleo) = (&demo.acme["ada"], &demo.acme["ben"], &demo.acme["cleo"]);
        demo.grant(cleo, ben, LOGIN).await;
        let ask = |question| demo.decisions.explain(&ada.credential, question);
        let (_, log) = demo.allowed(ask(login(ben, cleo))).await;
        assert_eq!(log, ["decision.explain ada>cleo (permitted) login v1"]);
        let (_, log) = demo.allowed(ask(login(cleo, ben))).await;
        assert_eq!(log, ["decision.explain ada>ben (no_grant) login"]);
        let (_, log) = demo.allowed(ask(send(ben, cleo, demo.acme.channel("deals")))).await;
        assert_eq!(log, ["decision.explain ada>cleo (send_not_granted) send v1 #deals"]);
        let nowhere = ExplainRequest { action: AccessType::Send, ..login(ben, cleo) };
        demo.refused(ask(nowhere), "channel_required", ErrorClass::Invalid).await;
    });
}

#[test]
fn a8_others_ask_about_themselves_alone_and_learn_nothing_of_whom_they_have_no_grant_for() {
    scenario(async |demo| {
        let [ben, cleo, eli] = ["ben", "cleo", "eli"].map(|name| &demo.acme[name]);
        let ask = |question| demo.decisions.explain(&ben.credential, question);
        let log = demo.refused(ask(login(eli, cleo)), "permission_required", ErrorClass::Forbidden);
        let log = log.await;
        assert_eq!(log, ["refused decision.explain ben>ben (permission_required) login"]);
        demo.protect(cleo, true).await;
        demo.deactivate(eli).await;
        let mut nobody = cleo.clone();
        nobody.id = "0193e6a0-7d5c-7cc2-9d7e-0b5a5f0c1d2e".parse().unwrap();
        let mut answers = Vec::new();
        for subject in [cleo, eli, &demo.birch["pete"], &nobody] {
            let explanation = ask(login(ben, subject)).await.unwrap();
            assert_eq!(explanation.rules.last().unwrap().rule, Rule::GrantExists);
            answers.push(format!("{explanation:?}"));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        // A manager sees every rule.
        let explanation = demo.decisions.explain(&demo.acme["ada"].credential, login(ben, cleo));
        let rules = explanation.await.unwrap().rules;
        assert!(rules.iter().any(|o| o.rule == Rule::SubjectNotProtected && !o.holds));
        let error =
            must_fail(demo.decisions.explain(&demo.solo["sam"].credential, login(ben, cleo)).await);
        assert_eq!(error.code(), "plan_excludes_impersonation", "{}", error_text(&error));
    });
}
