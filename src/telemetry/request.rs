//! Which request a log line is of: an id that is known wherever the request's own task is.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Characters that somebody else's id may have.
const MAX_LENGTH: usize = 64;

tokio::task_local! {
    static CURRENT: Rc<RequestMark>;
}

/// The id of a request, and what is told of it on its way.
#[derive(Debug)]
pub struct RequestMark {
    id: String,
    refusal: Cell<Option<&'static str>>,
    failure: Cell<Option<&'static str>>,
}

impl RequestMark {
    /// The id that the request brought, when it can be one: 1 to 64 visible ASCII characters, such as a proxy
    /// gives. Else a fresh one.
    pub fn new(offered: Option<&str>) -> Rc<Self> {
        Rc::new(Self {
            id: offered.filter(is_sane).map_or_else(fresh, str::to_owned),
            refusal: Cell::new(None),
            failure: Cell::new(None),
        })
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The stable word by which the request was refused.
    pub fn refusal(&self) -> Option<&'static str> {
        self.refusal.get()
    }

    /// The kind of the store's failure by which it was.
    pub fn failure(&self) -> Option<&'static str> {
        self.failure.get()
    }

    /// Runs the request's work under its mark.
    pub async fn around<F: Future>(self: Rc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The same for what does not wait.
    pub fn around_now<T>(self: Rc<Self>, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }
}

fn is_sane(id: &&str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An id that no other request has: a random word of the process, and a number.
fn fresh() -> String {
    static PROCESS: LazyLock<u32> = LazyLock::new(|| {
        let mut bytes = [0; 4];
        match getrandom::fill(&mut bytes) {
            Ok(()) => u32::from_ne_bytes(bytes),
            // Ids of two processes may then be alike; nothing but reading logs rests on them.
            Err(_) => std::process::id(),
        }
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);

    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:08x}-{number:x}", *PROCESS)
}

/// Notes by what the request is refused that this task works for, where there is one.
pub fn note_refusal(code: &'static str, failure: Option<&'static str>) {
    // What is answered outside of a request (the store's own thread) is of none.
    let _ = CURRENT.try_with(|mark| {
        mark.refusal.set(Some(code));
        mark.failure.set(failure);
    });
}

/// The id of the request that this task works for.
pub(super) fn current_id() -> Option<String> {
    CURRENT.try_with(|mark| mark.id.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_kept_and_any_other_is_replaced() {
        let longest = "x".repeat(MAX_LENGTH);
        for id in ["a", "req-1/2:3", &longest] {
            assert_eq!(RequestMark::new(Some(id)).id(), id);
        }
        let too_long = "x".repeat(MAX_LENGTH + 1);
        for id in ["", " ", "a b", "a\tb", "ñ", "a\u{1b}[0m", &too_long] {
            assert_ne!(RequestMark::new(Some(id)).id(), id);
        }
        assert_ne!(RequestMark::new(None).id(), RequestMark::new(None).id());
    }

    #[tokio::test]
    async fn a_request_is_known_only_to_its_own_task() {
        let mark = RequestMark::new(Some("mine"));
        let noted = mark.clone();
        noted
            .around(async {
                tokio::task::yield_now().await;
                assert_eq!(current_id().as_deref(), Some("mine"));
                note_refusal("not_found", None);
            })
            .await;
        assert_eq!(mark.refusal(), Some("not_found"));
        assert_eq!(current_id(), None);
        note_refusal("other", None);
    }
}
