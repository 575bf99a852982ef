//! Carts that pages follow: which of them a change concerns, and what their pages are told.
//!
//! The feed only notes what changed. One task looks at the carts concerned, many at a time, and
//! hands their new states to the product hub, which puts them into the stream. New followers get
//! their first state from the same task: so the states of a cart have one order, and none is lost
//! between a page's first state and the next.

mod index;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::Addr;
use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc, oneshot};

use self::index::Index;
use super::containment::contained;
use crate::domain::cart::Cart;
use crate::domain::cart_transition::CartReason;
use crate::domain::change::{Change, Fact};
use crate::domain::ids::{CartId, ProductId};
use crate::realtime::{BackingError, CartNews, FollowedCart, ProductHub, TellCarts};
use crate::store::{Noun, SharedStore, StoreError, StoreResult};

/// Pages that may wait for their first state; more wait to wait.
const OPENING: usize = 1_024;
/// Carts that are read at the same time.
const READS: usize = 16;
/// How long to wait before carts are read again that could not be read.
const RETRY: Duration = Duration::from_millis(200);

/// The carts that pages follow; a handle.
#[derive(Debug, Clone)]
pub struct LiveCarts {
    shared: Arc<Shared>,
    openings: mpsc::Sender<Opening>,
}

#[derive(Debug, Default)]
struct Shared {
    index: Mutex<Index>,
    /// Pages that follow a cart or are about to: without any, changes concern nobody.
    followers: AtomicUsize,
    woken: Notify,
}

#[derive(Debug)]
struct Opening {
    id: CartId,
    lease: Lease,
    answer: oneshot::Sender<Result<Option<FollowedCart>, BackingError>>,
}

/// What a batch of changes may mean for carts.
#[derive(Debug, Default)]
pub struct Concern {
    products: Vec<ProductId>,
    carts: Vec<CartId>,
}

impl Concern {
    /// Adds a change.
    pub fn add(&mut self, change: &Change) {
        match &change.fact {
            Fact::Product(product) => self.products.push(product.id),
            Fact::Cart(id) => self.carts.push(*id),
            Fact::MessageAppended(_) | Fact::MessageDeleted { .. } => {}
        }
    }
}

impl LiveCarts {
    /// Begins to look after carts; must run inside an actix system.
    pub fn start(store: SharedStore, hub: Addr<ProductHub>) -> Self {
        let shared = Arc::<Shared>::default();
        let (openings, waiting) = mpsc::channel(OPENING);
        let watch = Watch {
            store,
            hub,
            shared: Arc::clone(&shared),
            revision: 0,
            failing: false,
        };
        actix::spawn(watch.run(waiting));
        Self { shared, openings }
    }

    /// Notes what has changed; returns at once.
    pub fn note(&self, concern: Concern) {
        if self.shared.followers.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut index = self.shared.index();
        concern
            .products
            .into_iter()
            .for_each(|id| index.note_product(id));
        concern.carts.into_iter().for_each(|id| index.note_cart(id));
        drop(index);
        self.shared.woken.notify_one();
    }

    /// Follows a cart from its state of now; `None` for an unknown one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn follow(&self, id: CartId) -> Result<Option<FollowedCart>, BackingError> {
        let (answer, answered) = oneshot::channel();
        let lease = Lease::new(&self.shared);
        let opening = Opening { id, lease, answer };
        self.openings
            .send(opening)
            .await
            .map_err(|_| BackingError)?;
        answered.await.map_err(|_| BackingError)?
    }
}

impl Shared {
    fn index(&self) -> MutexGuard<'_, Index> {
        // A panic in between leaves a reference to a cart too many or too few, not a broken table.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page's place among the followers.
#[derive(Debug)]
struct Lease {
    shared: Arc<Shared>,
    /// The cart that it is entered for.
    cart: Option<CartId>,
}

impl Lease {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.followers.fetch_add(1, Ordering::AcqRel);
        Self {
            shared: Arc::clone(shared),
            cart: None,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(id) = self.cart {
            self.shared.index().release(id);
        }
        self.shared.followers.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Reads carts and tells their followers.
struct Watch {
    store: SharedStore,
    hub: Addr<ProductHub>,
    shared: Arc<Shared>,
    revision: u64,
    /// The last read failed.
    failing: bool,
}

impl Watch {
    async fn run(mut self, mut waiting: mpsc::Receiver<Opening>) {
        loop {
            let mut openings = Vec::new();
            tokio::select! {
                count = waiting.recv_many(&mut openings, OPENING) => if count == 0 { return },
                () = self.shared.woken.notified() => {}
            }
            let turn = self.turn(openings);
            if contained("what tells carts", turn).await.is_none() {
                self.shared.index().note_everything();
                tokio::time::sleep(RETRY).await;
                self.shared.woken.notify_one();
            }
        }
    }

    /// One look at all carts that changed, and at those that are to be followed.
    async fn turn(&mut self, openings: Vec<Opening>) {
        self.revision += 1;
        let mut ids = self.shared.index().take_concerned();
        ids.extend(openings.iter().map(|opening| opening.id));
        let carts = self.read(ids).await;
        let news = self.compare(&carts);
        self.open(openings, &carts);
        if !news.is_empty()
            && let Err(error) = self.hub.send(TellCarts(news)).await
        {
            log::error!("carts were not told: {error}");
        }
    }

    async fn read(&mut self, ids: HashSet<CartId>) -> HashMap<CartId, StoreResult<Cart>> {
        let store = &self.store;
        let carts: HashMap<_, _> = futures_util::stream::iter(ids)
            .map(|id| async move { (id, store.cart(id).await) })
            .buffer_unordered(READS)
            .collect()
            .await;
        self.look_again_at_failures(&carts).await;
        carts
    }

    /// What could not be read stays noted.
    async fn look_again_at_failures(&mut self, carts: &HashMap<CartId, StoreResult<Cart>>) {
        let mut failed = None;
        for (id, read) in carts {
            if let Err(error) = read
                && !is_unknown(error)
            {
                self.shared.index().note_cart(*id);
                failed = Some(error);
            }
        }
        let was_failing = std::mem::replace(&mut self.failing, failed.is_some());
        if let Some(error) = failed {
            if !was_failing {
                log::warn!("carts cannot be read, and their pages are told later: {error}");
            }
            tokio::time::sleep(RETRY).await;
            self.shared.woken.notify_one();
        }
    }

    fn compare(&self, carts: &HashMap<CartId, StoreResult<Cart>>) -> Vec<CartNews> {
        let mut index = self.shared.index();
        let mut news = Vec::new();
        for (id, read) in carts {
            let cart = match read {
                Ok(cart) => Some(cart.clone()),
                Err(error) if is_unknown(error) => index.emptied(*id),
                Err(_) => None,
            };
            if let Some(cart) = cart
                && let Some(reason) = index.update(&cart)
            {
                news.push(self.news(cart, reason));
            }
        }
        news
    }

    fn news(&self, cart: Cart, reason: CartReason) -> CartNews {
        CartNews {
            cart,
            revision: self.revision,
            reason,
        }
    }

    fn open(&self, openings: Vec<Opening>, carts: &HashMap<CartId, StoreResult<Cart>>) {
        for opening in openings {
            let answer = match carts.get(&opening.id) {
                Some(Ok(cart)) => Ok(Some(self.followed(cart, opening.lease))),
                Some(Err(error)) if is_unknown(error) => Ok(None),
                _ => Err(BackingError),
            };
            // Who does not wait any more drops the lease with the answer.
            drop(opening.answer.send(answer));
        }
    }

    fn followed(&self, cart: &Cart, mut lease: Lease) -> FollowedCart {
        self.shared.index().follow(cart);
        lease.cart = Some(cart.id);
        FollowedCart {
            cart: cart.clone(),
            revision: self.revision,
            lease: Box::new(lease),
        }
    }
}

fn is_unknown(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound(Noun::Cart))
}
