//! The demo catalogue; its files are in the binary.

use std::collections::HashMap;

use bytes::Bytes;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::{Shop, ShopResult};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::product::{NewProduct, RawProduct};
use crate::i18n::Language;
use crate::images::ImageError;
use crate::store::StoreError;

#[derive(RustEmbed)]
#[folder = "demo/"]
struct DemoFiles;

/// A string in each language, by the language's code.
type Translations = HashMap<String, String>;

#[derive(Deserialize)]
struct DemoProduct {
    code: String,
    title: Translations,
    description: Translations,
    category: Translations,
    price: serde_json::Number,
    stock: i64,
    image: String,
}

/// Adds the demo products to an empty catalogue, and returns how many were added.
pub async fn fill_with_demo(shop: &Shop, language: Language) -> ShopResult<usize> {
    if !shop.is_empty().await? {
        return Ok(0);
    }
    let products = read_products()?;
    let count = products.len();
    for product in products {
        add(shop, product, language).await?;
    }
    Ok(count)
}

fn read_products() -> ShopResult<Vec<DemoProduct>> {
    let file =
        DemoFiles::get("products.json").ok_or_else(|| damaged("products.json is missing"))?;
    serde_json::from_slice(&file.data).map_err(|error| damaged(error).into())
}

async fn add(shop: &Shop, product: DemoProduct, language: Language) -> ShopResult<()> {
    let image = product.image.clone();
    let created = shop.create_product(product.parse(language)?).await?;
    let path = format!("images/{image}");
    let file = DemoFiles::get(&path).ok_or_else(|| damaged(format!("{path} is missing")))?;

    let staged = async {
        let mut spool = shop.images().spool(&image).await?;
        spool.write(Bytes::from(file.data.into_owned())).await?;
        spool.finish().await
    };
    let staged = staged.await.map_err(|error| match error {
        ImageError::Invalid(invalid) => damaged(invalid),
        ImageError::Io(io) => super::storage_failure(io),
    })?;
    shop.attach_images(created.id, vec![staged]).await?;
    Ok(())
}

impl DemoProduct {
    fn parse(self, language: Language) -> Result<NewProduct, ValidationError> {
        let translated = |mut strings: Translations| match strings.remove(language.code()) {
            Some(string) => Field::Present(string),
            None => Field::Missing,
        };
        NewProduct::parse(RawProduct {
            title: translated(self.title),
            description: translated(self.description),
            category: translated(self.category),
            code: Field::Present(self.code),
            price: Field::Present(self.price.to_string()),
            stock: Field::Present(self.stock),
            ..RawProduct::default()
        })
    }
}

/// An error in the embedded files.
fn damaged(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Internal(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_products_are_valid_in_every_language_and_have_images() {
        for language in Language::ALL {
            for product in read_products().expect("readable") {
                let image = format!("images/{}", product.image);
                assert!(DemoFiles::get(&image).is_some(), "{image}");
                let code = product.code.clone();
                let parsed = product.parse(language);
                assert!(parsed.is_ok(), "{code} in {language}: {parsed:?}");
            }
        }
    }

    #[test]
    fn the_demo_has_scarce_products_and_one_that_is_sold_out() {
        let products = read_products().expect("readable");
        assert!(products.len() >= 24);
        assert_eq!(products.iter().filter(|p| p.stock == 0).count(), 1);
        assert!(products.iter().any(|p| (1..=3).contains(&p.stock)));
        let categories: std::collections::HashSet<_> =
            products.iter().map(|p| p.category["en"].clone()).collect();
        assert!(categories.len() >= 5);
    }
}
