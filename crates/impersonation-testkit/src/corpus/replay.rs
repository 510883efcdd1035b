//! Asking a kept case of a store.

use std::sync::Arc;

use impersonation_domain::{
    access::AccessType,
    message::Via,
    policy::{GrantRef, Standing},
    ports::FactsQuery,
    secret::Secret,
    service::{
        Credential, ErrorClass, ExplainRequest, Impersonation, Ports, SendMessage, UseCaseError,
    },
    version::Version,
};
use tokio::runtime::Builder;

use super::{Kept, Staged, all, stage};
use crate::{
    agreement::decide,
    environment::{Environment, NoFiles, PlainPasswords},
    figures::Figures,
    reference::Answer,
    store::{OpenStore, StoreFixture},
    strategies::{Case, Question},
};

/// What became of the kept cases.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// How many were brought into the store and asked there.
    pub played: usize,
    /// Which could not be, and why.
    pub skipped: Vec<(String, &'static str)>,
    figures: Figures,
}

impl Default for Replayed {
    fn default() -> Self {
        Self { played: 0, skipped: Vec::new(), figures: Figures::of("kept cases") }
    }
}

impl Replayed {
    /// At least three cases of four were asked.
    ///
    /// # Panics
    /// Where it were fewer.
    pub fn must_be_most(&self) {
        let of = self.played + self.skipped.len();
        assert!(self.played * 4 >= of * 3, "only {} of {of} cases: {self:?}", self.played);
    }

    /// What was done, in figures.
    #[must_use]
    pub fn figures(self, suite: &str) -> Figures {
        let mut figures = self.figures;
        figures.suite = suite.to_owned();
        figures.count("cases", self.played as u64);
        figures.count("left out", self.skipped.len() as u64);
        let mut reasons: Vec<_> = self.skipped.iter().map(|(_, why)| *why).collect();
        reasons.sort_unstable();
        for same in reasons.chunk_by(|one, other| one == other) {
            figures.remark(format!("{} left out: {}", same.len(), same[0]));
        }
        figures
    }
}

/// Brings every kept case into a store of this kind, and asks it there: by the facts that the store
/// tells, by the explanation that an administrator gets, and by doing it. `None` where the store is
/// not to be had here, which is said.
///
/// # Panics
/// Where an answer is another than the case says, or fewer than three cases of four can be asked.
pub fn replay(fixture: &dyn StoreFixture) -> Option<Replayed> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("there is a runtime");
    runtime.block_on(async {
        let Some(store) = fixture.open().await else {
            skipped();
            return None;
        };
        let environment = Environment::default();
        let mut replayed = Replayed::default();
        for kept in all() {
            match stage(&store, &environment, &kept).await {
                Ok(staged) => {
                    if let Err(difference) = ask(&store, &staged).await {
                        let Kept { name, why, case, .. } = &kept;
                        panic!("`{name}` ({why}): {difference}\n\n{case}");
                    }
                    replayed.played += 1;
                }
                Err(why) => replayed.skipped.push((kept.name, why)),
            }
        }
        replayed.must_be_most();
        Some(replayed)
    })
}

#[expect(clippy::print_stdout, reason = "a test that was skipped has to say so")]
fn skipped() {
    println!("skipped the kept cases: this store is not available here");
}

async fn ask(store: &OpenStore, staged: &Staged) -> Result<(), String> {
    let environment = &staged.world.environment;
    let app = Impersonation::new(Ports {
        units: store.units.clone(),
        index: store.index.clone(),
        clock: Arc::new(environment.clock.clone()),
        ids: Arc::new(environment.ids.clone()),
        secrets: Arc::new(environment.secrets.clone()),
        passwords: Arc::new(PlainPasswords),
        files: Arc::new(NoFiles),
    });
    by_facts(staged).await?;
    explained(&app, staged).await?;
    done(&app, staged).await
}

fn demand(is: bool, says: impl FnOnce() -> String) -> Result<(), String> {
    if is { Ok(()) } else { Err(says()) }
}

/// What the store tells must be decided as the case says.
async fn by_facts(staged: &Staged) -> Result<(), String> {
    let Staged { world, actor, subject, standing, question, expected, .. } = staged;
    let channel = match question {
        Question::SendAs(channel) => Some(*channel),
        _ => None,
    };
    let query = FactsQuery { actor: *actor, subject: *subject, channel };
    let facts = world.read(async |unit| unit.facts(&query).await).await;
    let case = Case {
        facts,
        actor: *actor,
        subject: *subject,
        standing: *standing,
        question: *question,
        now: world.now(),
    };
    let answer = decide(&case);
    demand(answer == *expected, || {
        format!("by the facts of the store: {answer}, expected {expected}. The facts:\n{case}")
    })
}

fn bearer(staged: &Staged, token: &Secret) -> Credential {
    Credential::bearer(token.hash(), staged.world.origin.clone())
}

/// An administrator who asks is told the same. Whoever is asked about is then at home.
async fn explained(app: &Impersonation, staged: &Staged) -> Result<(), String> {
    let (action, channel) = match staged.question {
        Question::LogIn => (AccessType::Login, None),
        Question::SendAs(channel) => (AccessType::Send, Some(channel)),
        Question::ActAs(_) => return Ok(()),
    };
    if staged.standing == Standing::InLoginSession {
        return Ok(());
    }
    let (actor, subject) = (staged.actor, staged.subject);
    let request = ExplainRequest { actor, action, subject, channel };
    let told = app.decisions().explain(&bearer(staged, &staged.administrator), request).await;
    let told = match (told, staged.expected) {
        (Ok(told), _) => told,
        // Where there is no impersonation nobody manages it.
        (Err(UseCaseError::Refused(_)), Answer::Deny("plan_excludes_impersonation")) => {
            return Ok(());
        }
        (Err(error), expected) => return Err(format!("explained: {error}, expected {expected}")),
    };
    let is = match staged.expected {
        Answer::Permit(id, version, _) => {
            told.permitted && told.code == "permitted" && told.grant == grant(id, version)
        }
        Answer::Deny(code) => !told.permitted && told.code == code,
    };
    demand(is, || format!("explained as {told:?}, expected {}", staged.expected))
}

fn grant(id: impersonation_domain::ids::GrantId, version: u64) -> Option<GrantRef> {
    Version::try_from(version).ok().map(|version| GrantRef { id, version })
}

/// Doing it succeeds by that grant, or is refused with that code.
async fn done(app: &Impersonation, staged: &Staged) -> Result<(), String> {
    let Some(token) = &staged.token else { return Ok(()) };
    let credential = bearer(staged, token);
    let by = match staged.question {
        Question::LogIn => {
            let answer = app.login_sessions().start(&credential, staged.subject, None, None).await;
            answer.map(|answer| answer.fresh().map(|it| it.session.grant()))
        }
        Question::ActAs(_) => {
            let me = app.account().me(&credential).await;
            me.map(|me| me.login_session.map(|current| current.grant))
        }
        Question::SendAs(channel) => {
            let text = Some("hello".to_owned());
            let message = SendMessage { body: text, send_as: Some(staged.subject) };
            let sent = app.sending().send(&credential, channel, message, None, None).await;
            sent.map(|answer| {
                answer.fresh().and_then(|view| match view.message.record().via {
                    Via::SendAs { grant } => Some(grant),
                    _ => None,
                })
            })
        }
    };
    match (by, staged.expected, staged.refusal()) {
        (Ok(by), Answer::Permit(id, version, _), _) => {
            demand(by.is_some() && by == grant(id, version), || {
                format!("done by {by:?}, expected {}", staged.expected)
            })
        }
        (Err(error), Answer::Deny(_), Some(code)) => {
            let is = error.code() == code && error.class() != ErrorClass::Unavailable;
            demand(is, || format!("refused with `{}` ({error}), expected `{code}`", error.code()))
        }
        (Ok(by), expected, _) => Err(format!("was done, by {by:?}, expected {expected}")),
        (Err(error), expected, _) => Err(format!("refused ({error}), expected {expected}")),
    }
}
