//! A hold that expires: how soon every page shows it, and which carts are notified.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vitrina_test_support::Outcome;

use crate::pages::{Pages, Update, delays_since};
use crate::report::Expiry;
use crate::shop::{Client, Shop};

/// Duration of a hold.
pub(crate) const SECONDS: u32 = 3;
/// Open pages.
pub(crate) const PAGES: usize = 1_000;
/// Carts with an open page, and how many of them contain the held product.
pub(crate) const CARTS: usize = 200;
pub(crate) const AFFECTED: usize = 20;
/// How long to watch the other carts, which must not be notified.
const QUIET_TIME: Duration = Duration::from_secs(2);

/// One cart holds the last unit until the hold expires.
pub(crate) async fn expire(shop: &Shop) -> Outcome<Expiry> {
    let mut client = shop.connect(0).await?;
    let held = client.product("HELD", AFFECTED).await?;
    let other = client.product("OTHER", CARTS).await?;
    let mut carts = Vec::new();
    for number in 0..CARTS {
        let product = if number < AFFECTED { &held } else { &other };
        carts.push(client.cart(product).await?);
    }
    for cart in &carts {
        until_nothing_is_held(&mut client, cart).await?;
    }
    let path = format!("/api/products/{held}");
    client.put(&path, &json!({ "stock": 1 })).await?;

    let address = |number: usize| shop.programs[number % shop.programs.len()].address();
    let page = |number| (address(number), "/ws/products?snapshot=false".to_owned());
    let mut pages = Pages::open((0..PAGES).map(page).collect()).await?;
    let follow = |(number, cart): (usize, &String)| {
        let path = format!("/ws/products?snapshot=false&cart={cart}");
        (address(number), path)
    };
    let mut followed = Pages::open(carts.iter().enumerate().map(follow).collect()).await?;

    let sent = Instant::now();
    client.cart(&held).await?;
    let end = sent + Duration::from_secs(SECONDS.into());
    followed
        .first(AFFECTED, |update| is_cart(update, "short"))
        .await?;
    let free = |update: &Update| update.contains(&[&held, "\"available\":1,"]);
    let shown = pages.first(PAGES, free).await?;
    let notified = followed
        .first(AFFECTED, |update| is_cart(update, "available"))
        .await?;
    let later = followed.all_within(QUIET_TIME).await;
    let unrelated = notified
        .iter()
        .filter(|(cart, _)| *cart >= AFFECTED)
        .count()
        + later
            .iter()
            .filter(|update| update.page >= AFFECTED)
            .count();
    let first = notified.iter().map(|(_, at)| *at).min().unwrap_or(end);
    if unrelated > 0 || first < end {
        return Err(format!(
            "{}: {unrelated} unrelated carts were notified, or a cart too early",
            shop.name
        )
        .into());
    }
    Ok(Expiry {
        shop: shop.name.clone(),
        shown: delays_since(&shown, end),
        notified: delays_since(&notified, end),
        unrelated,
    })
}

fn is_cart(update: &Update, reason: &str) -> bool {
    update.contains(&["\"cart\"", &format!("\"reason\":\"{reason}\"")])
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
