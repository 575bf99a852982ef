//! One form for every path: the original application ignored letter case and a trailing slash, and routes are found
//! whether a character is encoded or not.

use std::borrow::Cow;

/// The path in its one form, or `None` when it has it already. Characters that need no encoding have none (RFC 3986
/// section 6.2.2.2): what limits, keys and routes go by is one text. Ids and the words of routes are in
/// lower case; names of files keep theirs.
pub(super) fn plain(path: &str) -> Option<String> {
    let decoded = decoded(path);
    match lowered(&decoded) {
        None => (decoded != path).then(|| decoded.into_owned()),
        lowered => lowered,
    }
}

/// Letters, digits, `-`, `.`, `_` and `~` as they are.
fn decoded(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 3);
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match byte.map(char::from) {
            Some(plain_one) if is_unreserved(plain_one) => {
                plain.push(plain_one);
                rest = &rest[at + 3..];
            }
            _ => {
                plain.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain.into()
}

fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~')
}

fn lowered(path: &str) -> Option<String> {
    let trimmed = match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    };
    let is_plain =
        trimmed.len() == path.len() && !path.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_plain {
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
    let plain = segments.join("/");
    (plain != path).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_a_trailing_slash_do_not_matter() {
        for (path, expected) in [
            ("/API/Products/", "/api/products"),
            ("/RealTimeProducts", "/realtimeproducts"),
            ("/chat//", "/chat"),
            ("/products/ABCDEF", "/products/abcdef"),
        ] {
            assert_eq!(plain(path).as_deref(), Some(expected));
        }
    }

    #[test]
    fn names_of_files_keep_their_case() {
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
            assert_eq!(plain(path).as_deref(), Some(expected));
        }
        assert_eq!(plain("/uploads/Vase.png"), None);
    }

    #[test]
    fn what_needs_no_encoding_has_none() {
        for (path, expected) in [
            ("/%77s/products", "/ws/products"),
            ("/%41PI/c%61rts/", "/api/carts"),
            ("/uploads/%41%2Fb%2dc.png", "/uploads/A%2Fb-c.png"),
            ("/%2577s/x%7E", "/%2577s/x~"),
        ] {
            assert_eq!(plain(path).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_plain_path_is_left_alone() {
        for path in [
            "/",
            "/api/products",
            "/carts/0123",
            "/a%2fb%",
            "/%",
            "/%zz%20",
        ] {
            assert_eq!(plain(path), None);
        }
    }
}
