//! Whole uploads: accepted and refused files, metadata, variants, crashes and hostile names.

mod accept;
mod crash;
mod metadata;
mod paths;
mod refuse;
mod samples;
mod variants;

use std::fs;
use std::path::Path;

use bytes::Bytes;
use futures_util::TryStreamExt;
use tempfile::TempDir;

use super::{ImageError, Images, ServedImage, Staged};
use crate::domain::error::ValidationError;

/// Images in a temporary directory.
struct TestImages {
    dir: TempDir,
    images: Images,
}

impl TestImages {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let images = Images::open(dir.path()).await.unwrap();
        Self { dir, images }
    }

    /// The same directory after a crash and a restart.
    async fn restart(self) -> Self {
        let Self { dir, images } = self;
        drop(images);
        let images = Images::open(dir.path()).await.unwrap();
        Self { dir, images }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    async fn stage(&self, name: &str, bytes: &[u8]) -> Result<Staged, ImageError> {
        let mut spool = self.images.spool(name).await?;
        for chunk in bytes.chunks(64 * 1024) {
            spool.write(Bytes::copy_from_slice(chunk)).await?;
        }
        spool.finish().await
    }

    /// Uploads one image and returns its stored name.
    async fn keep(&self, name: &str, bytes: &[u8]) -> String {
        let staged = self.stage(name, bytes).await.unwrap();
        let published = self.images.publish(vec![staged]).await.unwrap();
        let name = published.names().remove(0);
        published.keep().await.unwrap();
        name
    }

    async fn refusal(&self, name: &str, bytes: &[u8]) -> ValidationError {
        match self.stage(name, bytes).await {
            Err(ImageError::Invalid(error)) => error,
            other => panic!("{name}: {other:?}"),
        }
    }

    async fn stored(&self, name: &str) -> Vec<u8> {
        let image = self.images.original(name).await.unwrap();
        read(image.unwrap()).await
    }

    /// The relative paths of all files except the lock.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect_files(self.path(), self.path(), &mut found);
        found.retain(|path| path != ".lock");
        found.sort();
        found
    }
}

fn collect_files(root: &Path, dir: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_files(root, &path, found);
        } else {
            let relative = path.strip_prefix(root).unwrap();
            found.push(relative.to_str().unwrap().to_owned());
        }
    }
}

async fn read(image: ServedImage) -> Vec<u8> {
    let len = image.len;
    let chunks: Vec<Bytes> = image.into_stream().try_collect().await.unwrap();
    let bytes = chunks.concat();
    assert_eq!(bytes.len() as u64, len);
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
