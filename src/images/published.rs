//! Files that are in place while their product is being stored.

use std::io;
use std::sync::Arc;

use super::blocking;
use super::folder::Folder;
use super::name::PlainName;
use super::spool::Staged;

/// Files under their final names, still in the journal. Dropped, they are left there: whether a product
/// names them is asked at the next start.
#[derive(Debug)]
#[must_use = "dropped files are neither kept nor removed"]
pub struct Published {
    folder: Arc<Folder>,
    names: Vec<PlainName>,
}

impl Published {
    /// Places all or none.
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

    /// The names, in the order of the files.
    pub fn names(&self) -> Vec<String> {
        self.names.iter().map(|n| n.as_str().to_owned()).collect()
    }

    /// Keeps the files: their product is stored and names them.
    ///
    /// # Errors
    /// The journal cannot be written. The files stay; they are settled at the next start.
    pub async fn keep(mut self) -> io::Result<()> {
        let names = std::mem::take(&mut self.names);
        let folder = self.folder.clone();
        blocking(move || folder.commit(&names)).await
    }

    /// Removes the files: no product names them. What the disk does not let go is settled at the next start.
    pub async fn withdraw(mut self) {
        let names = std::mem::take(&mut self.names);
        let folder = self.folder.clone();
        let rolled_back = blocking(move || {
            folder.roll_back(&names);
            Ok(())
        });
        if let Err(error) = rolled_back.await {
            log::warn!("images that no product names are left for the next start: {error}");
        }
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        self.folder.leave(&self.names);
    }
}
