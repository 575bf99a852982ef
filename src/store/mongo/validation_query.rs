//! Which documents break no rule, in the server's words: `document::product::read` in MongoDB's
//! query language, so that a list of what is for sale has what shows as for sale.

use mongodb::bson::{Document, doc};

use crate::domain::money::Money;
use crate::domain::product::{MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_THUMBNAILS, MAX_TITLE};

/// Characters that no text may have, and those that a text of one line may not consist of alone.
const CONTROL: &str = r"\x{0}-\x{1F}\x{7F}-\x{9F}";
/// The same without line breaks and tabs.
const CONTROL_IN_LINES: &str = r"\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}";
const SPACE: &str = r"\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}";

/// Matches products that are for sale: sound, and not taken off sale.
pub(super) fn for_sale() -> Document {
    doc! { "$and": [{ "status": { "$in": [true, null] } }, sound()] }
}

/// Matches products of which every value can be read.
pub(super) fn sound() -> Document {
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
    doc! { "$type": "string", "$regex": format!(r"\A(?=[\s\S]*[^{SPACE}])[^{CONTROL}]{{1,{max}}}\z") }
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
    let texts = doc! { "$filter": {
        "input": "$thumbnails",
        "cond": { "$eq": [{ "$type": "$$this" }, "string"] },
    } };
    let all_texts = doc! { "$eq": [{ "$size": texts }, { "$size": "$thumbnails" }] };
    let few = doc! { "$lte": [{ "$size": "$thumbnails" }, MAX_THUMBNAILS as i32] };
    doc! { "$cond": [{ "$isArray": "$thumbnails" }, { "$and": [all_texts, few] }, false] }
}
