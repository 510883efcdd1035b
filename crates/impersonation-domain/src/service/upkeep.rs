//! Ending the login sessions that a change no longer justifies, in the transaction of the change.

use super::{UseCaseError, authentication::justify};
use crate::{
    audit::Stamp,
    credential::OwnCredentialId,
    login_session::{EndCause, LoginSession},
    ports::{LiveSessions, UnitOfWork},
};

/// Decides every live session that is meant anew, by the same function that decided its start, and
/// ends exactly those that are denied, each with its own cause. A session whose grant now expires
/// earlier is shortened. The answer is how many ended.
pub(super) async fn end_unjustified(
    uow: &mut dyn UnitOfWork,
    which: LiveSessions,
    stamp: &Stamp<'_>,
) -> Result<u64, UseCaseError> {
    let live = uow.sessions().live(&which).await?;
    decide_anew(uow, live, stamp).await
}

/// The same for sessions that have been read already.
pub(super) async fn decide_anew(
    uow: &mut dyn UnitOfWork,
    live: Vec<LoginSession>,
    stamp: &Stamp<'_>,
) -> Result<u64, UseCaseError> {
    let mut ended = 0_u64;
    for session in live {
        let change = match justify(uow, &session, stamp.at()).await? {
            Ok(permit) => {
                permit.grant_expires_at().and_then(|expiry| session.shorten(expiry, stamp))
            }
            Err(cause) => {
                ended = ended.saturating_add(1);
                session.end(cause, stamp)
            }
        };
        if let Some(change) = change {
            uow.sessions().save(change).await?;
        }
    }
    Ok(ended)
}

/// Ends every live session that is meant, with this cause.
pub(super) async fn end_all(
    uow: &mut dyn UnitOfWork,
    which: LiveSessions,
    cause: EndCause,
    stamp: &Stamp<'_>,
) -> Result<u64, UseCaseError> {
    let mut ended = 0_u64;
    for session in uow.sessions().live(&which).await? {
        if let Some(end) = session.end(cause, stamp) {
            uow.sessions().save(end).await?;
            ended = ended.saturating_add(1);
        }
    }
    Ok(ended)
}

/// Ends the login sessions that rest on a session or token which has ended.
pub(super) async fn end_resting_on(
    uow: &mut dyn UnitOfWork,
    own: OwnCredentialId,
    stamp: &Stamp<'_>,
) -> Result<u64, UseCaseError> {
    #[cfg(planted)]
    if crate::planted::Bug::OutlivesOwnSession.is_active() {
        return Ok(0);
    }
    let which = LiveSessions { own_credential: Some(own), ..LiveSessions::default() };
    end_all(uow, which, EndCause::OwnSessionEnded, stamp).await
}
