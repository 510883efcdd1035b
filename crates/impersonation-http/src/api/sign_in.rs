//! Signing in and out.

use impersonation_domain::service::ErrorClass;
use poem_openapi::OpenApi;
use tokio::time::sleep;

use super::{Act, BASE, Family, SignIn};
use crate::{
    reply::{Done, Plain, Refused, Reply},
    request::{Anyone, Body, Caller},
    wire::account::{SignInRequest, SignedInJson},
};

pub(super) struct Api;

#[OpenApi(prefix_path = BASE, tag = "Family::Account")]
impl Api {
    /// Sign in
    ///
    /// Opens a session of one's own. An unknown address, a wrong password and an account that is not
    /// in use are answered alike, in the same time.
    #[oai(path = "/sign-in", method = "post", operation_id = "sign_in")]
    async fn sign_in(
        &self,
        anyone: Anyone,
        body: Body<SignInRequest>,
    ) -> Result<Reply<SignedInJson, Plain>, Refused<SignIn>> {
        let SignInRequest { email, password, organization_id } = body.value;
        #[expect(
            clippy::disallowed_methods,
            reason = "a failure takes a fixed time, whatever it is"
        )]
        let floor = sleep(anyone.app.settings().sign_in_floor);
        anyone.app.limits().check(anyone.context.source, &email)?;
        let service = anyone.app.service().sign_ins();
        let organization = organization_id.map(|id| id.0);
        match service.sign_in(&email, &password, organization, &anyone.context.origin()).await {
            Ok(signed_in) => Ok(SignedInJson::from(signed_in).into()),
            Err(error) => {
                if error.class() != ErrorClass::Unavailable {
                    floor.await;
                }
                Err(error.into())
            }
        }
    }

    /// Sign out
    ///
    /// Ends the session that the token belongs to, and every login session that was started from it.
    #[oai(path = "/sign-out", method = "post", operation_id = "sign_out")]
    async fn sign_out(&self, caller: Caller) -> Result<Done, Refused<Act>> {
        caller.service().sign_ins().sign_out(&caller.credential).await?;
        Ok(Done)
    }
}
