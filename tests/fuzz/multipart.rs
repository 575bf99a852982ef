//! Multipart forms of image uploads: parts with known expectations, then damaged.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::random::Random;
use crate::shop::{Client, Response, Shop};

/// Images that a product may have.
const MAX_IMAGES: usize = 20;

pub(crate) struct Target {
    shop: Shop,
    path: String,
    images: Vec<Vec<u8>>,
}

/// The expected result of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expectation {
    /// This many images are accepted.
    Images(usize),
    /// It is refused with this status.
    Refused(u16),
}

impl Target {
    pub(crate) fn start() -> Self {
        let shop = Shop::start();
        let body = json!({ "title": "Vase", "code": "V-1", "price": 1, "stock": 1 }).to_string();
        let kind = b"Content-Type: application/json\r\n";
        let created = Client::of(&shop).fetch("POST /api/products", kind, body.as_bytes());
        let created = created.expect("a response").json();
        let id = created["payload"]["_id"].as_str().expect("an id");
        let path = format!("/api/products/{id}");
        let formats = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
        ];
        let images = formats.map(encoded_image).to_vec();
        Self { shop, path, images }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        self.clear(&mut client)?;
        let boundary = random.pick(&["x", "----WebKitFormBoundary7MA4YWxk", "a'()+_,-./:=?"]);
        let (body, expectation) = self.form(boundary, &mut random);
        let kind = format!("Content-Type: multipart/form-data; boundary=\"{boundary}\"\r\n");
        let response = self.upload(&mut client, kind.as_bytes(), &body)?;
        let count = self.image_count(&mut client)?;
        let is_expected = match expectation {
            Expectation::Images(images) => response.status == 202 && count == images,
            Expectation::Refused(status) => response.status == status && count == 0,
        };
        if !is_expected {
            return Err(describe(
                &body,
                &response,
                &format!("{expectation:?}, {count} images"),
            ));
        }
        self.check_files(&mut client, &body, &response)?;

        let (kind, body) = damage(kind.into_bytes(), body, &mut random);
        let response = self.upload(&mut client, &kind, &body)?;
        if ![202, 400, 413, 415].contains(&response.status) {
            return Err(describe(&body, &response, &String::from_utf8_lossy(&kind)));
        }
        self.check_files(&mut client, &body, &response)
    }

    fn upload(&self, client: &mut Client, kind: &[u8], body: &[u8]) -> Result<Response, String> {
        let response = client.fetch(&format!("POST {}/upload", self.path), kind, body);
        // A body that was refused early may still be on the wire: the next request needs a new
        // connection.
        client.disconnect();
        response
    }

    /// Checks that the files are exactly those that the product names.
    fn check_files(
        &self,
        client: &mut Client,
        body: &[u8],
        response: &Response,
    ) -> Result<(), String> {
        let mut names = self.names(client)?;
        names.sort();
        let files = self.shop.files();
        (names == files).then_some(()).ok_or_else(|| {
            describe(
                body,
                response,
                &format!("{names:?}, but the files are {files:?}"),
            )
        })
    }

    fn names(&self, client: &mut Client) -> Result<Vec<String>, String> {
        let product = client
            .fetch(&format!("GET {}", self.path), b"", b"")?
            .json();
        let names = product["payload"]["thumbnails"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        Ok(names
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect())
    }

    fn image_count(&self, client: &mut Client) -> Result<usize, String> {
        self.names(client).map(|names| names.len())
    }

    /// Removes all images of the product.
    fn clear(&self, client: &mut Client) -> Result<(), String> {
        let kind = b"Content-Type: application/json\r\n";
        client.fetch(&format!("PUT {}", self.path), kind, b"{\"thumbnails\":[]}")?;
        Ok(())
    }

    fn form(&self, boundary: &str, random: &mut Random) -> (Vec<u8>, Expectation) {
        let (mut body, mut images, mut refused) = (Vec::new(), 0, None);
        if random.once_in(6) {
            body.extend_from_slice(b"a preamble\r\n");
        }
        let count = if random.once_in(30) {
            22
        } else {
            random.below(4)
        };
        for _ in 0..count {
            let expectation = self.part(boundary, &mut body, random);
            // The first refused part ends the parsing.
            match expectation {
                _ if refused.is_some() => {}
                Expectation::Refused(status) => refused = Some(status),
                Expectation::Images(_) if images == MAX_IMAGES => refused = Some(413),
                Expectation::Images(more) => images += more,
            }
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let expectation = match refused {
            Some(status) => Expectation::Refused(status),
            None if images == 0 => Expectation::Refused(400),
            None => Expectation::Images(images),
        };
        (body, expectation)
    }

    fn part(&self, boundary: &str, body: &mut Vec<u8>, random: &mut Random) -> Expectation {
        let field = random.pick(&[
            "img",
            "image",
            "thumbnail",
            "thumbnails",
            "file",
            "note",
            "IMG",
            "img[]",
            "$where",
        ]);
        let is_image = !["note", "IMG", "img[]", "$where"].contains(&field);
        let long = "n".repeat(3_000);
        let name = random.pick(&[
            "a.png",
            "..\\..\\evil.html",
            "../../etc/passwd",
            "a.php;.jpg",
            "",
            "\u{202e}gnp.exe",
            "nul",
            &long,
        ]);
        let name = name.replace('\\', "\\\\");
        let kind = random.pick(&[
            "image/png",
            "text/html",
            "image/svg+xml",
            "application/octet-stream",
        ]);
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        let (content, expectation) = self.content(random);
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
        let is_empty_field = content.is_empty() && name.is_empty();
        if is_image && !is_empty_field {
            expectation
        } else {
            Expectation::Images(0)
        }
    }

    fn content(&self, random: &mut Random) -> (Vec<u8>, Expectation) {
        let image = &self.images[random.below(self.images.len() as u64) as usize];
        match random.below(6) {
            0 => (Vec::new(), Expectation::Refused(415)),
            1 => (image[..image.len() / 2].to_vec(), Expectation::Refused(415)),
            2 => {
                let contents = [
                    &b"<script>alert(1)</script>"[..],
                    b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                    b"GIF89a=1;//",
                    b"%PDF-1.7",
                ];
                (
                    contents[random.below(4) as usize].to_vec(),
                    Expectation::Refused(415),
                )
            }
            // Bytes after the end of an image are removed.
            3 => (
                [image, &b"<script>alert(1)</script>"[..]].concat(),
                Expectation::Images(1),
            ),
            _ => (image.clone(), Expectation::Images(1)),
        }
    }
}

fn encoded_image(format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(24, 16, |x, y| Rgb([x as u8 * 9, y as u8 * 9, 77]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut bytes, format)
        .expect("an image");
    bytes.into_inner()
}

/// Damages the body, and sometimes the line with its boundary.
fn damage(mut kind: Vec<u8>, mut body: Vec<u8>, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    if random.once_in(5) {
        let at = random.below(kind.len() as u64 - 2) as usize;
        kind[at] = random.pick(b"\";= x-");
    }
    for _ in 0..random.between(1, 4) {
        let at = random.below(body.len() as u64) as usize;
        match random.below(6) {
            0 => body.truncate(at + 1),
            1 => body[at] ^= 1 << random.below(8),
            2 => drop(body.remove(at)),
            3 => body.insert(at, random.pick(b"\r\n-\"\0\xff:")),
            4 => {
                let end = (at + random.below(300) as usize).min(body.len());
                body.extend_from_within(at..end);
            }
            _ => body.rotate_left(at),
        }
        if body.is_empty() {
            body.push(b'-');
        }
    }
    (kind, body)
}

fn describe(body: &[u8], response: &Response, detail: &str) -> String {
    let shown = String::from_utf8_lossy(&body[..body.len().min(600)]);
    format!("{detail}: {} {}\n{shown}", response.status, response.json())
}
