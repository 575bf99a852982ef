//! Health checks.

use crate::app::TestApp;

pub(crate) async fn a_shop_is_alive_and_ready(app: &TestApp) {
    app.get("/healthz").await.done();
    app.get("/readyz").await.done();
}
