//! One's own account.

use impersonation_domain::{secret::Password, service::UseCaseError};
use poem_openapi::OpenApi;

use super::{BASE, ChangePassword, Family, Read};
use crate::{
    problem::Problem,
    reply::{Done, Items, Plain, Refused, Reply},
    request::{Body, Caller},
    wire::account::{self, AccountJson, DelegatesJson, MeJson},
};

pub(super) struct Api;

#[OpenApi(prefix_path = BASE, tag = "Family::Account")]
impl Api {
    /// Who am I
    ///
    /// Inside a login session, `actor` is the person and `subject` the account that is used.
    #[oai(path = "/me", method = "get", operation_id = "get_me")]
    async fn me(&self, caller: Caller) -> Result<Reply<MeJson, Plain>, Refused<Read>> {
        let me = caller.service().account().me(&caller.credential).await?;
        Ok(MeJson::from(me).into())
    }

    /// On whose accounts may I act
    #[oai(path = "/me/accounts", method = "get", operation_id = "list_my_accounts")]
    async fn accounts(
        &self,
        caller: Caller,
    ) -> Result<Reply<Items<AccountJson>, Plain>, Refused<Read>> {
        let accounts = caller.service().account().accounts(&caller.credential).await?;
        Ok(Items::all(accounts.into_iter().map(Into::into)).into())
    }

    /// Who may act on my account
    ///
    /// Every grant on the account, the login sessions on it that are live, and the latest that have
    /// ended.
    #[oai(path = "/me/delegates", method = "get", operation_id = "get_my_delegates")]
    async fn delegates(
        &self,
        caller: Caller,
    ) -> Result<Reply<DelegatesJson, Plain>, Refused<Read>> {
        let delegates = caller.service().account().delegates(&caller.credential).await?;
        Ok(DelegatesJson::from(delegates).into())
    }

    /// Change my password
    ///
    /// All one's other sessions end, and every login session that one has started.
    #[oai(path = "/me/password", method = "put", operation_id = "change_my_password")]
    async fn change_password(
        &self,
        caller: Caller,
        body: Body<account::ChangePassword>,
    ) -> Result<Done, Refused<ChangePassword>> {
        let account::ChangePassword { current_password, new_password } = body.value;
        let new = Password::new(new_password).map_err(|error| {
            Problem::from(UseCaseError::from(error)).moved(&[("/password", "/new_password")])
        })?;
        caller.app.limits().check_source(caller.context.source)?;
        let service = caller.service().account();
        service.change_password(&caller.credential, &current_password, new).await?;
        Ok(Done)
    }
}
