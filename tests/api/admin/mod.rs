//! The admin's pages and the session that opens them.

mod forms;
mod mending;
mod pages;
mod session;

use crate::app::{TestApp, runtime};
use crate::place::Place;
use crate::reply::Reply;

const TOKEN: &str = "a-token-of-twenty-one";
const COOKIE: &str = "vitrina-admin";

/// Runs a test against a shop with a token, and more arguments than that.
fn guarded(more: &[&str], test: impl AsyncFnOnce(&TestApp)) {
    let place = Place::sqlite();
    let arguments = [&["--admin-token", TOKEN], more].concat();
    let app = TestApp::start(&place, &arguments);
    runtime().block_on(test(&app));
}

/// Whoever has logged in, as a browser that sends forms of this site.
struct Admin<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Admin<'a> {
    /// Gives the token at the door.
    async fn log_in(app: &'a TestApp) -> Self {
        let reply = app.post_form("/admin/login", &[("password", TOKEN)]).await;
        Self::of(app, &reply.expect(303))
    }

    /// Whoever was just let in.
    fn of(app: &'a TestApp, reply: &Reply) -> Self {
        let cookie = reply.header("set-cookie").split(';').next();
        let cookie = cookie.expect("a cookie").to_owned();
        assert!(cookie.starts_with(&format!("{COOKIE}=")), "{cookie}");
        Self { app, cookie }
    }

    /// A request with the cookie alone.
    fn bare(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.app
            .request(method, path)
            .header("Cookie", &self.cookie)
    }

    /// A request that a page of this site sends.
    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let origin = format!("http://{}", self.app.address());
        self.bare(method, path).header("Origin", origin)
    }

    async fn get(&self, path: &str) -> Reply {
        Reply::to(self.bare("GET", path)).await
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        Reply::to(self.request("POST", path).form(fields)).await
    }
}
