//! One upload on its way to the disk.

use std::fs;
use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;

use super::folder::{Draft, Folder};
use super::format::{self, Refusal};
use super::name::PlainName;
use super::{ImageError, MAX_BYTES, blocking, decode};
use crate::domain::error::ValidationError;

/// The most characters of a client's file name that an answer repeats.
const MAX_SHOWN: usize = 100;

/// The bytes of one upload as they come in; they wait on disk, not in memory. Dropped, it
/// leaves nothing.
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
        let home = folder.clone();
        let (draft, file) = blocking(move || home.draft()).await?;
        Ok(Self {
            folder,
            client_name: client_name.to_owned(),
            draft,
            file: file.into(),
            taken: 0,
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// These bytes go beyond the limit, or the disk does not take them. The spool is then of
    /// no further use.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), ImageError> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > MAX_BYTES {
            return Err(refuse(&self.client_name, Refusal::TooLarge("10 MiB")));
        }
        Ok(self.file.write_all(&bytes).await?)
    }

    /// Ends the upload: proves that it is a sound image and strips it.
    ///
    /// # Errors
    /// It is no image that is taken, or the disk fails.
    pub async fn finish(mut self) -> Result<Staged, ImageError> {
        self.file.flush().await?;
        let client_name = self.client_name.clone();
        let outcome = decode::in_turn(move || stage(&self.folder, &self.client_name, &self.draft));
        match outcome.await? {
            Some(staged) => staged.map_err(|outcome| match outcome {
                StageError::Refused(refusal) => refuse(&client_name, refusal),
                StageError::Io(error) => error.into(),
            }),
            None => Err(refuse(&client_name, Refusal::Unsupported)),
        }
    }
}

/// A sound image that has a name but is not yet seen under it. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Staged {
    pub(super) name: PlainName,
    pub(super) draft: Draft,
}

impl Staged {
    /// The name that it will have.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }
}

enum StageError {
    Refused(Refusal),
    Io(io::Error),
}

impl From<io::Error> for StageError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Checks and strips what was spooled, and writes what is left of it to a file of its own.
fn stage(folder: &Folder, client_name: &str, spooled: &Draft) -> Result<Staged, StageError> {
    let bytes = fs::read(spooled.path())?;
    let (kind, stripped) = format::accept(&bytes).map_err(StageError::Refused)?;
    let name = PlainName::for_upload(client_name, kind)?;
    let (draft, mut file) = folder.draft()?;
    file.write_all(&stripped)?;
    file.sync_all()?;
    Ok(Staged { name, draft })
}

/// A refusal in the domain's words. The client's name is shown clipped, on one line.
fn refuse(client_name: &str, refusal: Refusal) -> ImageError {
    let name: String = client_name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_SHOWN)
        .collect();
    ImageError::Invalid(match refusal {
        Refusal::Unsupported => ValidationError::UnsupportedImage { name },
        Refusal::TooLarge(limit) => ValidationError::ImageTooLarge { name, limit },
    })
}
