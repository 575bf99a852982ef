//! Open pages of a shop: sockets on a thread of their own, so that buyers do not delay them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout_at;
use vitrina_test_support::Outcome;
use vitrina_test_support::socket::{Received, Socket};

use crate::report::Times;

/// Pages that are being opened at one time.
const CONCURRENT_OPENS: usize = 50;
/// How long an update may take to reach all pages.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// A frame that a page received. It is not parsed: that would take longer than sending it.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) page: usize,
    at: Instant,
    text: Bytes,
}

impl Update {
    pub(crate) fn contains(&self, parts: &[&str]) -> bool {
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        parts.iter().all(|part| text.contains(part))
    }
}

/// Pages that are open until this is dropped.
pub(crate) struct Pages {
    updates: mpsc::UnboundedReceiver<Update>,
    count: usize,
    _end: oneshot::Sender<()>,
}

impl Pages {
    /// Opens a page for each socket's address and path, and waits until all are welcomed.
    pub(crate) async fn open(sockets: Vec<(SocketAddr, String)>) -> Outcome<Self> {
        let count = sockets.len();
        let (tx, updates) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let mut pages = JoinSet::new();
                let permits = Arc::new(Semaphore::new(CONCURRENT_OPENS));
                for (page, socket) in sockets.into_iter().enumerate() {
                    pages.spawn(follow(page, socket, permits.clone(), tx.clone()));
                }
                // Sent or dropped: the pages are closed.
                let _ = ended.await;
            });
        });
        let mut pages = Self {
            updates,
            count,
            _end: end,
        };
        pages
            .first(count, |update| update.contains(&["\"welcome\""]))
            .await?;
        Ok(pages)
    }

    /// Waits until this many pages have received a matching update; returns when each had the
    /// first.
    pub(crate) async fn first(
        &mut self,
        count: usize,
        matches: impl Fn(&Update) -> bool,
    ) -> Outcome<Vec<(usize, Instant)>> {
        let deadline = tokio::time::Instant::now() + DELIVERY_TIMEOUT;
        let mut received: Vec<Option<Instant>> = vec![None; self.count];
        let mut missing = count;
        while missing > 0 {
            let update = timeout_at(deadline, self.updates.recv()).await;
            let update =
                update.map_err(|_| format!("{missing} of {count} pages were not updated"))?;
            let update = update.ok_or("the pages are closed")?;
            let first = &mut received[update.page];
            if first.is_none() && matches(&update) {
                *first = Some(update.at);
                missing -= 1;
            }
        }
        let received = received.into_iter().enumerate();
        Ok(received
            .filter_map(|(page, at)| Some((page, at?)))
            .collect())
    }

    /// All updates within this time.
    pub(crate) async fn all_within(&mut self, time: Duration) -> Vec<Update> {
        let deadline = tokio::time::Instant::now() + time;
        let mut all = Vec::new();
        while let Ok(Some(update)) = timeout_at(deadline, self.updates.recv()).await {
            all.push(update);
        }
        all
    }
}

async fn follow(
    page: usize,
    (address, path): (SocketAddr, String),
    permits: Arc<Semaphore>,
    tx: mpsc::UnboundedSender<Update>,
) {
    let opened = {
        let _permit = permits.acquire().await;
        Socket::open(address, &path).await
    };
    let mut socket = match opened {
        Ok(socket) => socket,
        Err(error) => return eprintln!("page {page}: {error}"),
    };
    loop {
        match socket.next().await {
            Received::Text(text) => {
                let at = Instant::now();
                if tx.send(Update { page, at, text }).is_err() {
                    return;
                }
            }
            Received::Ping(payload) => {
                if socket.pong(&payload).await.is_err() {
                    return;
                }
            }
            Received::Close(..) | Received::End => return,
        }
    }
}

/// How long after a moment pages were updated.
pub(crate) fn delays_since(received: &[(usize, Instant)], moment: Instant) -> Times {
    let delays = received
        .iter()
        .map(|(_, at)| at.saturating_duration_since(moment));
    Times::of(delays.collect())
}
