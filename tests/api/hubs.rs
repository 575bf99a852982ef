//! A stored write does not fail because a hub is dead.

use std::sync::mpsc;

use actix::{Arbiter, Supervisor};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use serde_json::json;
use vitrina::api;
use vitrina::catalogue::Catalogue;
use vitrina::domain::hold::HoldLength;
use vitrina::http::guard::in_flight::InFlight;
use vitrina::http::limits::Limits as ClientLimits;
use vitrina::http::site::Site;
use vitrina::http::{self, AppState, Readiness};
use vitrina::i18n::Language;
use vitrina::images::Images;
use vitrina::metrics::Metrics;
use vitrina::pages::{self, Templates};
use vitrina::realtime::{
    ChatRoom, FrameLog, Head, Hubs, Limits, ProductHub, RateLimits, SinkKind, StreamHead, Worker,
};
use vitrina::shop::change_dispatcher::{ChangeDispatcher, FeedProgress};
use vitrina::shop::{CartWatch, Heads, Shop};
use vitrina::store::{Feed, FeedStart, open};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::test_store::TestStore;

/// Runs a shop whose hubs are on a thread that the test can stop.
async fn serve_until_stopped(
    locations: Locations,
    started: mpsc::Sender<(std::net::SocketAddr, Arbiter)>,
    stopped: tokio::sync::oneshot::Receiver<()>,
) {
    let store = open::open(&locations.store, HoldLength::OFF)
        .await
        .expect("a store");
    let images = Images::open(&locations.uploads).await.expect("a folder");
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
    let (hub_metrics, chat_metrics) = (metrics.realtime.clone(), metrics.realtime.clone());
    let arbiter = Arbiter::new();
    let catalogue = Catalogue::new(base.clone(), []);
    let log = FrameLog::new(base, 0, Limits::default());
    let (products, chat) = (heads.clone(), heads.clone());
    let chat_log = log.clone();
    let hubs = Hubs {
        products: Supervisor::start_in_arbiter(&arbiter.handle(), move |_| {
            ProductHub::new(
                log,
                catalogue,
                products.products,
                Language::En,
                hub_metrics.products.clone(),
            )
        }),
        chat: Supervisor::start_in_arbiter(&arbiter.handle(), move |_| {
            ChatRoom::new(chat_log, chat.chat, chat_metrics)
        }),
    };
    let progress = FeedProgress::default();
    let cart_watch = CartWatch::start(store.clone(), hubs.products.clone());
    let dispatcher = ChangeDispatcher::new(
        store.clone(),
        hubs.clone(),
        cart_watch.clone(),
        progress.clone(),
        metrics.feed.clone(),
    );
    actix_web::rt::spawn(dispatcher.run(live));

    let state = Data::new(AppState {
        shop: Shop::new(
            store.clone(),
            images,
            heads,
            cart_watch,
            metrics.store.clone(),
        ),
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
        feed: progress,
    });
    let templates = Data::new(Templates::load().expect("templates"));
    let in_flight = Data::new(InFlight::default());
    let server = HttpServer::new(move || {
        let (hubs, metrics) = (hubs.clone(), metrics.realtime.clone());
        App::new()
            .app_data(state.clone())
            .app_data(templates.clone())
            .app_data(in_flight.clone())
            .data_factory(move || Worker::start(hubs.clone(), metrics.clone()))
            .wrap(from_fn(http::guard::enter))
            .wrap(from_fn(http::request_log::request))
            .configure(api::configure)
            .configure(pages::configure)
    });
    let server = server.disable_signals().workers(1).shutdown_timeout(1);
    let server = server.bind("127.0.0.1:0").expect("a port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);
    started.send((address, arbiter)).expect("a waiting test");
    stopped.await.expect("a stop signal");
    handle.stop(true).await;
    serving.await.expect("no panic").expect("a clean stop");
    store.close().await;
}

struct Locations {
    store: vitrina::store::open::StoreUrl,
    uploads: std::path::PathBuf,
}

/// Starts a shop, and returns the thread of its hubs.
fn start(store: &TestStore) -> (TestApp, Arbiter) {
    let locations = Locations {
        store: store.url().parse().expect("a store's URL"),
        uploads: store.uploads(),
    };
    let (started, starting) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(serve_until_stopped(locations, started, stopped));
    });
    let (address, arbiter) = starting.recv().expect("a shop that starts");
    (TestApp::on_thread(address, stop, thread), arbiter)
}

pub(crate) async fn writes_are_stored_while_hubs_are_dead(store: &TestStore) {
    let (app, hubs) = start(store);
    let mut products = app.products_socket_after_snapshot().await;
    let mut chat = app.chat_as("ana@example.com").await;
    let product = app.vase("V-1").await;
    products.expect("update_products").await;

    assert!(hubs.stop(), "the thread of the hubs is stopped");
    hubs.join().expect("no panic");

    let other = app.vase("V-2").await;
    let changed = app.put(&path(&product), &json!({ "stock": 3 })).await;
    assert_eq!(app.product(&product).await, changed.expect(202).payload());
    let with_image = app
        .upload(id(&other), &[("img", "a.png", &png(2, 2))])
        .await;
    assert_eq!(app.product(&other).await, with_image.expect(202).payload());
    let cart = app.cart().await;
    let line = format!("{cart}/product/{}", id(&other));
    app.post(&line, &json!({})).await.expect(202);
    app.post_form("/carts/lines", &[("product", id(&other))])
        .await
        .expect(303);
    let message = app.message("over REST").await;
    chat.send_chat("over the socket", "n-1").await;
    // A socket's frames are handled in order: the second one after the first is stored.
    chat.send("history", json!({})).await;
    chat.expect("chat-messages").await;
    let history = app.get("/api/messages").await.expect(200).payload();
    let texts = [&history[0]["message"], &history[1]["message"]];
    assert_eq!(texts, ["over REST", "over the socket"]);
    app.delete(&format!("/api/messages/{}", id(&message)))
        .await
        .done();
    app.delete(&path(&product)).await.done();
    // Lists show the last state that reached the hubs, and say so.
    let list = app.get("/api/products").await.expect(200).json();
    assert_eq!(
        (&list["payload"], &list["stale"]),
        (&json!([product]), &json!(true))
    );
    app.get("/").await.expect(200);
}
