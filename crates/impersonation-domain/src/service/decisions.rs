//! Asking for a decision with its explanation.

use super::{
    Capability, Credential, InvalidInput, Refusal, UseCaseError, family, operation::Operation,
};
use crate::{
    access::AccessType,
    audit::{Action, EventContent, Snapshot},
    ids::{ChannelId, UserId},
    policy::{self, Act, Decision, Facts, GrantRef, LogIn, Request, Rule, RuleOutcome, SendAs},
    ports::FactsQuery,
    role::Permission,
};

family! {
    /// Decisions.
    DecisionService
}

/// The question: may `actor` log in as, or send as, `subject` now?
#[derive(Debug, Clone, Copy)]
pub struct ExplainRequest {
    /// Who would act.
    pub actor: UserId,
    /// What they would do.
    pub action: AccessType,
    /// On whose account.
    pub subject: UserId,
    /// In which channel. Sending needs one.
    pub channel: Option<ChannelId>,
}

/// The answer, with every rule.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Whether it is permitted.
    pub permitted: bool,
    /// `permitted`, or the code of the denial.
    pub code: &'static str,
    /// The rules, in their order, and whether each holds. Where there is no grant, and the asker
    /// does not manage impersonation, they end with that one.
    pub rules: Vec<RuleOutcome>,
    /// The grant that allows it, or that does not suffice.
    pub grant: Option<GrantRef>,
}

impl DecisionService {
    /// Decides, without any effect, by the same function that enforces. Whoever manages
    /// impersonation may ask about everyone, others about themselves as the actor.
    ///
    /// # Errors
    /// [`UseCaseError`]. A denial is no error but an answer.
    pub async fn explain(
        &self,
        credential: &Credential,
        request: ExplainRequest,
    ) -> Result<Explanation, UseCaseError> {
        let mut op = Operation::begin(&self.ports, credential, Capability::Explain).await?;
        let result = explain(&mut op, request).await;
        op.finish(result).await
    }
}

async fn explain(op: &mut Operation, request: ExplainRequest) -> Result<Explanation, UseCaseError> {
    let ExplainRequest { actor, action, subject, channel } = request;
    op.about.access = Some(action);
    op.about.channel = channel;
    let manages = op.ctx.has(Permission::ManageUserImpersonation);
    if !manages && actor != op.ctx.caller.actor.id() {
        return Err(Refusal::PermissionRequired(Permission::ManageUserImpersonation).into());
    }
    let standing = op.ctx.standing();
    let facts = op.uow.facts(&FactsQuery { actor, subject, channel }).await?;
    let mut explanation = match (action, channel) {
        (AccessType::Login, _) => {
            ask(op, &facts, &Request { actor, subject, standing, act: LogIn })
        }
        (AccessType::Send, Some(channel)) => {
            ask(op, &facts, &Request { actor, subject, standing, act: SendAs { channel } })
        }
        (AccessType::Send, None) => {
            let message = "sending happens in a channel; send a `channel_id`";
            return Err(InvalidInput::form("channel_id", "channel_required", &message));
        }
    };
    let event = EventContent {
        access: Some(action),
        grant: explanation.grant,
        channel,
        rule: Some(explanation.code.to_owned()),
        after: Some(
            Snapshot::new()
                .with("actor_id", actor.to_string())
                .with("permitted", explanation.permitted),
        ),
        ..op.ctx.stamp().event_on(Action::DecisionExplain, subject)
    };
    op.uow.audit_log().append(event).await?;
    if !manages && explanation.grant.is_none() {
        // What comes after the grant would tell about the other person.
        let end = explanation.rules.iter().position(|outcome| outcome.rule == Rule::GrantExists);
        explanation.rules.truncate(end.map_or(0, |index| index.saturating_add(1)));
    }
    Ok(explanation)
}

fn ask<A: Act>(op: &Operation, facts: &Facts, request: &Request<A>) -> Explanation {
    let rules = policy::explain(facts, request, op.ctx.now);
    match policy::evaluate(facts, request, op.ctx.now) {
        Decision::Permit(permit) => {
            Explanation { permitted: true, code: "permitted", rules, grant: Some(permit.grant()) }
        }
        Decision::Deny(denial) => {
            Explanation { permitted: false, code: denial.code(), rules, grant: denial.grant() }
        }
    }
}
