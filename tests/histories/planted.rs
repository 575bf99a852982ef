//! The store with a bug around it.

use vitrina::domain::cart::WantedLines;
use vitrina::domain::ids::ProductId;

use crate::plant::Plant;
use crate::request::{Answer, C, Call, Edit, Kept, Order, P, Refusal, Request, Told};
use crate::till::{Till, encode, first, kept, patch, told};

impl Till {
    /// Does a call as the program would, or with the planted bug.
    pub(crate) async fn send(&self, call: &Call) -> Told {
        let Some(plant) = self.plant else {
            return self.ask(call).await;
        };
        self.note_prices(&call.request).await;
        match &call.request {
            Request::Purchase {
                cart,
                buyer,
                partial,
                ..
            } => {
                let (cart, buyer, partial) = (*cart, *buyer, *partial);
                match plant {
                    Plant::TotalIgnored => {
                        let request = Request::Purchase {
                            cart,
                            buyer,
                            total: None,
                            partial,
                        };
                        let key = call.key;
                        self.ask(&Call { request, key }).await
                    }
                    Plant::PartialSellsShortLines if partial => {
                        self.clamp(cart).await;
                        self.ask(call).await
                    }
                    Plant::HoldsOfOthersEnd => {
                        self.plainly(&Request::Expire { cart: None }).await;
                        self.ask(call).await
                    }
                    Plant::PriceOfTheCart => self.at_old_prices(cart, call).await,
                    _ => self.send_purchase(plant, cart, call).await,
                }
            }
            Request::Cancel { .. } => self.send_cancel(plant, call).await,
            _ => self.send_keyed(plant, call).await,
        }
    }

    async fn send_purchase(&self, plant: Plant, cart: C, call: &Call) -> Told {
        let before = self.stocks().await;
        let lines = self.content(cart).await;
        let told = self.send_keyed(plant, call).await;
        let bought = match &told.kept.answer {
            Answer::Bought { order, .. } if !told.replayed => Some(order.clone()),
            _ => None,
        };
        match (plant, bought) {
            (Plant::StockWrittenBack, Some(order)) => {
                for line in &order.lines {
                    let read = before.iter().find(|stock| stock.0 == line.product);
                    let Some((_, stock)) = read else { continue };
                    self.set_stock(line.product, stock - line.quantity).await;
                }
            }
            (Plant::StockTakenLater, Some(order)) => {
                self.give(&order, 1).await;
                self.give(&order, -1).await;
            }
            (Plant::CartEmptiedLater, Some(_)) => {
                self.fill(cart, &lines).await;
                self.fill(cart, &[]).await;
            }
            (Plant::PartialForgetsRest, Some(_)) => self.fill(cart, &[]).await,
            (Plant::RetryTakesAgain, _) if told.replayed => {
                if let Answer::Bought { order, .. } = &told.kept.answer {
                    self.give(order, -1).await;
                }
            }
            _ => return self.send_refused(plant, call, &before, told).await,
        }
        told
    }

    /// The bugs of what is done when a purchase is refused.
    async fn send_refused(
        &self,
        plant: Plant,
        call: &Call,
        before: &[(P, i64)],
        told: Told,
    ) -> Told {
        let plain = Call {
            request: call.request.clone(),
            key: None,
        };
        match (plant, &told.kept.answer) {
            (Plant::CheckedOutside, Answer::Refused(Refusal::LinesShort(left))) => {
                let had = |line: &crate::request::Left| {
                    let stock = before.iter().find(|stock| stock.0 == line.product);
                    stock.is_some_and(|stock| stock.1 >= line.quantity)
                };
                if !left.iter().all(had) {
                    return told;
                }
                for line in left {
                    self.set_stock(line.product, line.quantity).await;
                }
                self.ask(&plain).await
            }
            (Plant::NotForSaleIsSold, Answer::Refused(Refusal::NotForSale(product))) => {
                self.edit(*product, Edit::ForSale(true)).await;
                let sold = self.ask(&plain).await;
                self.edit(*product, Edit::ForSale(false)).await;
                sold
            }
            (Plant::WrongAvailable, Answer::Refused(Refusal::LinesShort(left))) => {
                let mut left = left.clone();
                for line in &mut left {
                    line.available = line.quantity;
                }
                Told {
                    kept: kept(Answer::Refused(Refusal::LinesShort(left))),
                    replayed: told.replayed,
                }
            }
            _ => told,
        }
    }

    /// The bugs of keys.
    async fn send_keyed(&self, plant: Plant, call: &Call) -> Told {
        let once = call.key.and_then(|key| self.once(key, &call.request));
        let (Some(once), Some(number)) = (once, call.key) else {
            return self.ask(call).await;
        };
        let key = self.key(number, &call.request);
        match plant {
            Plant::KeyIgnored => first(self.plainly(&call.request).await),
            Plant::KeyKeptBefore => {
                let lost = encode(&kept(Answer::Refused(Refusal::EmptyCart)));
                match told(self.store().keep_answer(key, lost).await) {
                    known if known.replayed => known,
                    _ => first(self.plainly(&call.request).await),
                }
            }
            Plant::KeyKeptAfter => {
                let done = self.plainly(&call.request).await;
                match told(self.store().keep_answer(key, encode(&done)).await) {
                    known if known.replayed => known,
                    _ => first(done),
                }
            }
            Plant::RefusalNotKept => {
                let told = told(self.store().answer_once(once).await);
                match told.kept.answer {
                    Answer::Refused(_) if told.replayed => first(self.plainly(&call.request).await),
                    _ => told,
                }
            }
            _ => self.ask(call).await,
        }
    }

    async fn send_cancel(&self, plant: Plant, call: &Call) -> Told {
        let before = self.store_read_cancelled(&call.request).await;
        let told = self.ask(call).await;
        if let Answer::Cancelled(order) = &told.kept.answer {
            match plant {
                Plant::CancelGivesTwice if before => self.give(order, 1).await,
                Plant::CancelGivesNothing if !before => self.give(order, -1).await,
                _ => {}
            }
        }
        told
    }

    async fn store_read_cancelled(&self, request: &Request) -> bool {
        let Request::Cancel { buyer } = request else {
            return false;
        };
        let id = self.names.orders.lock().expect("orders")[buyer];
        let order = self.store().order(id).await;
        order.is_ok_and(|order| order.cancelled.is_some())
    }

    /// Sells at the prices of when things were put into a cart.
    async fn at_old_prices(&self, cart: C, call: &Call) -> Told {
        let mut changed = Vec::new();
        for (product, _) in self.content(cart).await {
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
        let told = self.ask(call).await;
        for (product, now) in changed {
            self.edit(product, Edit::Price(now)).await;
        }
        told
    }

    async fn note_prices(&self, request: &Request) {
        if let Request::Add { product, .. } | Request::Set { product, .. } = request
            && let Some(price) = self.price(*product).await
        {
            let mut prices = self.cart_prices.lock().expect("prices");
            prices.insert(*product, price);
        }
    }

    /// Brings lines down to what there is.
    async fn clamp(&self, cart: C) {
        let stocks = self.stocks().await;
        for (product, quantity) in self.content(cart).await {
            let stock = stocks.iter().find(|stock| stock.0 == product);
            if let Some((_, stock)) = stock
                && (1..quantity).contains(stock)
            {
                let request = Request::Set {
                    cart,
                    product,
                    quantity: *stock,
                };
                let _: Kept = self.plainly(&request).await;
            }
        }
    }

    async fn price(&self, product: P) -> Option<i64> {
        let found = self.store().product(self.id(product)).await.ok()?;
        Some(found.price.minor())
    }

    async fn stocks(&self) -> Vec<(P, i64)> {
        let chunk = self.store().product_chunk(None, None, 100).await;
        let products = chunk.map(|chunk| chunk.products).unwrap_or_default();
        let stock = |p: &vitrina::domain::product::Product| (self.names.product(p.id), p.stock);
        products.iter().map(stock).collect()
    }

    async fn content(&self, cart: C) -> Vec<(P, i64)> {
        let cart = self.store().cart(self.names.carts[usize::from(cart)]).await;
        let lines = cart.map(|cart| cart.lines).unwrap_or_default();
        let line = |line: &vitrina::domain::cart::CartLine| {
            (self.names.product(line.product.id), line.quantity)
        };
        lines.iter().map(line).collect()
    }

    /// The second step of a bug may fail: then it stays the bug of before.
    async fn fill(&self, cart: C, lines: &[(P, i64)]) {
        let lines = lines.iter().map(|line| self.line(line.0, line.1));
        let lines = WantedLines::parse(lines.collect()).expect("lines");
        let cart = self.names.carts[usize::from(cart)];
        let _ = self.store().replace_cart(cart, lines).await;
    }

    async fn give(&self, order: &Order, times: i64) {
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
        self.names.products[usize::from(product)]
    }
}
