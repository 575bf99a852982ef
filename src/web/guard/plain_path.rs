//! One form for every path: the original application ignored letter case and a trailing slash.

/// The path in its one form, or `None` when it has it already. Ids and the words of routes are in
/// lower case; names of files keep theirs.
pub(super) fn plain(path: &str) -> Option<String> {
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
    fn a_plain_path_is_left_alone() {
        for path in ["/", "/api/products", "/carts/0123"] {
            assert_eq!(plain(path), None);
        }
    }
}
