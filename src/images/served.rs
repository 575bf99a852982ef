//! An image on its way to a client.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use super::blocking;
use super::format::Kind;
use super::name::PlainName;

/// One piece of the stream; a slow reader holds no more than one.
const PIECE: usize = 64 * 1024;

/// An opened image: what headers need to know, and its bytes in pieces.
#[derive(Debug)]
pub struct ServedImage {
    file: File,
    content_type: &'static str,
    len: u64,
}

impl ServedImage {
    /// An original: its type goes by content. Old shops also have kinds that are not taken any
    /// more; those go by ending, and what is no image at all is not called one.
    pub(super) fn original(mut file: File, name: &PlainName) -> io::Result<Self> {
        let mut start = Vec::with_capacity(12);
        (&mut file).take(12).read_to_end(&mut start)?;
        file.rewind()?;
        let content_type = match Kind::of(&start) {
            Some(kind) => kind.content_type(),
            None => by_ending(name.as_str()),
        };
        Self::new(file, content_type)
    }

    /// A variant, which is always WebP.
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

    /// The media type.
    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// How many bytes the stream has.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Which file it is.
    #[cfg(test)]
    pub(super) fn inode(&self) -> u64 {
        use std::os::unix::fs::MetadataExt;
        self.file.metadata().unwrap().ino()
    }

    /// The bytes, read as they are asked for. Exactly [`ServedImage::len`] or an error.
    pub fn into_stream(self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let file = Arc::new(self.file);
        stream::try_unfold((file, self.len), |(file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let size = left.min(PIECE as u64) as usize;
            let source = file.clone();
            let piece = blocking(move || {
                let mut piece = vec![0; size];
                (&*source).read_exact(&mut piece)?;
                Ok(Bytes::from(piece))
            })
            .await?;
            Ok(Some((piece, (file, left - size as u64))))
        })
    }
}

fn by_ending(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "avif" => "image/avif",
        "bmp" => "image/bmp",
        "ico" => "image/x-icon",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
