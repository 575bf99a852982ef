//! Images are stored and removed together with the products that name them.
//!
//! A change may leave an image file that no product names. So the names are in the images' journal
//! before the change, and until the store has reported whether a product names them. After a crash
//! or an unknown result, the next start resolves the names that are still in the journal.

use std::future::Future;

use super::{Shop, ShopResult, in_time, storage_failure};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::images::{Images, Staged};
use crate::store::{SharedStore, StoreError, StoreResult};

impl Shop {
    /// Stores uploaded images and adds their names to the product: all of them or none.
    pub async fn attach_images(&self, id: ProductId, staged: Vec<Staged>) -> ShopResult<Product> {
        let (store, images) = (self.store.clone(), self.images.clone());
        let attached = run_to_end(async move {
            let published = images.publish(staged).await.map_err(storage_failure)?;
            match store.add_thumbnails(id, published.names()).await {
                Ok(product) => {
                    if let Err(error) = published.keep().await {
                        // The next start finds that the product names them.
                        log::warn!("image journal not cleared: {error}");
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

    /// Removes one image from a product.
    pub async fn remove_image(&self, id: ProductId, name: &str) -> ShopResult<Product> {
        let (store, images, name) = (self.store.clone(), self.images.clone(), name.to_owned());
        let removed = run_to_end(async move {
            let cleanup = ImageCleanup::begin(&store, &images, vec![name.clone()]).await?;
            let result = store.remove_thumbnail(id, &name).await;
            cleanup.finish(result).await
        });
        in_time(removed).await
    }

    /// Keeps or removes the images that a crash left in the journal.
    pub async fn resolve_images(&self) -> ShopResult<()> {
        let names = self.images.pending().await.map_err(storage_failure)?;
        Ok(resolve(&self.store, &self.images, names).await?)
    }
}

/// Removes the images that a change takes from products, unless another product names them.
///
/// It must run in [`run_to_end`] together with the change. If it is dropped before
/// [`finish`](Self::finish), its names stay in the journal for the next start.
pub(super) struct ImageCleanup {
    store: SharedStore,
    images: Images,
    names: Vec<String>,
}

impl ImageCleanup {
    /// Writes to the journal the names that the change is going to drop.
    pub(super) async fn begin(
        store: &SharedStore,
        images: &Images,
        names: Vec<String>,
    ) -> StoreResult<Self> {
        images.journal_mark(&names).await.map_err(storage_failure)?;
        Ok(Self {
            store: store.clone(),
            images: images.clone(),
            names,
        })
    }

    /// Adds names that the change has dropped and that were not known before it.
    pub(super) async fn add(&mut self, dropped: &[String]) {
        let new = |name: &&String| !self.names.contains(name);
        let new: Vec<_> = dropped.iter().filter(new).cloned().collect();
        if let Err(error) = self.images.journal_mark(&new).await {
            log::warn!("image journal not written: {error}");
        }
        self.names.extend(new);
    }

    /// Removes the files that no product names after the change, and returns the change's result.
    pub(super) async fn finish<T>(self, result: StoreResult<T>) -> StoreResult<T> {
        match &result {
            Err(error) if may_be_stored(error) => self.images.defer(&self.names),
            _ => {
                if let Err(error) = resolve(&self.store, &self.images, self.names).await {
                    log::warn!("image cleanup deferred to next start: {error}");
                }
            }
        }
        result
    }
}

/// Runs work to its end, also when the caller stops waiting.
pub(super) async fn run_to_end<T: Send + 'static>(
    work: impl Future<Output = StoreResult<T>> + Send + 'static,
) -> ShopResult<T> {
    match tokio::spawn(work).await {
        Ok(result) => Ok(result?),
        Err(panicked) => Err(StoreError::Internal(panicked.into()).into()),
    }
}

/// Whether the change may have been stored in spite of this error.
fn may_be_stored(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Internal(_))
}

/// Keeps the images that a product names, removes the others, and clears their journal.
async fn resolve(store: &SharedStore, images: &Images, names: Vec<String>) -> StoreResult<()> {
    if names.is_empty() {
        return Ok(());
    }
    let used = match store.thumbnails_in_use(&names).await {
        Ok(used) => used,
        Err(error) => {
            images.defer(&names);
            return Err(error);
        }
    };
    let mut result = Ok(());
    for name in names {
        let resolved = images.resolve(&name, used.contains(&name)).await;
        result = result.and(resolved.map_err(storage_failure));
    }
    result
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
    use crate::domain::refusal::{Refusal, Resource};
    use crate::store::open::{StoreUrl, open};
    use crate::store::typed_commands::TypedCommands;

    const NAME: &str = "vase.png";

    #[derive(Debug, PartialEq, Eq)]
    struct ImageState {
        exists: bool,
        is_in_journal: bool,
    }

    const UNTOUCHED: ImageState = ImageState {
        exists: true,
        is_in_journal: false,
    };
    const MARKED: ImageState = ImageState {
        exists: true,
        is_in_journal: true,
    };
    const REMOVED: ImageState = ImageState {
        exists: false,
        is_in_journal: false,
    };

    /// A store with one product, which has one image.
    struct TestShop {
        directory: TempDir,
        store: SharedStore,
        images: Images,
        product: ProductId,
    }

    impl TestShop {
        async fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let url = StoreUrl::Sqlite(directory.path().join("shop.db"));
            let store = open(&url, HoldLength::OFF).await.unwrap();
            let uploads = directory.path().join("uploads");
            let images = Images::open(&uploads).await.unwrap();
            fs::write(uploads.join(NAME), b"a vase").unwrap();
            let mut new = NewProduct::parse(RawProduct {
                title: Field::Present("Vase".into()),
                code: Field::Present("V-1".into()),
                price: Field::Present("1".into()),
                stock: Field::Present(1),
                ..RawProduct::default()
            })
            .unwrap();
            new.thumbnails = vec![NAME.to_owned()];
            let product = store.create_product(new).await.unwrap().id;
            Self {
                directory,
                store,
                images,
                product,
            }
        }

        fn state(&self) -> ImageState {
            let uploads = self.directory.path().join("uploads");
            ImageState {
                exists: uploads.join(NAME).exists(),
                is_in_journal: uploads.join(".journal").join(NAME).exists(),
            }
        }

        /// Makes a change that drops `known` images and those that it returns.
        fn change<F>(&self, known: &[&str], change: F) -> impl Future<Output = ()> + use<F>
        where
            F: Future<Output = StoreResult<Vec<String>>> + Send + 'static,
        {
            let (store, images) = (self.store.clone(), self.images.clone());
            let known = known.iter().map(|&name| name.to_owned()).collect();
            run_to_end(async move {
                let mut cleanup = ImageCleanup::begin(&store, &images, known).await?;
                let result = change.await;
                if let Ok(dropped) = &result {
                    cleanup.add(dropped).await;
                }
                cleanup.finish(result).await
            })
            .map(drop)
        }

        /// Removes the image from the product, after a signal.
        fn removal(
            &self,
            signal: oneshot::Receiver<()>,
        ) -> impl Future<Output = StoreResult<Vec<String>>> + use<> {
            let (store, id) = (self.store.clone(), self.product);
            async move {
                signal.await.expect("a signal");
                store.remove_thumbnail(id, NAME).await.map(|_| Vec::new())
            }
        }
    }

    #[tokio::test]
    async fn an_image_is_in_the_journal_during_the_change_and_removed_after_it() {
        let shop = TestShop::new().await;
        let (signal, signalled) = oneshot::channel();
        let mut change = Box::pin(shop.change(&[NAME], shop.removal(signalled)));
        while shop.state() != MARKED {
            assert!(change.as_mut().now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        signal.send(()).unwrap();
        change.await;
        assert_eq!(shop.state(), REMOVED);
    }

    #[tokio::test]
    async fn an_image_that_was_added_meanwhile_is_removed_too() {
        let shop = TestShop::new().await;
        let (store, id) = (shop.store.clone(), shop.product);
        let deletion = async move { Ok(store.delete_product(id, None).await?.thumbnails) };
        shop.change(&[], deletion).await;
        assert_eq!(shop.state(), REMOVED);
    }

    #[tokio::test]
    async fn an_abandoned_change_runs_to_its_end() {
        let shop = TestShop::new().await;
        let (signal, signalled) = oneshot::channel();
        let change = shop.change(&[NAME], shop.removal(signalled));
        assert!(change.now_or_never().is_none());
        signal.send(()).unwrap();
        let removed = async {
            while shop.state() != REMOVED {
                tokio::task::yield_now().await;
            }
        };
        let removed = tokio::time::timeout(Duration::from_secs(10), removed);
        assert!(removed.await.is_ok(), "{:?}", shop.state());
    }

    #[tokio::test]
    async fn a_refused_change_leaves_the_image() {
        let shop = TestShop::new().await;
        let refused = async { Err(Refusal::NotFound(Resource::Product).into()) };
        shop.change(&[NAME], refused).await;
        assert_eq!(shop.state(), UNTOUCHED);
    }

    #[tokio::test]
    async fn a_change_with_an_unknown_result_is_resolved_at_the_next_start() {
        let shop = TestShop::new().await;
        let unknown = async { Err(StoreError::Unavailable("timed out".into())) };
        shop.change(&[NAME], unknown).await;
        assert_eq!(shop.state(), MARKED);
        assert_eq!(shop.images.pending().await.unwrap(), [NAME]);
        resolve(&shop.store, &shop.images, vec![NAME.to_owned()])
            .await
            .unwrap();
        assert_eq!(shop.state(), UNTOUCHED);
    }
}
