//! Product images: validated uploads, storage on disk, resized variants.
//!
//! The path of an upload: [`Spool`] writes its bytes to a private file and enforces the byte limit;
//! `strip` removes metadata; `validate` decodes the whole file to prove that it is not damaged; the
//! [`Staged`] file gets a name (`name`) and is [published](PublishedImages) together with the other
//! files of its request. Only `folder` knows where files are. `variant` renders smaller WebP
//! versions, each one once (`singleflight`).

mod blocking;
mod bounds;
mod decode;
mod error;
mod folder;
mod kind;
mod name;
mod published;
mod served;
mod shrink;
mod singleflight;
mod spool;
mod strip;
#[cfg(test)]
mod tests;
mod validate;
mod variant;
mod width;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use blocking::blocking;
use folder::Folder;
use name::SafeFileName;
use singleflight::Singleflight;

pub use bounds::MAX_BYTES;
pub use error::ImageError;
pub use name::is_servable;
pub use published::PublishedImages;
pub use served::ServedImage;
pub use spool::{Spool, Staged};
pub use width::Width;

/// The image directory of one shop. Clones share it.
#[derive(Clone)]
pub struct Images {
    folder: Arc<Folder>,
    singleflight: Arc<Singleflight>,
}

impl Images {
    /// Creates the directory if it is missing, checks that it is writable, and removes incomplete
    /// files of earlier runs.
    pub async fn open(dir: &Path) -> io::Result<Self> {
        let dir = dir.to_owned();
        let folder = blocking(move || Folder::open(&dir)).await?;
        Ok(Self {
            folder: Arc::new(folder),
            singleflight: Arc::default(),
        })
    }

    /// Begins an upload; `client_name` is the client's name of the file.
    pub async fn spool(&self, client_name: &str) -> Result<Spool, ImageError> {
        Spool::begin(self.folder.clone(), client_name).await
    }

    /// Whether an image with this name is stored; `false` for paths and URLs.
    pub async fn exists(&self, name: &str) -> io::Result<bool> {
        let Some(name) = SafeFileName::parse(name) else {
            return Ok(false);
        };
        self.with_dir(move |folder| folder.exists(&name)).await
    }

    /// Moves all files to their final names, or none. Until [`PublishedImages::keep`] the names are
    /// in the journal, so that a crash leaves no file without a product.
    pub async fn publish(&self, staged: Vec<Staged>) -> io::Result<PublishedImages> {
        self.with_dir(move |folder| PublishedImages::place(folder.clone(), staged))
            .await
    }

    /// Writes names into the journal before a change that may leave them without a product, such as
    /// a deletion. Call [`Images::resolve`] for each afterwards; from the check whether a product
    /// uses a name until then, no product may start to use it. Paths and URLs are skipped.
    pub async fn journal_mark(&self, names: &[String]) -> io::Result<()> {
        let names = safe_names(names);
        if names.is_empty() {
            // The common case, without flushing the journal.
            return Ok(());
        }
        self.with_dir(move |folder| folder.journal_mark(&names))
            .await
    }

    /// Leaves marked names to the next start, if it is unknown whether a product uses them.
    pub fn defer(&self, names: &[String]) {
        self.folder.defer(&safe_names(names));
    }

    /// Names that earlier runs left in the journal. Call [`Images::resolve`] for each at the start.
    pub async fn pending(&self) -> io::Result<Vec<String>> {
        self.with_dir(|folder| folder.pending()).await
    }

    /// Removes a name from the journal, and its file unless it is used. Has no effect on names that
    /// are not in the journal: their files may have been put there by a person.
    pub async fn resolve(&self, name: &str, used: bool) -> io::Result<()> {
        let Some(name) = SafeFileName::parse(name) else {
            return Ok(());
        };
        self.with_dir(move |folder| folder.resolve(&name, used))
            .await
    }

    /// Removes an image and its variants. Missing images, paths and URLs are not errors.
    pub async fn remove(&self, name: &str) -> io::Result<()> {
        let Some(name) = SafeFileName::parse(name) else {
            return Ok(());
        };
        self.with_dir(move |folder| folder.remove(&name)).await
    }

    /// Opens the file of an image for a backup. Blocks.
    pub fn open_original(&self, name: &str) -> io::Result<Option<File>> {
        match SafeFileName::parse(name) {
            Some(name) => self.folder.original(&name),
            None => Ok(None),
        }
    }

    /// Restores an image from a backup. An existing one is not replaced, because the content of a
    /// name never changes; then `false`. Blocks.
    pub fn restore(&self, name: &str, content: &mut dyn Read) -> io::Result<bool> {
        match SafeFileName::parse(name) {
            Some(name) => self.folder.restore(&name, content),
            None => Ok(false),
        }
    }

    /// The stored image in its original size.
    pub async fn original(&self, name: &str) -> io::Result<Option<ServedImage>> {
        let Some(name) = SafeFileName::parse(name) else {
            return Ok(None);
        };
        self.with_dir(move |folder| match folder.original(&name)? {
            Some(file) => ServedImage::original(file, &name).map(Some),
            None => Ok(None),
        })
        .await
    }

    /// A smaller, upright WebP version, rendered at its first request. `None` if there is no such
    /// image or it cannot be rendered, such as an SVG or a damaged file that a person copied here.
    pub async fn variant(&self, width: Width, name: &str) -> io::Result<Option<ServedImage>> {
        let Some(name) = SafeFileName::parse(name) else {
            return Ok(None);
        };
        variant::serve(&self.folder, &self.singleflight, width, name).await
    }

    async fn with_dir<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Folder>) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let folder = self.folder.clone();
        blocking(move || work(&folder)).await
    }
}

/// Without paths and URLs.
fn safe_names(names: &[String]) -> Vec<SafeFileName> {
    let names = names.iter();
    names.filter_map(|name| SafeFileName::parse(name)).collect()
}
