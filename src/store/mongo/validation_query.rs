//! The rules of `documents::product::read` in MongoDB's query language, so that a list of products
//! for sale has exactly those that are shown as for sale.

use mongodb::bson::{Document, doc};

use crate::domain::field_spec::{FieldKind, FieldSpec, Presence};
use crate::domain::product::FIELDS;

/// Characters that no string of one line may have.
const CONTROL: &str = r"\x{0}-\x{1F}\x{7F}-\x{9F}";
/// The same without line breaks and tabs.
const CONTROL_IN_LINES: &str = r"\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}";
/// White space: a string of one line has other characters too.
const SPACE: &str = concat!(
    r"\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}",
    r"\x{3000}"
);

/// Matches valid products whose status is not off.
pub(super) fn for_sale() -> Document {
    doc! { "$and": [{ "status": { "$in": [true, null] } }, valid()] }
}

/// Matches products without invalid fields.
pub(super) fn valid() -> Document {
    doc! { "$and": FIELDS.iter().map(is_valid).collect::<Vec<_>>() }
}

fn is_valid(field: &FieldSpec) -> Document {
    let name = field.name;
    let value = format!("${name}");
    let rule = match field.kind {
        FieldKind::Line { max } => doc! { name: line(max) },
        FieldKind::Paragraphs { max } => doc! { name: paragraphs(max) },
        FieldKind::Boolean => doc! { name: { "$type": "bool" } },
        FieldKind::Money { max } => doc! {
            name: { "$type": "number", "$gte": 0, "$lte": max.to_f64() },
            "$expr": at_most_decimals(&value, 2),
        },
        FieldKind::Integer { min, max } => doc! {
            name: { "$type": "number", "$gte": min, "$lte": max },
            "$expr": at_most_decimals(&value, 0),
        },
        FieldKind::Strings { max } => doc! { "$expr": strings(&value, max) },
        _ => doc! {},
    };
    match (field.presence, field.kind) {
        (Presence::Required, _) => rule,
        (Presence::Optional, FieldKind::Line { .. }) => {
            let blank = format!(r"\A[{SPACE}]*\z");
            doc! { "$or": [{ name: null }, { name: { "$regex": blank } }, rule] }
        }
        _ => doc! { "$or": [{ name: null }, rule] },
    }
}

fn line(max: usize) -> Document {
    let pattern = format!(r"\A(?=[\s\S]*[^{SPACE}])[^{CONTROL}]{{1,{max}}}\z");
    doc! { "$type": "string", "$regex": pattern }
}

fn paragraphs(max: usize) -> Document {
    let pattern = format!(r"\A[^{CONTROL_IN_LINES}]{{0,{max}}}\z");
    doc! { "$type": "string", "$regex": pattern }
}

fn at_most_decimals(number: &str, decimals: i32) -> Document {
    let rounded = doc! { "$eq": [{ "$round": [number, decimals] }, number] };
    doc! { "$cond": [{ "$isNumber": number }, rounded, false] }
}

fn strings(array: &str, max: usize) -> Document {
    let strings = doc! { "$filter": {
        "input": array,
        "cond": { "$eq": [{ "$type": "$$this" }, "string"] },
    } };
    let all_strings = doc! { "$eq": [{ "$size": strings }, { "$size": array }] };
    let few = doc! { "$lte": [{ "$size": array }, max as i32] };
    doc! { "$cond": [{ "$isArray": array }, { "$and": [all_strings, few] }, false] }
}
