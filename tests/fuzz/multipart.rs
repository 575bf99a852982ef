//! Multipart forms of the upload: parts put together with what they are worth, and the same bytes damaged.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::random::Random;
use crate::shop::{Answer, Client, Shop};

/// The most images that a product may have.
const MAX_IMAGES: usize = 20;

pub(crate) struct Target {
    shop: Shop,
    path: String,
    images: Vec<Vec<u8>>,
}

/// What a form must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// So many images are taken.
    Images(usize),
    /// It is refused with this status.
    Refused(u16),
}

impl Target {
    pub(crate) fn start() -> Self {
        let shop = Shop::start();
        let body = json!({ "title": "Vase", "code": "V-1", "price": 1, "stock": 1 }).to_string();
        let kind = b"Content-Type: application/json\r\n";
        let made = Client::of(&shop).ask("POST /api/products", kind, body.as_bytes());
        let made = made.expect("an answer").json();
        let id = made["payload"]["_id"].as_str().expect("an id");
        let path = format!("/api/products/{id}");
        let formats = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
        ];
        let images = formats.map(picture).to_vec();
        Self { shop, path, images }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        self.clear(&mut client)?;
        let boundary = random.pick(&["x", "----WebKitFormBoundary7MA4YWxk", "a'()+_,-./:=?"]);
        let (body, worth) = self.form(boundary, &mut random);
        let kind = format!("Content-Type: multipart/form-data; boundary=\"{boundary}\"\r\n");
        let answer = self.upload(&mut client, kind.as_bytes(), &body)?;
        let count = self.pictures(&mut client)?;
        let is_right = match worth {
            Worth::Images(images) => answer.status == 202 && count == images,
            Worth::Refused(status) => answer.status == status && count == 0,
        };
        if !is_right {
            return Err(told(&body, &answer, &format!("{worth:?}, {count} images")));
        }
        self.check_files(&mut client, &body, &answer)?;

        let (kind, body) = hurt(kind.into_bytes(), body, &mut random);
        let answer = self.upload(&mut client, &kind, &body)?;
        if ![202, 400, 413, 415].contains(&answer.status) {
            return Err(told(&body, &answer, &String::from_utf8_lossy(&kind)));
        }
        self.check_files(&mut client, &body, &answer)
    }

    fn upload(&self, client: &mut Client, kind: &[u8], body: &[u8]) -> Result<Answer, String> {
        let answer = client.ask(&format!("POST {}/upload", self.path), kind, body);
        // What was refused before its end is no beginning of another request.
        client.leave();
        answer
    }

    /// The product has exactly the files that there are.
    fn check_files(&self, client: &mut Client, body: &[u8], answer: &Answer) -> Result<(), String> {
        let mut names = self.names(client)?;
        names.sort();
        let files = self.shop.files();
        (names == files)
            .then_some(())
            .ok_or_else(|| told(body, answer, &format!("{names:?} and the files {files:?}")))
    }

    fn names(&self, client: &mut Client) -> Result<Vec<String>, String> {
        let product = client.ask(&format!("GET {}", self.path), b"", b"")?.json();
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

    fn pictures(&self, client: &mut Client) -> Result<usize, String> {
        self.names(client).map(|names| names.len())
    }

    /// Takes all images from the product.
    fn clear(&self, client: &mut Client) -> Result<(), String> {
        let kind = b"Content-Type: application/json\r\n";
        client.ask(&format!("PUT {}", self.path), kind, b"{\"thumbnails\":[]}")?;
        Ok(())
    }

    fn form(&self, boundary: &str, random: &mut Random) -> (Vec<u8>, Worth) {
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
            let worth = self.part(boundary, &mut body, random);
            // The first part that is refused ends the reading.
            match worth {
                _ if refused.is_some() => {}
                Worth::Refused(status) => refused = Some(status),
                Worth::Images(_) if images == MAX_IMAGES => refused = Some(413),
                Worth::Images(more) => images += more,
            }
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let worth = match refused {
            Some(status) => Worth::Refused(status),
            None if images == 0 => Worth::Refused(400),
            None => Worth::Images(images),
        };
        (body, worth)
    }

    fn part(&self, boundary: &str, body: &mut Vec<u8>, random: &mut Random) -> Worth {
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
        let (content, worth) = self.content(random);
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n");
        let is_empty_field = content.is_empty() && name.is_empty();
        if is_image && !is_empty_field {
            worth
        } else {
            Worth::Images(0)
        }
    }

    fn content(&self, random: &mut Random) -> (Vec<u8>, Worth) {
        let image = &self.images[random.below(self.images.len() as u64) as usize];
        match random.below(6) {
            0 => (Vec::new(), Worth::Refused(415)),
            1 => (image[..image.len() / 2].to_vec(), Worth::Refused(415)),
            2 => {
                let texts = [
                    &b"<script>alert(1)</script>"[..],
                    b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                    b"GIF89a=1;//",
                    b"%PDF-1.7",
                ];
                (
                    texts[random.below(4) as usize].to_vec(),
                    Worth::Refused(415),
                )
            }
            // What stands behind an image's end is left out.
            3 => (
                [image, &b"<script>alert(1)</script>"[..]].concat(),
                Worth::Images(1),
            ),
            _ => (image.clone(), Worth::Images(1)),
        }
    }
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(24, 16, |x, y| Rgb([x as u8 * 9, y as u8 * 9, 77]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut bytes, format)
        .expect("an image");
    bytes.into_inner()
}

/// Some bytes of the body, or the line that names its boundary, otherwise.
fn hurt(mut kind: Vec<u8>, mut body: Vec<u8>, random: &mut Random) -> (Vec<u8>, Vec<u8>) {
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

fn told(body: &[u8], answer: &Answer, what: &str) -> String {
    let shown = String::from_utf8_lossy(&body[..body.len().min(600)]);
    format!("{what}: {} {}\n{shown}", answer.status, answer.json())
}
