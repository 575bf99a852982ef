//! Products that break a rule, for the admin.

use std::collections::{BTreeMap, HashMap};

use super::Catalogue;
use crate::domain::invalid_product::{InvalidProduct, InvalidProducts, ProductIssue};
use crate::domain::product::Product;

impl Catalogue {
    /// The first `limit` products that break a rule, in the order of ids. Looks at every product.
    pub fn invalid_products(&self, limit: usize) -> InvalidProducts {
        let mut counts = HashMap::new();
        for code in self.entries().filter_map(|entry| code(entry.product())) {
            *counts.entry(code).or_insert(0) += 1;
        }
        let is_shared = |product| code(product).is_some_and(|code| counts[code] > 1);
        let broken: BTreeMap<_, _> = self
            .entries()
            .map(|entry| entry.product())
            .filter(|product| !product.invalid_fields.is_empty() || is_shared(product))
            .map(|product| (product.id, product))
            .collect();
        let listed = broken.values().take(limit);
        InvalidProducts {
            products: listed
                .map(|product| InvalidProduct {
                    product: Product::clone(product),
                    faults: faults(product, is_shared(product)),
                })
                .collect(),
            has_more: broken.len() > limit,
        }
    }
}

/// The code of a product that has a valid one.
fn code(product: &Product) -> Option<&str> {
    let is_valid = !product.invalid_fields.contains(&"code");
    is_valid.then_some(&product.code)
}

fn faults(product: &Product, has_shared_code: bool) -> Vec<ProductIssue> {
    let fields = product.invalid_fields.iter().copied();
    let unreadable = fields.map(ProductIssue::Unreadable);
    let shared = has_shared_code.then_some(ProductIssue::SharedCode);
    unreadable.chain(shared).collect()
}
