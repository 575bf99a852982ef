//! Products: their documents, and tolerant reading of whatever the collection holds.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::RawElement;
use mongodb::bson::{Bson, Document, RawBsonRef, RawDocument, doc};

use super::{Oid, date, elements, id_time, is_missing, number, timestamp, value};
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::product::{
    DEFAULT_CATEGORY, MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_THUMBNAILS, MAX_TITLE, NewProduct,
    Product,
};
use crate::domain::text;
use crate::domain::timestamp::Timestamp;

/// A product and its invalid fields. With any it is not for sale, whatever its status.
#[derive(Debug)]
pub(crate) struct ReadProduct {
    pub(crate) product: Product,
    pub(crate) invalid_fields: InvalidFields,
}

type InvalidFields = Vec<&'static str>;

/// The document of a new product.
pub(crate) fn new_document(id: ProductId, new: &NewProduct, now: Timestamp) -> Document {
    doc! {
        "_id": id.oid(),
        "title": &new.title,
        "description": &new.description,
        "code": &new.code,
        "price": new.price.to_f64(),
        "status": new.status,
        "stock": stock_number(new.stock),
        "category": &new.category,
        "thumbnails": &new.thumbnails,
        "version": 1i64,
        "createdAt": date(now),
        "updatedAt": date(now),
    }
}

/// A stock as other programs write it: an Int32 if it fits.
pub(crate) fn stock_number(stock: i64) -> Bson {
    i32::try_from(stock).map_or(Bson::Int64(stock), Bson::Int32)
}

/// Reads a product; `None` if its `_id` is not an ObjectId, so that no client could name it.
pub(crate) fn read(document: &RawDocument) -> Option<ReadProduct> {
    let fields = KnownFields::of(document);
    let id = fields.id.and_then(RawBsonRef::as_object_id)?;
    let mut invalid = InvalidFields::new();

    let mut product = Product {
        id: ProductId::from_oid(id),
        title: required_line("title", fields.title, MAX_TITLE, &mut invalid),
        description: description(fields.description, &mut invalid),
        code: required_line("code", fields.code, MAX_NAME, &mut invalid),
        price: price(fields.price, &mut invalid),
        status: status(fields.status, &mut invalid),
        stock: stock(fields.stock, &mut invalid),
        held: held(fields.held),
        category: category(fields.category, &mut invalid),
        thumbnails: thumbnails(fields.thumbnails, &mut invalid),
        version: number::version(fields.version),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    };
    (product.created_at, product.updated_at) = times(id, &fields);
    product.status &= invalid.is_empty();
    Some(ReadProduct {
        product,
        invalid_fields: invalid,
    })
}

/// The values of all known fields, found in one pass.
#[derive(Default)]
struct KnownFields<'a> {
    id: Option<RawBsonRef<'a>>,
    title: Option<RawBsonRef<'a>>,
    description: Option<RawBsonRef<'a>>,
    code: Option<RawBsonRef<'a>>,
    price: Option<RawBsonRef<'a>>,
    status: Option<RawBsonRef<'a>>,
    stock: Option<RawBsonRef<'a>>,
    held: Option<RawBsonRef<'a>>,
    category: Option<RawBsonRef<'a>>,
    thumbnails: Option<RawBsonRef<'a>>,
    version: Option<RawBsonRef<'a>>,
    created_at: Option<RawBsonRef<'a>>,
    updated_at: Option<RawBsonRef<'a>>,
}

impl<'a> KnownFields<'a> {
    fn of(document: &'a RawDocument) -> Self {
        let mut fields = Self::default();
        for element in elements(document) {
            let field = match element.key().as_str() {
                "_id" => &mut fields.id,
                "title" => &mut fields.title,
                "description" => &mut fields.description,
                "code" => &mut fields.code,
                "price" => &mut fields.price,
                "status" => &mut fields.status,
                "stock" => &mut fields.stock,
                "held" => &mut fields.held,
                "category" => &mut fields.category,
                "thumbnails" => &mut fields.thumbnails,
                "version" => &mut fields.version,
                "createdAt" => &mut fields.created_at,
                "updatedAt" => &mut fields.updated_at,
                _ => continue,
            };
            // A string that is not UTF-8 is present, but valid for no field.
            *field = Some(value(&element).unwrap_or(RawBsonRef::MinKey));
        }
        fields
    }
}

fn times(id: ObjectId, fields: &KnownFields<'_>) -> (Timestamp, Timestamp) {
    let created = fields.created_at.and_then(timestamp);
    let created = created.unwrap_or_else(|| id_time(id));
    let updated = fields.updated_at.and_then(timestamp).unwrap_or(created);
    (created, updated)
}

fn required_line(
    field: &'static str,
    value: Option<RawBsonRef<'_>>,
    max: usize,
    invalid: &mut InvalidFields,
) -> String {
    let stored = value.and_then(RawBsonRef::as_str).unwrap_or_default();
    text::line(stored.to_owned(), max).unwrap_or_else(|_| {
        invalid.push(field);
        text::clipped(stored.to_owned(), max)
    })
}

fn description(value: Option<RawBsonRef<'_>>, invalid: &mut InvalidFields) -> String {
    if is_missing(value) {
        return String::new();
    }
    let stored = value.and_then(RawBsonRef::as_str);
    let checked = stored.map(|stored| text::paragraphs(stored.to_owned(), MAX_DESCRIPTION));
    let Some(Ok(description)) = checked else {
        invalid.push("description");
        return text::clipped(stored.unwrap_or_default().to_owned(), MAX_DESCRIPTION);
    };
    description
}

fn category(value: Option<RawBsonRef<'_>>, invalid: &mut InvalidFields) -> String {
    if is_missing(value) {
        return DEFAULT_CATEGORY.to_owned();
    }
    let category = required_line("category", value, MAX_NAME, invalid);
    if category.trim().is_empty() {
        return DEFAULT_CATEGORY.to_owned();
    }
    category
}

fn price(value: Option<RawBsonRef<'_>>, invalid: &mut InvalidFields) -> Money {
    let stored = value.and_then(number::real);
    if let Some(Ok(price)) = stored.map(Money::price_from_f64) {
        return price;
    }
    invalid.push("price");
    let minor = stored.map_or(0.0, |price| (price * 100.0).round());
    Money::from_minor((minor as i64).clamp(0, Money::MAX_PRICE.minor()))
}

fn stock(value: Option<RawBsonRef<'_>>, invalid: &mut InvalidFields) -> i64 {
    let stored = value.and_then(number::whole);
    if let Some(stock) = stored.filter(|stock| (0..=MAX_STOCK).contains(stock)) {
        return stock;
    }
    invalid.push("stock");
    let rounded_down = value.and_then(number::real).unwrap_or_default().floor();
    (rounded_down as i64).clamp(0, MAX_STOCK)
}

/// Units held for carts. Only this shop writes them, so anything else counts as none.
/// `product_update::current_held` is the same rule in the server's language.
fn held(value: Option<RawBsonRef<'_>>) -> i64 {
    let held = value.and_then(number::whole).unwrap_or_default();
    held.clamp(0, MAX_STOCK)
}

fn status(value: Option<RawBsonRef<'_>>, invalid: &mut InvalidFields) -> bool {
    match value {
        Some(RawBsonRef::Boolean(status)) => status,
        missing if is_missing(missing) => true,
        _ => {
            invalid.push("status");
            false
        }
    }
}

fn thumbnails(value: Option<RawBsonRef<'_>>, invalid: &mut InvalidFields) -> Vec<String> {
    if is_missing(value) {
        return Vec::new();
    }
    let array = value.and_then(RawBsonRef::as_array);
    let entries = array.map_or(0, |array| array.iter_elements().count());
    let mut names = Vec::with_capacity(entries.min(MAX_THUMBNAILS));
    let elements = array.into_iter().flat_map(|array| array.iter_elements());
    for element in elements.map_while(Result::ok) {
        names.extend(element_string(&element));
    }
    if array.is_none() || names.len() < entries || entries > MAX_THUMBNAILS {
        invalid.push("thumbnails");
    }
    names.truncate(MAX_THUMBNAILS);
    names
}

fn element_string(element: &RawElement<'_>) -> Option<String> {
    value(element)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_doc(document: &Document) -> ReadProduct {
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
        let ReadProduct {
            product,
            invalid_fields,
        } = read_doc(&mongoose_document());
        assert!(invalid_fields.is_empty(), "{invalid_fields:?}");
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
        let ReadProduct {
            product,
            invalid_fields,
        } = read_doc(&document);
        assert!(invalid_fields.is_empty(), "{invalid_fields:?}");
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
            let ReadProduct {
                product,
                invalid_fields,
            } = read_doc(&document);
            assert!(invalid_fields.is_empty(), "{invalid_fields:?}");
            assert_eq!((product.price.minor(), product.stock), (2000, 5));
        }
    }

    #[test]
    fn missing_fields_get_defaults() {
        let document = doc! { "_id": id(), "title": "Vase", "code": "V", "price": 1, "stock": 1 };
        let ReadProduct {
            product,
            invalid_fields,
        } = read_doc(&document);
        assert!(invalid_fields.is_empty(), "{invalid_fields:?}");
        assert_eq!(product.category, DEFAULT_CATEGORY);
        assert!(product.status && product.thumbnails.is_empty());
    }

    #[test]
    fn a_product_with_invalid_fields_is_shown_and_not_for_sale() {
        let document = doc! {
            "_id": id(), "title": "x".repeat(300), "description": 7, "price": -1, "status": true,
            "stock": 2.5, "category": ["a"], "thumbnails": ["a.png", 5],
        };
        let ReadProduct {
            product,
            invalid_fields,
        } = read_doc(&document);
        let expected = [
            "title",
            "description",
            "code",
            "price",
            "stock",
            "category",
            "thumbnails",
        ];
        assert_eq!(invalid_fields, expected);
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
        let ReadProduct {
            product,
            invalid_fields,
        } = read_doc(&document);
        assert_eq!(invalid_fields, ["price", "stock"]);
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
