//! Carts: their documents and back. Lines keep the fields that other programs gave them, such as
//! mongoose's `_id`.

use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::{Oid, date, field, integer, number, object_id, owned_field, timestamp, unchanged};
use crate::domain::cart::{CartLine, MAX_LINES, MAX_QUANTITY, life};
use crate::domain::hold::Hold;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::timestamp::Timestamp;

/// The fields of a line that has a hold: units, begin and end.
const HELD: &str = "held";
const HELD_SINCE: &str = "heldSince";
const HELD_UNTIL: &str = "heldUntil";

/// A cart as it is stored.
#[derive(Debug)]
pub(crate) struct StoredCart {
    pub(crate) id: CartId,
    pub(crate) lines: Vec<StoredLine>,
    pub(crate) version: i64,
    /// Matches the cart while its lines and its version are unchanged.
    pub(crate) as_read: Document,
}

/// A line of a stored cart.
#[derive(Debug, Clone)]
pub(crate) struct StoredLine {
    pub(crate) product: ProductId,
    pub(crate) quantity: i64,
    pub(crate) hold: Option<Hold>,
    /// The line's document, for the fields of other programs.
    rest: Document,
}

impl StoredCart {
    /// A cart that is not stored yet.
    pub(crate) fn new(id: CartId) -> Self {
        Self {
            id,
            lines: Vec::new(),
            version: 0,
            as_read: doc! { "_id": id.oid() },
        }
    }

    pub(crate) fn products(&self) -> Vec<ProductId> {
        self.lines.iter().map(|line| line.product).collect()
    }

    /// Changed lines as they will be stored: with the fields of other programs.
    pub(crate) fn changed_lines(&self, lines: &[CartLine]) -> Vec<StoredLine> {
        let changed = |line: &CartLine| {
            let id = line.product.id;
            let known = self.lines.iter().find(|known| known.product == id);
            StoredLine {
                product: id,
                quantity: line.quantity,
                hold: line.hold,
                rest: known.map(|known| known.rest.clone()).unwrap_or_default(),
            }
        };
        lines.iter().map(changed).collect()
    }
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
pub(crate) fn new_document(id: CartId, lines: &[StoredLine], now: Timestamp) -> Document {
    doc! {
        "_id": id.oid(),
        "products": documents(lines),
        "version": 1i64,
        "createdAt": date(now),
        "updatedAt": date(now),
        "expiresAt": date(expiry(lines, now)),
    }
}

/// The update of a cart to these lines and this version.
pub(crate) fn update(lines: &[StoredLine], version: i64, now: Timestamp) -> Document {
    doc! { "$set": {
        "products": documents(lines),
        "version": version,
        "updatedAt": date(now),
        "expiresAt": date(expiry(lines, now)),
    } }
}

/// The update of a cart's holds only.
pub(crate) fn update_of_holds(lines: &[StoredLine]) -> Document {
    doc! { "$set": { "products": documents(lines) } }
}

fn expiry(lines: &[StoredLine], now: Timestamp) -> Timestamp {
    let life = life(lines.is_empty()).as_millis() as i64;
    Timestamp::from_millis(now.millis() + life)
}

fn documents(lines: &[StoredLine]) -> Vec<Document> {
    lines.iter().map(StoredLine::document).collect()
}

/// Reads a cart; `None` if its `_id` is not an ObjectId. Lines of one product are summed,
/// quantities are brought within their bounds, unreadable lines and those beyond [`MAX_LINES`] are
/// left out.
pub(crate) fn read(document: &RawDocument) -> Option<StoredCart> {
    let id = object_id(document)?;
    let mut as_read = doc! { "_id": id };
    for key in ["version", "products"] {
        as_read.insert(key, unchanged(owned_field(document, key).as_ref()));
    }
    Some(StoredCart {
        id: CartId::from_oid(id),
        lines: lines(document),
        version: number::version(field(document, "version")),
        as_read,
    })
}

fn lines(document: &RawDocument) -> Vec<StoredLine> {
    let array = field(document, "products").and_then(RawBsonRef::as_array);
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
    let product = match field(line, "product")? {
        RawBsonRef::ObjectId(id) => ProductId::from_oid(id),
        RawBsonRef::String(id) => id.parse().ok()?,
        _ => return None,
    };
    let quantity = field(line, "quantity").and_then(number::real);
    Some(StoredLine {
        product,
        quantity: quantity.map_or(1, |quantity| (quantity as i64).clamp(1, MAX_QUANTITY)),
        hold: hold(line),
        rest: Document::try_from(line).unwrap_or_default(),
    })
}

fn hold(line: &RawDocument) -> Option<Hold> {
    Some(Hold {
        units: integer(line, HELD).filter(|units| (1..=MAX_QUANTITY).contains(units))?,
        since: field(line, HELD_SINCE).and_then(timestamp)?,
        until: field(line, HELD_UNTIL).and_then(timestamp)?,
    })
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;
    use mongodb::bson::{Bson, RawDocumentBuf, rawdoc};

    use super::*;

    fn quantities(document: &RawDocumentBuf) -> Vec<i64> {
        let cart = read(document).expect("a cart");
        cart.lines.iter().map(|line| line.quantity).collect()
    }

    #[test]
    fn a_mongoose_cart_keeps_the_ids_of_its_lines() {
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
    fn quantities_are_brought_within_bounds_and_unreadable_lines_left_out() {
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
