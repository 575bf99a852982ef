//! Products and images for the tests.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::reply::Reply;

/// A well-formed id that does not exist.
pub(crate) const UNKNOWN: &str = "0123456789abcdef01234567";

/// Strings that are not ids.
pub(crate) const MALFORMED: [&str; 5] = [
    "1",
    "0123456789abcdef0123456",
    "0123456789abcdef012345678",
    "0123456789abcdef0123456g",
    "%7B%22$ne%22:null%7D",
];

/// A vase: 10 in stock at 19.99 each.
pub(crate) fn vase(code: &str) -> Value {
    json!({ "title": "Vase", "code": code, "price": 19.99, "stock": 10 })
}

/// A vase with some members set; `null` removes a member.
pub(crate) fn vase_with(code: &str, changes: Value) -> Value {
    let mut vase = vase(code);
    let members = vase.as_object_mut().expect("an object");
    let Value::Object(changes) = changes else {
        panic!("{changes} is not an object");
    };
    for (name, value) in changes {
        match value {
            Value::Null => drop(members.remove(&name)),
            value => drop(members.insert(name, value)),
        }
    }
    vase
}

/// A product's id.
pub(crate) fn id(product: &Value) -> &str {
    product["_id"].as_str().expect("an id")
}

/// A product's path in the API.
pub(crate) fn path(product: &Value) -> String {
    format!("/api/products/{}", id(product))
}

/// The names of a product's images.
pub(crate) fn thumbnails(product: &Value) -> Vec<String> {
    let names = product["thumbnails"].as_array().expect("a list").iter();
    names
        .map(|name| name.as_str().expect("a name").to_owned())
        .collect()
}

impl TestApp {
    /// Creates a vase.
    pub(crate) async fn vase(&self, code: &str) -> Value {
        self.create_product(&vase(code)).await
    }

    pub(crate) async fn create_product(&self, product: &Value) -> Value {
        let reply = self.post("/api/products", product).await;
        reply.expect(201).payload()
    }

    /// Creates vases, several at a time, and returns their ids in order.
    pub(crate) async fn vases(&self, count: usize) -> Vec<String> {
        let codes: Vec<_> = (0..count).map(|n| format!("C-{n:03}")).collect();
        let mut ids = Vec::new();
        for chunk in codes.chunks(20) {
            let made = futures_util::future::join_all(chunk.iter().map(|code| self.vase(code)));
            ids.extend(made.await.iter().map(|product| id(product).to_owned()));
        }
        ids.sort();
        ids
    }

    /// The current state of a product.
    pub(crate) async fn product(&self, product: &Value) -> Value {
        self.get(&path(product)).await.expect(200).payload()
    }

    /// Uploads files; each is a field name, a file name and the bytes.
    pub(crate) async fn upload(&self, id: &str, files: &[(&str, &str, &[u8])]) -> Reply {
        let parts = files
            .iter()
            .fold(Form::new(), |form, (field, name, bytes)| {
                let part = Part::bytes(bytes.to_vec()).file_name((*name).to_owned());
                form.part((*field).to_owned(), part)
            });
        let path = format!("/api/products/{id}/upload");
        Reply::to(self.request("POST", &path).multipart(parts)).await
    }

    /// A vase with one image, and the image's name.
    pub(crate) async fn vase_with_image(&self, code: &str) -> (Value, String) {
        let product = self.vase(code).await;
        let file = ("img", "vase.png", &png(40, 50)[..]);
        let reply = self.upload(id(&product), &[file]).await;
        let product = reply.expect(202).payload();
        let [name] = &thumbnails(&product)[..] else {
            panic!("{product} does not have one image");
        };
        (product.clone(), name.clone())
    }
}

pub(crate) fn image_of(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let gradient = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 200]));
    let mut bytes = Cursor::new(Vec::new());
    let image = DynamicImage::from(gradient);
    image.write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    image_of(width, height, ImageFormat::Png)
}

/// A PNG with a valid header for any size, and the data of a 1 x 1 image.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(1, 1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The checksum of PNG chunks (ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    })
}
