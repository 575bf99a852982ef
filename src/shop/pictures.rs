//! Images come and go together with the products that name them.
//!
//! A name stands in the journal of images before the change that may leave its file without a product, and until
//! the store has told whether one names it. What ends in between, by whatever it ends, is settled at the next start.

use std::future::Future;

use super::{Shop, ShopResult, folder_failure, in_time};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::images::{Images, Staged};
use crate::store::{SharedStore, StoreError, StoreResult};

impl Shop {
    /// Places uploaded images and names them in the product: all of them or none.
    ///
    /// # Errors
    /// The store's refusal; then no image is left.
    pub async fn attach_pictures(&self, id: ProductId, staged: Vec<Staged>) -> ShopResult<Product> {
        let (store, images) = (self.store.clone(), self.images.clone());
        let attached = to_the_end(async move {
            let published = images.publish(staged).await.map_err(folder_failure)?;
            match store.add_thumbnails(id, published.names()).await {
                Ok(product) => {
                    if let Err(error) = published.keep().await {
                        // The next start settles it: the product names them, so they stay.
                        log::warn!("images are placed, but their journal was not cleared: {error}");
                    }
                    Ok(product)
                }
                Err(error) if may_be_stored(&error) => Err(error),
                Err(error) => {
                    published.withdraw().await;
                    Err(error)
                }
            }
        });
        in_time(attached).await
    }

    /// Takes one image away from a product.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn remove_picture(&self, id: ProductId, name: &str) -> ShopResult<Product> {
        let (store, name) = (self.store.clone(), name.to_owned());
        let names = vec![name.clone()];
        let removal = async move { store.remove_thumbnail(id, &name).await };
        let removed = freeing(&self.store, &self.images, names, removal, |_| Vec::new());
        in_time(removed).await
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

/// Makes a change that takes these images from products, as far as is known before it, and removes those that no
/// product names afterwards. `dropped` tells from its outcome what somebody added meanwhile and it took as well.
///
/// # Errors
/// The journal cannot be written, and nothing has changed; or the change's own.
pub(super) async fn freeing<T: Send + 'static>(
    store: &SharedStore,
    images: &Images,
    mut names: Vec<String>,
    change: impl Future<Output = StoreResult<T>> + Send + 'static,
    dropped: impl FnOnce(&T) -> Vec<String> + Send + 'static,
) -> ShopResult<T> {
    let (store, images) = (store.clone(), images.clone());
    to_the_end(async move {
        images.suspect(&names).await.map_err(folder_failure)?;
        let outcome = change.await;
        let settled = match &outcome {
            Err(error) if may_be_stored(error) => {
                images.leave(&names);
                return outcome;
            }
            Err(_) => settle(&store, &images, names).await,
            Ok(done) => {
                let mut late = dropped(done);
                late.retain(|name| !names.contains(name));
                let noted = images.suspect(&late).await.map_err(folder_failure);
                names.append(&mut late);
                settle(&store, &images, names).await.and(noted)
            }
        };
        if let Err(error) = settled {
            log::warn!("images of a changed product are left for the next start: {error}");
        }
        outcome
    })
    .await
}

/// Does what must not end half way, also when nobody waits for it any more.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = StoreResult<T>> + Send + 'static,
) -> ShopResult<T> {
    match tokio::spawn(work).await {
        Ok(outcome) => Ok(outcome?),
        Err(lost) => Err(StoreError::Internal(lost.into()).into()),
    }
}

/// Whether only a store that answers can tell what became of a change.
fn may_be_stored(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Internal(_))
}

async fn settle(
    store: &SharedStore,
    images: &Images,
    names: Vec<String>,
) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let used = match store.thumbnails_in_use(&names).await {
        Ok(used) => used,
        Err(error) => {
            images.leave(&names);
            return Err(error);
        }
    };
    let mut outcome = Ok(());
    for name in names {
        let settled = images.settle(&name, used.contains(&name)).await;
        outcome = outcome.and(settled.map_err(folder_failure));
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use futures_util::FutureExt;
    use tempfile::TempDir;
    use tokio::sync::oneshot;

    use super::*;
    use crate::domain::field::Field;
    use crate::domain::hold::HoldLength;
    use crate::domain::product::{NewProduct, RawProduct};
    use crate::store::Noun;
    use crate::store::open::{StoreUrl, open};

    const NAME: &str = "vase.png";

    /// A product with a picture.
    struct Home {
        folder: TempDir,
        store: SharedStore,
        images: Images,
        product: ProductId,
    }

    impl Home {
        async fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let url = StoreUrl::Sqlite(folder.path().join("shop.db"));
            let store = open(&url, HoldLength::OFF).await.unwrap();
            let images = Images::open(&folder.path().join("uploads")).await.unwrap();
            fs::write(folder.path().join("uploads").join(NAME), b"a vase").unwrap();
            let mut new = NewProduct::parse(RawProduct {
                title: Field::Given("Vase".into()),
                code: Field::Given("V-1".into()),
                price: Field::Given("1".into()),
                stock: Field::Given(1),
                ..RawProduct::default()
            })
            .unwrap();
            new.thumbnails = vec![NAME.to_owned()];
            let product = store.create_product(new).await.unwrap().id;
            Self {
                folder,
                store,
                images,
                product,
            }
        }

        /// Whether the picture is there, and whether it stands in the journal.
        fn found(&self) -> (bool, bool) {
            let uploads = self.folder.path().join("uploads");
            let is_noted = uploads.join(".journal").join(NAME).exists();
            (uploads.join(NAME).exists(), is_noted)
        }

        async fn freeing(&self, change: impl Future<Output = StoreResult<()>> + Send + 'static) {
            let names = vec![NAME.to_owned()];
            let freed = freeing(&self.store, &self.images, names, change, |()| Vec::new());
            drop(freed.await);
        }

        /// Takes the picture from the product, when it is told to.
        fn removal(
            &self,
            told: oneshot::Receiver<()>,
        ) -> impl Future<Output = StoreResult<()>> + use<> {
            let (store, id) = (self.store.clone(), self.product);
            async move {
                told.await.expect("a word");
                store.remove_thumbnail(id, NAME).await.map(drop)
            }
        }
    }

    #[tokio::test]
    async fn a_picture_is_noted_before_the_change_and_removed_behind_it() {
        let home = Home::new().await;
        let (tell, told) = oneshot::channel();
        let removal = home.removal(told);
        let mut freeing = Box::pin(home.freeing(removal));
        while home.found() != (true, true) {
            assert!(freeing.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        tell.send(()).unwrap();
        freeing.await;
        assert_eq!(home.found(), (false, false));
    }

    #[tokio::test]
    async fn a_change_that_nobody_waits_for_goes_to_its_end() {
        let home = Home::new().await;
        let (tell, told) = oneshot::channel();
        let removal = home.removal(told);
        assert!(home.freeing(removal).now_or_never().is_none());
        tell.send(()).unwrap();
        let gone = async {
            while home.found() != (false, false) {
                tokio::task::yield_now().await;
            }
        };
        let gone = tokio::time::timeout(Duration::from_secs(10), gone);
        assert!(gone.await.is_ok(), "{:?}", home.found());
    }

    #[tokio::test]
    async fn a_refused_change_leaves_all_as_it_was() {
        let home = Home::new().await;
        let refused = async { Err(StoreError::NotFound(Noun::Product)) };
        home.freeing(refused).await;
        assert_eq!(home.found(), (true, false));
    }

    #[tokio::test]
    async fn what_may_have_been_stored_is_settled_at_the_next_start() {
        let home = Home::new().await;
        home.freeing(async { Err(StoreError::Unavailable("late".into())) })
            .await;
        assert_eq!(home.found(), (true, true));
        assert_eq!(home.images.unsettled().await.unwrap(), [NAME]);
        settle(&home.store, &home.images, vec![NAME.to_owned()])
            .await
            .unwrap();
        assert_eq!(home.found(), (true, false));
    }
}
