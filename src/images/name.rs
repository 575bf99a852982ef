//! Names of stored images: which names may reach the file system, and how new ones are made.

use std::io;

use sanitize_filename::{Options, sanitize_with_options};

use super::kind::Kind;

/// Leaves room for the extension of a variant within the 255 bytes of a file name.
const MAX_NAME: usize = 250;

/// Maximum length of the readable part of a new name.
const MAX_STEM: usize = 60;

/// A name of a file directly in the image directory. Files are only accessible through this type,
/// so that stored paths and URLs are never opened or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SafeFileName(String);

impl SafeFileName {
    /// Refuses paths of any operating system, URLs, device names and hidden files.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_safe = !text.is_empty()
            && text.len() <= MAX_NAME
            && !text.starts_with('.')
            && !text.contains("..")
            && !text.contains(['/', '\\'])
            && !text.contains(char::is_control)
            && !has_scheme(text)
            && !is_device(text);
        is_safe.then(|| Self(text.to_owned()))
    }

    /// A new name for an upload: the readable part of the client's name, a random part, and the
    /// extension of the detected format.
    pub(super) fn for_upload(client_name: &str, kind: Kind) -> io::Result<Self> {
        let mut random = [0; 6];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let stem = stem(client_name);
        Ok(Self(format!("{stem}-{random}.{}", kind.extension())))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The file name of its variants.
    pub(super) fn webp(&self) -> String {
        format!("{}.webp", self.0)
    }
}

/// Whether an entry of a product's images can be a file in the image directory. Entries of older
/// programs may be paths and URLs, which are not served; `pictureOf` in `product-format.js` is the
/// same rule.
pub fn is_servable(entry: &str) -> bool {
    SafeFileName::parse(entry).is_some()
}

/// `javascript:…`, `C:…`; but not a time of day in a name (`2024-05-01T10:00.png`).
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Device names of Windows, with any extension.
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
    // Old browsers send full paths with either kind of slash.
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
        .filter_map(ascii_letter)
    {
        let is_repeated = c == '-' && readable.ends_with('-');
        if !is_repeated && readable.len() < MAX_STEM {
            readable.push(c);
        }
    }
    match readable.trim_matches(['-', '_']) {
        "" => "image".into(),
        trimmed => trimmed.into(),
    }
}

/// Removes accents; `None` for a combining accent, a hyphen for other characters.
fn ascii_letter(c: char) -> Option<char> {
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
    fn file_names_are_safe() {
        for name in [
            "vase.png",
            "320",
            "Blue vase (1).JPG",
            "jarrón.webp",
            "2024-05-01T10:00:00.000Z-vase.png",
            "console.png",
            "a.png.webp",
        ] {
            assert!(SafeFileName::parse(name).is_some(), "{name}");
        }
    }

    #[test]
    fn paths_urls_and_devices_are_refused() {
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
            assert_eq!(SafeFileName::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_stem_keeps_readable_characters() {
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
    fn new_names_are_short_safe_and_unique() {
        let client = format!("{}.png", "long ".repeat(2000));
        let name = SafeFileName::for_upload(&client, Kind::Jpeg).unwrap();
        assert!(name.as_str().len() <= 80, "{name:?}");
        assert!(name.as_str().ends_with(".jpg"));
        assert_eq!(SafeFileName::parse(name.as_str()), Some(name.clone()));
        assert_ne!(SafeFileName::for_upload(&client, Kind::Jpeg).unwrap(), name);
    }

    #[test]
    fn only_names_of_files_are_servable() {
        assert!(is_servable("vase.png"));
        assert!(!is_servable("/img/vase.png") && !is_servable("https://x.example/vase.png"));
    }

    #[test]
    fn a_variant_is_named_after_its_image() {
        let name = SafeFileName::parse("vase.png").expect("safe");
        assert_eq!(
            (name.as_str(), name.webp().as_str()),
            ("vase.png", "vase.png.webp")
        );
    }

    #[test]
    fn a_name_is_at_most_250_bytes_and_may_resemble_a_device_or_a_scheme() {
        let longest = "a".repeat(250);
        for name in [
            longest.as_str(),
            "com.png",
            "com10.png",
            "comx",
            "lpt",
            "1:30.png",
            "a b:c.png",
        ] {
            assert!(SafeFileName::parse(name).is_some(), "{name}");
        }
        for name in [
            "aux",
            "prn.txt",
            "com0",
            "LPT1.png",
            "nul .png",
            "a+b-c.d:x",
        ] {
            assert_eq!(SafeFileName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn accents_are_removed_from_a_stem() {
        assert_eq!(stem("ÁÇÉÍÑÓØÚÝÿ.png"), "aceinoouyy");
        assert_eq!(stem("a - b -- c_d.png"), "a-b-c_d");
        assert_eq!(stem(&format!("{}.png", "a".repeat(70))), "a".repeat(60));
    }
}
