//! Orders as they are written and read. What an order cost is the sum of its lines; `amount` is
//! there for other programs.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, RawBsonRef, RawDocument, doc};

use super::{Oid, born, date, member, moment, number, object_id};
use crate::domain::cart::MAX_QUANTITY;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderCode, OrderLine};

/// The document of an order.
pub(in crate::store::mongo) fn document(order: &Order) -> Document {
    let mut document = doc! {
        "_id": order.id.oid(),
        "code": order.code.as_str(),
        "purchase_datetime": date(order.purchase_datetime),
        "amount": order.amount().to_f64(),
        "purchaser": &order.purchaser,
        "cart": order.cart.oid(),
        "products": order.lines.iter().map(line_document).collect::<Vec<_>>(),
    };
    document.extend(
        order
            .cancelled
            .map(|at| ("cancelled".to_owned(), date(at).into())),
    );
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

/// Reads an order; `None` when its `_id` is no ObjectId. What cannot be read of it has a default, and
/// what is no line is left out.
pub(in crate::store::mongo) fn read(document: &RawDocument) -> Option<Order> {
    let id = object_id(document)?;
    let text = |key| text(document, key);
    let lines = member(document, "products").and_then(RawBsonRef::as_array);
    let lines = lines.into_iter().flat_map(|array| array.into_iter());
    Some(Order {
        id: OrderId::from_oid(id),
        code: OrderCode::from_stored(text("code")),
        purchase_datetime: member(document, "purchase_datetime")
            .and_then(moment)
            .unwrap_or_else(|| born(id)),
        purchaser: text("purchaser"),
        cart: object(document, "cart").map_or(CartId::from_bytes([0; 12]), CartId::from_oid),
        lines: lines
            .filter_map(|element| line(element.ok()?.as_document()?))
            .collect(),
        cancelled: member(document, "cancelled").and_then(moment),
    })
}

fn line(line: &RawDocument) -> Option<OrderLine> {
    let price = member(line, "price").and_then(number::real);
    let quantity = member(line, "quantity").and_then(number::whole);
    Some(OrderLine {
        product: ProductId::from_oid(object(line, "product")?),
        code: text(line, "code"),
        title: text(line, "title"),
        price: price
            .and_then(|price| Money::price_from_f64(price).ok())
            .unwrap_or_default(),
        quantity: quantity.map_or(1, |quantity| quantity.clamp(1, MAX_QUANTITY)),
    })
}

fn object(document: &RawDocument, key: &str) -> Option<ObjectId> {
    member(document, key).and_then(RawBsonRef::as_object_id)
}

fn text(document: &RawDocument, key: &str) -> String {
    let text = member(document, key).and_then(RawBsonRef::as_str);
    text.unwrap_or_default().to_owned()
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
    fn an_odd_document_does_no_harm() {
        let id = ObjectId::new();
        let order = read(&rawdoc! { "_id": id, "products": [5, { "price": "x" }] });
        let order = order.expect("an order");
        assert!(order.lines.is_empty());
        assert_eq!(order.purchase_datetime, born(id));
        assert!(read(&rawdoc! { "_id": "o1" }).is_none());
    }
}
