//! Classes of requests, and how many of each a client may send.

use actix_web::http::Method;
use governor::Quota;

use super::nonzero;

/// Requests of similar cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Styles, scripts and images.
    File,
    /// Everything else that only reads, pages included.
    Read,
    /// Everything that writes.
    Write,
    /// New carts, which live for hours even if nobody opens them.
    NewCart,
    /// Chat messages over REST, as many as a socket may send.
    Message,
    /// Opened sockets. After a restart all pages of an office reconnect at once.
    Socket,
}

impl Class {
    /// Every class, in the order of their discriminants.
    pub(super) const ALL: [Self; 6] = [
        Self::File,
        Self::Read,
        Self::Write,
        Self::NewCart,
        Self::Message,
        Self::Socket,
    ];

    /// The class of a request with a normalized path.
    pub(crate) fn of(method: &Method, path: &str) -> Self {
        let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        match path {
            _ if path.starts_with("/ws/") => Self::Socket,
            _ if path.starts_with("/public/") || path.starts_with("/uploads/") => Self::File,
            _ if reads => Self::Read,
            "/api/carts" => Self::NewCart,
            "/api/messages" => Self::Message,
            _ => Self::Write,
        }
    }

    /// The rate and the burst.
    pub(super) fn quota(self) -> Quota {
        let (per_second, burst) = match self {
            Self::File => (200, 1_000),
            Self::Read => (50, 300),
            Self::Write => (25, 100),
            Self::NewCart => (2, 60),
            Self::Message => (10, 20),
            Self::Socket => (20, 300),
        };
        Quota::per_second(nonzero(per_second)).allow_burst(nonzero(burst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_classified() {
        for (method, path, class) in [
            (Method::GET, "/", Class::Read),
            (Method::HEAD, "/api/products", Class::Read),
            (Method::POST, "/api/carts", Class::NewCart),
            (Method::GET, "/api/messages", Class::Read),
            (Method::POST, "/api/messages", Class::Message),
            (Method::POST, "/api/carts/x/purchase", Class::Write),
            (Method::DELETE, "/nowhere", Class::Write),
            (Method::GET, "/uploads/320/a.png.webp", Class::File),
            (Method::GET, "/public/shop.js", Class::File),
            (Method::GET, "/ws/chat", Class::Socket),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
    }

    #[test]
    fn classes_are_in_the_order_of_their_discriminants() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
        }
    }
}
