//! What is printed when the server is up.

use impersonation_domain::secret::Secret;

use super::{demo, listeners::Addresses};
use crate::settings::Settings;

pub(super) fn text(
    settings: &Settings,
    addresses: &Addresses,
    is_demo: bool,
    set_up: Option<&Secret>,
) -> String {
    let own = format!("http://{}", addresses.api);
    let base = settings.public_url.as_ref().map_or_else(|| own.clone(), ToString::to_string);
    let mut text = format!(
        "impersonation-server {}\n  console   {own}\n  API       {own}/api/v1\n  metrics   http://{}/metrics\n  database  {}\n  files     {}\n",
        env!("CARGO_PKG_VERSION"),
        addresses.metrics,
        settings.database.url,
        settings.files.url,
    );
    if settings.public_url.is_some() {
        text.push_str(&format!("  public    {base}\n"));
    }
    if is_demo {
        text.push_str(&demo::welcome(&base));
    }
    if let Some(token) = set_up {
        text.push_str(&set_up_text(&base, token));
    }
    text
}

fn set_up_text(base: &str, token: &Secret) -> String {
    format!(
        r#"
The store is empty. This link sets up the first organization and its administrator. It works once,
and only until the server stops; whoever has it becomes the administrator, so keep it to yourself:

  {base}/set-up/{token}

Or, without a browser:

  curl -sS {base}/api/v1/set-up/{token} -H 'Content-Type: application/json' \
    -d '{{"organization_name":"Acme","plan":"enterprise","admin_name":"Ada","admin_email":"ada@acme.example","admin_password":"at least 12 characters"}}'
"#,
        token = token.reveal()
    )
}
