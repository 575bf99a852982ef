//! Command line and environment: every setting with its flag, its variable and its default.

mod data;
mod parse;
mod serve;

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

pub use data::{Backup, DataCommand, DataLocation, Export, Import, Restore};
pub use serve::{LogFormat, Settings, Sink};

/// A live shop in one binary: catalogue, carts, orders and chat; open pages update as the database
/// changes
#[derive(Debug, Parser)]
#[command(name = "vitrina", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<CliCommand>,
    #[command(flatten)]
    serve: Settings,
}

#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Run the server (default)
    Serve(Box<Settings>),
    /// Check whether a local server is ready; exit 0 if it is, 1 if not
    Health(Health),
    #[command(flatten)]
    Data(DataCommand),
    /// Print the OpenAPI document and exit
    Openapi,
}

/// The parsed command with checked settings.
#[derive(Debug)]
pub enum Task {
    Serve(Box<Settings>),
    Health(Health),
    Data(DataCommand),
    Openapi,
}

#[derive(Debug, Clone, Args)]
pub struct Health {
    /// Address that the server listens on
    #[arg(
        long,
        value_name = "ADDR:PORT",
        env = "VITRINA_LISTEN",
        default_value = "127.0.0.1:8080",
        value_parser = parse::address
    )]
    pub listen: SocketAddr,
}

impl CommandLine {
    /// # Errors
    /// An invalid combination of settings, as one line that names the setting.
    pub fn into_task(self) -> Result<Task, String> {
        Ok(match self.command {
            Some(CliCommand::Serve(settings)) => Task::Serve(Box::new(settings.checked()?)),
            Some(CliCommand::Health(health)) => Task::Health(health),
            None => Task::Serve(Box::new(self.serve.checked()?)),
            Some(CliCommand::Data(command)) => Task::Data(command),
            Some(CliCommand::Openapi) => Task::Openapi,
        })
    }

    /// The settings of `serve`.
    ///
    /// # Errors
    /// As for [`CommandLine::into_task`], or another command.
    pub fn into_settings(self) -> Result<Settings, String> {
        match self.into_task()? {
            Task::Serve(settings) => Ok(*settings),
            Task::Health(_) => Err("`health` is not a server command".into()),
            Task::Data(_) => Err("a data command is not a server command".into()),
            Task::Openapi => Err("`openapi` is not a server command".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn parse(arguments: &[&str]) -> Result<Settings, String> {
        CommandLine::try_parse_from([&["vitrina"], arguments].concat())
            .map_err(|error| error.to_string())
            .and_then(CommandLine::into_settings)
    }

    #[test]
    fn a_token_allows_public_addresses_and_is_never_shown() {
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
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("token");
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
    fn serve_is_the_default_and_has_the_same_flags() {
        for arguments in [&["--demo"][..], &["serve", "--demo"]] {
            let settings = parse(arguments).expect("valid");
            assert!(settings.demo);
            assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        }
        assert!(!parse(&["--demo=off"]).expect("valid").demo);
    }

    #[test]
    fn dev_is_off_by_default_and_for_loopback_only() {
        assert!(!parse(&[]).expect("valid").dev);
        assert!(parse(&["--dev"]).expect("valid").dev);
        assert!(parse(&["--dev", "--listen", "[::1]:0"]).expect("valid").dev);
        let public = [
            "--listen",
            "0.0.0.0:80",
            "--admin-token",
            "a-token-of-twenty-one",
        ];
        assert!(!parse(&public).expect("valid").dev);
        let refused = parse(&[&public[..], &["--dev"]].concat()).expect_err("not loopback");
        assert!(refused.starts_with("--dev:"), "{refused}");
    }

    #[test]
    fn an_invalid_value_names_its_flag() {
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
