//! Parsers of single values.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let mut addresses = text
        .to_socket_addrs()
        .map_err(|_| "expected HOST:PORT, such as 127.0.0.1:8080".to_owned())?;
    addresses.next().ok_or("the host has no address".into())
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Ok(true),
        "off" | "false" | "0" | "no" => Ok(false),
        _ => Err("must be on or off".into()),
    }
}

pub(super) fn uploads(text: &str) -> Result<PathBuf, String> {
    if text.starts_with("gridfs:") {
        return Err("GridFS is not supported yet; expected a directory".into());
    }
    if text.is_empty() {
        return Err("expected a directory".into());
    }
    Ok(PathBuf::from(text))
}
