//! Carts that open pages follow: finds those that changes affect, and sends their new states.
//!
//! The change dispatcher only marks changes. One task reads the affected carts, several at a time,
//! and sends their new states to the product hub, which adds them to the stream. A new follower
//! gets its first state from the same task. So the states of a cart have one order, and none is
//! lost between the first state of a page and the next.

mod index;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::Addr;
use futures_util::StreamExt;
use tokio::sync::{Notify, mpsc, oneshot};

use self::index::Index;
use super::panic_guard::catch_panic;
use crate::domain::cart::Cart;
use crate::domain::cart_transition::CartReason;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::refusal::{Refusal, Resource};
use crate::realtime::{CartUpdate, FollowedCart, NotifyCarts, ProductHub, ShopApiError};
use crate::store::{SharedStore, StoreError, StoreResult};

/// Pages that wait for their first state; more wait for a place in the queue.
const OPEN_QUEUE: usize = 1_024;
/// Carts that are read at the same time.
const READS: usize = 16;
/// The pause after carts could not be read.
const RETRY: Duration = Duration::from_millis(200);

/// A handle to the task that watches carts.
#[derive(Debug, Clone)]
pub struct CartWatch {
    shared: Arc<Shared>,
    tx: mpsc::Sender<OpenRequest>,
}

#[derive(Debug, Default)]
struct Shared {
    index: Mutex<Index>,
    /// Pages that follow a cart or are about to. Without any, changes are not marked.
    followers: AtomicUsize,
    changed: Notify,
}

struct OpenRequest {
    id: CartId,
    lease: CartSubscription,
    reply: oneshot::Sender<Result<Option<FollowedCart>, ShopApiError>>,
}

/// The products and carts of a batch of changes.
#[derive(Default)]
pub struct AffectedCarts {
    products: Vec<ProductId>,
    carts: Vec<CartId>,
}

impl AffectedCarts {
    pub fn add(&mut self, change: &Change) {
        match &change.kind {
            ChangeKind::Product(product) => self.products.push(product.id),
            ChangeKind::Cart(id) => self.carts.push(*id),
            ChangeKind::MessageAppended(_) | ChangeKind::MessageDeleted { .. } => {}
        }
    }
}

impl CartWatch {
    /// Starts the task; must run inside an actix system.
    pub fn start(store: SharedStore, hub: Addr<ProductHub>) -> Self {
        let shared = Arc::<Shared>::default();
        let (tx, rx) = mpsc::channel(OPEN_QUEUE);
        let watcher = CartWatcher {
            store,
            hub,
            shared: Arc::clone(&shared),
            revision: 0,
            failing: false,
        };
        actix::spawn(watcher.run(rx));
        Self { shared, tx }
    }

    /// Marks changes; returns at once.
    pub fn mark(&self, affected: AffectedCarts) {
        if self.shared.followers.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut index = self.shared.index();
        for id in affected.products {
            index.mark_product(id);
        }
        for id in affected.carts {
            index.mark_cart(id);
        }
        drop(index);
        self.shared.changed.notify_one();
    }

    /// Follows a cart from its current state on; `None` for an unknown cart.
    pub async fn follow(&self, id: CartId) -> Result<Option<FollowedCart>, ShopApiError> {
        let (reply, followed) = oneshot::channel();
        let lease = CartSubscription::new(&self.shared);
        let request = OpenRequest { id, lease, reply };
        self.tx.send(request).await.map_err(|_| ShopApiError)?;
        followed.await.map_err(|_| ShopApiError)?
    }
}

impl Shared {
    fn index(&self) -> MutexGuard<'_, Index> {
        // A panic may leave a cart with too many or too few followers, but the maps are intact.
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One follower; dropping it ends the subscription.
struct CartSubscription {
    shared: Arc<Shared>,
    /// Set once the cart is in the index.
    cart: Option<CartId>,
}

impl CartSubscription {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.followers.fetch_add(1, Ordering::AcqRel);
        Self {
            shared: Arc::clone(shared),
            cart: None,
        }
    }
}

impl Drop for CartSubscription {
    fn drop(&mut self) {
        if let Some(id) = self.cart {
            self.shared.index().release(id);
        }
        self.shared.followers.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Reads carts and notifies their followers.
struct CartWatcher {
    store: SharedStore,
    hub: Addr<ProductHub>,
    shared: Arc<Shared>,
    revision: u64,
    /// The last read failed.
    failing: bool,
}

impl CartWatcher {
    async fn run(mut self, mut rx: mpsc::Receiver<OpenRequest>) {
        loop {
            let mut requests = Vec::new();
            tokio::select! {
                count = rx.recv_many(&mut requests, OPEN_QUEUE) => if count == 0 { return },
                () = self.shared.changed.notified() => {}
            }
            let pass = self.pass(requests);
            if catch_panic("cart watcher", pass).await.is_none() {
                self.shared.index().mark_everything();
                tokio::time::sleep(RETRY).await;
                self.shared.changed.notify_one();
            }
        }
    }

    /// Reads all affected and requested carts once.
    async fn pass(&mut self, requests: Vec<OpenRequest>) {
        self.revision += 1;
        let mut ids = self.shared.index().take_affected();
        ids.extend(requests.iter().map(|request| request.id));
        let carts = self.read(ids).await;
        let updates = self.updates(&carts);
        self.open(requests, &carts);
        if !updates.is_empty()
            && let Err(error) = self.hub.send(NotifyCarts(updates)).await
        {
            log::error!("cart update not sent: {error}");
        }
    }

    async fn read(&mut self, ids: HashSet<CartId>) -> HashMap<CartId, StoreResult<Cart>> {
        let store = &self.store;
        let carts: HashMap<_, _> = futures_util::stream::iter(ids)
            .map(|id| async move { (id, store.cart(id).await) })
            .buffer_unordered(READS)
            .collect()
            .await;
        self.retry_failures(&carts).await;
        carts
    }

    /// Marks carts that could not be read again.
    async fn retry_failures(&mut self, carts: &HashMap<CartId, StoreResult<Cart>>) {
        let mut failed = None;
        for (id, read) in carts {
            if let Err(error) = read
                && !is_unknown(error)
            {
                self.shared.index().mark_cart(*id);
                failed = Some(error);
            }
        }
        let was_failing = std::mem::replace(&mut self.failing, failed.is_some());
        if let Some(error) = failed {
            if !was_failing {
                log::warn!("carts unreadable, updates delayed: {error}");
            }
            tokio::time::sleep(RETRY).await;
            self.shared.changed.notify_one();
        }
    }

    fn updates(&self, carts: &HashMap<CartId, StoreResult<Cart>>) -> Vec<CartUpdate> {
        let mut index = self.shared.index();
        let mut updates = Vec::new();
        for (id, read) in carts {
            let cart = match read {
                Ok(cart) => Some(cart.clone()),
                Err(error) if is_unknown(error) => index.emptied(*id),
                Err(_) => None,
            };
            if let Some(cart) = cart
                && let Some(reason) = index.update(&cart)
            {
                updates.push(self.update(cart, reason));
            }
        }
        updates
    }

    fn update(&self, cart: Cart, reason: CartReason) -> CartUpdate {
        CartUpdate {
            cart,
            revision: self.revision,
            reason,
        }
    }

    fn open(&self, requests: Vec<OpenRequest>, carts: &HashMap<CartId, StoreResult<Cart>>) {
        for OpenRequest { id, lease, reply } in requests {
            let result = match carts.get(&id) {
                Some(Ok(cart)) => Ok(Some(self.followed(cart, lease))),
                Some(Err(error)) if is_unknown(error) => Ok(None),
                _ => Err(ShopApiError),
            };
            // A client that is gone drops its lease with the reply.
            drop(reply.send(result));
        }
    }

    fn followed(&self, cart: &Cart, mut lease: CartSubscription) -> FollowedCart {
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
    matches!(
        error,
        StoreError::Refused(Refusal::NotFound(Resource::Cart))
    )
}
