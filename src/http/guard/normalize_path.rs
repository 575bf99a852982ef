//! Normalizes paths: letter case and a trailing slash are ignored, as in the original application,
//! and routes match whether a character is encoded or not.

use std::borrow::Cow;

/// The normalized path; `None` if it is normalized already. Limits, keys and routes depend on it,
/// so unreserved characters are decoded (RFC 3986 section 6.2.2.2). Everything but file names is
/// lower case.
pub(super) fn normalize(path: &str) -> Option<String> {
    let decoded = decoded(path);
    match lowered(&decoded) {
        None => (decoded != path).then(|| decoded.into_owned()),
        lowered => lowered,
    }
}

/// The path with letters, digits, `-`, `.`, `_` and `~` decoded.
fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        decoded.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3);
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match byte.map(char::from) {
            Some(character) if is_unreserved(character) => {
                decoded.push(character);
                rest = &rest[at + 3..];
            }
            _ => {
                decoded.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded.into()
}

fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

fn lowered(path: &str) -> Option<String> {
    let trimmed = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let is_normal =
        trimmed.len() == path.len() && !path.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_normal {
        return None;
    }
    let mut names_follow = false;
    let segments: Vec<_> = trimmed
        .split('/')
        .map(|segment| {
            if names_follow {
                return segment.to_owned();
            }
            let lower = segment.to_ascii_lowercase();
            names_follow = matches!(lower.as_str(), "uploads" | "public" | "thumbnails");
            lower
        })
        .collect();
    let lowered = segments.join("/");
    (lowered != path).then_some(lowered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_a_trailing_slash_are_ignored() {
        for (path, expected) in [
            ("/API/Products/", "/api/products"),
            ("/RealTimeProducts", "/realtimeproducts"),
            ("/chat//", "/chat"),
            ("/products/ABCDEF", "/products/abcdef"),
        ] {
            assert_eq!(normalize(path).as_deref(), Some(expected));
        }
    }

    #[test]
    fn file_names_keep_their_case() {
        for (path, expected) in [
            (
                "/Uploads/320/Vase-A.png.webp",
                "/uploads/320/Vase-A.png.webp",
            ),
            (
                "/API/products/1/Thumbnails/A.png/",
                "/api/products/1/thumbnails/A.png",
            ),
        ] {
            assert_eq!(normalize(path).as_deref(), Some(expected));
        }
        assert_eq!(normalize("/uploads/Vase.png"), None);
    }

    #[test]
    fn unreserved_characters_are_decoded() {
        for (path, expected) in [
            ("/%77s/products", "/ws/products"),
            ("/%41PI/c%61rts/", "/api/carts"),
            ("/uploads/%41%2Fb%2dc.png", "/uploads/A%2Fb-c.png"),
            ("/%2577s/x%7E", "/%2577s/x~"),
        ] {
            assert_eq!(normalize(path).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_normalized_path_stays() {
        for path in [
            "/",
            "/api/products",
            "/carts/0123",
            "/a%2fb%",
            "/%",
            "/%zz%20",
        ] {
            assert_eq!(normalize(path), None);
        }
    }
}
