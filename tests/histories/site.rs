//! The shop as a program of its own, asked over HTTP as its clients ask: requests go in as JSON, and what
//! comes back is read in the words of the history.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use vitrina::domain::ids::{CartId, OrderId, ProductId};

use crate::model::{Seen, title};
use crate::request::{
    Answer, B, Call, Cart, Edit, Identity, Kept, Left, Order, P, Product, Refusal, Request, Sold,
    Told,
};
use crate::till::{Names, code};

/// A shop that answers somewhere.
#[derive(Clone)]
pub(crate) struct Site {
    address: SocketAddr,
    client: Client,
}

impl Site {
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            // A program that is to end waits for connections that are kept.
            client: Client::builder()
                .pool_max_idle_per_host(0)
                .build()
                .expect("a client"),
        }
    }

    pub(crate) async fn create_product(&self, number: P, stock: i64) -> ProductId {
        let goods =
            json!({ "title": title(0), "code": code(number), "price": 2.00, "stock": stock });
        let made = self.request(Method::POST, "/api/products").json(&goods);
        id(&payload(made).await).parse().expect("an id")
    }

    pub(crate) async fn create_cart(&self) -> CartId {
        let made = self.request(Method::POST, "/api/carts").json(&json!({}));
        id(&payload(made).await).parse().expect("an id")
    }

    /// Makes a call. One that breaks off has failed: who died knows why.
    pub(crate) async fn ask(&self, names: &Names, call: &Call) -> Told {
        let mut request = self.asked(names, &call.request);
        if let Some(key) = call.key {
            request = request.header("Idempotency-Key", format!("key {key}"));
        }
        let told = async {
            let reply = request.send().await?;
            let (status, replayed) = (
                reply.status().as_u16(),
                reply.headers().contains_key("Idempotent-Replayed"),
            );
            let body: Value = reply.json().await?;
            reqwest::Result::Ok((status, replayed, body))
        };
        let (kept, replayed) = match told.await {
            Ok((status, replayed, body)) => (names.kept(&call.request, status, &body), replayed),
            Err(error) => (plain(Answer::Failed(error.to_string())), false),
        };
        Told { kept, replayed }
    }

    fn asked(&self, names: &Names, request: &Request) -> RequestBuilder {
        let product = |product: &P| names.products[usize::from(*product)];
        let cart = |cart: &u8| format!("/api/carts/{}", names.carts[usize::from(*cart)]);
        let units = |quantity: &i64| json!({ "quantity": quantity });
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
                self.request(Method::POST, &path).json(&units(quantity))
            }
            Request::Set {
                cart: id,
                product: line,
                quantity,
            } => {
                let path = format!("{}/products/{}", cart(id), product(line));
                self.request(Method::PUT, &path).json(&units(quantity))
            }
            Request::Replace { cart: id, lines } => {
                let line = |(id, quantity): &(P, i64)| json!({ "product": product(id).to_string(), "quantity": quantity });
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
                let mut wish = json!({ "purchaser": format!("{buyer}@example.com") });
                if let Some(total) = total {
                    wish["total"] = json!(*total as f64 / 100.0);
                }
                self.request(Method::POST, &path).json(&wish)
            }
            Request::Cancel { buyer } => {
                let id = names.orders.lock().expect("orders")[buyer];
                self.request(Method::POST, &format!("/api/orders/{id}/cancel"))
            }
            Request::Expire { .. } => panic!("nobody can ask that time goes on"),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url)
    }

    /// Reads the whole shop.
    pub(crate) async fn read(&self, names: &Names) -> (Seen, BTreeMap<B, Identity>) {
        let mut seen = Seen::default();
        let get = |path: String| payload(self.request(Method::GET, &path));
        for product in array(&get("/api/products?limit=100".into()).await) {
            seen.products
                .insert(names.number(product), self::product(product));
        }
        for (number, cart) in (0..).zip(&names.carts) {
            let whole = self.request(Method::GET, &format!("/api/carts/{cart}"));
            seen.carts
                .insert(number, names.cart_of(&answer(whole).await));
        }
        let mut identities = BTreeMap::new();
        for stored in array(&get("/api/orders?limit=100".into()).await) {
            let (identity, order) = names.order_of(stored);
            let id = OrderId::from_bytes(identity.id);
            names.orders.lock().expect("orders").insert(order.buyer, id);
            let known = identities.insert(order.buyer, identity);
            assert!(known.is_none(), "two orders of buyer {}", order.buyer);
            seen.orders.insert(order.buyer, order);
        }
        (seen, identities)
    }
}

impl Names {
    fn kept(&self, request: &Request, status: u16, body: &Value) -> Kept {
        let told = &body["payload"];
        match (status, request) {
            (200, _) if told.is_null() => plain(Answer::Done),
            (201 | 206, Request::Purchase { .. }) => {
                let order = if status == 206 { &told["order"] } else { told };
                let (identity, order) = self.order_of(order);
                Kept {
                    answer: Answer::Bought {
                        order,
                        left: self.left_of(&told["left"]),
                        dropped: self.dropped(body),
                    },
                    identity: Some(identity),
                }
            }
            (200 | 202, Request::Edit { .. } | Request::Delete { .. }) => {
                plain(Answer::Product(product(told)))
            }
            (200, Request::Cancel { .. }) => plain(Answer::Cancelled(self.order_of(told).1)),
            (200 | 202, _) => plain(Answer::Cart(self.cart_of(body))),
            _ => plain(self.refusal(status, body)),
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
                let nouns = [
                    ("no such product", "Product"),
                    ("does not hold", "CartLine"),
                    ("no such order", "Order"),
                ];
                let noun = nouns.iter().find(|(words, _)| detail.contains(words));
                Refusal::NotFound(noun.expect("a noun").1.to_owned())
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
            _ => panic!("nobody expects {status} {body}"),
        })
    }

    fn number(&self, product: &Value) -> P {
        self.product(id(product).parse().expect("an id"))
    }

    fn dropped(&self, body: &Value) -> BTreeSet<P> {
        let warnings = body["warnings"].as_array().into_iter().flatten();
        let gone = warnings.map(|warning| text(&warning["product"]).parse().expect("an id"));
        gone.map(|id| self.product(id)).collect()
    }

    /// What an answer tells of a cart; its warnings stand in it or beside it.
    fn cart_of(&self, body: &Value) -> Cart {
        let cart = &body["payload"];
        let mut kept = BTreeMap::new();
        let lines = array(&cart["products"]).iter().map(|line| {
            let (product, quantity) = (self.number(&line["product"]), integer(&line["quantity"]));
            if line["heldUntil"].is_string() {
                kept.insert(product, quantity);
            }
            (product, quantity)
        });
        Cart {
            lines: lines.collect(),
            dropped: self.dropped(cart),
            version: integer(&cart["version"]),
            kept,
        }
    }

    fn left_of(&self, lines: &Value) -> Vec<Left> {
        let left = lines.as_array().into_iter().flatten().map(|line| Left {
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
        let lines = array(&stored["products"]).iter().map(|line| Sold {
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

fn plain(answer: Answer) -> Kept {
    Kept {
        answer,
        identity: None,
    }
}

fn product(told: &Value) -> Product {
    let stock = integer(&told["stock"]);
    Product {
        title: text(&told["title"]).to_owned(),
        stock,
        held: stock - integer(&told["available"]),
        price: minor(&told["price"]),
        for_sale: told["status"] == true,
        version: integer(&told["version"]),
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

async fn answer(request: RequestBuilder) -> Value {
    let reply = request.send().await.expect("an answer");
    let reply = reply.error_for_status().expect("a good answer");
    reply.json().await.expect("JSON")
}

async fn payload(request: RequestBuilder) -> Value {
    answer(request).await["payload"].take()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn id(value: &Value) -> &str {
    text(&value["_id"])
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn integer(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

fn minor(value: &Value) -> i64 {
    (value.as_f64().expect("a price") * 100.0).round() as i64
}
