//! Names of stored images: which ones are touched at all, and how new ones are made.

use std::fmt;
use std::io;

use sanitize_filename::{Options, sanitize_with_options};

use super::format::Kind;

/// Leaves room for the ending of a variant within the 255 bytes of a file name.
const MAX_PLAIN: usize = 250;

/// Long enough to be told apart by a person, short enough for every list.
const MAX_STEM: usize = 60;

/// A name that stands for a file in the folder and for nothing else. Stored entries that are
/// none (paths, URLs) are never opened or deleted: this type is the only way to a file.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PlainName(String);

impl PlainName {
    /// Takes a name that is no path on any system, no URL and no hidden file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let plain = !text.is_empty()
            && text.len() <= MAX_PLAIN
            && !text.starts_with('.')
            && !text.contains("..")
            && !text.contains(['/', '\\'])
            && !text.contains(char::is_control)
            && !has_scheme(text)
            && !is_device(text);
        plain.then(|| Self(text.to_owned()))
    }

    /// A fresh name for an upload: what is readable of its client's name, a random part, and
    /// the ending that its content has earned.
    pub(super) fn for_upload(client_name: &str, kind: Kind) -> io::Result<Self> {
        let mut random = [0; 6];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let stem = stem(client_name);
        Ok(Self(format!("{stem}-{random}.{}", kind.extension())))
    }

    /// The name as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its variants' files.
    pub(super) fn webp(&self) -> String {
        format!("{}.webp", self.0)
    }
}

impl fmt::Debug for PlainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// `javascript:…`, `C:…`; but a time of day in a name (`2024-05-01T10:00.png`) is no scheme.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Names that mean a device on Windows, with any ending.
fn is_device(text: &str) -> bool {
    let stem = text.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.to_ascii_lowercase();
    let numbered = |device: &str| {
        stem.strip_prefix(device)
            .is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
    };
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// The readable part of a client's file name: lower-case ASCII letters, digits, `-` and `_`.
fn stem(client_name: &str) -> String {
    // Old browsers send whole paths, with either slash.
    let file = client_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let options = Options {
        windows: true,
        truncate: true,
        replacement: "-",
    };
    let file = sanitize_with_options(file, options);
    let stem = match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => &file,
    };

    let mut readable = String::new();
    for c in stem
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(plain_letter)
    {
        let doubled = c == '-' && readable.ends_with('-');
        if !doubled && readable.len() < MAX_STEM {
            readable.push(c);
        }
    }
    match readable.trim_matches(['-', '_']) {
        "" => "image".into(),
        trimmed => trimmed.into(),
    }
}

/// A letter without its accent; none for a combining accent; a hyphen for all else.
fn plain_letter(c: char) -> Option<char> {
    Some(match c {
        'a'..='z' | '0'..='9' | '_' => c,
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '\u{300}'..='\u{36f}' => return None,
        _ => '-',
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        for name in [
            "vase.png",
            "320",
            "Blue vase (1).JPG",
            "jarrón.webp",
            "2024-05-01T10:00:00.000Z-vase.png",
            "console.png",
            "a.png.webp",
        ] {
            assert!(PlainName::parse(name).is_some(), "{name}");
        }
    }

    #[test]
    fn paths_urls_and_devices_are_not() {
        let long = "a".repeat(251);
        for name in [
            "",
            ".",
            "..",
            ".hidden",
            "../x.png",
            "a/b.png",
            "a\\b.png",
            "/etc/passwd",
            "a..b",
            "a\0b",
            "a\nb",
            "https://x.example/a.png",
            "data:image-png",
            "C:x.png",
            "javascript:alert(1)",
            "CON",
            "con.png",
            "nul",
            "COM1.jpg",
            "lpt9",
            long.as_str(),
        ] {
            assert_eq!(PlainName::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_stem_keeps_what_can_be_read() {
        let cases = [
            ("Blue Vase.PNG", "blue-vase"),
            ("Jarrón Ñandú.jpeg", "jarron-nandu"),
            ("jarro\u{301}n.png", "jarron"),
            ("../../x.png", "x"),
            ("C:\\fotos\\mesa_1.gif", "mesa_1"),
            ("a\0b.png", "a-b"),
            ("CON", "image"),
            (".png", "png"),
            ("", "image"),
            ("…", "image"),
            ("花瓶.png", "image"),
            ("a.b.tar.gz", "a-b-tar"),
            ("<script>alert(1)</script>.svg", "script"),
        ];
        for (client, expected) in cases {
            assert_eq!(stem(client), expected, "{client:?}");
        }
    }

    #[test]
    fn a_new_name_is_short_plain_and_new_each_time() {
        let client = format!("{}.png", "long ".repeat(2000));
        let name = PlainName::for_upload(&client, Kind::Jpeg).unwrap();
        assert!(name.as_str().len() <= 80, "{name:?}");
        assert!(name.as_str().ends_with(".jpg"));
        assert_eq!(PlainName::parse(name.as_str()), Some(name.clone()));
        assert_ne!(PlainName::for_upload(&client, Kind::Jpeg).unwrap(), name);
    }
}
