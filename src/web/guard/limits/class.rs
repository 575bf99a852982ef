//! What requests are counted by, and how many of each kind a client may send.

use actix_web::http::Method;
use governor::Quota;

use super::whole;

/// Kinds of requests that cost alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Class {
    /// Styles, scripts and images.
    File,
    /// Everything else that only reads, pages included.
    Read,
    /// Whatever changes something.
    Write,
    /// New carts, which are kept for hours though nobody may ever look at them.
    NewCart,
    /// Chat messages by REST, as many as a socket may send.
    Message,
    /// Openings of sockets. All pages of an office come back together after a restart.
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

    /// The class of a request, whose path is in its one form.
    pub(in crate::web) fn of(method: &Method, path: &str) -> Self {
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

    /// How many a second, and how many at once.
    pub(super) fn quota(self) -> Quota {
        let (per_second, burst) = match self {
            Self::File => (200, 1_000),
            Self::Read => (50, 300),
            Self::Write => (25, 100),
            Self::NewCart => (2, 60),
            Self::Message => (10, 20),
            Self::Socket => (20, 300),
        };
        Quota::per_second(whole(per_second)).allow_burst(whole(burst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_class() {
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
    fn classes_stand_in_the_order_of_their_discriminants() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index);
        }
    }
}
