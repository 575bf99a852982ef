//! `/public/…`: styles and scripts, embedded in the binary or read from the checkout.

use std::borrow::Cow;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Path;
use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::checkout;
use crate::http::error::ApiError;

#[derive(RustEmbed)]
#[folder = "public/"]
struct PublicFiles;

/// Part of the address of every asset. It changes when any asset does, so that relative imports
/// between modules need no rewriting.
static DIGEST: LazyLock<String> = LazyLock::new(digest);

/// In place of the digest for files of the checkout, which change while pages are open.
const UNVERSIONED: &str = "dev";

/// For an address with the digest, whose content never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// For an address without it.
const REVALIDATE: &str = "no-cache";

/// The address of an asset.
pub(crate) fn url(name: &str) -> String {
    format!("/public/{}/{name}", version())
}

pub(crate) fn exists(name: &str) -> bool {
    read(name).is_some()
}

/// Names of the embedded files.
pub(crate) fn names() -> impl Iterator<Item = String> {
    PublicFiles::iter().map(String::from)
}

fn version() -> &'static str {
    if checkout::is_enabled() {
        UNVERSIONED
    } else {
        &DIGEST
    }
}

fn read(name: &str) -> Option<Cow<'static, [u8]>> {
    match checkout::folder("public") {
        Some(folder) => checkout::read(&folder, name).map(Cow::Owned),
        None => PublicFiles::get(name).map(|file| file.data),
    }
}

/// A style or script as text.
pub(crate) fn text(name: &str) -> Option<String> {
    String::from_utf8(read(name)?.into_owned()).ok()
}

pub(crate) async fn get(path: Path<String>) -> Result<HttpResponse, ApiError> {
    let (name, cache) = match path.strip_prefix(&format!("{}/", version())) {
        Some(name) if checkout::is_enabled() => (name, REVALIDATE),
        Some(name) => (name, FOREVER),
        None => (path.as_str(), REVALIDATE),
    };
    let data = read(name).ok_or(ApiError::NoRoute)?;
    Ok(HttpResponse::Ok()
        .content_type(content_type(name))
        .insert_header((header::CACHE_CONTROL, cache))
        .body(bytes(data)))
}

/// Embedded bytes are not copied.
fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(bytes) => bytes.into(),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}

/// The first twelve hex digits of the SHA-256 of all names and file hashes.
fn digest() -> String {
    let mut all = Sha256::new();
    for name in PublicFiles::iter() {
        let Some(file) = PublicFiles::get(&name) else {
            continue;
        };
        all.update(name.as_bytes());
        all.update(file.metadata.sha256_hash());
    }
    let digits = all.finalize().into_iter().take(6);
    digits.map(|byte| format!("{byte:02x}")).collect()
}
