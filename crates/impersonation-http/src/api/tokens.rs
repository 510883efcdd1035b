//! API tokens.

use impersonation_domain::{
    ids::TokenId,
    service::{Answer, CreatedToken},
};
use poem_openapi::OpenApi;

use super::{Act, BASE, Create, Family, Read, login_sessions::shown_already};
use crate::{
    reply::{Done, Items, Made, New, Plain, Refused, Reply},
    request::{Body, Caller, IdempotencyKey, Path},
    wire::people::{self, CreatedTokenJson, TokenJson},
};

pub(super) struct Api;

fn location(created: &CreatedToken) -> String {
    format!("{BASE}/tokens/{}", created.token.id)
}

#[OpenApi(prefix_path = BASE, tag = "Family::Tokens")]
impl Api {
    /// List API tokens
    ///
    /// Those that are not revoked, the latest first.
    #[oai(path = "/tokens", method = "get", operation_id = "list_tokens")]
    async fn list(&self, caller: Caller) -> Result<Reply<Items<TokenJson>, Plain>, Refused<Read>> {
        let tokens = caller.service().tokens().list(&caller.credential).await?;
        Ok(Items::all(tokens.iter().map(Into::into)).into())
    }

    /// Make an API token
    ///
    /// A program acts with it as whoever made it. It is shown this once: the same `Idempotency-Key`
    /// again is answered with 409 and its address.
    #[oai(path = "/tokens", method = "post", operation_id = "create_token")]
    async fn create(
        &self,
        caller: Caller,
        /// Makes it safe to send the request again.
        #[oai(name = "Idempotency-Key")]
        key: IdempotencyKey,
        body: Body<people::CreateToken>,
    ) -> Result<Reply<CreatedTokenJson, New>, Refused<Create>> {
        let people::CreateToken { name, expires_at } = body.value;
        // Without the token: what is remembered is stored.
        let render = |created: &CreatedToken| {
            Made { location: location(created), version: None, body: None::<String> }.write_down()
        };
        let repeatable = key.repeatable("create_token", body.digest, &render);
        let service = caller.service().tokens();
        let expires_at = expires_at.map(|moment| moment.0);
        match service.create(&caller.credential, &name, expires_at, repeatable).await? {
            Answer::Fresh(created) => {
                let made =
                    Made { location: location(&created), version: None, body: (&created).into() };
                Ok(Reply::<_, New>::new(&made))
            }
            Answer::Repeated(bytes) => Err(shown_already(&bytes).into()),
        }
    }

    /// Revoke an API token
    ///
    /// Every login session that was started with it ends.
    #[oai(path = "/tokens/:id", method = "delete", operation_id = "revoke_token")]
    async fn revoke(
        &self,
        caller: Caller,
        /// Which token.
        id: Path<TokenId>,
    ) -> Result<Done, Refused<Act>> {
        caller.service().tokens().revoke(&caller.credential, id.0).await?;
        Ok(Done)
    }
}
