//! Open pages of a shop: sockets on a thread of their own, so that those who buy do not hold up those
//! who watch.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::Outcome;
use crate::report::Times;
use crate::socket::{Received, Socket};

/// Pages that are opened at the same time.
const DOORS: usize = 50;
/// How long it may take until something has reached all.
const PATIENCE: Duration = Duration::from_secs(30);

/// When which page was told what. To read each frame whole would take longer than to send it.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) page: usize,
    at: Instant,
    text: Bytes,
}

impl Heard {
    /// Whether all of these words are in it.
    pub(crate) fn has(&self, words: &[&str]) -> bool {
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        words.iter().all(|word| text.contains(word))
    }
}

/// Pages that are open until this is dropped.
pub(crate) struct Pages {
    heard: mpsc::UnboundedReceiver<Heard>,
    count: usize,
    _end: oneshot::Sender<()>,
}

impl Pages {
    /// Opens a page for each socket's address and path, and waits until all are greeted.
    pub(crate) async fn open(sockets: Vec<(SocketAddr, String)>) -> Outcome<Self> {
        let count = sockets.len();
        let (tell, heard) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                let mut pages = JoinSet::new();
                let doors = Arc::new(Semaphore::new(DOORS));
                for (page, socket) in sockets.into_iter().enumerate() {
                    pages.spawn(follow(page, socket, doors.clone(), tell.clone()));
                }
                // Whichever way the other end goes, it is over.
                let _ = ended.await;
            });
        });
        let mut pages = Self {
            heard,
            count,
            _end: end,
        };
        pages
            .first(count, |heard| heard.has(&["\"welcome\""]))
            .await?;
        Ok(pages)
    }

    /// When each of so many pages was first told this.
    pub(crate) async fn first(
        &mut self,
        count: usize,
        is_it: impl Fn(&Heard) -> bool,
    ) -> Outcome<Vec<(usize, Instant)>> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut told: Vec<Option<Instant>> = vec![None; self.count];
        let mut missing = count;
        while missing > 0 {
            let heard = timeout_at(deadline, self.heard.recv()).await;
            let heard = heard.map_err(|_| format!("{missing} of {count} pages heard nothing"))?;
            let heard = heard.ok_or("the pages are closed")?;
            let first = &mut told[heard.page];
            if first.is_none() && is_it(&heard) {
                *first = Some(heard.at);
                missing -= 1;
            }
        }
        let told = told.into_iter().enumerate();
        Ok(told.filter_map(|(page, at)| Some((page, at?))).collect())
    }

    /// All that comes within this time.
    pub(crate) async fn all_within(&mut self, time: Duration) -> Vec<Heard> {
        let deadline = tokio::time::Instant::now() + time;
        let mut all = Vec::new();
        while let Ok(Some(heard)) = timeout_at(deadline, self.heard.recv()).await {
            all.push(heard);
        }
        all
    }
}

async fn follow(
    page: usize,
    (address, path): (SocketAddr, String),
    doors: Arc<Semaphore>,
    tell: mpsc::UnboundedSender<Heard>,
) {
    let opened = {
        let _door = doors.acquire().await;
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
                if tell.send(Heard { page, at, text }).is_err() {
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

/// How long after a moment pages were told something.
pub(crate) fn since(told: &[(usize, Instant)], moment: Instant) -> Times {
    let late = told
        .iter()
        .map(|(_, at)| at.saturating_duration_since(moment));
    Times::of(late.collect())
}
