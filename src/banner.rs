//! What a start says to the person who started it.

use std::fmt::Write;

use crate::app::Application;
use crate::config::{LogFormat, Settings};

/// What is served, where the data lies, and what is unprotected; empty where logs are for machines.
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
    if application.demo_products() > 0 {
        let _ = writeln!(
            text,
            "  demo     {} products put into the empty catalogue",
            application.demo_products()
        );
    }
    if settings.admin.is_some() {
        let _ = writeln!(
            text,
            "\n  Changing the catalogue, orders and moderation need the admin token.\n"
        );
        return text;
    }
    let _ = writeln!(
        text,
        "\n  Unprotected: there is no admin token, so whoever reaches this address may change\
         \n  products. That is why it listens on loopback only.\n"
    );
    text
}
