//! Images come and go together with the products that name them.

use super::{Shop, ShopResult, folder_failure};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::images::{Images, Staged};
use crate::store::{SharedStore, StoreError};

impl Shop {
    /// Places uploaded images and names them in the product: all of them or none.
    ///
    /// # Errors
    /// The store's refusal; then no image is left.
    pub async fn attach_pictures(&self, id: ProductId, staged: Vec<Staged>) -> ShopResult<Product> {
        let published = self.images.publish(staged).await.map_err(folder_failure)?;
        let names = published.names();
        match self.store.add_thumbnails(id, names.clone()).await {
            Ok(product) => {
                if let Err(error) = published.keep().await {
                    // The next start settles it: the product names them, so they stay.
                    log::warn!("images are placed, but their journal was not cleared: {error}");
                }
                Ok(product)
            }
            Err(error @ (StoreError::Unavailable(_) | StoreError::Internal(_))) => {
                // The names may be stored all the same: only a store that answers can tell.
                published.leave_unsettled();
                Err(error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes one image away from a product.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn remove_picture(&self, id: ProductId, name: &str) -> ShopResult<Product> {
        let product = self.store.remove_thumbnail(id, name).await?;
        self.drop_pictures(vec![name.to_owned()]).await;
        Ok(product)
    }

    pub(super) async fn drop_pictures(&self, names: Vec<String>) {
        drop_unnamed(&self.store, &self.images, names).await;
    }

    /// Decides about images that a crash left between their file and their product.
    ///
    /// # Errors
    /// The store or the folder failed.
    pub async fn settle_pictures(&self) -> ShopResult<()> {
        let names = self.images.unsettled().await.map_err(folder_failure)?;
        Ok(settle(&self.store, &self.images, names).await?)
    }
}

/// Removes those of these images that no product names. The change that freed them is stored:
/// a failure here is logged and leaves files to the next start.
pub(super) async fn drop_unnamed(store: &SharedStore, images: &Images, names: Vec<String>) {
    if names.is_empty() {
        return;
    }
    let settled = async {
        images.suspect(&names).await.map_err(folder_failure)?;
        settle(store, images, names).await
    };
    if let Err(error) = settled.await {
        log::warn!("images of a changed product are left for the next start: {error}");
    }
}

async fn settle(
    store: &SharedStore,
    images: &Images,
    names: Vec<String>,
) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let used = store.thumbnails_in_use(&names).await?;
    for name in names {
        let settled = images.settle(&name, used.contains(&name)).await;
        settled.map_err(folder_failure)?;
    }
    Ok(())
}
