//! Products that break the rules: other programs wrote them, and somebody should mend them.

use super::product::Product;

/// A product that is not as the rules want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenProduct {
    /// As it is shown: with defaults for what cannot be read.
    pub product: Product,
    /// What is wrong with it, at least one thing.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong with a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What is stored in this field is no value that it can have. The product is not for sale until it is mended.
    Unreadable(&'static str),
    /// Another product has its code.
    SharedCode,
}

impl Fault {
    /// The field to mend.
    pub fn field(self) -> &'static str {
        match self {
            Self::Unreadable(field) => field,
            Self::SharedCode => "code",
        }
    }
}

/// The first of the products that break the rules, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BrokenProducts {
    /// Those that were asked for.
    pub products: Vec<BrokenProduct>,
    /// Whether there are more.
    pub has_more: bool,
}
