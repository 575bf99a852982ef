//! Damaged requests: the server responds or closes, and serves the next request correctly.

use crate::random::Random;
use crate::shop::{Client, Shop};

pub(crate) struct Target {
    shop: Shop,
}

impl Target {
    pub(crate) fn start() -> Self {
        Self {
            shop: Shop::start(),
        }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut request = request(&self.shop, &mut random);
        for _ in 0..random.between(1, 5) {
            damage(&mut request, &mut random);
        }
        let shown = || String::from_utf8_lossy(&request).into_owned();
        let mut client = Client::of(&self.shop);
        match client.send_last(&request) {
            Ok(Some(response)) if response.status >= 500 => {
                return Err(format!("{}\nis answered {}", shown(), response.head));
            }
            Ok(_) => {}
            Err(error) => return Err(format!("{}\n{error}", shown())),
        }
        let health = client.fetch("GET /healthz", b"", b"")?;
        (health.status == 200)
            .then_some(())
            .ok_or_else(|| format!("{}\nand then {}", shown(), health.head))
    }
}

fn request(shop: &Shop, random: &mut Random) -> Vec<u8> {
    let host = shop.address;
    let id = "0123456789abcdef01234567";
    let json = "{\"title\":\"x\"}";
    let requests = [
        format!(
            "GET /api/products?limit=1&q=a%20b HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n"
        ),
        format!(
            "GET /uploads/320/a.png.webp HTTP/1.1\r\nHost: {host}\r\nRange: bytes=0-9,3-4\r\nIf-None-Match: \"x\"\r\n\r\n"
        ),
        format!(
            "PUT /api/products/{id} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            json.len()
        ),
        format!(
            "POST /api/carts HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{{}}\r\n0\r\n\r\n"
        ),
        format!(
            "GET /ws/chat HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n"
        ),
        format!(
            "GET / HTTP/1.1\r\nHost: {host}\r\nCookie: lang=es; theme=dark\r\nAccept-Language: es-MX,es;q=0.9,*;q=0\r\nConnection: keep-alive\r\n\r\n"
        ),
        format!(
            "OPTIONS * HTTP/1.0\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
        ),
    ];
    requests[random.below(requests.len() as u64) as usize]
        .clone()
        .into_bytes()
}

fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len() as u64) as usize;
    match random.below(7) {
        0 => bytes[at] = random.next() as u8,
        1 => bytes.insert(at, random.pick(b"\r\n\0 \t:;,%/\x80\xff")),
        2 if bytes.len() > 1 => drop(bytes.remove(at)),
        3 => {
            let end = (at + random.below(40) as usize).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let to = random.below(bytes.len() as u64) as usize;
            bytes.splice(to..to, part);
        }
        4 => {
            let lines = [
                "Content-Length: 5\r\n",
                "Transfer-Encoding: chunked\r\n",
                "Host: x\r\n",
                " folded\r\n",
                "X: \u{0}\r\n",
                "Connection: close\r\n",
            ];
            if let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
                bytes.splice(end + 2..end + 2, random.pick(&lines).bytes());
            }
        }
        5 => bytes
            .splice(
                at..at,
                std::iter::repeat_n(b'a', random.below(3_000) as usize),
            )
            .for_each(drop),
        _ => bytes.truncate(at + 1),
    }
}
