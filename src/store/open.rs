//! Opens the store that a URL names.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::connection_string::without_credentials;
use super::mongo::MongoStore;
use super::sqlite::{SqliteStore, SqliteWalk};
use super::{OpenError, ProductWalk, SharedStore};
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;

/// The address of a store. `Debug` and `Display` omit credentials.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A MongoDB replica set, as a complete connection string.
    Mongo(String),
}

impl FromStr for StoreUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.trim().is_empty() => {
                // `sqlite:///var/lib/shop.db` is the same file as `sqlite:/var/lib/shop.db`.
                let path = path.strip_prefix("//").unwrap_or(path);
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            Some(("mongodb" | "mongodb+srv", rest)) if rest.starts_with("//") => {
                Ok(Self::Mongo(url.to_owned()))
            }
            _ => Err("a store is sqlite:PATH, mongodb://… or mongodb+srv://…".into()),
        }
    }
}

impl StoreUrl {
    /// The kind of store, as the metrics name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Mongo(_) => "mongodb",
        }
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Mongo(url) => f.write_str(&without_credentials(url)),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Opens the store that the URL names. Items are reserved in carts for the length of `hold`.
pub async fn open(url: &StoreUrl, hold: HoldLength) -> Result<SharedStore, OpenError> {
    open_measured(url, hold, StoreMetrics::default()).await
}

/// Like [`open`]; the store counts its work.
pub async fn open_measured(
    url: &StoreUrl,
    hold: HoldLength,
    metrics: StoreMetrics,
) -> Result<SharedStore, OpenError> {
    match url {
        StoreUrl::Sqlite(path) => Ok(Arc::new(SqliteStore::open_measured(path, hold, metrics)?)),
        StoreUrl::Mongo(url) => {
            let store = MongoStore::connect_measured(url, hold, metrics).await?;
            Ok(Arc::new(store))
        }
    }
}

/// A walk over all products, with the store that it may need.
pub struct OpenedWalk {
    pub walk: Box<dyn ProductWalk>,
    store: Option<SharedStore>,
}

impl OpenedWalk {
    /// Closes the store, if it was opened for this walk.
    pub async fn close(self) {
        if let Some(store) = self.store {
            store.close().await;
        }
    }
}

/// Opens a walk, also while another process has the store open.
pub async fn open_walk(url: &StoreUrl) -> Result<OpenedWalk, OpenError> {
    if let StoreUrl::Sqlite(path) = url {
        let walk = SqliteWalk::open(path)?;
        return Ok(OpenedWalk {
            walk: Box::new(walk),
            store: None,
        });
    }
    let store = open(url, HoldLength::OFF).await?;
    let walk = store.walk_products().await;
    Ok(OpenedWalk {
        walk: walk.map_err(|error| OpenError::new(error.to_string()))?,
        store: Some(store),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_selects_the_store() {
        let sqlite = "sqlite:data/vitrina.db".parse();
        assert_eq!(sqlite, Ok(StoreUrl::Sqlite("data/vitrina.db".into())));
        assert!(matches!("mongodb://h/x".parse(), Ok(StoreUrl::Mongo(_))));
        for bad in ["", "sqlite:", "postgres://x", "mongodb:x"] {
            assert!(bad.parse::<StoreUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_shown_url_has_no_credentials() {
        let url: StoreUrl = "mongodb://ana:p@ss@db.example/shop?tls=true"
            .parse()
            .unwrap();
        assert_eq!(format!("{url:?}"), "mongodb://db.example/shop");
    }
}
