//! The text that a start prints for the person who started it.

use std::fmt::Write;

use super::Application;
use crate::config::{LogFormat, Settings};

/// Addresses, data locations and missing protection; empty with JSON logs.
pub fn text(settings: &Settings, application: &Application) -> String {
    if settings.log_format == LogFormat::Json {
        return String::new();
    }
    let address = application.address();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\n  Vitrina {}\n\
         \n  shop     http://{address}/\
         \n  live     http://{address}/realtimeproducts\
         \n  chat     http://{address}/chat\
         \n  API      http://{address}/api/products\
         \n  store    {}\
         \n  images   {}",
        env!("CARGO_PKG_VERSION"),
        application.store(),
        settings.uploads.display(),
    );
    if settings.dev {
        let _ = writeln!(
            text,
            "  dev      views, styles, scripts and words from the checkout"
        );
    }
    if application.demo_products() > 0 {
        let _ = writeln!(
            text,
            "  demo     {} products added to the empty catalogue",
            application.demo_products()
        );
    }
    if settings.admin.is_some() {
        let _ = writeln!(
            text,
            "\n  Catalogue changes, orders and moderation need the admin token.\n"
        );
        return text;
    }
    let _ = writeln!(
        text,
        "\n  Unprotected: without an admin token anyone on this machine can change products,\
         \n  so the server listens on loopback only.\n"
    );
    text
}
