//! The catalogue's use cases.

use super::pictures::freeing;
use super::{Shop, ShopResult, folder_failure, in_time};
use crate::domain::broken::BrokenProducts;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::domain::product::{NewProduct, Product, ProductPatch};
use crate::domain::product_query::{ProductPage, ProductQuery};
use crate::domain::upsert::dropped_by;

/// A page of the catalogue, and the place in the product stream that it holds at least.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The page.
    pub page: ProductPage,
    /// From here on the stream tells what changed since.
    pub cursor: Position,
}

impl Shop {
    /// Puts a product into the catalogue.
    ///
    /// # Errors
    /// An image that is not here, or the store's refusal.
    pub async fn create_product(&self, new: NewProduct) -> ShopResult<Product> {
        self.check_pictures(&new.thumbnails, &[]).await?;
        Ok(self.store.create_product(new).await?)
    }

    /// One product.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn product(&self, id: ProductId) -> ShopResult<Product> {
        Ok(self.store.product(id).await?)
    }

    /// A page of the catalogue.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn list_products(&self, query: &ProductQuery) -> ShopResult<Listing> {
        let cursor = self.heads.products.get().cursor;
        let page = self.store.list_products(query).await?;
        Ok(Listing { page, cursor })
    }

    /// The categories in use.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn categories(&self) -> ShopResult<Vec<String>> {
        Ok(self.store.categories().await?)
    }

    /// The first `limit` products that break a rule.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn broken_products(&self, limit: u32) -> ShopResult<BrokenProducts> {
        Ok(self.store.broken_products(limit).await?)
    }

    /// Changes some fields of a product. Images that no product names any more are removed.
    ///
    /// # Errors
    /// An image that is not here, or the store's refusal.
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
            self.check_pictures(&names, &before.thumbnails).await?;
            let (store, dropped) = (self.store.clone(), dropped_by(&patch, &before));
            let update = async move { store.update_product(id, patch, expected).await };
            freeing(&self.store, &self.images, dropped, update, |_| Vec::new()).await
        })
        .await
    }

    /// Takes a product out of the catalogue, its images with it.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn delete_product(
        &self,
        id: ProductId,
        expected: Option<i64>,
    ) -> ShopResult<Product> {
        in_time(async {
            let store = self.store.clone();
            let names = store.product(id).await?.thumbnails;
            let deletion = async move { store.delete_product(id, expected).await };
            let dropped = |deleted: &Product| deleted.thumbnails.clone();
            freeing(&self.store, &self.images, names, deletion, dropped).await
        })
        .await
    }

    /// Names must be of images that are here, or be entries that the product has already.
    pub(super) async fn check_pictures(&self, names: &[String], kept: &[String]) -> ShopResult<()> {
        let mut errors = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let known =
                kept.contains(name) || self.images.exists(name).await.map_err(folder_failure)?;
            if !known {
                let field = format!("thumbnails[{index}]");
                errors.push(FieldError::new(field, "is no uploaded image"));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ValidationError::Fields(errors).into())
        }
    }
}
