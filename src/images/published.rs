//! Published files whose product is not stored yet.

use std::io;
use std::sync::Arc;

use super::blocking::blocking;
use super::folder::Folder;
use super::name::SafeFileName;
use super::spool::Staged;

/// Files under their final names, still in the journal. If dropped, they stay in the journal and
/// are resolved at the next start.
#[derive(Debug)]
#[must_use = "dropped files are neither kept nor removed"]
pub struct PublishedImages {
    folder: Arc<Folder>,
    names: Vec<SafeFileName>,
}

impl PublishedImages {
    /// Places all files, or none.
    pub(super) fn place(folder: Arc<Folder>, staged: Vec<Staged>) -> io::Result<Self> {
        let names: Vec<_> = staged.iter().map(|image| image.name.clone()).collect();
        folder.begin(&names)?;
        let placed = staged
            .into_iter()
            .try_for_each(|image| folder.place(&image.draft, &image.name))
            .and_then(|()| folder.sync());
        if let Err(error) = placed {
            folder.roll_back(&names);
            return Err(error);
        }
        Ok(Self { folder, names })
    }

    /// In the order of the files.
    pub fn names(&self) -> Vec<String> {
        self.names.iter().map(|n| n.as_str().to_owned()).collect()
    }

    /// Keeps the files, after their product is stored. If the journal cannot be written, they stay
    /// and are resolved at the next start.
    pub async fn keep(mut self) -> io::Result<()> {
        let names = std::mem::take(&mut self.names);
        let folder = self.folder.clone();
        blocking(move || folder.commit(&names)).await
    }

    /// Removes the files. Those that cannot be removed are resolved at the next start.
    pub async fn withdraw(mut self) {
        let names = std::mem::take(&mut self.names);
        let folder = self.folder.clone();
        let rolled_back = blocking(move || {
            folder.roll_back(&names);
            Ok(())
        });
        if let Err(error) = rolled_back.await {
            log::warn!("image cleanup deferred to next start: {error}");
        }
    }
}

impl Drop for PublishedImages {
    fn drop(&mut self) {
        self.folder.defer(&self.names);
    }
}
