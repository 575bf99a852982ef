//! One socket in its worker's table.

use std::rc::Rc;

use super::direct_socket::DirectSocket;
use crate::realtime::subscription::Subscription;

/// A subscription and the socket that its frames go to.
pub(crate) struct Subscriber {
    pub(crate) subscription: Rc<Subscription>,
    /// `None` if the frames go into a response body.
    pub(super) socket: Option<Rc<DirectSocket>>,
}

impl Subscriber {
    /// Frames go into a response body, which pulls them.
    pub(crate) fn with_body(subscription: Subscription) -> Self {
        Self {
            subscription: Rc::new(subscription),
            socket: None,
        }
    }

    /// The sink writes frames to the socket.
    pub(crate) fn with_socket(subscription: Subscription, socket: Rc<DirectSocket>) -> Self {
        Self {
            subscription: Rc::new(subscription),
            socket: Some(socket),
        }
    }
}
