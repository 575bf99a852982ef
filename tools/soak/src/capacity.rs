//! What the server can hold: a ramp of sockets, a full chat room, many product sockets, requests
//! over many connections, and sockets that come and go.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use vitrina_test_support::Outcome;
use vitrina_test_support::proc;
use vitrina_test_support::socket::{Received, Socket};

use crate::frames::{client, timestamp};
use crate::readers::{Readers, healthy_address};
use crate::report::{Report, percentile};
use crate::rest::Rest;
use crate::shop::{ADMIN_TOKEN, Shop};
use crate::test_store::TestStore;

/// How long the last deliveries may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Opens sockets as fast as possible.
pub(crate) async fn ramp(store: &TestStore, sockets: usize, report: &mut Report) -> Outcome<()> {
    let shop = Shop::start(store).await?;
    let before = proc::resident(shop.pid())?;
    let began = Instant::now();
    let readers = Readers::open(shop.address(), sockets / 2, sockets - sockets / 2).await?;
    let took = began.elapsed();
    sleep(Duration::from_secs(5)).await;
    let each = proc::resident(shop.pid())?.saturating_sub(before) / sockets as u64;
    report.check(
        &format!("{sockets} sockets within 20 s"),
        format!("{took:.1?}"),
        took.as_secs() < 20,
    );
    let memory = format!("{:.1} kB", each as f64 / 1e3);
    report.check("memory of each, 40 kB at most", memory, each <= 40_000);
    let (_, refused) = readers.finish(0, DRAIN_TIMEOUT).await?;
    report.check("refused or ended early", refused, refused == 0);
    Ok(())
}

/// What the load writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    Messages,
    Edits,
}

/// Writes at an even pace; returns how often.
async fn write_at_rate(rest: &Rest, write: Write, rate: u32, time: Duration) -> Outcome<usize> {
    let product = match write {
        Write::Messages => String::new(),
        Write::Edits => rest.create("watched").await?.id,
    };
    let mut ticks = interval(Duration::from_secs(1) / rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let until = Instant::now() + time;
    let mut written = 0;
    while Instant::now() < until {
        ticks.tick().await;
        match write {
            Write::Messages => drop(rest.post_message("ana@example.com", &timestamp()).await?),
            Write::Edits => {
                let title = json!({ "title": timestamp() });
                rest.update(&product, &title).await?;
            }
        }
        written += 1;
    }
    Ok(written)
}

/// Bounds of the delivery delays.
struct Limits {
    p50: Duration,
    p99: Duration,
}

fn check(report: &mut Report, mut delays: Vec<u32>, lost: usize, limits: &Limits) {
    report.check(
        "lost, duplicated or out of order",
        format!("{lost} of {}", delays.len()),
        lost == 0,
    );
    for (percent, limit) in [(50, limits.p50), (99, limits.p99)] {
        let delay = percentile(&mut delays, percent);
        report.check_delay(
            &format!("p{percent}, {limit:?} at most"),
            format!("{delay:.1?}"),
            delay <= limit,
        );
    }
}

/// One room, 10 messages a second; optionally with a hundred admin log-ins at once in between.
pub(crate) async fn room(
    store: &TestStore,
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
    let shop = Shop::start_with(store, token).await?;
    let readers = Readers::open(shop.address(), members, 0).await?;
    sleep(Duration::from_secs(3)).await;
    readers.measure();
    let rest = Rest::new(shop.address())?;
    let logins = async {
        if !with_logins {
            return Ok(0);
        }
        sleep(time / 3).await;
        log_in_at_once(shop.address(), 100).await
    };
    let writing = write_at_rate(&rest, Write::Messages, 10, time);
    let (written, logged_in) = tokio::join!(writing, logins);
    let (delays, lost) = readers.finish(written?, DRAIN_TIMEOUT).await?;
    let limits = Limits {
        p50: Duration::from_millis(if with_logins { 500 } else { 50 }),
        p99: Duration::from_millis(if with_logins { 500 } else { 250 }),
    };
    check(report, delays, lost, &limits);
    if with_logins {
        let logged_in = logged_in?;
        report.check(
            "log-ins, all at once",
            format!("{logged_in} of 100"),
            logged_in == 100,
        );
    }
    Ok(())
}

/// Logs in as the admin, each time from another address; returns how many succeeded.
async fn log_in_at_once(address: std::net::SocketAddr, count: u32) -> Outcome<usize> {
    let mut tries = JoinSet::new();
    for number in 0..count {
        let rest = Rest::from_address(address, healthy_address(2_000 + number))?;
        tries.spawn(async move { rest.log_in(ADMIN_TOKEN).await });
    }
    Ok(tries
        .join_all()
        .await
        .into_iter()
        .filter(|is_ok| *is_ok)
        .count())
}

/// Product sockets, 20 edits a second.
pub(crate) async fn watchers(
    store: &TestStore,
    count: usize,
    time: Duration,
    report: &mut Report,
) -> Outcome<()> {
    let shop = Shop::start(store).await?;
    let readers = Readers::open(shop.address(), 0, count).await?;
    sleep(Duration::from_secs(3)).await;
    readers.measure();
    let rest = Rest::new(shop.address())?;
    let written = write_at_rate(&rest, Write::Edits, 20, time).await?;
    let (delays, lost) = readers.finish(written, DRAIN_TIMEOUT).await?;
    let limit = Duration::from_millis(500);
    let limits = Limits {
        p50: limit,
        p99: limit,
    };
    check(report, delays, lost, &limits);
    Ok(())
}

/// Requests over keep-alive connections.
pub(crate) async fn catalogue(
    store: &TestStore,
    connections: usize,
    time: Duration,
    report: &mut Report,
) -> Outcome<()> {
    const PRODUCTS: usize = 5_000;
    let shop = Shop::start(store).await?;
    let rest = Rest::new(shop.address())?;
    for chunk in (0..PRODUCTS).collect::<Vec<_>>().chunks(50) {
        let created = chunk.iter().map(|number| {
            let rest = rest.clone();
            async move { rest.create(&format!("C-{number}")).await }
        });
        futures_util::future::try_join_all(created).await?;
    }
    let until = Instant::now() + time;
    let mut requesting = JoinSet::new();
    for number in 0..connections {
        let rest = Rest::new(shop.address())?;
        requesting.spawn(async move {
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
                failed += usize::from(!rest.succeeds(&path).await);
                took.push(began.elapsed().as_micros() as u32);
            }
            (took, failed)
        });
    }
    let (mut took, mut failed) = (Vec::new(), 0);
    for (own, own_failed) in requesting.join_all().await {
        took.extend(own);
        failed += own_failed;
    }
    report.check(
        "requests that failed",
        format!("{failed} of {}", took.len()),
        failed == 0,
    );
    let p99 = percentile(&mut took, 99);
    let rate = took.len() as f64 / time.as_secs_f64();
    report.check_delay(
        "p99, 100 ms at most",
        format!("{p99:.1?} at {rate:.0} requests a second"),
        p99.as_millis() <= 100,
    );
    Ok(())
}

/// Replaces 20 of the sockets each second, and watches the memory.
pub(crate) async fn churn(
    store: &TestStore,
    sockets: usize,
    time: Duration,
    report: &mut Report,
) -> Outcome<()> {
    let shop = Shop::start(store).await?;
    let (address, rest) = (shop.address(), Rest::new(shop.address())?);
    let mut open = std::collections::VecDeque::new();
    let mut ticks = interval(Duration::from_millis(50));
    let (began, mut memory, mut opened) = (Instant::now(), Vec::new(), 0_u64);
    while began.elapsed() < time {
        if open.len() >= sockets {
            ticks.tick().await;
            drop(open.pop_front());
        }
        let mut socket = Socket::open(address, "/ws/chat").await?;
        let join = json!({ "user": format!("guest-{opened}@example.com") });
        socket.send(&client("join", &join)).await?;
        open.push_back(ReadTask(tokio::spawn(async move {
            while let Received::Text(_) | Received::Ping(_) = socket.next().await {}
        })));
        opened += 1;
        if opened.is_multiple_of(20) {
            let message = json!({ "user": "ana@example.com", "message": "hello" });
            rest.send(Method::POST, "/api/messages", Some(&message))
                .await?;
            memory.push((
                began.elapsed().as_secs_f64() / 60.0,
                proc::resident(shop.pid())? as f64 / 1e6,
            ));
        }
    }
    // The first third is the warm-up.
    let warm = memory.split_off(memory.len() / 3);
    let slope = slope(&warm);
    report.figure("sockets opened", opened);
    let last = warm.last().map_or(0.0, |last| last.1);
    // Over a few seconds a slope means nothing.
    report.check(
        "growth, 1 MB/min at most",
        format!("{slope:.2} MB/min, {last:.1} MB at the end"),
        slope <= 1.0 || time < Duration::from_secs(60),
    );
    Ok(())
}

/// Reads a socket until it is dropped.
struct ReadTask(tokio::task::JoinHandle<()>);

impl Drop for ReadTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// By the least squares method.
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
