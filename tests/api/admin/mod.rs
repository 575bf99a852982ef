//! Admin pages and sessions.

mod forms;
mod invalid_products;
mod pages;
mod session;

use crate::app::{TestApp, runtime};
use crate::reply::Reply;
use crate::test_store::TestStore;

const TOKEN: &str = "a-token-of-twenty-one";
const COOKIE: &str = "vitrina-admin";

/// Runs a test against a shop with an admin token and more arguments.
fn in_protected_shop(more: &[&str], test: impl AsyncFnOnce(&TestApp)) {
    let store = TestStore::sqlite();
    let arguments = [&["--admin-token", TOKEN], more].concat();
    let app = TestApp::start(&store, &arguments);
    runtime().block_on(test(&app));
}

/// A logged-in browser.
struct Admin<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Admin<'a> {
    async fn log_in(app: &'a TestApp) -> Self {
        let reply = app.post_form("/admin/login", &[("password", TOKEN)]).await;
        Self::from_login(app, &reply.expect(303))
    }

    /// The session that a login response started.
    fn from_login(app: &'a TestApp, reply: &Reply) -> Self {
        let cookie = reply.header("set-cookie").split(';').next();
        let cookie = cookie.expect("a cookie").to_owned();
        assert!(cookie.starts_with(&format!("{COOKIE}=")), "{cookie}");
        Self { app, cookie }
    }

    /// A request with only the cookie.
    fn bare(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.app
            .request(method, path)
            .header("Cookie", &self.cookie)
    }

    /// A request as a page of this site sends it.
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
