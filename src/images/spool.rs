//! One upload while its bytes arrive, and after validation.

use std::fs;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;

use super::blocking::blocking;
use super::bounds::MAX_BYTES;
use super::error::{ImageError, ImageFormatError};
use super::folder::{Draft, Folder};
use super::name::SafeFileName;
use super::{decode, validate};
use crate::domain::error::ValidationError;

/// Errors repeat a client's file name up to this length, in characters.
const MAX_SHOWN_NAME: usize = 100;

/// An upload in progress. Its bytes are on disk, not in memory, and removed if it is dropped.
#[derive(Debug)]
pub struct Spool {
    folder: Arc<Folder>,
    client_name: String,
    draft: Draft,
    file: tokio::fs::File,
    taken: usize,
}

impl Spool {
    pub(super) async fn begin(folder: Arc<Folder>, client_name: &str) -> Result<Self, ImageError> {
        let dir = folder.clone();
        let (draft, file) = blocking(move || dir.draft()).await?;
        Ok(Self {
            folder,
            client_name: client_name.to_owned(),
            draft,
            file: file.into(),
            taken: 0,
        })
    }

    /// Appends bytes. After an error the spool is unusable.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), ImageError> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > MAX_BYTES {
            return Err(invalid(
                &self.client_name,
                ImageFormatError::TooLarge("10 MiB"),
            ));
        }
        Ok(self.file.write_all(&bytes).await?)
    }

    pub async fn finish(mut self) -> Result<Staged, ImageError> {
        self.file.flush().await?;
        let client_name = self.client_name.clone();
        let staged =
            decode::with_permit(move || stage(&self.folder, &self.client_name, &self.draft));
        let damaged = || Err(invalid(&client_name, ImageFormatError::Unsupported));
        staged.await?.unwrap_or_else(damaged)
    }
}

/// A valid image that has a name but is not published yet. Its file is removed if it is dropped.
#[derive(Debug)]
pub struct Staged {
    pub(super) name: SafeFileName,
    pub(super) draft: Draft,
}

impl Staged {
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

/// Validates and strips the spooled file, and writes the result to another file.
fn stage(folder: &Folder, client_name: &str, spooled: &Draft) -> Result<Staged, ImageError> {
    let bytes = fs::read(spooled.path())?;
    let accepted = validate::accept(&bytes);
    let (kind, stripped) = accepted.map_err(|error| invalid(client_name, error))?;
    let name = SafeFileName::for_upload(client_name, kind)?;
    let (draft, mut file) = folder.draft()?;
    file.write_all(&stripped)?;
    file.sync_all()?;
    Ok(Staged { name, draft })
}

/// The client's file name is cut and shown on one line.
fn invalid(client_name: &str, error: ImageFormatError) -> ImageError {
    let name: String = client_name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_SHOWN_NAME)
        .collect();
    ImageError::Invalid(match error {
        ImageFormatError::Unsupported => ValidationError::UnsupportedImage { name },
        ImageFormatError::TooLarge(limit) => ValidationError::ImageTooLarge {
            name,
            limit: limit.into(),
        },
    })
}
