//! The admin's edits. A version guards them or they can be repeated, so they need no key.

use super::images::{ImageCleanup, run_to_end};
use super::{Shop, ShopResult, in_time, storage_failure};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::ids::{ChatMessageId, OrderId, ProductId};
use crate::domain::order::Order;
use crate::domain::product::{Product, ProductPatch};
use crate::domain::upsert::dropped_by;

impl Shop {
    /// Changes some fields of a product. Images that are no longer used are removed.
    ///
    /// # Errors
    /// A new name without an image, or an error of the store.
    pub async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> ShopResult<Product> {
        let Some(names) = patch.thumbnails.clone() else {
            return Ok(self.store.update_product(id, patch, expected).await?);
        };
        in_time(async {
            let before = self.store.product(id).await?;
            self.check_images(&names, &before.thumbnails).await?;
            let dropped = dropped_by(&patch, &before);
            let (store, images) = (self.store.clone(), self.images.clone());
            run_to_end(async move {
                let cleanup = ImageCleanup::begin(&store, &images, dropped).await?;
                let result = store.update_product(id, patch, expected).await;
                cleanup.finish(result).await
            })
            .await
        })
        .await
    }

    /// Deletes a product and its images.
    pub async fn delete_product(
        &self,
        id: ProductId,
        expected: Option<i64>,
    ) -> ShopResult<Product> {
        in_time(async {
            let names = self.store.product(id).await?.thumbnails;
            let (store, images) = (self.store.clone(), self.images.clone());
            run_to_end(async move {
                let mut cleanup = ImageCleanup::begin(&store, &images, names).await?;
                let result = store.delete_product(id, expected).await;
                if let Ok(deleted) = &result {
                    cleanup.add(&deleted.thumbnails).await;
                }
                cleanup.finish(result).await
            })
            .await
        })
        .await
    }

    /// Cancels an order and returns its units to the stock, once.
    pub async fn cancel_order(&self, id: OrderId) -> ShopResult<Order> {
        Ok(self.store.cancel_order(id).await?)
    }

    pub async fn delete_message(&self, id: ChatMessageId) -> ShopResult<()> {
        Ok(self.store.delete_message(id).await?)
    }

    /// Each name must be of an uploaded image, or be among the `kept` entries of the product.
    pub(super) async fn check_images(&self, names: &[String], kept: &[String]) -> ShopResult<()> {
        let mut errors = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let known =
                kept.contains(name) || self.images.exists(name).await.map_err(storage_failure)?;
            if !known {
                let field = format!("thumbnails[{index}]");
                errors.push(FieldError::new(field, "does not name an uploaded image"));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ValidationError::Fields(errors).into())
        }
    }
}
