//! An image being sent to a client.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use super::blocking::blocking;
use super::kind::Kind;
use super::name::SafeFileName;

/// Size of a chunk of the stream; a slow client holds at most one in memory.
const CHUNK: usize = 64 * 1024;

/// An open image file with the values of its headers.
#[derive(Debug)]
pub struct ServedImage {
    file: File,
    pub content_type: &'static str,
    /// Bytes of the stream.
    pub len: u64,
}

impl ServedImage {
    /// An original. Its type is detected from the content, or from the extension for formats that
    /// are no longer accepted; other files are not served as images.
    pub(super) fn original(mut file: File, name: &SafeFileName) -> io::Result<Self> {
        let mut start = Vec::with_capacity(12);
        (&mut file).take(12).read_to_end(&mut start)?;
        file.rewind()?;
        let content_type = match Kind::of(&start) {
            Some(kind) => kind.content_type(),
            None => by_extension(name.as_str()),
        };
        Self::new(file, content_type)
    }

    pub(super) fn webp(file: File) -> io::Result<Self> {
        Self::new(file, Kind::WebP.content_type())
    }

    fn new(file: File, content_type: &'static str) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self {
            file,
            content_type,
            len,
        })
    }

    #[cfg(test)]
    pub(super) fn inode(&self) -> u64 {
        use std::os::unix::fs::MetadataExt;
        self.file.metadata().unwrap().ino()
    }

    /// The bytes, read on demand: exactly `len` of them, or an error.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let file = Arc::new(self.file);
        stream::try_unfold((file, self.len), |(file, remaining)| async move {
            if remaining == 0 {
                return Ok(None);
            }
            let size = remaining.min(CHUNK as u64) as usize;
            let source = file.clone();
            let chunk = blocking(move || {
                let mut chunk = vec![0; size];
                (&*source).read_exact(&mut chunk)?;
                Ok(Bytes::from(chunk))
            })
            .await?;
            Ok(Some((chunk, (file, remaining - size as u64))))
        })
    }
}

fn by_extension(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "avif" => "image/avif",
        "bmp" => "image/bmp",
        "ico" => "image/x-icon",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
