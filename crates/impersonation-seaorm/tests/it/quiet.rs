//! What is stored, and how it is asked for, is in no trace.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use impersonation_domain::secret::SecretKind;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::support::Opened;

/// Writes down everything that is traced, at every level.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Visit for &Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        writeln!(self.0.lock().unwrap(), "{}", attributes.metadata().name()).unwrap();
        attributes.record(&mut &*self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

async fn use_it(opened: Opened) {
    let world = opened.world().await;
    let (ben, cleo) = (world.user("Ben").await, world.user("Cleo").await);
    world.grant(&cleo, &ben).await;
    world.log_in(&ben, &cleo).await;
    let channel = world.channel("general", &[&ben]).await;
    world.message(&ben, &channel, "a private word").await;
    let hash = world.token(SecretKind::SignIn);
    world.read(async |unit| unit.credentials().sign_in_by_token(&hash).await).await;
    world.read(async |unit| unit.directory().user_by_email(ben.email()).await).await;
}

#[tokio::test]
async fn l6_no_statement_and_no_value_is_traced() {
    let mut all = vec![Opened::sqlite().await];
    all.extend(Opened::postgres().await);
    let traced = Everything::default();
    let _guard = tracing::subscriber::set_default(traced.clone());
    for opened in all {
        use_it(opened).await;
    }
    let traced = traced.0.lock().unwrap().to_lowercase();
    assert!(traced.contains("begin"), "the traces were not seen");
    for word in ["select ", "insert ", "update ", "ben@", "a private word", "token_hash", "cleo"] {
        if let Some(place) = traced.find(word) {
            let around: String = traced.chars().skip(place.saturating_sub(200)).take(400).collect();
            panic!("`{word}` was traced: {around}");
        }
    }
}
