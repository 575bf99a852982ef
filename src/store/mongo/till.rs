//! The line at the till: buyers of one product buy one after the other.
//!
//! They wait before they take a place among the operations, so that a rush for one product leaves
//! room for everybody else. Who cannot be served is told so at once instead of being made to wait,
//! and when somebody in the line finds too little left, all behind look again.

use tokio::time::{Instant, timeout_at};

use super::MongoStore;
use super::collections::Collections;
use super::error::unavailable;
use super::turns::Turn;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::purchase::{PurchaseRequest, Purchased};
use crate::store::{StoreError, StoreResult};

/// What is left of a caller's time at least when its turn comes, in parts of the whole.
const RESERVE: u32 = 4;

impl MongoStore {
    /// Buys what a cart holds.
    pub(super) async fn purchase_in_turn(
        &self,
        cart: CartId,
        request: PurchaseRequest,
    ) -> StoreResult<Purchased> {
        let id = OrderId::generate()?;
        let deadline = self.driver.deadline();
        let turn = self.purchase_turn(cart, &request, deadline).await?;
        let base = self.collections.clone();
        let purchase = async move {
            let _turn = turn;
            let purchased = base.purchase(id, cart, &request).await;
            purchased.inspect_err(|refusal| base.tell_the_line(refusal))
        };
        self.driver.run_until(deadline, purchase).await
    }

    /// Waits for the turn at what a purchase would sell.
    ///
    /// # Errors
    /// The refusal, where nothing can be sold as it is.
    pub(super) async fn purchase_turn(
        &self,
        cart: CartId,
        request: &PurchaseRequest,
        deadline: Instant,
    ) -> StoreResult<Turn> {
        loop {
            let (base, request) = (self.collections.clone(), request.clone());
            let id = OrderId::generate()?;
            let look = async move { base.purchase_step(id, cart, &request).await };
            let (would_be, _) = self.driver.run_until(deadline, look).await?;
            let sold = would_be.order.lines.iter().map(|line| line.product);
            let sold: Vec<ProductId> = sold.collect();
            let turns = &self.collections.product_turns;
            tokio::select! {
                turn = self.product_turn(&sold, deadline) => return turn,
                () = turns.news(sold.iter().map(|id| id.bytes())) => {}
            }
        }
    }

    /// Waits for the turn at products, as long as there is time for what comes then.
    pub(super) async fn product_turn(
        &self,
        ids: &[ProductId],
        deadline: Instant,
    ) -> StoreResult<Turn> {
        let latest = deadline - (deadline - Instant::now()) / RESERVE;
        let turns = &self.collections.product_turns;
        timeout_at(latest, turns.of(ids.iter().map(|id| id.bytes())))
            .await
            .map_err(|_| unavailable("too many buyers wait for a product"))
    }
}

impl Collections {
    /// Has those who wait for products look again when there are too few of them.
    pub(super) fn tell_the_line(&self, refusal: &StoreError) {
        if let StoreError::LinesShort { lines } = refusal {
            let short = lines.iter().map(|line| line.product.bytes());
            self.product_turns.tell(short);
        }
    }
}
