//! Where drawn variants are kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use super::Folder;
use super::disk::{open_regular, remove_regular};
use crate::images::name::PlainName;
use crate::images::variant::Width;

impl Folder {
    /// Opens a variant that was drawn.
    pub(in crate::images) fn variant(
        &self,
        width: Width,
        name: &PlainName,
    ) -> io::Result<Option<File>> {
        open_regular(&self.variant_path(width, name))
    }

    /// Keeps a variant. Flushed before it is named: an empty file would say that the image
    /// cannot be drawn.
    pub(in crate::images) fn keep_variant(
        &self,
        width: Width,
        name: &PlainName,
        webp: &[u8],
    ) -> io::Result<()> {
        let (draft, mut file) = self.draft()?;
        file.write_all(webp)?;
        file.sync_data()?;
        fs::rename(draft.path(), self.variant_path(width, name))?;
        // The image may have been removed while it was drawn.
        if !self.exists(name)? {
            self.remove_variants(name)?;
        }
        Ok(())
    }

    /// Removes what was drawn of an image.
    pub(super) fn remove_variants(&self, name: &PlainName) -> io::Result<()> {
        Width::ALL
            .into_iter()
            .try_for_each(|width| remove_regular(&self.variant_path(width, name)))
    }

    fn variant_path(&self, width: Width, name: &PlainName) -> PathBuf {
        self.variants.join(width.segment()).join(name.webp())
    }
}
