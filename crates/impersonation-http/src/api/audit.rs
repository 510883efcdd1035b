//! What happened, and what would be decided.

use impersonation_domain::{
    audit::{Action, Outcome},
    ids::{LoginSessionId, UserId},
    service::{AuditRequest, ExplainRequest},
};
use poem_openapi::OpenApi;

use super::{Ask, BASE, Family, Read};
use crate::{
    reply::{Items, Paged, Plain, Refused, Reply},
    request::{Body, Caller, CursorText, Limit, List, Query},
    value::{Id, Moment, Word},
    wire::audit::{DecisionJson, DecisionRequest, EventJson, VerificationJson},
};

pub(super) struct Api;

#[OpenApi(prefix_path = BASE, tag = "Family::Audit")]
impl Api {
    /// Read the audit log
    ///
    /// The latest come first: everything for those who may read the audit log, for others what
    /// concerns them.
    #[oai(path = "/audit-events", method = "get", operation_id = "list_audit_events")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn events(
        &self,
        caller: Caller,
        /// Only those on this account.
        account: Query<Id<UserId>>,
        /// Only those by this person.
        actor: Query<Id<UserId>>,
        /// Only this action.
        action: Query<Word<Action>>,
        /// Only what was `allowed`, or `refused`.
        result: Query<Word<Outcome>>,
        /// Only those of this login session.
        session: Query<Id<LoginSessionId>>,
        /// Only those from this moment on.
        since: Query<Moment>,
        /// Only those before this moment.
        until: Query<Moment>,
        /// Where to go on: `next_cursor` of the page before.
        cursor: Query<CursorText>,
        /// How many at most: 1 to 200, 50 if absent.
        limit: Query<Limit>,
        list: List,
    ) -> Result<Reply<Items<EventJson>, Paged>, Refused<Read>> {
        let page = list.page(&caller, cursor, limit);
        let request = AuditRequest {
            account: account.0.map(|id| id.0),
            actor: actor.0.map(|id| id.0),
            action: action.0.map(|word| word.0),
            outcome: result.0.map(|word| word.0),
            login_session: session.0.map(|id| id.0),
            since: since.0.map(|moment| moment.0),
            until: until.0.map(|moment| moment.0),
            before_sequence: page.after()?,
            limit: page.limit(),
        };
        let events = caller.service().audit().events(&caller.credential, request).await?;
        Ok(page.reply(events, |view| (&view).into(), |next| next))
    }

    /// Verify the audit log
    ///
    /// Checks the hash of every event from the first on.
    #[oai(path = "/audit-events/verify", method = "get", operation_id = "verify_audit_log")]
    async fn verify(
        &self,
        caller: Caller,
    ) -> Result<Reply<VerificationJson, Plain>, Refused<Read>> {
        let verification = caller.service().audit().verify(&caller.credential).await?;
        Ok(VerificationJson::from(verification).into())
    }

    /// Ask for a decision
    ///
    /// Whether one user may log in as, or send as, another now, with every rule and whether it
    /// holds. Nothing is done. It is decided by what decides when it is done.
    #[oai(path = "/decisions", method = "post", operation_id = "explain_decision")]
    async fn explain(
        &self,
        caller: Caller,
        body: Body<DecisionRequest>,
    ) -> Result<Reply<DecisionJson, Plain>, Refused<Ask>> {
        let DecisionRequest { actor_id, action, subject_id, channel_id } = body.value;
        let request = ExplainRequest {
            actor: actor_id.0,
            action: action.0,
            subject: subject_id.0,
            channel: channel_id.map(|id| id.0),
        };
        let explanation = caller.service().decisions().explain(&caller.credential, request).await?;
        Ok(DecisionJson::from(explanation).into())
    }
}
