//! What the shop holds: a ramp of sockets, a full room, many watchers, requests over many connections, and
//! people who come and go.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::Outcome;
use crate::figures::{Report, percentile};
use crate::frames::{client, now_in_words};
use crate::machine;
use crate::place::Place;
use crate::rest::Rest;
use crate::shop::{ADMIN_TOKEN, Shop};
use crate::siege::{Readers, healthy_address};
use crate::socket::Socket;

/// How long the last deliveries may take.
const LAST: Duration = Duration::from_secs(20);

/// So many sockets, opened as fast as they come.
pub(crate) async fn ramp(place: &Place, sockets: usize, report: &mut Report) -> Outcome<()> {
    let shop = Shop::start(place).await?;
    let before = machine::resident(shop.pid())?;
    let began = Instant::now();
    let readers = Readers::arrive(shop.address(), sockets / 2, sockets - sockets / 2).await?;
    let took = began.elapsed();
    sleep(Duration::from_secs(5)).await;
    let each = machine::resident(shop.pid())?.saturating_sub(before) / sockets as u64;
    let told = format!("{took:.1?}");
    report.promise(
        &format!("{sockets} sockets within 20 s"),
        told,
        took.as_secs() < 20,
    );
    let told = format!("{:.1} kB", each as f64 / 1e3);
    report.promise("memory of each, 40 kB at most", told, each <= 40_000);
    let (_, refused) = readers.leave(0, LAST).await?;
    report.promise("refused or ended early", refused, refused == 0);
    Ok(())
}

/// What is told to readers at an even pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Talk {
    Messages,
    Edits,
}

/// Tells so much a second; how much it was.
async fn tell(rest: &Rest, talk: Talk, rate: u32, time: Duration) -> Outcome<usize> {
    let product = match talk {
        Talk::Messages => String::new(),
        Talk::Edits => rest.create("watched").await?.id,
    };
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let until = Instant::now() + time;
    let mut told = 0;
    while Instant::now() < until {
        ticks.tick().await;
        match talk {
            Talk::Messages => drop(rest.say("ana@example.com", &now_in_words()).await?),
            Talk::Edits => {
                let title = json!({ "title": now_in_words() });
                rest.update(&product, &title).await?;
            }
        }
        told += 1;
    }
    Ok(told)
}

/// The most that half and nearly all of the deliveries may take.
struct Limits {
    half: Duration,
    most: Duration,
}

fn judge(report: &mut Report, mut delays: Vec<u32>, lost: usize, limits: &Limits) {
    report.promise(
        "lost, twice or out of order",
        format!("{lost} of {}", delays.len()),
        lost == 0,
    );
    for (percent, limit) in [(50, limits.half), (99, limits.most)] {
        let delay = percentile(&mut delays, percent);
        report.delay(
            &format!("p{percent}, {limit:?} at most"),
            format!("{delay:.1?}"),
            delay <= limit,
        );
    }
}

/// One room, 10 messages a second; with log-ins of the admin in the midst of it, a hundred at once.
pub(crate) async fn room(
    place: &Place,
    members: usize,
    time: Duration,
    with_logins: bool,
    report: &mut Report,
) -> Outcome<()> {
    let token: &[&str] = if with_logins {
        &["--admin-token", ADMIN_TOKEN]
    } else {
        &[]
    };
    let shop = Shop::start_with(place, token).await?;
    let readers = Readers::arrive(shop.address(), members, 0).await?;
    sleep(Duration::from_secs(3)).await;
    readers.begin();
    let rest = Rest::new(shop.address())?;
    let logins = async {
        if !with_logins {
            return Ok(0);
        }
        sleep(time / 3).await;
        log_in(shop.address(), 100).await
    };
    let (told, logged_in) = tokio::join!(tell(&rest, Talk::Messages, 10, time), logins);
    let (delays, lost) = readers.leave(told?, LAST).await?;
    let most = if with_logins { 500 } else { 250 };
    let limits = Limits {
        half: Duration::from_millis(if with_logins { 500 } else { 50 }),
        most: Duration::from_millis(most),
    };
    judge(report, delays, lost, &limits);
    if with_logins {
        let logged_in = logged_in?;
        report.promise(
            "log-ins, all at once",
            format!("{logged_in} of 100"),
            logged_in == 100,
        );
    }
    Ok(())
}

/// Logs the admin in from so many addresses at once; how many were let in.
async fn log_in(address: std::net::SocketAddr, count: u32) -> Outcome<usize> {
    let mut tries = JoinSet::new();
    for number in 0..count {
        let rest = Rest::from_address(address, healthy_address(2_000 + number))?;
        tries.spawn(async move { rest.logs_in(ADMIN_TOKEN).await });
    }
    Ok(tries
        .join_all()
        .await
        .into_iter()
        .filter(|is_in| *is_in)
        .count())
}

/// Watchers of the products, 20 edits a second.
pub(crate) async fn watchers(
    place: &Place,
    count: usize,
    time: Duration,
    report: &mut Report,
) -> Outcome<()> {
    let shop = Shop::start(place).await?;
    let readers = Readers::arrive(shop.address(), 0, count).await?;
    sleep(Duration::from_secs(3)).await;
    readers.begin();
    let told = tell(&Rest::new(shop.address())?, Talk::Edits, 20, time).await?;
    let (delays, lost) = readers.leave(told, LAST).await?;
    let most = Duration::from_millis(500);
    judge(report, delays, lost, &Limits { half: most, most });
    Ok(())
}

/// Requests over so many connections that are kept.
pub(crate) async fn catalogue(
    place: &Place,
    connections: usize,
    time: Duration,
    report: &mut Report,
) -> Outcome<()> {
    const PRODUCTS: usize = 5_000;
    let shop = Shop::start(place).await?;
    let rest = Rest::new(shop.address())?;
    for some in (0..PRODUCTS).collect::<Vec<_>>().chunks(50) {
        let made = some.iter().map(|number| {
            let rest = rest.clone();
            async move { rest.create(&format!("C-{number}")).await }
        });
        futures_util::future::try_join_all(made).await?;
    }
    let until = Instant::now() + time;
    let mut asking = JoinSet::new();
    for number in 0..connections {
        let rest = Rest::new(shop.address())?;
        asking.spawn(async move {
            let (mut took, mut failed) = (Vec::new(), 0);
            while Instant::now() < until {
                let page = (took.len() * 7 + number) % 250 + 1;
                let path = match took.len() % 4 {
                    0 => format!("/?page={}", page % 25 + 1),
                    1 => format!("/api/products?limit=20&page={page}&sort=asc"),
                    2 => format!("/api/products?limit=20&page={page}"),
                    _ => "/api/products?category=general&limit=20".to_owned(),
                };
                let began = Instant::now();
                failed += usize::from(!rest.is_answered(&path).await);
                took.push(began.elapsed().as_micros() as u32);
            }
            (took, failed)
        });
    }
    let (mut took, mut failed) = (Vec::new(), 0);
    for (own, bad) in asking.join_all().await {
        took.extend(own);
        failed += bad;
    }
    report.promise(
        "requests that failed",
        format!("{failed} of {}", took.len()),
        failed == 0,
    );
    let most = percentile(&mut took, 99);
    let rate = took.len() as f64 / time.as_secs_f64();
    report.delay(
        "p99, 100 ms at most",
        format!("{most:.1?} at {rate:.0} requests a second"),
        most.as_millis() <= 100,
    );
    Ok(())
}

/// A crowd of which 20 go and 20 others come each second.
pub(crate) async fn comings(
    place: &Place,
    sockets: usize,
    time: Duration,
    report: &mut Report,
) -> Outcome<()> {
    let shop = Shop::start(place).await?;
    let (address, rest) = (shop.address(), Rest::new(shop.address())?);
    let mut crowd = std::collections::VecDeque::new();
    let mut ticks = interval(Duration::from_millis(50));
    let (began, mut memory, mut came) = (Instant::now(), Vec::new(), 0_u64);
    while began.elapsed() < time {
        if crowd.len() >= sockets {
            ticks.tick().await;
            drop(crowd.pop_front());
        }
        let mut socket = Socket::open(address, "/ws/chat").await?;
        let join = json!({ "user": format!("guest-{came}@example.com") });
        socket.send(&client("join", &join)).await?;
        // A task reads; it ends with its handle.
        crowd.push_back(Reading(tokio::spawn(async move {
            while let crate::socket::Received::Text(_) | crate::socket::Received::Ping(_) =
                socket.next().await
            {}
        })));
        came += 1;
        if came.is_multiple_of(20) {
            let message = json!({ "user": "ana@example.com", "message": "hello" });
            rest.ask(Method::POST, "/api/messages", Some(&message))
                .await?;
            memory.push((
                began.elapsed().as_secs_f64() / 60.0,
                machine::resident(shop.pid())? as f64 / 1e6,
            ));
        }
    }
    // The first third is the warm-up.
    let warm = memory.split_off(memory.len() / 3);
    let slope = slope(&warm);
    report.figure("sockets that came", came);
    let last = warm.last().map_or(0.0, |last| last.1);
    // A slope of seconds says nothing.
    report.promise(
        "growth, 1 MB/min at most",
        format!("{slope:.2} MB/min, {last:.1} MB in the end"),
        slope <= 1.0 || time < Duration::from_secs(60),
    );
    Ok(())
}

/// A socket that is read until this is dropped.
struct Reading(tokio::task::JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// By least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let below: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    above / below
}
