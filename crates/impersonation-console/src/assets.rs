//! Style, script and the icon: files of our own, under an address that changes with their content.

use std::{collections::BTreeMap, sync::LazyLock};

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::compress;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct Folder;

/// One file, as it is and compressed.
struct Asset {
    media_type: &'static str,
    plain: Vec<u8>,
    gzip: Option<Vec<u8>>,
}

/// The files that pages name.
struct Assets {
    files: BTreeMap<String, Asset>,
    /// One for all, so that a script finds the others beside it.
    version: String,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let files: BTreeMap<String, Asset> =
        Folder::iter().filter_map(|name| Some((name.to_string(), load(&name)?))).collect();
    let mut digest = Sha256::new();
    for (name, asset) in &files {
        digest.update(name);
        digest.update(Sha256::digest(&asset.plain));
    }
    let version = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Assets { files, version }
});

fn media_type(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

fn load(name: &str) -> Option<Asset> {
    let plain = Folder::get(name)?.data.into_owned();
    Some(Asset { media_type: media_type(name)?, gzip: compress::gzip(&plain), plain })
}

/// The address of a file. It changes with the content, so that browsers may keep it for good.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.version)
}

/// The file at this address: with its version in it, or, for other sites' pages, without.
pub(crate) fn serve(path: &str, takes_gzip: bool) -> Option<Response> {
    let path = path.strip_prefix("/assets/")?;
    let (version, name) = path.split_once('/').map_or((None, path), |(v, name)| (Some(v), name));
    let asset = ASSETS.files.get(name)?;
    // A page that was loaded before an update finds the file all the same, but does not keep it.
    let is_current = version == Some(ASSETS.version.as_str());
    let caching = if is_current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::builder()
        .status(StatusCode::OK)
        .content_type(asset.media_type)
        .header(header::CACHE_CONTROL, caching)
        .header(header::ETAG, format!("\"{}\"", ASSETS.version))
        .finish();
    let compressed = asset.gzip.as_ref().filter(|_| takes_gzip);
    compress::describe(response.headers_mut(), compressed.is_some());
    // Pages of the product may use the components, wherever they are.
    if name == "impersonation-elements.js" {
        response
            .headers_mut()
            .insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        // Modules are always asked for with CORS (HTML standard, "fetch a module script graph").
        response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
    }
    response.set_body(compressed.unwrap_or(&asset.plain).clone());
    Some(response)
}
