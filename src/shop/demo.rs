//! The demo catalogue: a believable studio's goods, with the pictures that come in the binary.

use std::collections::HashMap;

use bytes::Bytes;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::{Shop, ShopResult};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::product::{NewProduct, RawProduct};
use crate::domain::product_query::ProductQuery;
use crate::images::ImageError;
use crate::store::StoreError;
use crate::text::Language;

#[derive(RustEmbed)]
#[folder = "demo/"]
struct DemoFiles;

/// A text in each language, by the language's code.
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

/// Fills an empty catalogue; returns how many products it put in, none into a catalogue that has
/// some.
///
/// # Errors
/// The store or the images' folder failed.
pub async fn fill_with_demo(shop: &Shop, language: Language) -> ShopResult<usize> {
    let one = ProductQuery {
        limit: 1,
        ..ProductQuery::default()
    };
    if shop.list_products(&one).await?.page.total > 0 {
        return Ok(0);
    }
    let goods = read_goods()?;
    let count = goods.len();
    for product in goods {
        add(shop, product, language).await?;
    }
    Ok(count)
}

fn read_goods() -> ShopResult<Vec<DemoProduct>> {
    let file =
        DemoFiles::get("products.json").ok_or_else(|| damaged("products.json is missing"))?;
    serde_json::from_slice(&file.data).map_err(|error| damaged(error).into())
}

async fn add(shop: &Shop, product: DemoProduct, language: Language) -> ShopResult<()> {
    let image = product.image.clone();
    let created = shop.create_product(product.parse(language)?).await?;
    let path = format!("images/{image}");
    let file = DemoFiles::get(&path).ok_or_else(|| damaged(format!("{path} is missing")))?;

    let taken = async {
        let mut spool = shop.images().spool(&image).await?;
        spool.write(Bytes::from(file.data.into_owned())).await?;
        spool.finish().await
    };
    let staged = taken.await.map_err(|error| match error {
        ImageError::Invalid(invalid) => damaged(invalid),
        ImageError::Io(io) => super::folder_failure(io),
    })?;
    shop.attach_pictures(created.id, vec![staged]).await?;
    Ok(())
}

impl DemoProduct {
    fn parse(self, language: Language) -> Result<NewProduct, ValidationError> {
        let given = |mut texts: Translations| match texts.remove(language.code()) {
            Some(text) => Field::Given(text),
            None => Field::Missing,
        };
        NewProduct::parse(RawProduct {
            title: given(self.title),
            description: given(self.description),
            category: given(self.category),
            code: Field::Given(self.code),
            price: Field::Given(self.price.to_string()),
            stock: Field::Given(self.stock),
            ..RawProduct::default()
        })
    }
}

/// The binary's own files are at fault.
fn damaged(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Internal(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_valid_in_every_language_and_has_its_pictures() {
        for language in Language::ALL {
            for product in read_goods().expect("readable") {
                let image = format!("images/{}", product.image);
                assert!(DemoFiles::get(&image).is_some(), "{image}");
                let code = product.code.clone();
                let parsed = product.parse(language);
                assert!(parsed.is_ok(), "{code} in {language}: {parsed:?}");
            }
        }
    }

    #[test]
    fn the_demo_has_scarce_goods_and_one_that_is_sold_out() {
        let goods = read_goods().expect("readable");
        assert!(goods.len() >= 24);
        assert_eq!(goods.iter().filter(|p| p.stock == 0).count(), 1);
        assert!(goods.iter().any(|p| (1..=3).contains(&p.stock)));
        let categories: std::collections::HashSet<_> =
            goods.iter().map(|p| p.category["en"].clone()).collect();
        assert!(categories.len() >= 5);
    }
}
