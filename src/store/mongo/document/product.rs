//! Products: as they are written, and as anything that lies in the collection is read.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::raw::RawElement;
use mongodb::bson::{Bson, Document, RawBsonRef, RawDocument, doc};

use super::{Oid, born, date, elements, is_missing, moment, number, value};
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::product::{
    DEFAULT_CATEGORY, MAX_DESCRIPTION, MAX_NAME, MAX_STOCK, MAX_THUMBNAILS, MAX_TITLE, NewProduct,
    Product,
};
use crate::domain::text;
use crate::domain::timestamp::Timestamp;

/// A product and the fields by which its document breaks a rule. One that breaks any is not for
/// sale, whatever its status says.
#[derive(Debug)]
pub(in crate::store::mongo) struct ReadProduct {
    pub(in crate::store::mongo) product: Product,
    pub(in crate::store::mongo) faults: Vec<&'static str>,
}

/// The document of a new product.
pub(in crate::store::mongo) fn new_document(
    id: ProductId,
    new: &NewProduct,
    now: Timestamp,
) -> Document {
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

/// A stock as other programs write it: an Int32 while it fits.
pub(in crate::store::mongo) fn stock_number(stock: i64) -> Bson {
    i32::try_from(stock).map_or(Bson::Int64(stock), Bson::Int32)
}

/// Reads a product; `None` when its `_id` is no ObjectId, so that nobody could name it.
pub(in crate::store::mongo) fn read(document: &RawDocument) -> Option<ReadProduct> {
    let members = KnownFields::of(document);
    let id = members.id.and_then(RawBsonRef::as_object_id)?;
    let mut faults = Vec::new();

    let mut product = Product {
        id: ProductId::from_oid(id),
        title: required_line("title", members.title, MAX_TITLE, &mut faults),
        description: description(members.description, &mut faults),
        code: required_line("code", members.code, MAX_NAME, &mut faults),
        price: price(members.price, &mut faults),
        status: status(members.status, &mut faults),
        stock: stock(members.stock, &mut faults),
        held: held(members.held),
        category: category(members.category, &mut faults),
        thumbnails: thumbnails(members.thumbnails, &mut faults),
        version: number::version(members.version),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    };
    (product.created_at, product.updated_at) = moments(id, &members);
    product.status &= faults.is_empty();
    Some(ReadProduct { product, faults })
}

/// The members that we know, found in one walk.
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
        let mut members = Self::default();
        for element in elements(document) {
            let member = match element.key().as_str() {
                "_id" => &mut members.id,
                "title" => &mut members.title,
                "description" => &mut members.description,
                "code" => &mut members.code,
                "price" => &mut members.price,
                "status" => &mut members.status,
                "stock" => &mut members.stock,
                "held" => &mut members.held,
                "category" => &mut members.category,
                "thumbnails" => &mut members.thumbnails,
                "version" => &mut members.version,
                "createdAt" => &mut members.created_at,
                "updatedAt" => &mut members.updated_at,
                _ => continue,
            };
            // A text that is not UTF-8 is there, but nothing that a field can be.
            *member = Some(value(&element).unwrap_or(RawBsonRef::MinKey));
        }
        members
    }
}

fn moments(id: ObjectId, members: &KnownFields<'_>) -> (Timestamp, Timestamp) {
    let created = members
        .created_at
        .and_then(moment)
        .unwrap_or_else(|| born(id));
    let updated = members.updated_at.and_then(moment).unwrap_or(created);
    (created, updated)
}

type Faults = Vec<&'static str>;

fn required_line(
    field: &'static str,
    value: Option<RawBsonRef<'_>>,
    max: usize,
    faults: &mut Faults,
) -> String {
    let stored = value.and_then(RawBsonRef::as_str).unwrap_or_default();
    text::line(stored.to_owned(), max).unwrap_or_else(|_| {
        faults.push(field);
        text::clipped(stored.to_owned(), max)
    })
}

fn description(value: Option<RawBsonRef<'_>>, faults: &mut Faults) -> String {
    if is_missing(value) {
        return String::new();
    }
    let stored = value.and_then(RawBsonRef::as_str);
    let checked = stored.map(|stored| text::paragraphs(stored.to_owned(), MAX_DESCRIPTION));
    let Some(Ok(description)) = checked else {
        faults.push("description");
        return text::clipped(stored.unwrap_or_default().to_owned(), MAX_DESCRIPTION);
    };
    description
}

fn category(value: Option<RawBsonRef<'_>>, faults: &mut Faults) -> String {
    if is_missing(value) {
        return DEFAULT_CATEGORY.to_owned();
    }
    let category = required_line("category", value, MAX_NAME, faults);
    if category.trim().is_empty() {
        return DEFAULT_CATEGORY.to_owned();
    }
    category
}

fn price(value: Option<RawBsonRef<'_>>, faults: &mut Faults) -> Money {
    let stored = value.and_then(number::real);
    if let Some(Ok(price)) = stored.map(Money::price_from_f64) {
        return price;
    }
    faults.push("price");
    let most = Money::MAX_PRICE.minor();
    let minor = stored.map_or(0.0, |price| (price * 100.0).round());
    Money::from_minor((minor as i64).clamp(0, most))
}

fn stock(value: Option<RawBsonRef<'_>>, faults: &mut Faults) -> i64 {
    let stored = value.and_then(number::whole);
    if let Some(stock) = stored.filter(|stock| (0..=MAX_STOCK).contains(stock)) {
        return stock;
    }
    faults.push("stock");
    let least = value.and_then(number::real).unwrap_or_default().floor();
    (least as i64).clamp(0, MAX_STOCK)
}

/// Units that carts keep. Nobody but us writes them, so what is no number of units is none.
fn held(value: Option<RawBsonRef<'_>>) -> i64 {
    let held = value.and_then(number::whole).unwrap_or_default();
    held.clamp(0, MAX_STOCK)
}

/// The same in the server's words.
pub(in crate::store::mongo) fn held_expression() -> Document {
    let whole = doc! { "$toInt": { "$trunc": [
        { "$max": [0, { "$min": ["$held", MAX_STOCK as i32] }] }, 0,
    ] } };
    doc! { "$cond": [{ "$isNumber": "$held" }, whole, 0] }
}

fn status(value: Option<RawBsonRef<'_>>, faults: &mut Faults) -> bool {
    match value {
        Some(RawBsonRef::Boolean(status)) => status,
        missing if is_missing(missing) => true,
        _ => {
            faults.push("status");
            false
        }
    }
}

fn thumbnails(value: Option<RawBsonRef<'_>>, faults: &mut Faults) -> Vec<String> {
    if is_missing(value) {
        return Vec::new();
    }
    let array = value.and_then(RawBsonRef::as_array);
    let entries = array.map_or(0, |array| array.iter_elements().count());
    let mut names = Vec::with_capacity(entries.min(MAX_THUMBNAILS));
    for element in array
        .into_iter()
        .flat_map(|array| array.iter_elements().map_while(Result::ok))
    {
        names.extend(element_text(&element));
    }
    if array.is_none() || names.len() < entries || entries > MAX_THUMBNAILS {
        faults.push("thumbnails");
    }
    names.truncate(MAX_THUMBNAILS);
    names
}

fn element_text(element: &RawElement<'_>) -> Option<String> {
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

    fn of_mongoose() -> Document {
        doc! {
            "_id": id(), "title": "Vase", "description": "", "code": "V-1", "price": 19.99,
            "status": true, "stock": 3, "category": "home", "thumbnails": [], "__v": 0,
        }
    }

    #[test]
    fn a_document_of_mongoose_is_whole() {
        let ReadProduct { product, faults } = read_doc(&of_mongoose());
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(
            (product.price.minor(), product.stock, product.version),
            (1999, 3, 1)
        );
        assert_eq!(product.created_at, born(id()));
        assert!(product.status);
    }

    #[test]
    fn our_own_document_reads_back() {
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
        let ReadProduct { product, faults } = read_doc(&document);
        assert!(faults.is_empty(), "{faults:?}");
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
            let mut document = of_mongoose();
            document.extend(doc! { "price": price, "stock": stock });
            let ReadProduct { product, faults } = read_doc(&document);
            assert!(faults.is_empty(), "{faults:?}");
            assert_eq!((product.price.minor(), product.stock), (2000, 5));
        }
    }

    #[test]
    fn missing_fields_get_defaults() {
        let document = doc! { "_id": id(), "title": "Vase", "code": "V", "price": 1, "stock": 1 };
        let ReadProduct { product, faults } = read_doc(&document);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(product.category, DEFAULT_CATEGORY);
        assert!(product.status && product.thumbnails.is_empty());
    }

    #[test]
    fn what_breaks_a_rule_is_shown_and_not_for_sale() {
        let document = doc! {
            "_id": id(), "title": "x".repeat(300), "description": 7, "price": -1, "status": true,
            "stock": 2.5, "category": ["a"], "thumbnails": ["a.png", 5],
        };
        let ReadProduct { product, faults } = read_doc(&document);
        let expected = [
            "title",
            "description",
            "code",
            "price",
            "stock",
            "category",
            "thumbnails",
        ];
        assert_eq!(faults, expected);
        assert_eq!(product.title.len(), MAX_TITLE);
        assert_eq!((product.price.minor(), product.stock), (0, 2));
        assert_eq!(product.category, DEFAULT_CATEGORY);
        assert_eq!(product.thumbnails, ["a.png"]);
        assert!(!product.status);
    }

    #[test]
    fn numbers_beyond_a_bound_are_clipped() {
        let mut document = of_mongoose();
        document.extend(doc! { "price": 1e12, "stock": i64::MAX });
        let ReadProduct { product, faults } = read_doc(&document);
        assert_eq!(faults, ["price", "stock"]);
        assert_eq!(
            (product.price, product.stock),
            (Money::MAX_PRICE, MAX_STOCK)
        );
    }

    #[test]
    fn an_empty_document_and_a_foreign_id_do_no_harm() {
        assert!(read_doc(&doc! { "_id": id() }).faults.contains(&"title"));
        let foreign = mongodb::bson::rawdoc! { "_id": "p1", "title": "Vase" };
        assert!(read(&foreign).is_none());
    }

    fn decimal(text: &str) -> Bson {
        Bson::Decimal128(text.parse().expect("a decimal"))
    }
}
