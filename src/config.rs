//! Every setting: its flag, its environment twin, its default and what it means.

mod data;

use std::fmt;
use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::admin_token::AdminToken;
use crate::domain::hold::HoldLength;
use crate::domain::host::PublicUrl;
use crate::domain::network::Network;
use crate::store::open::StoreUrl;
use crate::text::Language;

pub use data::{Backup, DataCommand, DataPlaces, Export, Import, Restore};

/// A live shop in one binary: catalogue, carts and chat; every open page equals the database.
#[derive(Debug, Parser)]
#[command(name = "vitrina", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop (what happens without a sub-command, too)
    Serve(Box<Settings>),
    /// Ask a running server on this machine whether it is ready, and end with 0 if so, else with 1
    Health(Health),
    /// Move data in or out, and leave
    #[command(flatten)]
    Data(DataCommand),
    /// Print the OpenAPI document of the REST interface, and leave
    Openapi,
}

/// What the program is to do.
#[derive(Debug)]
pub enum Task {
    /// Serve the shop.
    Serve(Box<Settings>),
    /// Ask a running server how it is.
    Health(Health),
    /// Move data.
    Data(DataCommand),
    /// Print the OpenAPI document.
    Openapi,
}

/// Which server is asked.
#[derive(Debug, Clone, Args)]
pub struct Health {
    /// Where it listens
    #[arg(long, value_name = "ADDR:PORT", env = "VITRINA_LISTEN", default_value = "127.0.0.1:8080", value_parser = parse_address)]
    pub listen: SocketAddr,
}

impl CommandLine {
    /// What is to be done.
    ///
    /// # Errors
    /// Settings that do not go together, or a token that cannot be one: a line that names the setting.
    pub fn into_task(self) -> Result<Task, String> {
        Ok(match self.command {
            Some(Command::Serve(settings)) => Task::Serve(Box::new(settings.checked()?)),
            Some(Command::Health(health)) => Task::Health(health),
            None => Task::Serve(Box::new(self.serve.checked()?)),
            Some(Command::Data(command)) => Task::Data(command),
            Some(Command::Openapi) => Task::Openapi,
        })
    }

    /// The settings of the server that is to run.
    ///
    /// # Errors
    /// As for [`CommandLine::into_task`], and a task that is no server.
    pub fn into_settings(self) -> Result<Settings, String> {
        match self.into_task()? {
            Task::Serve(settings) => Ok(*settings),
            Task::Health(_) => Err("this asks a server and serves nothing".into()),
            Task::Data(_) => Err("this moves data and serves nothing".into()),
            Task::Openapi => Err("this prints a document and serves nothing".into()),
        }
    }
}

/// The settings of a server.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Where to listen; port 0 picks a free one. Without an admin token only loopback is served
    #[arg(long, value_name = "ADDR:PORT", env = "VITRINA_LISTEN", default_value = "127.0.0.1:8080", value_parser = parse_address)]
    pub listen: SocketAddr,

    /// Where the data lies: sqlite:PATH, or mongodb://… (a replica set; database "ecommerce" unless
    /// the URL names one)
    #[arg(
        long,
        value_name = "URL",
        env = "VITRINA_STORE",
        default_value = "sqlite:data/vitrina.db",
        hide_env_values = true
    )]
    pub store: StoreUrl,

    /// How long what is put into a cart is kept for that cart, in seconds up to 86400; 0: not at all
    #[arg(long, value_name = "SECONDS", env = "VITRINA_HOLD", default_value = "0", allow_negative_numbers = true, value_parser = HoldLength::parse)]
    pub hold: HoldLength,

    /// The folder of the products' images
    #[arg(long, value_name = "DIR", env = "VITRINA_UPLOADS", default_value = "uploads", value_parser = parse_uploads)]
    pub uploads: PathBuf,

    /// What the admin's requests must carry, of at least 16 characters; without one, everybody may write,
    /// and only loopback is served
    #[arg(
        long,
        value_name = "T",
        env = "VITRINA_ADMIN_TOKEN",
        hide_env_values = true,
        conflicts_with = "admin_token_file"
    )]
    admin_token: Option<Secret>,

    /// The same, read from a file
    #[arg(long, value_name = "FILE", env = "VITRINA_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,

    /// The token of one or the other.
    #[arg(skip)]
    pub admin: Option<AdminToken>,

    /// This site's address behind a proxy, with its scheme: its Host and Origin are then this site too.
    /// Needs an admin token
    #[arg(long, value_name = "URL", env = "VITRINA_PUBLIC_URL", value_parser = PublicUrl::parse)]
    pub public_url: Option<PublicUrl>,

    /// Peers whose forwarded headers (X-Forwarded-For, X-Forwarded-Proto, Forwarded) are believed: addresses
    /// and networks. Needs an admin token
    #[arg(long, value_name = "CIDR,…", env = "VITRINA_TRUSTED_PROXIES", value_parser = Network::parse, value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,

    /// How many web workers run; as many as there are cores when it is left out
    #[arg(long, value_name = "N", env = "VITRINA_WORKERS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: Option<u16>,

    /// The site's language: of messages on sockets, and of pages whose visitor has none of ours
    #[arg(long, env = "VITRINA_LANG", default_value = "en", ignore_case = true)]
    pub lang: Language,

    /// The form of log lines; their level goes by RUST_LOG
    #[arg(
        long,
        env = "VITRINA_LOG_FORMAT",
        default_value = "text",
        ignore_case = true
    )]
    pub log_format: LogFormat,

    /// How frames leave: written to the socket, or as the body of the upgrade's response
    #[arg(
        long,
        env = "VITRINA_SINK",
        default_value = "direct",
        ignore_case = true
    )]
    pub sink: Sink,

    /// Bound what one client may ask for, and what a socket may send in a second; off for load benchmarks and trusted networks
    #[arg(long, env = "VITRINA_RATE_LIMITS", default_value = "on", value_parser = parse_switch, action = clap::ArgAction::Set, value_name = "on/off")]
    pub rate_limits: bool,

    /// Fill an empty catalogue with demo products
    #[arg(long, env = "VITRINA_DEMO", num_args = 0..=1, default_value = "false", default_missing_value = "true", value_parser = parse_switch, require_equals = true, value_name = "on/off")]
    pub demo: bool,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// How frames leave the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sink {
    /// Written to the socket itself.
    Direct,
    /// As the body of the upgrade's response.
    Response,
}

/// A setting that nothing shows.
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
    /// Looks at what single values do not tell.
    fn checked(mut self) -> Result<Self, String> {
        self.admin = match (self.admin_token.take(), &self.admin_token_file) {
            (Some(Secret(token)), _) => Some(token_of("--admin-token", &token)?),
            (None, Some(file)) => {
                let text = fs::read_to_string(file).map_err(|error| {
                    format!(
                        "--admin-token-file: {} cannot be read: {error}",
                        file.display()
                    )
                })?;
                Some(token_of("--admin-token-file", text.trim_end())?)
            }
            (None, None) => None,
        };
        if self.admin.is_some() {
            return Ok(self);
        }
        if !self.listen.ip().is_loopback() {
            return Err(format!(
                "--listen {}: without an admin token everybody may write, so only loopback is served \
                 (127.0.0.1, [::1])",
                self.listen
            ));
        }
        let behind_proxy = [
            ("--public-url", self.public_url.is_some()),
            ("--trusted-proxies", !self.trusted_proxies.is_empty()),
        ];
        if let Some((setting, _)) = behind_proxy.iter().find(|(_, is_given)| *is_given) {
            return Err(format!(
                "{setting}: without an admin token everybody may write, so there must be no proxy"
            ));
        }
        Ok(self)
    }
}

fn token_of(setting: &str, text: &str) -> Result<AdminToken, String> {
    AdminToken::parse(text).map_err(|reason| format!("{setting}: the token {reason}"))
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let mut found = text
        .to_socket_addrs()
        .map_err(|_| "an address is HOST:PORT, such as 127.0.0.1:8080".to_owned())?;
    found.next().ok_or("the host has no address".into())
}

fn parse_switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Ok(true),
        "off" | "false" | "0" | "no" => Ok(false),
        _ => Err("must be on or off".into()),
    }
}

fn parse_uploads(text: &str) -> Result<PathBuf, String> {
    if text.starts_with("gridfs:") {
        return Err("images in GridFS are not supported yet: name a folder".into());
    }
    if text.is_empty() {
        return Err("name a folder".into());
    }
    Ok(PathBuf::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Settings, String> {
        CommandLine::try_parse_from([&["vitrina"], arguments].concat())
            .map_err(|error| error.to_string())
            .and_then(CommandLine::into_settings)
    }

    #[test]
    fn a_token_opens_the_network_and_is_never_shown() {
        let token = "a-token-of-twenty-one";
        let settings = parse(&["--admin-token", token, "--listen", "0.0.0.0:80"]).expect("valid");
        assert!(settings.admin.as_ref().is_some_and(|admin| admin.is(token)));
        assert!(!format!("{settings:?}").contains(token));
        let short = parse(&["--admin-token", "short"]).expect_err("too short");
        assert!(
            short.contains("--admin-token") && !short.contains("short"),
            "{short}"
        );
        let url = ["--public-url", "https://shop.example"];
        assert!(parse(&url).expect_err("no token").contains("--public-url"));
        assert!(parse(&[&url[..], &["--admin-token", token]].concat()).is_ok());
        let proxies = ["--trusted-proxies", "10.0.0.0/8,::1"];
        let refused = parse(&proxies).expect_err("no token");
        assert!(refused.contains("--trusted-proxies"), "{refused}");
        let settings = parse(&[&proxies[..], &["--admin-token", token]].concat()).expect("valid");
        assert_eq!(settings.trusted_proxies.len(), 2);
    }

    #[test]
    fn a_token_is_read_from_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("token");
        fs::write(&file, "a-token-of-twenty-one\n").expect("a file");
        let path = file.to_str().expect("a path");
        let settings = parse(&["--admin-token-file", path]).expect("valid");
        assert!(
            settings
                .admin
                .is_some_and(|admin| admin.is("a-token-of-twenty-one"))
        );
        let both = parse(&["--admin-token-file", path, "--admin-token", "x"]);
        assert!(both.expect_err("both").contains("--admin-token"));
        let missing = parse(&["--admin-token-file", "/nowhere/token"]);
        assert!(missing.expect_err("no file").contains("--admin-token-file"));
    }

    #[test]
    fn serve_is_the_default_and_takes_the_same_flags() {
        for arguments in [&["--demo"][..], &["serve", "--demo"]] {
            let settings = parse(arguments).expect("valid");
            assert!(settings.demo);
            assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        }
        assert!(!parse(&["--demo=off"]).expect("valid").demo);
    }

    #[test]
    fn a_bad_value_names_its_flag() {
        for (flag, value) in [
            ("--listen", "0.0.0.0:80"),
            ("--listen", "nowhere"),
            ("--workers", "0"),
            ("--store", "postgres://x"),
            ("--hold", "86401"),
            ("--hold", "-1"),
            ("--uploads", "gridfs:"),
            ("--trusted-proxies", "10.0.0.0/99"),
            ("--lang", "fr"),
            ("--sink", "pigeon"),
            ("--rate-limits", "maybe"),
            ("--log-format", "xml"),
        ] {
            let message = parse(&[flag, value]).expect_err(value);
            assert!(message.contains(flag), "{message}");
        }
    }
}
