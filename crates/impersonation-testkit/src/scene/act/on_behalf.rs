//! Logging in as somebody, and sending.

use impersonation_domain::{
    ids::{ChannelId, UserId},
    service::{self, Credential, SendMessage},
};

use super::{Act, Learned, Login, Name, Promise, Scene, done, once, origin};

impl Act {
    pub(super) fn on_behalf(&self, scene: &Scene, request: &str) -> Promise {
        let known = scene.known();
        let login = |actor: Name| known.logins.get(actor).expect("a session was started").clone();
        let inside = |actor: Name| Credential::bearer(login(actor).token, origin(request));
        let id = |name: Name| scene.people[name].id;
        let own = |name: Name| scene.own(name, request);
        let deals = scene.deals;
        match *self {
            Self::Start { actor, subject } => {
                let (me, subject) = (own(actor), id(subject));
                Promise::new(async move |app| {
                    let started = app.login_sessions().start(&me, subject, None, None).await?;
                    let started = started.fresh().expect("it has no key");
                    let login = Login { id: started.session.id(), token: started.token.hash() };
                    Ok(("started".to_owned(), Some(Learned::Login(actor, login))))
                })
            }
            Self::StartOnce { actor, subject, key } => {
                let (me, subject) = (own(actor), id(subject));
                Promise::new(async move |app| {
                    let key = once(key, &|_| b"started".to_vec());
                    match app.login_sessions().start(&me, subject, None, Some(key)).await? {
                        service::Answer::Fresh(_) => done("started"),
                        service::Answer::Repeated(_) => done("started before"),
                    }
                })
            }
            Self::Use { actor } => {
                let me = inside(actor);
                Promise::new(async move |app| {
                    app.account().me(&me).await?;
                    done("read")
                })
            }
            Self::SendIn { actor } => send(inside(actor), deals, None, None),
            Self::SendAs { actor, subject } => send(own(actor), deals, Some(id(subject)), None),
            Self::SendAsOnce { actor, subject, key } => {
                send(own(actor), deals, Some(id(subject)), Some(key))
            }
            Self::Send { actor } => send(own(actor), deals, None, None),
            Self::Stop { actor } => {
                let me = inside(actor);
                Promise::new(async move |app| {
                    app.login_sessions().end_current(&me).await?;
                    done("stopped")
                })
            }
            Self::End { by, actor } => {
                let (me, session) = (own(by), login(actor).id);
                Promise::new(async move |app| {
                    app.login_sessions().end(&me, session).await?;
                    done("ended")
                })
            }
            _ => unreachable!("{self} is no act on behalf of somebody"),
        }
    }
}

fn message(subject: Option<UserId>) -> SendMessage {
    SendMessage { body: Some("hello".to_owned()), send_as: subject }
}

fn send(me: Credential, channel: ChannelId, subject: Option<UserId>, key: Option<Name>) -> Promise {
    Promise::new(async move |app| {
        let key = key.map(|key| once(key, &|_| b"sent".to_vec()));
        match app.sending().send(&me, channel, message(subject), None, key).await? {
            service::Answer::Fresh(_) => done("sent"),
            service::Answer::Repeated(_) => done("sent before"),
        }
    })
}
