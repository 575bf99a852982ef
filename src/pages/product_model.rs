//! A product on a page. Fields: see `views/partials/card.hbs`.

use std::collections::HashMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::format;
use crate::domain::field_spec::FieldSpec;
use crate::domain::field_value::FieldValue;
use crate::domain::product::Product;
use crate::i18n::Language;
use crate::images::is_servable;
use crate::protocol::amount::Amount;

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductModel {
    id: String,
    /// The fields of text, by their names.
    #[serde(flatten)]
    strings: HashMap<&'static str, String>,
    price: Amount,
    price_text: String,
    available: i64,
    stock_text: String,
    stock_state: &'static str,
    status: bool,
    version: i64,
    url: String,
    image: Option<ImageModel>,
    buyable: bool,
    eager: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct ImageModel {
    pub(super) src320: String,
    src960: String,
    pub(super) original: String,
    alt: String,
}

impl ImageModel {
    /// `None` for an entry that cannot be served.
    pub(super) fn of(entry: &str, alt: &str) -> Option<Self> {
        let name = is_servable(entry).then(|| segment(entry))?;
        Some(Self {
            src320: format!("/uploads/320/{name}.webp"),
            src960: format!("/uploads/960/{name}.webp"),
            original: format!("/uploads/{name}"),
            alt: alt.to_owned(),
        })
    }
}

impl ProductModel {
    pub(super) fn new(product: &Product, language: Language) -> Self {
        let available = product.available();
        Self {
            id: product.id.to_string(),
            strings: product.values().filter_map(text).collect(),
            price: Amount(product.price),
            price_text: format::price(language, product.price),
            available,
            stock_text: format::stock(language, product),
            stock_state: format::stock_state(product),
            status: product.status,
            version: product.version,
            url: format!("/products/{}", product.id),
            image: images(product).into_iter().next(),
            buyable: product.status && available > 0,
            eager: false,
        }
    }

    /// The template from which scripts make rows of new products.
    pub(super) fn blank(language: Language) -> Self {
        let product = Product {
            status: true,
            ..Product::default()
        };
        Self::new(&product, language)
    }

    /// Loads its image at once: it is probably visible without scrolling.
    pub(super) fn above_the_fold(mut self) -> Self {
        self.eager = true;
        self
    }
}

/// The product's images. Entries of older programs that are URLs instead of names are left out:
/// pages load nothing from other hosts.
pub(super) fn images(product: &Product) -> Vec<ImageModel> {
    let entries = product.thumbnails.iter();
    entries
        .filter_map(|entry| ImageModel::of(entry, &product.title))
        .collect()
}

fn text((field, value): (&'static FieldSpec, FieldValue<'_>)) -> Option<(&'static str, String)> {
    match value {
        FieldValue::Text(text) => Some((field.name, text.to_owned())),
        _ => None,
    }
}

/// Percent-encodes a file name as a path segment.
pub(super) fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::shared_cases;

    #[test]
    fn only_entries_that_are_names_of_files_are_pictures() {
        for case in shared_cases::of("pictures") {
            let image = ImageModel::of(case["entry"].as_str().expect("a string"), "");
            assert_eq!(
                case["src320"].as_str(),
                image.as_ref().map(|image| &*image.src320),
                "{case}"
            );
        }
    }
}
