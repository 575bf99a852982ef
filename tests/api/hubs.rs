//! A stored write never turns into a failure because a hub is down.

use std::sync::mpsc;

use actix::{Arbiter, Supervisor};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use serde_json::json;
use vitrina::domain::hold::HoldLength;
use vitrina::images::Images;
use vitrina::metrics::Metrics;
use vitrina::realtime::{
    ChatRoom, FrameLog, Head, Hubs, Limits, ProductHub, RateLimits, SinkKind, StreamHead, Worker,
};
use vitrina::shop::feed_pump::{FeedHealth, FeedPump};
use vitrina::shop::{Heads, LiveCarts, Shop};
use vitrina::store::{Feed, FeedStart, open};
use vitrina::text::Language;
use vitrina::web::guard::in_flight::InFlight;
use vitrina::web::guard::limits::Limits as ClientLimits;
use vitrina::web::guard::site::Site;
use vitrina::web::{self, AppState, Pages, Readiness};

use crate::app::TestApp;
use crate::goods::*;
use crate::place::Place;

/// The shop's own parts around hubs whose thread the test can end.
async fn serve_until_stopped(
    place: Parts,
    started: mpsc::Sender<(std::net::SocketAddr, Arbiter)>,
    stopped: tokio::sync::oneshot::Receiver<()>,
) {
    let store = open::open(&place.store, HoldLength::OFF)
        .await
        .expect("a store");
    let images = Images::open(&place.uploads).await.expect("a folder");
    let feed = store.open_feed(FeedStart::Now).await.expect("a feed");
    let Feed { base, live, .. } = feed;
    let head = Head {
        cursor: base.clone(),
        newest_seq: 0,
    };
    let heads = Heads {
        products: StreamHead::new(head.clone()),
        chat: StreamHead::new(head),
    };

    let metrics = Metrics::new("sqlite");
    let (told, chat_told) = (metrics.realtime.clone(), metrics.realtime.clone());
    let arbiter = Arbiter::new();
    let log = FrameLog::new(base, 0, Limits::default());
    let (products, chat) = (heads.clone(), heads.clone());
    let room_log = log.clone();
    let hubs = Hubs {
        products: Supervisor::start_in_arbiter(&arbiter.handle(), move |_| {
            ProductHub::new(log, products.products, Language::En, told.products.clone())
        }),
        chat: Supervisor::start_in_arbiter(&arbiter.handle(), move |_| {
            ChatRoom::new(room_log, chat.chat, chat_told)
        }),
    };
    let health = FeedHealth::default();
    let live_carts = LiveCarts::start(store.clone(), hubs.products.clone());
    let pump = FeedPump::new(
        store.clone(),
        hubs.clone(),
        live_carts.clone(),
        &health,
        metrics.feed.clone(),
    );
    actix_web::rt::spawn(pump.run(live));

    let state = Data::new(AppState {
        shop: Shop::new(
            store.clone(),
            images,
            heads,
            live_carts,
            metrics.store.clone(),
        ),
        pages: Pages::load().expect("pages"),
        language: Language::En,
        sink: SinkKind::Response,
        limits: ClientLimits::new(RateLimits::Off),
        site: Site {
            is_loopback: true,
            public: None,
            proxies: Vec::new(),
            has_token: false,
        },
        admin: None,
        admin_sessions: None,
        metrics: metrics.clone(),
        readiness: Readiness::default(),
        feed: health,
    });
    let in_flight = Data::new(InFlight::default());
    let server = HttpServer::new(move || {
        let (hubs, told) = (hubs.clone(), metrics.realtime.clone());
        App::new()
            .app_data(state.clone())
            .app_data(in_flight.clone())
            .data_factory(move || Worker::start(hubs.clone(), SinkKind::Response, told.clone()))
            .wrap(from_fn(web::guard::enter))
            .wrap(from_fn(web::observe::request))
            .configure(web::configure)
    });
    let server = server.disable_signals().workers(1).shutdown_timeout(1);
    let server = server.bind("127.0.0.1:0").expect("a port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);
    started.send((address, arbiter)).expect("a waiting test");
    stopped.await.expect("a word to stop");
    handle.stop(true).await;
    serving.await.expect("no panic").expect("a good end");
    store.close().await;
}

/// Where such a shop keeps its data.
struct Parts {
    store: vitrina::store::open::StoreUrl,
    uploads: std::path::PathBuf,
}

/// Starts such a shop, and gives the thread of its hubs.
fn start(place: &Place) -> (TestApp, Arbiter) {
    let parts = Parts {
        store: place.store().parse().expect("a store's URL"),
        uploads: place.uploads(),
    };
    let (started, starting) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(serve_until_stopped(parts, started, stopped));
    });
    let (address, arbiter) = starting.recv().expect("a shop that starts");
    (TestApp::on(address, stop, thread), arbiter)
}

pub(crate) async fn with_dead_hubs_every_write_is_stored_and_answered(place: &Place) {
    let (app, hubs) = start(place);
    let mut products = app.products_socket_after_snapshot().await;
    let mut chat = app.chatter("ana@example.com").await;
    let product = app.vase("V-1").await;
    products.expect("update_products").await;

    assert!(hubs.stop(), "the hubs' thread ends");
    hubs.join().expect("no panic");

    let other = app.vase("V-2").await;
    let changed = app.put(&path(&product), &json!({ "stock": 3 })).await;
    assert_eq!(app.product(&product).await, changed.expect(202).payload());
    let pictured = app
        .upload(id(&other), &[("img", "a.png", &png(2, 2))])
        .await;
    assert_eq!(app.product(&other).await, pictured.expect(202).payload());
    let cart = app.cart().await;
    let line = format!("{cart}/product/{}", id(&other));
    app.post(&line, &json!({})).await.expect(202);
    app.post_form("/carts/lines", &[("product", id(&other))])
        .await
        .expect(303);
    let message = app.message("over REST").await;
    chat.say("over the socket", "n-1").await;
    // The socket's own order: the second is read when the first is stored.
    chat.send("history", json!({})).await;
    chat.expect("chat-messages").await;
    let history = app.get("/api/messages").await.expect(200).payload();
    let texts = [&history[0]["message"], &history[1]["message"]];
    assert_eq!(texts, ["over REST", "over the socket"]);
    app.delete(&format!("/api/messages/{}", id(&message)))
        .await
        .done();
    app.delete(&path(&product)).await.done();
    assert_eq!(app.all_products().await, [app.product(&other).await]);
    app.get("/").await.expect(200);
}
