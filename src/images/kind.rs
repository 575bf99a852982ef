//! The supported image formats, recognised by their first bytes.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Also animated.
    Png,
    Jpeg,
    /// Lossy, lossless or animated.
    WebP,
    /// Also animated.
    Gif,
}

impl Kind {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', rest @ ..] => {
                (rest.get(4..8)? == b"WEBP").then_some(Self::WebP)
            }
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_recognised_by_its_first_bytes() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n..."[..], Kind::Png),
            (b"\xff\xd8\xff\xe0", Kind::Jpeg),
            (b"RIFF\0\0\0\0WEBPVP8 ", Kind::WebP),
            (b"GIF87a", Kind::Gif),
            (b"GIF89a...", Kind::Gif),
        ] {
            assert_eq!(Kind::of(bytes), Some(kind));
        }
        let others = [
            &b""[..],
            b"\x89PNG",
            b"\xff\xd8",
            b"RIFF",
            b"RIFF\0\0\0\0WAVE",
            b"GIF88a",
            b"BM",
        ];
        for bytes in others {
            assert_eq!(Kind::of(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_format_has_an_extension_and_a_content_type() {
        for (kind, extension, content_type) in [
            (Kind::Png, "png", "image/png"),
            (Kind::Jpeg, "jpg", "image/jpeg"),
            (Kind::WebP, "webp", "image/webp"),
            (Kind::Gif, "gif", "image/gif"),
        ] {
            assert_eq!(
                (kind.extension(), kind.content_type()),
                (extension, content_type)
            );
        }
    }
}
