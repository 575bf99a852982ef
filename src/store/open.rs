//! Which store a URL names.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::mongo::MongoStore;
use super::sqlite::{SqliteStore, SqliteWalk};
use super::{ProductWalk, SharedStore};
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;

/// Why a store could not be opened: one line for the person who starts the program.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct OpenError {
    reason: String,
    is_in_use: bool,
    is_disk_full: bool,
}

impl OpenError {
    /// Words the reason; it must not name a password.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_in_use: false,
            is_disk_full: false,
        }
    }

    /// The disk that is written to has no room.
    pub(super) fn disk_full() -> Self {
        Self {
            is_disk_full: true,
            ..Self::new("the disk is full")
        }
    }

    /// Another process has the data.
    pub(super) fn in_use(reason: impl Into<String>) -> Self {
        Self {
            is_in_use: true,
            ..Self::new(reason)
        }
    }

    /// Whether the disk that is written to has no room.
    pub fn is_disk_full(&self) -> bool {
        self.is_disk_full
    }

    /// Whether another process has the data.
    pub fn is_in_use(&self) -> bool {
        self.is_in_use
    }
}

/// The address of a store. `Debug` and `Display` leave out what may be secret.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A MongoDB replica set, by its whole connection string.
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
    /// The kind of store, in a word.
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

/// A connection string without user, password and options.
pub(super) fn without_credentials(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//{host}"),
        _ => url.to_owned(),
    }
}

/// Opens the store that the URL names; what is put into carts is kept for so long.
///
/// # Errors
/// Why it cannot be opened.
pub async fn open(url: &StoreUrl, hold: HoldLength) -> Result<SharedStore, OpenError> {
    open_measured(url, hold, StoreMetrics::default()).await
}

/// The same; the store counts what it does.
///
/// # Errors
/// Why it cannot be opened.
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

/// A walk over the catalogue that a URL names, and what must live as long.
pub struct OpenedWalk {
    /// The walk.
    pub walk: Box<dyn ProductWalk>,
    store: Option<SharedStore>,
}

impl std::fmt::Debug for OpenedWalk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedWalk").finish_non_exhaustive()
    }
}

impl OpenedWalk {
    /// Lets go of the store.
    pub async fn close(self) {
        if let Some(store) = self.store {
            store.close().await;
        }
    }
}

/// Opens a walk, also beside the process that has the store.
///
/// # Errors
/// Why it cannot be opened.
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
    fn a_scheme_picks_the_store() {
        let sqlite = "sqlite:data/vitrina.db".parse();
        assert_eq!(sqlite, Ok(StoreUrl::Sqlite("data/vitrina.db".into())));
        assert!(matches!("mongodb://h/x".parse(), Ok(StoreUrl::Mongo(_))));
        for bad in ["", "sqlite:", "postgres://x", "mongodb:x"] {
            assert!(bad.parse::<StoreUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: StoreUrl = "mongodb://ana:p@ss@db.example/shop?tls=true"
            .parse()
            .unwrap();
        assert_eq!(format!("{url:?}"), "mongodb://db.example/shop");
    }
}
