//! The rules of `documents::product::read` in MongoDB's query language, so that a list of products
//! for sale has exactly those that are shown as for sale.

use mongodb::bson::{Document, doc};

use crate::domain::money::Money;
use crate::domain::product::{MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_THUMBNAILS, MAX_TITLE};

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
    doc! { "$and": [
        { "status": { "$in": [true, false, null] } },
        { "title": line(MAX_TITLE) },
        { "code": line(MAX_NAME) },
        { "$or": [{ "category": null }, { "category": line(MAX_NAME) }] },
        { "$or": [{ "description": null }, { "description": paragraphs() }] },
        { "price": { "$type": "number", "$gte": 0, "$lte": Money::MAX_PRICE.to_f64() } },
        { "stock": { "$type": "number", "$gte": 0, "$lte": MAX_STOCK } },
        { "$expr": { "$and": [at_most_decimals("$price", 2), at_most_decimals("$stock", 0)] } },
        { "$or": [{ "thumbnails": null }, { "$expr": thumbnails() }] },
    ] }
}

fn line(max: usize) -> Document {
    let pattern = format!(r"\A(?=[\s\S]*[^{SPACE}])[^{CONTROL}]{{1,{max}}}\z");
    doc! { "$type": "string", "$regex": pattern }
}

fn paragraphs() -> Document {
    let pattern = format!(r"\A[^{CONTROL_IN_LINES}]{{0,{MAX_DESCRIPTION}}}\z");
    doc! { "$type": "string", "$regex": pattern }
}

fn at_most_decimals(number: &str, decimals: i32) -> Document {
    let rounded = doc! { "$eq": [{ "$round": [number, decimals] }, number] };
    doc! { "$cond": [{ "$isNumber": number }, rounded, false] }
}

fn thumbnails() -> Document {
    let strings = doc! { "$filter": {
        "input": "$thumbnails",
        "cond": { "$eq": [{ "$type": "$$this" }, "string"] },
    } };
    let all_strings = doc! { "$eq": [{ "$size": strings }, { "$size": "$thumbnails" }] };
    let few = doc! { "$lte": [{ "$size": "$thumbnails" }, MAX_THUMBNAILS as i32] };
    doc! { "$cond": [{ "$isArray": "$thumbnails" }, { "$and": [all_strings, few] }, false] }
}
