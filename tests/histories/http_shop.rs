//! A separate server, used over HTTP: translates calls to requests, and responses to answers of the
//! history.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use vitrina::domain::ids::{CartId, OrderId, ProductId};

use crate::driver::{Ids, code};
use crate::model::{ShopView, title};
use crate::request::{
    Answer, B, Call, Cart, Edit, Identity, Order, OrderLine, P, Product, Refusal, Reply, Request,
    SavedAnswer, ShortLine,
};

/// A client of a server.
#[derive(Clone)]
pub(crate) struct HttpShop {
    address: SocketAddr,
    client: Client,
}

impl HttpShop {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            // Idle connections would delay the server's shutdown.
            client: Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .expect("a client"),
        }
    }

    pub(crate) async fn create_product(&self, number: P, stock: i64) -> ProductId {
        let new_product =
            json!({ "title": title(0), "code": code(number), "price": 2.00, "stock": stock });
        let created = self
            .request(Method::POST, "/api/products")
            .json(&new_product);
        id(&payload(created).await).parse().expect("an id")
    }

    pub(crate) async fn create_cart(&self) -> CartId {
        let created = self.request(Method::POST, "/api/carts").json(&json!({}));
        id(&payload(created).await).parse().expect("an id")
    }

    /// Makes a call. One that breaks off counts as failed.
    pub(crate) async fn send(&self, ids: &Ids, call: &Call) -> Reply {
        let mut request = self.to_http(ids, &call.request);
        if let Some(key) = call.key {
            request = request.header("Idempotency-Key", format!("key {key}"));
        }
        let response = async {
            let response = request.send().await?;
            let (status, replayed) = (
                response.status().as_u16(),
                response.headers().contains_key("Idempotent-Replayed"),
            );
            let body: Value = response.json().await?;
            reqwest::Result::Ok((status, replayed, body))
        };
        let (saved, replayed) = match response.await {
            Ok((status, replayed, body)) => (ids.answer(&call.request, status, &body), replayed),
            Err(error) => (without_identity(Answer::Failed(error.to_string())), false),
        };
        Reply { saved, replayed }
    }

    fn to_http(&self, ids: &Ids, request: &Request) -> RequestBuilder {
        let product = |product: &P| ids.products[usize::from(*product)];
        let cart = |cart: &u8| format!("/api/carts/{}", ids.carts[usize::from(*cart)]);
        let quantity_body = |quantity: &i64| json!({ "quantity": quantity });
        match request {
            Request::Edit {
                product: id,
                edit,
                expected,
            } => {
                let path = format!("/api/products/{}", product(id));
                let request = self.request(Method::PUT, &path).json(&patch(*edit));
                match expected {
                    Some(version) => request.header("If-Match", format!("\"{version}\"")),
                    None => request,
                }
            }
            Request::Delete { product: id } => {
                self.request(Method::DELETE, &format!("/api/products/{}", product(id)))
            }
            Request::Add {
                cart: id,
                product: line,
                quantity,
            } => {
                let path = format!("{}/product/{}", cart(id), product(line));
                self.request(Method::POST, &path)
                    .json(&quantity_body(quantity))
            }
            Request::Set {
                cart: id,
                product: line,
                quantity,
            } => {
                let path = format!("{}/products/{}", cart(id), product(line));
                self.request(Method::PUT, &path)
                    .json(&quantity_body(quantity))
            }
            Request::Replace { cart: id, lines } => {
                let line = |(id, quantity): &(P, i64)| {
                    let product = product(id).to_string();
                    json!({ "product": product, "quantity": quantity })
                };
                let lines: Vec<_> = lines.iter().map(line).collect();
                let request = self.request(Method::PUT, &cart(id));
                request.json(&json!({ "products": lines }))
            }
            Request::Remove {
                cart: id,
                product: line,
            } => {
                let path = format!("{}/products/{}", cart(id), product(line));
                self.request(Method::DELETE, &path)
            }
            Request::Purchase {
                cart: id,
                buyer,
                total,
                partial,
            } => {
                let mode = if *partial { "?mode=partial" } else { "" };
                let path = format!("{}/purchase{mode}", cart(id));
                let mut body = json!({ "purchaser": format!("{buyer}@example.com") });
                if let Some(total) = total {
                    body["total"] = json!(*total as f64 / 100.0);
                }
                self.request(Method::POST, &path).json(&body)
            }
            Request::Cancel { buyer } => {
                let id = ids.orders.lock().expect("orders")[buyer];
                self.request(Method::POST, &format!("/api/orders/{id}/cancel"))
            }
            Request::Expire { .. } => panic!("the server has no request for this"),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url)
    }

    /// Reads the whole shop.
    pub(crate) async fn read(&self, ids: &Ids) -> (ShopView, BTreeMap<B, Identity>) {
        let mut view = ShopView::default();
        let get = |path: String| payload(self.request(Method::GET, &path));
        for product in array(&get("/api/products?limit=100".into()).await) {
            view.products
                .insert(ids.product_number(product), self::product(product));
        }
        for (number, cart) in (0..).zip(&ids.carts) {
            let request = self.request(Method::GET, &format!("/api/carts/{cart}"));
            view.carts
                .insert(number, ids.cart_of(&json_of(request).await));
        }
        let mut identities = BTreeMap::new();
        for stored in array(&get("/api/orders?limit=100".into()).await) {
            let (identity, order) = ids.order_of(stored);
            let id = OrderId::from_bytes(identity.id);
            ids.orders.lock().expect("orders").insert(order.buyer, id);
            let other = identities.insert(order.buyer, identity);
            assert!(other.is_none(), "two orders of buyer {}", order.buyer);
            view.orders.insert(order.buyer, order);
        }
        (view, identities)
    }
}

impl Ids {
    fn answer(&self, request: &Request, status: u16, body: &Value) -> SavedAnswer {
        let payload = &body["payload"];
        match (status, request) {
            (200, _) if payload.is_null() => without_identity(Answer::Done),
            (201 | 206, Request::Purchase { .. }) => {
                let order = if status == 206 {
                    &payload["order"]
                } else {
                    payload
                };
                let (identity, order) = self.order_of(order);
                SavedAnswer {
                    answer: Answer::Bought {
                        order,
                        left: self.left_of(&payload["left"]),
                        dropped: self.dropped(body),
                    },
                    identity: Some(identity),
                }
            }
            (200 | 202, Request::Edit { .. } | Request::Delete { .. }) => {
                without_identity(Answer::Product(product(payload)))
            }
            (200, Request::Cancel { .. }) => {
                without_identity(Answer::Cancelled(self.order_of(payload).1))
            }
            (200 | 202, _) => without_identity(Answer::Cart(self.cart_of(body))),
            _ => without_identity(self.refusal(status, body)),
        }
    }

    fn refusal(&self, status: u16, body: &Value) -> Answer {
        let detail = text(&body["detail"]);
        let number = || {
            let digits = detail.rsplit(|c: char| !c.is_ascii_digit());
            let last = { digits }.find(|digits| !digits.is_empty());
            last.and_then(|digits| digits.parse().ok())
                .expect("a number")
        };
        let named = || {
            let is_named = |id: &&ProductId| detail.contains(&id.to_string());
            self.product(*self.products.iter().find(is_named).expect("a product"))
        };
        Answer::Refused(match (status, text(&body["code"])) {
            (404, _) => {
                let resources = [
                    ("product not found", "Product"),
                    ("not in the cart", "CartLine"),
                    ("order not found", "Order"),
                ];
                let resource = resources.iter().find(|(words, _)| detail.contains(words));
                Refusal::NotFound(resource.expect("a known resource").1.to_owned())
            }
            (409, "not_for_sale") => Refusal::NotForSale(named()),
            (409, "insufficient_stock") if body["lines"].is_array() => {
                Refusal::LinesShort(self.left_of(&body["lines"]))
            }
            (409, "insufficient_stock") => Refusal::Insufficient {
                product: named(),
                available: integer(&body["available"]),
            },
            (409, "price_changed") => {
                let words = detail.split_whitespace();
                let cost = { words }.find_map(|word| word.parse::<f64>().ok());
                Refusal::PriceChanged((cost.expect("a price") * 100.0).round() as i64)
            }
            (400, "empty_cart") => Refusal::EmptyCart,
            (412, "version_mismatch") => Refusal::VersionMismatch(number()),
            (422, "idempotency_mismatch") => Refusal::KeyMismatch,
            (503, _) => return Answer::Failed(detail.to_owned()),
            _ => panic!("unexpected response {status} {body}"),
        })
    }

    fn product_number(&self, product: &Value) -> P {
        self.product(id(product).parse().expect("an id"))
    }

    fn dropped(&self, body: &Value) -> BTreeSet<P> {
        let warnings = body["warnings"].as_array().into_iter().flatten();
        let gone = warnings.map(|warning| text(&warning["product"]).parse().expect("an id"));
        gone.map(|id| self.product(id)).collect()
    }

    /// The cart of a response.
    fn cart_of(&self, body: &Value) -> Cart {
        let cart = &body["payload"];
        let mut held = BTreeMap::new();
        let lines = array(&cart["products"]).iter().map(|line| {
            let (product, quantity) = (
                self.product_number(&line["product"]),
                integer(&line["quantity"]),
            );
            if line["heldUntil"].is_string() {
                held.insert(product, quantity);
            }
            (product, quantity)
        });
        Cart {
            lines: lines.collect(),
            dropped: self.dropped(cart),
            version: integer(&cart["version"]),
            held,
        }
    }

    fn left_of(&self, lines: &Value) -> Vec<ShortLine> {
        let left = lines
            .as_array()
            .into_iter()
            .flatten()
            .map(|line| ShortLine {
                product: self.product(text(&line["product"]).parse().expect("an id")),
                quantity: integer(&line["quantity"]),
                available: integer(&line["available"]),
            });
        left.collect()
    }

    fn order_of(&self, stored: &Value) -> (Identity, Order) {
        let order: OrderId = id(stored).parse().expect("an id");
        let identity = Identity {
            id: order.bytes(),
            code: text(&stored["code"]).to_owned(),
            at: text(&stored["purchase_datetime"]).to_owned(),
        };
        let lines = array(&stored["products"]).iter().map(|line| OrderLine {
            product: self.product(text(&line["product"]).parse().expect("an id")),
            title: text(&line["title"]).to_owned(),
            price: minor(&line["price"]),
            quantity: integer(&line["quantity"]),
        });
        let buyer = text(&stored["purchaser"]).split('@').next();
        let order = Order {
            buyer: buyer.and_then(|name| name.parse().ok()).expect("a buyer"),
            cart: self.cart_number(text(&stored["cart"]).parse().expect("an id")),
            lines: lines.collect(),
            cancelled: stored["cancelled"].is_string(),
        };
        (identity, order)
    }
}

fn without_identity(answer: Answer) -> SavedAnswer {
    SavedAnswer {
        answer,
        identity: None,
    }
}

fn product(stored: &Value) -> Product {
    let stock = integer(&stored["stock"]);
    Product {
        title: text(&stored["title"]).to_owned(),
        stock,
        held: stock - integer(&stored["available"]),
        price: minor(&stored["price"]),
        for_sale: stored["status"] == true,
        version: integer(&stored["version"]),
    }
}

fn patch(edit: Edit) -> Value {
    match edit {
        Edit::Stock(stock) => json!({ "stock": stock }),
        Edit::Price(price) => json!({ "price": price as f64 / 100.0 }),
        Edit::ForSale(for_sale) => json!({ "status": for_sale }),
        Edit::Title(number) => json!({ "title": title(number) }),
    }
}

async fn json_of(request: RequestBuilder) -> Value {
    let response = request.send().await.expect("a response");
    let response = response.error_for_status().expect("a success");
    response.json().await.expect("JSON")
}

async fn payload(request: RequestBuilder) -> Value {
    json_of(request).await["payload"].take()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn id(value: &Value) -> &str {
    text(&value["_id"])
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn integer(value: &Value) -> i64 {
    value.as_i64().expect("an integer")
}

fn minor(value: &Value) -> i64 {
    (value.as_f64().expect("a price") * 100.0).round() as i64
}
