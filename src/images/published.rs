//! Files that are in place while their product is being stored.

use std::io;
use std::sync::Arc;

use super::blocking;
use super::folder::Folder;
use super::name::PlainName;
use super::spool::Staged;

/// Files under their final names, still in the journal. Dropped without
/// [`keep`](Published::keep), they are removed.
#[derive(Debug)]
#[must_use = "dropped files are removed"]
pub struct Published {
    folder: Arc<Folder>,
    names: Vec<PlainName>,
}

impl Published {
    /// Places all or none.
    pub(super) fn place(folder: Arc<Folder>, staged: Vec<Staged>) -> io::Result<Self> {
        let names: Vec<_> = staged.iter().map(|image| image.name.clone()).collect();
        folder.begin(&names)?;
        // From here on a failure drops this value, which removes what was placed.
        let published = Self { folder, names };
        for image in staged {
            published.folder.place(&image.draft, &image.name)?;
        }
        published.folder.sync()?;
        Ok(published)
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

    /// Leaves the files and their journal as they are: nobody can tell now whether the product
    /// was stored. They are settled at the next start.
    pub fn leave_unsettled(mut self) {
        self.names.clear();
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        self.folder.roll_back(&self.names);
    }
}
