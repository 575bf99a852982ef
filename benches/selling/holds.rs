//! A hold that runs out: how soon every page shows it, and who of the carts is told.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Outcome;
use crate::pages::{Heard, Pages, since};
use crate::report::RunOut;
use crate::shop::{Client, Shop};

/// How long what is put into a cart is kept, in seconds.
pub(crate) const SECONDS: u32 = 3;
/// Open pages.
pub(crate) const PAGES: usize = 1_000;
/// Carts that are looked at, and those of them that want what is held.
pub(crate) const CARTS: usize = 200;
pub(crate) const WANTING: usize = 20;
/// How long those are listened to who must hear nothing.
const SILENCE: Duration = Duration::from_secs(2);

/// One cart holds the last unit, and lets its time go by.
pub(crate) async fn run_out(shop: &Shop) -> Outcome<RunOut> {
    let mut client = shop.connect(0).await?;
    let wanted = client.product("WANTED", WANTING).await?;
    let other = client.product("OTHER", CARTS).await?;
    let mut carts = Vec::new();
    for number in 0..CARTS {
        let product = if number < WANTING { &wanted } else { &other };
        carts.push(client.cart(product).await?);
    }
    for cart in &carts {
        until_nothing_is_held(&mut client, cart).await?;
    }
    let path = format!("/api/products/{wanted}");
    client.put(&path, &json!({ "stock": 1 })).await?;

    let address = |number: usize| shop.programs[number % shop.programs.len()].address();
    let page = |number| (address(number), "/ws/products?snapshot=false".to_owned());
    let mut pages = Pages::open((0..PAGES).map(page).collect()).await?;
    let follow = |(number, cart): (usize, &String)| {
        let path = format!("/ws/products?snapshot=false&cart={cart}");
        (address(number), path)
    };
    let mut followed = Pages::open(carts.iter().enumerate().map(follow).collect()).await?;

    let asked = Instant::now();
    client.cart(&wanted).await?;
    let is_over = asked + Duration::from_secs(SECONDS.into());
    followed
        .first(WANTING, |heard| is_cart(heard, "short"))
        .await?;
    let free = |heard: &Heard| heard.has(&[&wanted, "\"available\":1,"]);
    let shown = pages.first(PAGES, free).await?;
    let told = followed
        .first(WANTING, |heard| is_cart(heard, "available"))
        .await?;
    let later = followed.all_within(SILENCE).await;
    let strangers = told.iter().filter(|(cart, _)| *cart >= WANTING).count()
        + later.iter().filter(|heard| heard.page >= WANTING).count();
    let first = told.iter().map(|(_, at)| *at).min().unwrap_or(is_over);
    if strangers > 0 || first < is_over {
        return Err(format!(
            "{}: told to {strangers} wrong carts, or too early",
            shop.name
        )
        .into());
    }
    Ok(RunOut {
        shop: shop.name.clone(),
        shown: since(&shown, is_over),
        told: since(&told, is_over),
        strangers,
    })
}

fn is_cart(heard: &Heard, reason: &str) -> bool {
    heard.has(&["\"cart\"", &format!("\"reason\":\"{reason}\"")])
}

async fn until_nothing_is_held(client: &mut Client, cart: &str) -> Outcome<()> {
    loop {
        let shown = client.get(&format!("/api/carts/{cart}")).await?;
        let lines = shown["payload"]["products"].as_array();
        let is_held = |line: &Value| line.get("heldUntil").is_some();
        if !lines.ok_or("a cart without lines")?.iter().any(is_held) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
