//! The settings of the server.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::parse;
use crate::domain::admin_token::AdminToken;
use crate::domain::hold::HoldLength;
use crate::domain::host::PublicUrl;
use crate::domain::network::Network;
use crate::i18n::Language;
use crate::store::open::StoreUrl;

/// The settings of the server.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Address to listen on; port 0 picks a free one. Without an admin token: loopback only
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "VITRINA_LISTEN",
        default_value = "127.0.0.1:8080",
        value_parser = parse::address
    )]
    pub listen: SocketAddr,

    /// Database URL: `sqlite:PATH` or `mongodb://…` (replica set; database `ecommerce` unless the
    /// URL names one)
    #[arg(
        long,
        value_name = "URL",
        env = "VITRINA_STORE",
        default_value = "sqlite:data/vitrina.db",
        hide_env_values = true
    )]
    pub store: StoreUrl,

    /// Reserve items in carts for this many seconds (0 to 86400; 0 = off)
    #[arg(
        long,
        value_name = "SECONDS",
        env = "VITRINA_HOLD",
        default_value = "0",
        allow_negative_numbers = true,
        value_parser = HoldLength::parse
    )]
    pub hold: HoldLength,

    /// Directory for product images
    #[arg(
        long,
        value_name = "DIR",
        env = "VITRINA_UPLOADS",
        default_value = "uploads",
        value_parser = parse::uploads
    )]
    pub uploads: PathBuf,

    /// Bearer token for admin requests, at least 16 characters. Without it writes are open and only
    /// loopback is served
    #[arg(
        long,
        value_name = "T",
        env = "VITRINA_ADMIN_TOKEN",
        hide_env_values = true,
        conflicts_with = "admin_token_file"
    )]
    admin_token: Option<Secret>,

    /// Read the admin token from a file
    #[arg(long, value_name = "FILE", env = "VITRINA_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,

    /// The token from either setting.
    #[arg(skip)]
    pub admin: Option<AdminToken>,

    /// Public URL when behind a proxy; its host and origin are accepted. Needs an admin token
    #[arg(
        long,
        value_name = "URL",
        env = "VITRINA_PUBLIC_URL",
        value_parser = PublicUrl::parse
    )]
    pub public_url: Option<PublicUrl>,

    /// Proxies whose forwarded headers are trusted (addresses or networks). Needs an admin token
    #[arg(
        long,
        value_name = "CIDR,…",
        env = "VITRINA_TRUSTED_PROXIES",
        value_parser = Network::parse,
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<Network>,

    /// Number of web workers (default: number of cores)
    #[arg(
        long,
        value_name = "N",
        env = "VITRINA_WORKERS",
        value_parser = clap::value_parser!(u16).range(1..=1024)
    )]
    pub workers: Option<u16>,

    /// Language of socket messages, and of pages when the visitor's is not available
    #[arg(long, env = "VITRINA_LANG", default_value = "en", ignore_case = true)]
    pub lang: Language,

    /// Log format; set levels with `RUST_LOG`
    #[arg(
        long,
        env = "VITRINA_LOG_FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub log_format: LogFormat,

    /// How frames are sent: written to the socket directly, or streamed as the response body
    #[arg(
        long,
        env = "VITRINA_SINK",
        default_value = "direct",
        ignore_case = true
    )]
    pub sink: Sink,

    /// Rate limits per client and per socket; turn off for benchmarks and trusted networks
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_RATE_LIMITS",
        default_value = "on",
        value_parser = parse::switch,
        action = clap::ArgAction::Set
    )]
    pub rate_limits: bool,

    /// Fill an empty catalogue with demo products
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_DEMO",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        value_parser = parse::switch,
        require_equals = true
    )]
    pub demo: bool,

    /// For work on the code: read views, styles, scripts and words from the checkout, and again
    /// when they change. Loopback only
    #[arg(
        long,
        value_name = "on/off",
        env = "VITRINA_DEV",
        num_args = 0..=1,
        default_value = "false",
        default_missing_value = "true",
        value_parser = parse::switch,
        require_equals = true
    )]
    pub dev: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sink {
    /// Written to the socket
    Direct,
    /// Streamed as the body of the upgrade's response
    Response,
}

/// A value that `Debug` does not print.
#[derive(Clone)]
struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Settings {
    /// Reads the admin token, and checks the settings that are only safe with one or on loopback.
    pub(super) fn checked(mut self) -> Result<Self, String> {
        if self.dev && !self.listen.ip().is_loopback() {
            return Err(format!(
                "--dev: only loopback addresses are allowed (127.0.0.1, [::1]), not --listen {}",
                self.listen
            ));
        }
        self.admin = match (self.admin_token.take(), &self.admin_token_file) {
            (Some(Secret(token)), _) => Some(parse_token("--admin-token", &token)?),
            (None, Some(file)) => {
                let text = fs::read_to_string(file).map_err(|error| {
                    format!(
                        "--admin-token-file: cannot read {}: {error}",
                        file.display()
                    )
                })?;
                Some(parse_token("--admin-token-file", text.trim_end())?)
            }
            (None, None) => None,
        };
        if self.admin.is_some() {
            return Ok(self);
        }
        if !self.listen.ip().is_loopback() {
            return Err(format!(
                "--listen {}: without an admin token only loopback addresses are allowed \
                 (127.0.0.1, [::1])",
                self.listen
            ));
        }
        let behind_proxy = [
            ("--public-url", self.public_url.is_some()),
            ("--trusted-proxies", !self.trusted_proxies.is_empty()),
        ];
        if let Some((setting, _)) = behind_proxy.iter().find(|(_, is_set)| *is_set) {
            return Err(format!("{setting}: needs an admin token"));
        }
        Ok(self)
    }
}

fn parse_token(setting: &str, text: &str) -> Result<AdminToken, String> {
    AdminToken::parse(text).map_err(|reason| format!("{setting}: the token {reason}"))
}
