//! A store with an injected bug.

use vitrina::domain::cart::LineRequests;
use vitrina::domain::cart_change::CartChange;
use vitrina::domain::command::{Command, Conclusion};
use vitrina::domain::ids::ProductId;
use vitrina::domain::refusal;
use vitrina::shop::change_dispatcher::catalogue_entries;
use vitrina::store::StoreError;

use crate::driver::{Driver, first_reply, patch, saved};
use crate::mutant::Mutant;
use crate::request::{Answer, C, Call, Edit, Order, P, Refusal, Reply, Request, SavedAnswer};

impl Driver {
    /// Makes a call, with the mutant if there is one.
    pub(crate) async fn send(&self, call: &Call) -> Reply {
        let Some(mutant) = self.mutant else {
            return self.send_unmutated(call).await;
        };
        self.record_prices(&call.request).await;
        match &call.request {
            Request::Purchase {
                cart,
                buyer,
                partial,
                ..
            } => {
                let (cart, buyer, partial) = (*cart, *buyer, *partial);
                match mutant {
                    Mutant::TotalIgnored => {
                        let request = Request::Purchase {
                            cart,
                            buyer,
                            total: None,
                            partial,
                        };
                        let key = call.key;
                        self.send_unmutated(&Call { request, key }).await
                    }
                    Mutant::PartialSellsShortLines if partial => {
                        self.clamp_lines(cart).await;
                        self.send_unmutated(call).await
                    }
                    Mutant::PurchaseTakesHeldUnits => {
                        self.send_without_key(&Request::Expire { cart: None }).await;
                        self.send_unmutated(call).await
                    }
                    Mutant::CartPriceCharged => self.send_at_cart_prices(cart, call).await,
                    _ => self.send_purchase(mutant, cart, call).await,
                }
            }
            Request::Cancel { .. } => self.send_cancel(mutant, call).await,
            _ => self.send_keyed(mutant, call).await,
        }
    }

    async fn send_purchase(&self, mutant: Mutant, cart: C, call: &Call) -> Reply {
        let before = self.stocks().await;
        let lines = self.cart_lines(cart).await;
        let reply = self.send_keyed(mutant, call).await;
        let bought = match &reply.saved.answer {
            Answer::Bought { order, .. } if !reply.replayed => Some(order.clone()),
            _ => None,
        };
        match (mutant, bought) {
            (Mutant::StockWrittenBack, Some(order)) => {
                for line in &order.lines {
                    let read = before.iter().find(|stock| stock.0 == line.product);
                    let Some((_, stock)) = read else { continue };
                    self.set_stock(line.product, stock - line.quantity).await;
                }
            }
            (Mutant::StockTakenLater, Some(order)) => {
                self.change_stock(&order, 1).await;
                self.change_stock(&order, -1).await;
            }
            (Mutant::CartEmptiedLater, Some(_)) => {
                self.fill(cart, &lines).await;
                self.fill(cart, &[]).await;
            }
            (Mutant::PartialDropsRest, Some(_)) => self.fill(cart, &[]).await,
            (Mutant::RetrySellsAgain, _) if reply.replayed => {
                if let Answer::Bought { order, .. } = &reply.saved.answer {
                    self.change_stock(order, -1).await;
                }
            }
            _ => return self.send_refused(mutant, call, &before, reply).await,
        }
        reply
    }

    /// Mutants of refused purchases.
    async fn send_refused(
        &self,
        mutant: Mutant,
        call: &Call,
        before: &[(P, i64)],
        reply: Reply,
    ) -> Reply {
        let plain = Call {
            request: call.request.clone(),
            key: None,
        };
        match (mutant, &reply.saved.answer) {
            (Mutant::CheckedOutside, Answer::Refused(Refusal::LinesShort(left))) => {
                let was_available = |line: &crate::request::ShortLine| {
                    let stock = before.iter().find(|stock| stock.0 == line.product);
                    stock.is_some_and(|stock| stock.1 >= line.quantity)
                };
                if !left.iter().all(was_available) {
                    return reply;
                }
                for line in left {
                    self.set_stock(line.product, line.quantity).await;
                }
                self.send_unmutated(&plain).await
            }
            (Mutant::NotForSaleSold, Answer::Refused(Refusal::NotForSale(product))) => {
                self.edit(*product, Edit::ForSale(true)).await;
                let sold = self.send_unmutated(&plain).await;
                self.edit(*product, Edit::ForSale(false)).await;
                sold
            }
            (Mutant::AvailableWrong, Answer::Refused(Refusal::LinesShort(left))) => {
                let mut left = left.clone();
                for line in &mut left {
                    line.available = line.quantity;
                }
                Reply {
                    saved: saved(Answer::Refused(Refusal::LinesShort(left))),
                    replayed: reply.replayed,
                }
            }
            _ => reply,
        }
    }

    /// Mutants of idempotency keys.
    async fn send_keyed(&self, mutant: Mutant, call: &Call) -> Reply {
        let Some((number, command)) = call.key.zip(self.command(&call.request)) else {
            return self.send_unmutated(call).await;
        };
        let key = self.key(number, &call.request);
        match mutant {
            Mutant::KeyIgnored => first_reply(self.send_without_key(&call.request).await),
            Mutant::KeySavedBefore => {
                let placeholder = Conclusion::Refused(refusal::Refusal::EmptyCart);
                match self.reply(self.store().save_conclusion(key, placeholder).await) {
                    known if known.replayed => known,
                    _ => first_reply(self.send_without_key(&call.request).await),
                }
            }
            Mutant::KeySavedAfter => {
                let conclusion = match self.store().execute(command).await {
                    Ok(outcome) => Conclusion::Done(outcome),
                    Err(StoreError::Refused(refusal)) => Conclusion::Refused(refusal),
                    Err(error) => return self.reply(Err(error)),
                };
                self.reply(self.store().save_conclusion(key, conclusion).await)
            }
            Mutant::RefusalNotSaved => {
                let reply = self.reply(self.store().execute_once(command, key).await);
                match reply.saved.answer {
                    Answer::Refused(_) if reply.replayed => {
                        first_reply(self.send_without_key(&call.request).await)
                    }
                    _ => reply,
                }
            }
            _ => self.send_unmutated(call).await,
        }
    }

    async fn send_cancel(&self, mutant: Mutant, call: &Call) -> Reply {
        let was_cancelled = self.is_cancelled(&call.request).await;
        let reply = self.send_unmutated(call).await;
        if let Answer::Cancelled(order) = &reply.saved.answer {
            match mutant {
                Mutant::CancelRestocksTwice if was_cancelled => self.change_stock(order, 1).await,
                Mutant::CancelRestocksNothing if !was_cancelled => {
                    self.change_stock(order, -1).await
                }
                _ => {}
            }
        }
        reply
    }

    async fn is_cancelled(&self, request: &Request) -> bool {
        let Request::Cancel { buyer } = request else {
            return false;
        };
        let id = self.ids.orders.lock().expect("orders")[buyer];
        let order = self.store().order(id).await;
        order.is_ok_and(|order| order.cancelled.is_some())
    }

    /// Sells at the prices from when the products were put into the cart.
    async fn send_at_cart_prices(&self, cart: C, call: &Call) -> Reply {
        let mut changed = Vec::new();
        for (product, _) in self.cart_lines(cart).await {
            let old = self
                .cart_prices
                .lock()
                .expect("prices")
                .get(&product)
                .copied();
            let now = self.price(product).await;
            if let (Some(old), Some(now)) = (old, now)
                && old != now
            {
                self.edit(product, Edit::Price(old)).await;
                changed.push((product, now));
            }
        }
        let reply = self.send_unmutated(call).await;
        for (product, now) in changed {
            self.edit(product, Edit::Price(now)).await;
        }
        reply
    }

    async fn record_prices(&self, request: &Request) {
        if let Request::Add { product, .. } | Request::Set { product, .. } = request
            && let Some(price) = self.price(*product).await
        {
            let mut prices = self.cart_prices.lock().expect("prices");
            prices.insert(*product, price);
        }
    }

    /// Reduces the quantities of lines to the stock.
    async fn clamp_lines(&self, cart: C) {
        let stocks = self.stocks().await;
        for (product, quantity) in self.cart_lines(cart).await {
            let stock = stocks.iter().find(|stock| stock.0 == product);
            if let Some((_, stock)) = stock
                && (1..quantity).contains(stock)
            {
                let request = Request::Set {
                    cart,
                    product,
                    quantity: *stock,
                };
                let _: SavedAnswer = self.send_without_key(&request).await;
            }
        }
    }

    async fn price(&self, product: P) -> Option<i64> {
        let found = self.store().product(self.id(product)).await.ok()?;
        Some(found.price.minor())
    }

    async fn stocks(&self) -> Vec<(P, i64)> {
        let entries = catalogue_entries(self.store()).await.unwrap_or_default();
        let products = entries.iter().map(|entry| entry.product());
        let stock = products.map(|product| (self.ids.product(product.id), product.stock));
        stock.collect()
    }

    async fn cart_lines(&self, cart: C) -> Vec<(P, i64)> {
        let cart = self.store().cart(self.ids.carts[usize::from(cart)]).await;
        let lines = cart.map(|cart| cart.lines).unwrap_or_default();
        let line = |line: &vitrina::domain::cart::CartLine| {
            (self.ids.product(line.product.id), line.quantity)
        };
        lines.iter().map(line).collect()
    }

    /// Errors are ignored: a mutant whose second step fails is still a bug.
    async fn fill(&self, cart: C, lines: &[(P, i64)]) {
        let lines = lines.iter().map(|line| self.line(line.0, line.1));
        let lines = LineRequests::parse(lines.collect()).expect("lines");
        let cart = self.ids.carts[usize::from(cart)];
        let change = CartChange::Replace(lines);
        let _ = self
            .store()
            .execute(Command::ChangeCart(cart, change))
            .await;
    }

    async fn change_stock(&self, order: &Order, times: i64) {
        for line in &order.lines {
            if let Ok(product) = self.store().product(self.id(line.product)).await {
                self.set_stock(line.product, product.stock + times * line.quantity)
                    .await;
            }
        }
    }

    async fn set_stock(&self, product: P, stock: i64) {
        self.edit(product, Edit::Stock(stock.max(0))).await;
    }

    async fn edit(&self, product: P, edit: Edit) {
        let _ = self
            .store()
            .update_product(self.id(product), patch(edit), None)
            .await;
    }

    fn id(&self, product: P) -> ProductId {
        self.ids.products[usize::from(product)]
    }
}
