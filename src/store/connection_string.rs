//! MongoDB connection strings.

/// A connection string without user, password and options: it can be shown.
pub(super) fn without_credentials(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("//"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}//{host}"),
        _ => url.to_owned(),
    }
}
