//! Steps of the shop that a client may ask for under an idempotency key.

use super::{Shop, ShopResult, in_time};
use crate::domain::idempotency::IdempotencyKey;
use crate::store::{Effect, KeyedRequest, Once, Reply};

impl Shop {
    /// Does a step, as often as it is asked for.
    ///
    /// # Errors
    /// Those of the step itself.
    pub async fn perform(&self, request: KeyedRequest) -> ShopResult<Effect> {
        Ok(match request {
            KeyedRequest::CreateProduct(new) => Effect::Product(self.create_product(new).await?),
            KeyedRequest::CreateCart(lines) => Effect::Cart(self.create_cart(lines).await?),
            KeyedRequest::AddToCart(cart, line) => {
                Effect::Cart(self.add_to_cart(cart, line.product, line.quantity).await?)
            }
            KeyedRequest::SetCartLine(cart, line) => Effect::Cart(
                self.set_cart_line(cart, line.product, line.quantity)
                    .await?,
            ),
            KeyedRequest::ReplaceCart(cart, lines) => {
                Effect::Cart(self.replace_cart(cart, lines).await?)
            }
            KeyedRequest::RemoveCartLine(cart, product) => {
                Effect::Cart(self.remove_cart_line(cart, product).await?)
            }
            KeyedRequest::Purchase(cart, request) => {
                Effect::Purchase(self.purchase(cart, request).await?)
            }
            KeyedRequest::AppendMessage(new) => Effect::Message(self.append_message(new).await?),
        })
    }

    /// Does a step once, and tells what was answered then.
    ///
    /// # Errors
    /// An image that is not here, a muted author, a key that was used for another request, or a failure of the
    /// store. A final refusal by the store is an answer.
    pub async fn perform_once(&self, once: Once) -> ShopResult<Reply> {
        in_time(async {
            match &once.request {
                KeyedRequest::CreateProduct(new) => {
                    self.check_pictures(&new.thumbnails, &[]).await?;
                }
                KeyedRequest::AppendMessage(new) => self.check_not_muted(&new.user).await?,
                _ => {}
            }
            Ok(self.store.answer_once(once).await?)
        })
        .await
    }

    /// Keeps the answer to a request that had no effect, unless its key was answered before.
    ///
    /// # Errors
    /// A key that was used for another request, or a failure of the store.
    pub async fn keep_answer(&self, key: IdempotencyKey, answer: Vec<u8>) -> ShopResult<Reply> {
        Ok(self.store.keep_answer(key, answer).await?)
    }
}
