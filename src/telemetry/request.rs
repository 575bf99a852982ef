//! The context of the current request: its id for log lines, and how it failed.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum length of a client's request id, in characters.
const MAX_LENGTH: usize = 64;

tokio::task_local! {
    static CURRENT: Rc<RequestContext>;
}

/// The context of one request, available anywhere in its task.
#[derive(Debug)]
pub struct RequestContext {
    id: String,
    refusal: Cell<Option<&'static str>>,
    failure: Cell<Option<&'static str>>,
}

impl RequestContext {
    /// Uses the id that the request brought, if it has 1 to `MAX_LENGTH` visible ASCII
    /// characters; otherwise makes one.
    pub fn new(offered: Option<&str>) -> Rc<Self> {
        Rc::new(Self {
            id: offered
                .filter(is_valid)
                .map_or_else(generate, str::to_owned),
            refusal: Cell::new(None),
            failure: Cell::new(None),
        })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The problem code of the response.
    pub fn refusal(&self) -> Option<&'static str> {
        self.refusal.get()
    }

    /// The kind of store failure behind it.
    pub fn failure(&self) -> Option<&'static str> {
        self.failure.get()
    }

    /// Runs the request's work in this context.
    pub async fn scope<F: Future>(self: Rc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Like [`RequestContext::scope`], for synchronous work.
    pub fn sync_scope<T>(self: Rc<Self>, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }
}

fn is_valid(id: &&str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A unique id: a random prefix of the process, and a counter.
fn generate() -> String {
    static PROCESS: LazyLock<u32> = LazyLock::new(|| {
        let mut bytes = [0; 4];
        match getrandom::fill(&mut bytes) {
            Ok(()) => u32::from_ne_bytes(bytes),
            // Ids of two processes may then collide; they only help to read logs.
            Err(_) => std::process::id(),
        }
    });
    static NEXT: AtomicU64 = AtomicU64::new(1);

    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{:08x}-{number:x}", *PROCESS)
}

/// Records the problem code and store failure of the current request, if there is one.
pub fn note_refusal(code: &'static str, failure: Option<&'static str>) {
    // Fails outside of a request, as on the store's own thread.
    let _ = CURRENT.try_with(|context| {
        context.refusal.set(Some(code));
        context.failure.set(failure);
    });
}

pub(super) fn current_id() -> Option<String> {
    CURRENT.try_with(|context| context.id.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_ids_are_kept_and_others_replaced() {
        let longest = "x".repeat(MAX_LENGTH);
        for id in ["a", "req-1/2:3", &longest] {
            assert_eq!(RequestContext::new(Some(id)).id(), id);
        }
        let too_long = "x".repeat(MAX_LENGTH + 1);
        for id in ["", " ", "a b", "a\tb", "ñ", "a\u{1b}[0m", &too_long] {
            assert_ne!(RequestContext::new(Some(id)).id(), id);
        }
        assert_ne!(
            RequestContext::new(None).id(),
            RequestContext::new(None).id()
        );
    }

    #[tokio::test]
    async fn a_context_is_visible_only_in_its_own_task() {
        let context = RequestContext::new(Some("mine"));
        context
            .clone()
            .scope(async {
                tokio::task::yield_now().await;
                assert_eq!(current_id().as_deref(), Some("mine"));
                note_refusal("not_found", None);
            })
            .await;
        assert_eq!(context.refusal(), Some("not_found"));
        assert_eq!(current_id(), None);
        note_refusal("other", None);
    }
}
