//! Idempotency keys: a command under a key is executed once, however often it is sent.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{StoreError, StoreResult};
use crate::domain::command::Conclusion;

/// How long a record is kept.
pub const RECORD_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Most records that are kept at once.
pub const MAX_RECORDS: u64 = 1_000_000;

/// A keyed command after its execution, now or earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    pub saved: Saved,
    /// The key already had a record: the command was not executed now.
    pub replayed: bool,
}

/// The content of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    Conclusion(Box<Conclusion>),
    /// A response in the form of version 0.1, which only the HTTP layer can read.
    Response(Vec<u8>),
}

/// The format in which conclusions are saved. A new format gets the next number. An old one must
/// stay readable for [`RECORD_LIFE`] after the last program that wrote it.
const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    format: u32,
    conclusion: Cow<'a, Conclusion>,
}

impl Executed {
    /// A command that was executed now.
    pub fn first(conclusion: Conclusion) -> Self {
        Self {
            saved: Saved::Conclusion(Box::new(conclusion)),
            replayed: false,
        }
    }
}

pub(super) fn encode(conclusion: &Conclusion) -> Vec<u8> {
    let record = Record {
        format: FORMAT,
        conclusion: Cow::Borrowed(conclusion),
    };
    serde_json::to_vec(&record).expect("strings and numbers always serialise")
}

pub(super) fn decode(bytes: Vec<u8>) -> StoreResult<Saved> {
    #[derive(Deserialize)]
    struct Probe {
        format: Option<u32>,
    }
    match serde_json::from_slice::<Probe>(&bytes) {
        Ok(Probe { format: Some(_) }) => {
            let record: Record<'_> = serde_json::from_slice(&bytes).map_err(unreadable)?;
            if record.format != FORMAT {
                return Err(unreadable(format!("format {}", record.format)));
            }
            Ok(Saved::Conclusion(Box::new(record.conclusion.into_owned())))
        }
        _ => Ok(Saved::Response(bytes)),
    }
}

fn unreadable(cause: impl std::fmt::Display) -> StoreError {
    StoreError::Internal(format!("unreadable idempotency record: {cause}").into())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::domain::cart::{Cart, CartLine};
    use crate::domain::chat_message::{AppendedMessage, ChatMessage};
    use crate::domain::command::Outcome;
    use crate::domain::error::ValidationError;
    use crate::domain::field::Field;
    use crate::domain::hold::Hold;
    use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
    use crate::domain::money::Money;
    use crate::domain::order::{Order, OrderCode, OrderLine};
    use crate::domain::product::{NewProduct, Product, RawProduct};
    use crate::domain::purchase::PurchaseOutcome;
    use crate::domain::refusal::{Refusal, Resource};
    use crate::domain::timestamp::Timestamp;
    use crate::domain::unavailable_line::UnavailableLine;

    const PRODUCT: &str = r#"{"id":"010101010101010101010101","title":"Vase","description":"Blue","code":"V-1","price":1999,"status":true,"stock":3,"category":"general","thumbnails":["a.png"],"held":1,"version":2,"created_at":5,"updated_at":6}"#;

    fn product() -> Product {
        let fields = RawProduct {
            title: Field::Present("Vase".into()),
            description: Field::Present("Blue".into()),
            code: Field::Present("V-1".into()),
            price: Field::Present("19.99".into()),
            stock: Field::Present(3),
            thumbnails: Field::Present(vec!["a.png".into()]),
            ..RawProduct::default()
        };
        let new = NewProduct::parse(fields).expect("valid");
        let created_at = Timestamp::from_millis(5);
        Product {
            held: 1,
            version: 2,
            updated_at: Timestamp::from_millis(6),
            ..Product::new(ProductId::from_bytes([1; 12]), new, created_at)
        }
    }

    fn cart() -> Cart {
        Cart {
            id: CartId::from_bytes([2; 12]),
            lines: vec![CartLine {
                product: product(),
                quantity: 1,
                hold: Some(Hold {
                    units: 1,
                    since: Timestamp::from_millis(7),
                    until: Timestamp::from_millis(8),
                }),
                earlier_held: 0,
            }],
            dropped: vec![ProductId::from_bytes([3; 12])],
            version: 4,
        }
    }

    fn purchased() -> PurchaseOutcome {
        PurchaseOutcome {
            order: Order {
                id: OrderId::from_bytes([4; 12]),
                code: OrderCode::from_stored("7KQM-3XWD".into()),
                purchase_datetime: Timestamp::from_millis(9),
                purchaser: "ana@example.com".into(),
                cart: CartId::from_bytes([2; 12]),
                lines: vec![OrderLine {
                    product: ProductId::from_bytes([1; 12]),
                    code: "V-1".into(),
                    title: "Vase".into(),
                    price: Money::from_minor(1_999),
                    quantity: 1,
                }],
                cancelled: None,
            },
            left: vec![UnavailableLine {
                product: ProductId::from_bytes([3; 12]),
                quantity: 2,
                available: 1,
            }],
            dropped: Vec::new(),
        }
    }

    fn appended() -> AppendedMessage {
        AppendedMessage {
            message: ChatMessage {
                id: ChatMessageId::from_bytes([5; 12]),
                seq: 10,
                user: "ana@example.com".into(),
                text: "Hello".into(),
                datetime: Timestamp::from_millis(11),
                nonce: None,
            },
            repeated: false,
        }
    }

    /// Each kind of conclusion with its saved form. These strings are in the databases of shops: a
    /// failure here asks for a new [`FORMAT`], not for a new string.
    fn saved_forms() -> Vec<(Conclusion, String)> {
        let done =
            |outcome, json: &str| (Conclusion::Done(outcome), format!(r#"{{"Done":{json}}}"#));
        let refused = |refusal, json: &str| {
            (
                Conclusion::Refused(refusal),
                format!(r#"{{"Refused":{json}}}"#),
            )
        };
        vec![
            done(
                Outcome::Product(product()),
                &format!(r#"{{"Product":{PRODUCT}}}"#),
            ),
            done(
                Outcome::Cart(cart()),
                &format!(
                    r#"{{"Cart":{{"id":"020202020202020202020202","lines":[{{"product":{PRODUCT},"quantity":1,"hold":{{"units":1,"since":7,"until":8}},"earlier_held":0}}],"dropped":["030303030303030303030303"],"version":4}}}}"#
                ),
            ),
            done(
                Outcome::Purchase(purchased()),
                r#"{"Purchase":{"order":{"id":"040404040404040404040404","code":"7KQM-3XWD","purchase_datetime":9,"purchaser":"ana@example.com","cart":"020202020202020202020202","lines":[{"product":"010101010101010101010101","code":"V-1","title":"Vase","price":1999,"quantity":1}],"cancelled":null},"left":[{"product":"030303030303030303030303","quantity":2,"available":1}],"dropped":[]}}"#,
            ),
            done(
                Outcome::Message(appended()),
                r#"{"Message":{"message":{"id":"050505050505050505050505","seq":10,"user":"ana@example.com","text":"Hello","datetime":11,"nonce":null},"repeated":false}}"#,
            ),
            refused(
                Refusal::NotFound(Resource::CartLine),
                r#"{"NotFound":"CartLine"}"#,
            ),
            refused(Refusal::CartFull, r#""CartFull""#),
            refused(
                Refusal::PriceChanged {
                    total: Money::from_minor(5),
                },
                r#"{"PriceChanged":{"total":5}}"#,
            ),
            (
                Conclusion::Invalid(ValidationError::field("title", "is required")),
                r#"{"Invalid":{"Fields":[{"field":"title","reason":"is required"}]}}"#.into(),
            ),
        ]
    }

    #[test]
    fn the_record_format_is_stable() {
        for (conclusion, json) in saved_forms() {
            let record = format!(r#"{{"format":2,"conclusion":{json}}}"#);
            let written = serde_json::from_slice(&encode(&conclusion)).expect("JSON");
            assert_contains(&written, &serde_json::from_str(&record).expect("JSON"));
            let saved = decode(record.into_bytes()).expect("readable");
            assert_eq!(saved, Saved::Conclusion(Box::new(conclusion)));
        }
    }

    /// A record may have more members than one of a former version, but not other ones.
    fn assert_contains(written: &Value, former: &Value) {
        match (written, former) {
            (Value::Object(written), Value::Object(former)) => {
                for (name, value) in former {
                    assert_contains(&written[name], value);
                }
            }
            (Value::Array(written), Value::Array(former)) => {
                assert_eq!(written.len(), former.len());
                for (written, former) in written.iter().zip(former) {
                    assert_contains(written, former);
                }
            }
            _ => assert_eq!(written, former),
        }
    }

    #[test]
    fn responses_of_version_0_1_are_returned_as_bytes() {
        for response in [
            r#"{"status":201,"headers":[["etag","\"1\""]],"body":"{}"}"#,
            r#"{"Bought":{"order":"040404040404040404040404","left":false}}"#,
            "not JSON",
        ] {
            let bytes = response.as_bytes().to_vec();
            assert_eq!(decode(bytes.clone()).ok(), Some(Saved::Response(bytes)));
        }
    }

    #[test]
    fn a_record_of_a_later_format_is_an_error() {
        let record = br#"{"format":3,"conclusion":{"Refused":"CartFull"}}"#;
        assert!(decode(record.to_vec()).is_err());
    }
}
