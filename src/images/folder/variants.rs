//! The cache of rendered variants.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use super::Folder;
use super::disk::{open_regular, remove_regular};
use crate::images::name::SafeFileName;
use crate::images::width::Width;

impl Folder {
    pub(in crate::images) fn variant(
        &self,
        width: Width,
        name: &SafeFileName,
    ) -> io::Result<Option<File>> {
        open_regular(&self.variant_path(width, name))
    }

    /// Stores a rendered variant. Flushed before it is renamed: an empty file would mark the image
    /// as impossible to render.
    pub(in crate::images) fn store_variant(
        &self,
        width: Width,
        name: &SafeFileName,
        webp: &[u8],
    ) -> io::Result<()> {
        let (draft, mut file) = self.draft()?;
        file.write_all(webp)?;
        file.sync_data()?;
        fs::rename(draft.path(), self.variant_path(width, name))?;
        // The image may have been removed while it was rendered.
        if !self.exists(name)? {
            self.remove_variants(name)?;
        }
        Ok(())
    }

    pub(super) fn remove_variants(&self, name: &SafeFileName) -> io::Result<()> {
        Width::ALL
            .into_iter()
            .try_for_each(|width| remove_regular(&self.variant_path(width, name)))
    }

    fn variant_path(&self, width: Width, name: &SafeFileName) -> PathBuf {
        self.variants.join(width.segment()).join(name.webp())
    }
}
