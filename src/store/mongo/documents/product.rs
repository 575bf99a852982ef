//! Products: their documents, and tolerant reading of whatever the collection holds.

use mongodb::bson::{Bson, Document, RawBsonRef, RawDocument, doc};

use super::stored_fields::StoredFields;
use super::{Oid, date, elements, id_time, number, timestamp, value};
use crate::domain::field_spec::FieldSpec;
use crate::domain::field_value::FieldValue;
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_STOCK, NewProduct, Product};
use crate::domain::timestamp::Timestamp;

/// The document of a new product.
pub(crate) fn new_document(id: ProductId, new: &NewProduct, now: Timestamp) -> Document {
    let mut document = doc! { "_id": id.oid() };
    document.extend(new.values().map(stored));
    document.extend(doc! { "version": 1i64, "createdAt": date(now), "updatedAt": date(now) });
    document
}

/// A field as a document has it.
pub(crate) fn stored((field, value): (&FieldSpec, FieldValue<'_>)) -> (String, Bson) {
    let value = match value {
        FieldValue::Text(text) => text.into(),
        FieldValue::Money(money) => money.to_f64().into(),
        FieldValue::Boolean(value) => value.into(),
        FieldValue::Integer(number) => whole_number(number),
        FieldValue::Strings(strings) => strings.into(),
    };
    (field.name.to_owned(), value)
}

/// An integer as other programs write it: an Int32 if it fits.
pub(crate) fn whole_number(stock: i64) -> Bson {
    i32::try_from(stock).map_or(Bson::Int64(stock), Bson::Int32)
}

/// Reads a product; `None` if its `_id` is not an ObjectId, so that no client could name it.
pub(crate) fn read(document: &RawDocument) -> Option<Product> {
    let mut known = KnownFields::of(document);
    let id = known.id.and_then(RawBsonRef::as_object_id)?;
    let Ok(fields) = NewProduct::from_stored(&mut known.fields);
    let created = known.created_at.and_then(timestamp);
    let created = created.unwrap_or_else(|| id_time(id));
    let mut product = Product {
        held: held(known.held),
        version: number::version(known.version),
        updated_at: known.updated_at.and_then(timestamp).unwrap_or(created),
        ..Product::new(ProductId::from_oid(id), fields, created)
    };
    product.invalid_fields = known.fields.invalid;
    product.status &= product.invalid_fields.is_empty();
    Some(product)
}

/// Units held for carts. Only this shop writes them, so anything else counts as none.
/// `product_update::current_held` is the same rule in the server's language.
fn held(value: Option<RawBsonRef<'_>>) -> i64 {
    let held = value.and_then(number::whole).unwrap_or_default();
    held.clamp(0, MAX_STOCK)
}

/// The values of all known fields, found in one pass.
#[derive(Default)]
struct KnownFields<'a> {
    id: Option<RawBsonRef<'a>>,
    fields: StoredFields<'a>,
    held: Option<RawBsonRef<'a>>,
    version: Option<RawBsonRef<'a>>,
    created_at: Option<RawBsonRef<'a>>,
    updated_at: Option<RawBsonRef<'a>>,
}

impl<'a> KnownFields<'a> {
    fn of(document: &'a RawDocument) -> Self {
        let mut known = Self::default();
        for element in elements(document) {
            let field = match element.key().as_str() {
                "_id" => &mut known.id,
                "held" => &mut known.held,
                "version" => &mut known.version,
                "createdAt" => &mut known.created_at,
                "updatedAt" => &mut known.updated_at,
                name => match known.fields.named(name) {
                    Some(field) => field,
                    None => continue,
                },
            };
            // A string that is not UTF-8 is present, but valid for no field.
            *field = Some(value(&element).unwrap_or(RawBsonRef::MinKey));
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;

    use super::*;
    use crate::domain::money::Money;
    use crate::domain::product::{DEFAULT_CATEGORY, MAX_TITLE};

    fn read_doc(document: &Document) -> Product {
        let raw = mongodb::bson::RawDocumentBuf::try_from(document).expect("a document");
        read(&raw).expect("an ObjectId")
    }

    fn id() -> ObjectId {
        ObjectId::from_bytes([0x65, 0x53, 0xf1, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    }

    fn mongoose_document() -> Document {
        doc! {
            "_id": id(), "title": "Vase", "description": "", "code": "V-1", "price": 19.99,
            "status": true, "stock": 3, "category": "home", "thumbnails": [], "__v": 0,
        }
    }

    #[test]
    fn a_mongoose_document_is_valid() {
        let product = read_doc(&mongoose_document());
        assert_eq!(product.invalid_fields, [""; 0]);
        assert_eq!(
            (product.price.minor(), product.stock, product.version),
            (1999, 3, 1)
        );
        assert_eq!(product.created_at, id_time(id()));
        assert!(product.status);
    }

    #[test]
    fn a_written_document_reads_back() {
        let new = NewProduct::parse(crate::domain::product::RawProduct {
            title: crate::domain::field::Field::Present("Vase".into()),
            code: crate::domain::field::Field::Present("V-1".into()),
            price: crate::domain::field::Field::Present("0.29".into()),
            stock: crate::domain::field::Field::Present(0),
            ..Default::default()
        })
        .expect("valid");
        let now = Timestamp::from_millis(1_700_000_000_123);
        let document = new_document(ProductId::from_oid(id()), &new, now);
        assert!(matches!(document.get("price"), Some(Bson::Double(_))));
        let product = read_doc(&document);
        assert_eq!(product.invalid_fields, [""; 0]);
        assert_eq!((product.price.minor(), product.updated_at), (29, now));
    }

    #[test]
    fn numbers_may_have_any_numeric_type() {
        for (price, stock) in [
            (Bson::Int32(20), Bson::Int64(5)),
            (Bson::Int64(20), Bson::Double(5.0)),
            (Bson::Double(20.0), Bson::Int32(5)),
            (decimal("20.00"), decimal("5")),
        ] {
            let mut document = mongoose_document();
            document.extend(doc! { "price": price, "stock": stock });
            let product = read_doc(&document);
            assert_eq!(product.invalid_fields, [""; 0]);
            assert_eq!((product.price.minor(), product.stock), (2000, 5));
        }
    }

    #[test]
    fn missing_fields_get_defaults() {
        let document = doc! { "_id": id(), "title": "Vase", "code": "V", "price": 1, "stock": 1 };
        let product = read_doc(&document);
        assert_eq!(product.invalid_fields, [""; 0]);
        assert_eq!(product.category, DEFAULT_CATEGORY);
        assert!(product.status && product.thumbnails.is_empty());
    }

    #[test]
    fn a_product_with_invalid_fields_is_shown_and_not_for_sale() {
        let document = doc! {
            "_id": id(), "title": "x".repeat(300), "description": 7, "price": -1, "status": true,
            "stock": 2.5, "category": ["a"], "thumbnails": ["a.png", 5],
        };
        let product = read_doc(&document);
        let expected = [
            "title",
            "description",
            "code",
            "price",
            "stock",
            "category",
            "thumbnails",
        ];
        assert_eq!(product.invalid_fields, expected);
        assert_eq!(product.title.len(), MAX_TITLE);
        assert_eq!((product.price.minor(), product.stock), (0, 2));
        assert_eq!(product.category, DEFAULT_CATEGORY);
        assert_eq!(product.thumbnails, ["a.png"]);
        assert!(!product.status);
    }

    #[test]
    fn numbers_out_of_bounds_are_clipped() {
        let mut document = mongoose_document();
        document.extend(doc! { "price": 1e12, "stock": i64::MAX });
        let product = read_doc(&document);
        assert_eq!(product.invalid_fields, ["price", "stock"]);
        assert_eq!(
            (product.price, product.stock),
            (Money::MAX_PRICE, MAX_STOCK)
        );
    }

    #[test]
    fn an_empty_document_and_a_foreign_id_are_harmless() {
        assert!(
            read_doc(&doc! { "_id": id() })
                .invalid_fields
                .contains(&"title")
        );
        let foreign = mongodb::bson::rawdoc! { "_id": "p1", "title": "Vase" };
        assert!(read(&foreign).is_none());
    }

    fn decimal(text: &str) -> Bson {
        Bson::Decimal128(text.parse().expect("a decimal"))
    }
}
