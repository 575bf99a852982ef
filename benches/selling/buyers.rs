//! The buyers.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use serde_json::Value;

use crate::pages::{Pages, Update, delays_since};
use crate::report::{Drop, Sales, Times};
use crate::shop::{Client, Shop};
use crate::{Options, Outcome};

/// All buy at once what only a few can get: exactly that many succeed, the others see that none is
/// available, and every page shows that it is sold out.
pub(crate) async fn drop(shop: &Shop, options: &Options) -> Outcome<Drop> {
    let mut clients = Vec::new();
    for buyer in 0..options.buyers {
        clients.push(shop.connect(buyer).await?);
    }
    let product = clients[0].product("DROP", options.units).await?;
    let mut carts = Vec::new();
    for client in &mut clients {
        carts.push(client.cart(&product).await?);
    }
    let page = |number: usize| {
        let address = shop.programs[number % shop.programs.len()].address();
        (address, "/ws/products?snapshot=false".to_owned())
    };
    let mut pages = Pages::open((0..options.pages).map(page).collect()).await?;
    let start = Instant::now();
    let rush = clients.iter_mut().zip(&carts).map(async |(client, cart)| {
        let response = client.buy(cart).await?;
        Outcome::Ok((response, start.elapsed()))
    });
    let responses = try_join_all(rush).await?;
    let sold_out = |update: &Update| update.contains(&[&product, "\"available\":0,"]);
    let shown = pages.first(options.pages, sold_out).await?;

    let (mut sold, mut short, mut unavailable) = (0, 0, 0);
    let mut times = Vec::new();
    let mut last_sale = start;
    for ((status, body), time) in responses {
        times.push(time);
        if status == 201 {
            last_sale = last_sale.max(start + time);
        }
        match (status, &body["code"], &body["available"]) {
            (201, ..) => sold += 1,
            (409, code, available) if code == "insufficient_stock" && *available == 0 => {
                short += 1;
            }
            (503, ..) => unavailable += 1,
            _ => return Err(format!("unexpected response: {status} {body}").into()),
        }
    }
    let orders = shop.connect(0).await?.get("/api/orders").await?;
    let path = format!("/api/products/{product}");
    let stock = shop.connect(0).await?.get(&path).await?;
    let (orders, stock) = (&orders["totalDocs"], &stock["payload"]["stock"]);
    if *orders != options.units || *stock != 0 {
        return Err(format!("{}: {orders} orders, {stock} left", shop.name).into());
    }
    Ok(Drop {
        shop: shop.name.clone(),
        sold,
        short,
        unavailable,
        answered: Times::of(times),
        shown: delays_since(&shown, last_sale),
    })
}

/// Concurrent buyers buy carts that were filled before the time starts.
pub(crate) async fn sales(shop: &Shop, products: usize, options: &Options) -> Outcome<Sales> {
    let mut first = shop.connect(0).await?;
    let mut ids = Vec::new();
    for number in 0..products {
        ids.push(
            first
                .product(&format!("V-{number}"), options.purchases)
                .await?,
        );
    }
    let mut carts = Vec::new();
    for number in 0..options.purchases {
        carts.push(first.cart(&ids[number % products]).await?);
    }
    let mut clients = Vec::new();
    for buyer in 0..options.connections {
        clients.push(shop.connect(buyer).await?);
    }
    let next = Cell::new(0);
    let (start, before) = (Instant::now(), shop.cpu_time()?);
    let buying = clients
        .into_iter()
        .map(|client| buy_on(client, &carts, &next));
    let times = try_join_all(buying).await?;
    let (elapsed, after) = (start.elapsed(), shop.cpu_time()?);
    let unavailable: usize = times.iter().map(|(_, unavailable)| unavailable).sum();
    let times: Vec<_> = times.into_iter().flat_map(|(times, _)| times).collect();

    let sold = times.len();
    let orders = first.get("/api/orders").await?;
    if orders["totalDocs"] != sold {
        return Err(format!("{sold} sold, but {} orders", orders["totalDocs"]).into());
    }
    let each = |cpu: f64| cpu * 1e6 / sold as f64;
    Ok(Sales {
        shop: shop.name.clone(),
        products,
        unavailable,
        each_second: sold as f64 / elapsed.as_secs_f64(),
        cpu: (each(after.0 - before.0), each(after.1 - before.1)),
        answered: Times::of(times),
    })
}

/// Returns how long each purchase took, and how many were answered 503.
async fn buy_on(
    mut client: Client,
    carts: &[String],
    next: &Cell<usize>,
) -> Outcome<(Vec<Duration>, usize)> {
    let (mut times, mut unavailable) = (Vec::new(), 0);
    while let Some(cart) = carts.get(next.replace(next.get() + 1)) {
        let sent = Instant::now();
        let (status, body): (u16, Value) = client.buy(cart).await?;
        match status {
            201 => times.push(sent.elapsed()),
            503 => unavailable += 1,
            _ => return Err(format!("unexpected response: {status} {body}").into()),
        }
    }
    Ok((times, unavailable))
}
