//! Money as JSON.

use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::money::Money;

/// A JSON number of major units: `86`, not `86.0`, for a whole amount.
#[derive(Debug, Clone, Copy)]
pub struct Amount(pub Money);

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0))
            .multiple_of(Some(0.01))
            .into()
    }
}

impl ToSchema for Amount {}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let minor = self.0.minor();
        if minor % 100 == 0 {
            serializer.serialize_i64(minor / 100)
        } else {
            serializer.serialize_f64(self.0.to_f64())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_amount_has_no_decimals() {
        for (minor, json) in [(8_600, "86"), (1_999, "19.99"), (10, "0.1"), (0, "0")] {
            let amount = Amount(Money::from_minor(minor));
            assert_eq!(serde_json::to_string(&amount).unwrap(), json);
        }
    }
}
