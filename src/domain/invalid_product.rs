//! Products that break the rules because other programs wrote them; an admin should fix them.

use super::product::Product;

/// A stored product that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidProduct {
    /// With defaults in place of unreadable fields, as it is shown.
    pub product: Product,
    /// At least one.
    pub faults: Vec<ProductIssue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductIssue {
    /// The stored value of this field is invalid. The product is not for sale until it is fixed.
    Unreadable(&'static str),
    /// Another product has the same code.
    SharedCode,
}

impl ProductIssue {
    /// The field to fix.
    pub fn field(self) -> &'static str {
        match self {
            Self::Unreadable(field) => field,
            Self::SharedCode => "code",
        }
    }
}

/// The first invalid products, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvalidProducts {
    pub products: Vec<InvalidProduct>,
    pub has_more: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_names_the_field_to_fix() {
        assert_eq!(ProductIssue::Unreadable("price").field(), "price");
        assert_eq!(ProductIssue::SharedCode.field(), "code");
    }
}
