//! Carts as they are written and read. Lines keep what other programs put into them, such as
//! mongoose's `_id`.

use mongodb::bson::{Bson, Document, RawBsonRef, RawDocument, doc};

use super::{Oid, date, member, moment, number, object_id, unchanged};
use crate::domain::cart::{CartLine, MAX_LINES, MAX_QUANTITY, life};
use crate::domain::hold::Hold;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::timestamp::Timestamp;

/// The members of a line that has a hold: units, begin and end.
const HELD: &str = "held";
const HELD_SINCE: &str = "heldSince";
const HELD_UNTIL: &str = "heldUntil";

/// A cart as it lies in the database.
#[derive(Debug)]
pub(in crate::store::mongo) struct StoredCart {
    pub(in crate::store::mongo) id: CartId,
    pub(in crate::store::mongo) lines: Vec<StoredLine>,
    pub(in crate::store::mongo) version: i64,
    /// Matches the cart only as long as nobody changed its lines or its version.
    pub(in crate::store::mongo) as_read: Document,
}

impl StoredCart {
    /// One that is not stored yet, without lines.
    pub(in crate::store::mongo) fn new(id: CartId) -> Self {
        Self {
            id,
            lines: Vec::new(),
            version: 0,
            as_read: doc! { "_id": id.oid() },
        }
    }
}

impl StoredCart {
    /// Changed lines as they are stored: with the members of other programs that they had.
    pub(in crate::store::mongo) fn changed_lines(&self, lines: &[CartLine]) -> Vec<StoredLine> {
        let stored = |line: &CartLine| {
            let id = line.product.id;
            let known = self.lines.iter().find(|known| known.product == id);
            StoredLine {
                product: id,
                quantity: line.quantity,
                hold: line.hold,
                rest: known.map(|known| known.rest.clone()).unwrap_or_default(),
            }
        };
        lines.iter().map(stored).collect()
    }
}

/// A line of it.
#[derive(Debug, Clone)]
pub(in crate::store::mongo) struct StoredLine {
    pub(in crate::store::mongo) product: ProductId,
    pub(in crate::store::mongo) quantity: i64,
    pub(in crate::store::mongo) hold: Option<Hold>,
    /// The line's document, for the members that are not ours.
    rest: Document,
}

impl StoredLine {
    fn document(&self) -> Document {
        let mut line = doc! { "product": self.product.oid(), "quantity": self.quantity as i32 };
        if let Some(hold) = self.hold {
            line.extend(doc! {
                HELD: hold.units as i32,
                HELD_SINCE: date(hold.since),
                HELD_UNTIL: date(hold.until),
            });
        }
        let is_of_hold = |key: &str| [HELD, HELD_SINCE, HELD_UNTIL].contains(&key);
        for (key, value) in self.rest.iter().filter(|(key, _)| !is_of_hold(key)) {
            line.entry(key.clone()).or_insert_with(|| value.clone());
        }
        line
    }
}

/// The document of a new cart.
pub(in crate::store::mongo) fn new_document(
    id: CartId,
    lines: &[StoredLine],
    now: Timestamp,
) -> Document {
    doc! {
        "_id": id.oid(),
        "products": documents(lines),
        "version": 1i64,
        "createdAt": date(now),
        "updatedAt": date(now),
        "expiresAt": date(expiry(lines, now)),
    }
}

/// The change of a cart to these lines and this version.
pub(in crate::store::mongo) fn change(
    lines: &[StoredLine],
    version: i64,
    now: Timestamp,
) -> Document {
    doc! { "$set": {
        "products": documents(lines),
        "version": version,
        "updatedAt": date(now),
        "expiresAt": date(expiry(lines, now)),
    } }
}

/// The change of a cart of which holds end, and nothing else.
pub(in crate::store::mongo) fn change_of_holds(lines: &[StoredLine]) -> Document {
    doc! { "$set": { "products": documents(lines) } }
}

fn expiry(lines: &[StoredLine], now: Timestamp) -> Timestamp {
    let life = life(lines.is_empty()).as_millis() as i64;
    Timestamp::from_millis(now.millis() + life)
}

fn documents(lines: &[StoredLine]) -> Vec<Document> {
    lines.iter().map(StoredLine::document).collect()
}

/// Reads a cart. Lines of one product are summed, quantities that cannot be are brought within the
/// bounds, what is no line is left out, and lines beyond [`MAX_LINES`] as well.
pub(in crate::store::mongo) fn read(document: &RawDocument) -> Option<StoredCart> {
    let id = object_id(document)?;
    let mut as_read = doc! { "_id": id };
    for key in ["version", "products"] {
        let stored = member(document, key).and_then(|value| Bson::try_from(value).ok());
        as_read.insert(key, unchanged(stored.as_ref()));
    }
    Some(StoredCart {
        id: CartId::from_oid(id),
        lines: lines(document),
        version: number::version(member(document, "version")),
        as_read,
    })
}

fn lines(document: &RawDocument) -> Vec<StoredLine> {
    let array = member(document, "products").and_then(RawBsonRef::as_array);
    let elements = array.into_iter().flat_map(|array| array.into_iter());
    let mut lines: Vec<StoredLine> = Vec::new();
    for line in elements.filter_map(|element| line(element.ok()?)) {
        match lines.iter_mut().find(|known| known.product == line.product) {
            Some(known) => known.quantity = (known.quantity + line.quantity).min(MAX_QUANTITY),
            None => lines.push(line),
        }
    }
    lines.truncate(MAX_LINES);
    lines
}

fn line(element: RawBsonRef<'_>) -> Option<StoredLine> {
    let line = element.as_document()?;
    let product = match member(line, "product")? {
        RawBsonRef::ObjectId(id) => ProductId::from_oid(id),
        RawBsonRef::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let quantity = member(line, "quantity").and_then(number::real);
    Some(StoredLine {
        product,
        quantity: quantity.map_or(1, |quantity| (quantity as i64).clamp(1, MAX_QUANTITY)),
        hold: hold(line),
        rest: Document::try_from(line).unwrap_or_default(),
    })
}

fn hold(line: &RawDocument) -> Option<Hold> {
    Some(Hold {
        units: member(line, HELD)
            .and_then(number::whole)
            .filter(|units| (1..=MAX_QUANTITY).contains(units))?,
        since: member(line, HELD_SINCE).and_then(moment)?,
        until: member(line, HELD_UNTIL).and_then(moment)?,
    })
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::{RawDocumentBuf, rawdoc};

    use super::*;

    fn quantities(document: &RawDocumentBuf) -> Vec<i64> {
        let cart = read(document).expect("a cart");
        cart.lines.iter().map(|line| line.quantity).collect()
    }

    #[test]
    fn a_cart_of_mongoose_is_read_and_keeps_the_ids_of_its_lines() {
        let (product, line) = (ObjectId::new(), ObjectId::new());
        let raw = rawdoc! {
            "_id": ObjectId::new(), "__v": 3,
            "products": [{ "product": product, "quantity": 2, "_id": line }],
        };
        let cart = read(&raw).expect("a cart");
        assert_eq!((cart.version, cart.lines[0].quantity), (1, 2));
        assert_eq!(cart.lines[0].product.oid(), product);
        let written = cart.lines[0].document();
        assert_eq!(
            written,
            doc! { "product": product, "quantity": 2, "_id": line }
        );
        assert_eq!(
            cart.as_read.get("version"),
            Some(&Bson::from(doc! { "$exists": false }))
        );
    }

    #[test]
    fn lines_of_one_product_are_summed() {
        let product = ObjectId::new();
        let raw = rawdoc! { "_id": ObjectId::new(), "products": [
            { "product": product, "quantity": 2 },
            { "product": ObjectId::new(), "quantity": 1.0 },
            { "product": product.to_hex(), "quantity": 3i64 },
        ] };
        assert_eq!(quantities(&raw), [5, 1]);
    }

    #[test]
    fn odd_quantities_are_repaired_and_what_is_no_line_is_left_out() {
        let line = |quantity: Bson| doc! { "product": ObjectId::new(), "quantity": quantity };
        let document = doc! { "_id": ObjectId::new(), "products": [
            line(Bson::Int32(0)), line(Bson::Double(2.9)), line(Bson::Null),
            line(Bson::Double(1e9)), Bson::Int32(5), doc! { "quantity": 1 },
        ] };
        let raw = RawDocumentBuf::try_from(&document).expect("a document");
        assert_eq!(quantities(&raw), [1, 2, 1, MAX_QUANTITY]);
    }

    #[test]
    fn a_cart_without_lines_is_empty() {
        for raw in [
            rawdoc! { "_id": ObjectId::new() },
            rawdoc! { "_id": ObjectId::new(), "products": "none" },
        ] {
            assert!(quantities(&raw).is_empty());
        }
    }
}
