//! Images of products: taken with limits, kept on disk, served in sizes.
//!
//! An upload walks through these rooms: [`Spool`] takes its bytes into a private file and stops
//! at the byte limit; `format` knows it by content, strips what is not picture (`strip`) and
//! decodes it whole to prove it sound (`proof`); the [`Staged`] file gets a name (`name`) and is
//! [`Published`] together with its companions. `folder` is the home: the only room that knows
//! where bytes lie. `variant` draws the smaller WebP versions, each once (`flight`).

mod decode;
mod flight;
mod folder;
mod format;
mod name;
mod proof;
mod published;
mod served;
mod shrink;
mod spool;
mod strip;
#[cfg(test)]
mod tests;
mod variant;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::domain::error::ValidationError;
use flight::Flights;
use folder::Folder;
use name::PlainName;

pub use published::Published;
pub use served::ServedImage;
pub use spool::{Spool, Staged};
pub use variant::Width;

/// The most bytes of one uploaded image.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Why an upload was not taken. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The upload itself is to blame.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    /// The disk is to blame.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The images of one shop. Clones share everything.
#[derive(Debug, Clone)]
pub struct Images {
    folder: Arc<Folder>,
    flights: Arc<Flights>,
}

impl Images {
    /// Opens the folder: makes it where it is missing, proves that it can be written, and
    /// removes the half-written files of an earlier life.
    ///
    /// # Errors
    /// The folder cannot be made, read or written.
    pub async fn open(dir: &Path) -> io::Result<Self> {
        let dir = dir.to_owned();
        let folder = blocking(move || Folder::open(&dir)).await?;
        Ok(Self {
            folder: Arc::new(folder),
            flights: Arc::default(),
        })
    }

    /// Begins one upload under the name that its client gave.
    ///
    /// # Errors
    /// The file for its bytes cannot be made.
    pub async fn spool(&self, client_name: &str) -> Result<Spool, ImageError> {
        Spool::begin(self.folder.clone(), client_name).await
    }

    /// Whether an image of this name is here. No name that is a path is.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub async fn exists(&self, name: &str) -> io::Result<bool> {
        let Some(name) = PlainName::parse(name) else {
            return Ok(false);
        };
        self.at_home(move |folder| folder.exists(&name)).await
    }

    /// Places all the files under their final names, or none. Until [`Published::keep`] the
    /// journal holds the names, so that a crash leaves no file that no product names.
    ///
    /// # Errors
    /// A file cannot be placed; then none is.
    pub async fn publish(&self, staged: Vec<Staged>) -> io::Result<Published> {
        self.at_home_shared(move |folder| Published::place(folder, staged))
            .await
    }

    /// Writes these names into the journal before the change that may leave them without a
    /// product (a deletion); [`Images::settle`] each afterwards. Between the question whether a
    /// product uses a name and its settling no product may take that name. Names that are no
    /// plain names are passed over.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn suspect(&self, names: &[String]) -> io::Result<()> {
        let names: Vec<_> = names.iter().filter_map(|n| PlainName::parse(n)).collect();
        if names.is_empty() {
            // Most changes free nothing, and a journal is flushed.
            return Ok(());
        }
        self.at_home(move |folder| folder.suspect(&names)).await
    }

    /// Leaves suspects to the next start: nobody can tell now whether a product names them.
    pub fn leave(&self, names: &[String]) {
        let names: Vec<_> = names.iter().filter_map(|n| PlainName::parse(n)).collect();
        self.folder.leave(&names);
    }

    /// The names whose fate a crash left open: to be asked for at start, and each to be settled.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn unsettled(&self) -> io::Result<Vec<String>> {
        self.at_home(Folder::unsettled).await
    }

    /// Keeps the file of a name in the journal, or removes it. A name that is not in the
    /// journal is left alone: its file may be somebody's own.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub async fn settle(&self, name: &str, used: bool) -> io::Result<()> {
        let Some(name) = PlainName::parse(name) else {
            return Ok(());
        };
        self.at_home(move |folder| folder.settle(&name, used)).await
    }

    /// Removes an image and its variants. A missing one, or a name that is a path, is no error.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub async fn remove(&self, name: &str) -> io::Result<()> {
        let Some(name) = PlainName::parse(name) else {
            return Ok(());
        };
        self.at_home(move |folder| folder.remove(&name)).await
    }

    /// Opens the file of an image, for a copy of it. Blocks.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn open_original(&self, name: &str) -> io::Result<Option<File>> {
        match PlainName::parse(name) {
            Some(name) => self.folder.original(&name),
            None => Ok(None),
        }
    }

    /// Puts an image back under its own name, from a copy of it. One that is here stays: a name never
    /// gets another content. `false` when nothing was put. Blocks.
    ///
    /// # Errors
    /// The content cannot be read, or the folder not written.
    pub fn put_back(&self, name: &str, content: &mut dyn Read) -> io::Result<bool> {
        match PlainName::parse(name) {
            Some(name) => self.folder.put_back(&name, content),
            None => Ok(false),
        }
    }

    /// An image as it was stored.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn original(&self, name: &str) -> io::Result<Option<ServedImage>> {
        let Some(name) = PlainName::parse(name) else {
            return Ok(None);
        };
        self.at_home(move |folder| match folder.original(&name)? {
            Some(file) => ServedImage::original(file, &name).map(Some),
            None => Ok(None),
        })
        .await
    }

    /// A smaller, upright WebP version of an image, drawn at its first request. `name` is the
    /// image's own. None where there is no such image, or where it cannot be drawn (an SVG, a
    /// damaged file that somebody copied here): its original is then all there is.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub async fn variant(&self, width: Width, name: &str) -> io::Result<Option<ServedImage>> {
        let Some(name) = PlainName::parse(name) else {
            return Ok(None);
        };
        variant::serve(&self.folder, &self.flights, width, name).await
    }

    /// Does blocking work on the folder.
    async fn at_home<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let folder = self.folder.clone();
        blocking(move || work(&folder)).await
    }

    /// The same for work that keeps the folder.
    async fn at_home_shared<T: Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Folder>) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let folder = self.folder.clone();
        blocking(move || work(folder)).await
    }
}

/// Runs blocking work off the async threads; its panic is an error of this call alone.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(lost) => Err(io::Error::other(lost)),
    }
}
