//! Orders: their documents and back. What an order cost is the sum of its lines; `amount` is for
//! other programs.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::{Oid, date, field, id_time, integer, number, object_id, string, timestamp};
use crate::domain::cart::MAX_QUANTITY;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderCode, OrderLine};

pub(crate) fn document(order: &Order) -> Document {
    let mut document = doc! {
        "_id": order.id.oid(),
        "code": order.code.as_str(),
        "purchase_datetime": date(order.purchase_datetime),
        "amount": order.amount().to_f64(),
        "purchaser": &order.purchaser,
        "cart": order.cart.oid(),
        "products": order.lines.iter().map(line_document).collect::<Vec<_>>(),
    };
    if let Some(cancelled) = order.cancelled {
        document.insert("cancelled", date(cancelled));
    }
    document
}

fn line_document(line: &OrderLine) -> Document {
    doc! {
        "product": line.product.oid(),
        "code": &line.code,
        "title": &line.title,
        "price": line.price.to_f64(),
        "quantity": line.quantity as i32,
    }
}

/// Reads an order; `None` if its `_id` is not an ObjectId. Unreadable values get defaults,
/// unreadable lines are left out.
pub(crate) fn read(document: &RawDocument) -> Option<Order> {
    let id = object_id(document)?;
    let lines = field(document, "products").and_then(RawBsonRef::as_array);
    let lines = lines.into_iter().flat_map(|array| array.into_iter());
    let lines = lines.filter_map(|element| line(element.ok()?.as_document()?));
    let purchased = field(document, "purchase_datetime").and_then(timestamp);
    Some(Order {
        id: OrderId::from_oid(id),
        code: OrderCode::from_stored(string_or_empty(document, "code")),
        purchase_datetime: purchased.unwrap_or_else(|| id_time(id)),
        purchaser: string_or_empty(document, "purchaser"),
        cart: reference(document, "cart").map_or(CartId::from_bytes([0; 12]), CartId::from_oid),
        lines: lines.collect(),
        cancelled: field(document, "cancelled").and_then(timestamp),
    })
}

fn line(line: &RawDocument) -> Option<OrderLine> {
    let price = field(line, "price").and_then(number::real);
    let price = price.and_then(|price| Money::price_from_f64(price).ok());
    let quantity = integer(line, "quantity");
    Some(OrderLine {
        product: ProductId::from_oid(reference(line, "product")?),
        code: string_or_empty(line, "code"),
        title: string_or_empty(line, "title"),
        price: price.unwrap_or_default(),
        quantity: quantity.map_or(1, |quantity| quantity.clamp(1, MAX_QUANTITY)),
    })
}

fn reference(document: &RawDocument, key: &str) -> Option<ObjectId> {
    field(document, key).and_then(RawBsonRef::as_object_id)
}

fn string_or_empty(document: &RawDocument, key: &str) -> String {
    string(document, key).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{RawDocumentBuf, rawdoc};

    use super::*;
    use crate::domain::timestamp::Timestamp;

    #[test]
    fn an_order_reads_back() {
        let line = |price, quantity| OrderLine {
            product: ProductId::from_bytes([1; 12]),
            code: "V-1".into(),
            title: "Vase".into(),
            price: Money::from_minor(price),
            quantity,
        };
        let order = Order {
            id: OrderId::from_bytes([2; 12]),
            code: OrderCode::from_stored("7KQM-3XWD".into()),
            purchase_datetime: Timestamp::from_millis(1_700_000_000_123),
            purchaser: "ana@example.com".into(),
            cart: CartId::from_bytes([3; 12]),
            lines: vec![line(1_999, 2), line(29, MAX_QUANTITY)],
            cancelled: Some(Timestamp::from_millis(1_700_000_000_456)),
        };
        let raw = RawDocumentBuf::try_from(&document(&order)).expect("a document");
        assert_eq!(read(&raw), Some(order));
    }

    #[test]
    fn an_unexpected_document_is_harmless() {
        let id = ObjectId::new();
        let order = read(&rawdoc! { "_id": id, "products": [5, { "price": "x" }] });
        let order = order.expect("an order");
        assert!(order.lines.is_empty());
        assert_eq!(order.purchase_datetime, id_time(id));
        assert!(read(&rawdoc! { "_id": "o1" }).is_none());
    }
}
