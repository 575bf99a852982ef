//! Connects to a replica set, or reports in one line why that is not possible.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};

use super::driver::{Driver, POOL, SERVER_LIMIT};
use crate::store::connection_string::without_credentials;
use crate::store::{OpenError, StoreError, StoreResult};

/// The database, unless the connection string names one.
const DEFAULT_DATABASE: &str = "ecommerce";
/// How long a server may take to be found, and to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long resolving the name, or a first reply, may take in all.
const ATTEMPT: Duration = Duration::from_millis(4_500);
/// Part of a server's reply to a wrong user name or password.
const AUTHENTICATION_FAILED: &str = "uthentication failed";

/// Connects to the replica set that the connection string names.
pub(super) async fn connect(driver: &Driver, url: &str) -> Result<Database, OpenError> {
    let address = without_credentials(url);
    let options = parse(driver, url).await?;
    let named = options.default_database.as_deref();
    let name = named.unwrap_or(DEFAULT_DATABASE).to_owned();
    match hello(driver, options.clone()).await {
        Ok((client, reply)) => {
            accept(&reply, &address)?;
            Ok(client.database(&name))
        }
        Err(error) => Err(OpenError::new(
            diagnose(driver, options, &error, &address).await,
        )),
    }
}

async fn parse(driver: &Driver, url: &str) -> Result<ClientOptions, OpenError> {
    let address = without_credentials(url);
    let owned = url.to_owned();
    let parsed = async move { ClientOptions::parse(owned).await };
    let error = match driver.run_within(ATTEMPT, parsed).await {
        Ok(Ok(mut options)) => {
            configure(&mut options);
            return Ok(options);
        }
        Ok(Err(error)) => error,
        Err(_) => {
            let reason = format!("timed out resolving the name of {address}");
            return Err(OpenError::new(reason));
        }
    };
    let reason = if matches!(*error.kind, ErrorKind::DnsResolve { .. }) {
        format!("cannot resolve the name of {address}")
    } else if url.contains('@') {
        // The driver's message may quote a part of the password.
        format!(
            "invalid connection string for {address}; special characters in user name and password \
             must be percent-encoded"
        )
    } else {
        let reason = message(&error);
        one_line(&format!("invalid connection string {address}: {reason}"))
    };
    Err(OpenError::new(reason))
}

/// The store depends on these settings, so they override the connection string's.
fn configure(options: &mut ClientOptions) {
    options.app_name.get_or_insert_with(|| "vitrina".into());
    options.server_selection_timeout = Some(CONNECT_TIMEOUT);
    options.connect_timeout = Some(CONNECT_TIMEOUT);
    options.max_pool_size = Some(POOL);
    options.min_pool_size = options.min_pool_size.map(|size| size.min(POOL));
    let majority = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .w_timeout(SERVER_LIMIT);
    options.write_concern = Some(majority.build());
    options.read_concern = Some(ReadConcern::majority());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
}

async fn hello(driver: &Driver, options: ClientOptions) -> StoreResult<(Client, Document)> {
    let hello = driver.run_within(ATTEMPT, async move {
        let client = Client::with_options(options)?;
        let admin = client.database("admin");
        let reply = admin.run_command(doc! { "hello": 1 }).await?;
        Ok::<_, Error>((client, reply))
    });
    Ok(hello.await??)
}

/// Accepts a member of a replica set, and a router of a sharded cluster.
fn accept(reply: &Document, address: &str) -> Result<(), OpenError> {
    if reply.contains_key("setName") || matches!(reply.get_str("msg"), Ok("isdbgrid")) {
        Ok(())
    } else {
        Err(OpenError::new(no_replica_set(reply, address)))
    }
}

/// Explains how to turn a server into a replica set.
fn no_replica_set(reply: &Document, address: &str) -> String {
    if matches!(reply.get_bool("isreplicaset"), Ok(true)) {
        format!(
            "the replica set at {address} is not initiated: run rs.initiate() once in its shell"
        )
    } else {
        format!(
            "{address} is a standalone server, but a replica set is needed (one member is enough): \
             start mongod with --replSet rs0 and run rs.initiate() once in its shell"
        )
    }
}

/// Asks the first host by itself why it could not be used.
async fn diagnose(
    driver: &Driver,
    mut options: ClientOptions,
    error: &StoreError,
    address: &str,
) -> String {
    if error.to_string().contains(AUTHENTICATION_FAILED) {
        return format!("{address} refuses the user name or the password");
    }
    let expected = options.repl_set_name.take();
    options.hosts.truncate(1);
    options.direct_connection = Some(true);
    options.load_balanced = None;
    let Ok((client, reply)) = hello(driver, options).await else {
        let seconds = CONNECT_TIMEOUT.as_secs();
        return format!("no MongoDB server responds at {address} within {seconds} s");
    };
    let shutdown = client.shutdown().immediate(true).into_future();
    let _ = driver.run_within(CONNECT_TIMEOUT, shutdown).await;
    match (reply.get_str("setName"), expected) {
        (Ok(name), Some(expected)) if name != expected => {
            format!("{address} is a member of the replica set {name}, not of {expected}")
        }
        (Ok(name), _) => format!("the replica set {name} at {address} has no primary"),
        (Err(_), _) => no_replica_set(&reply, address),
    }
}

/// The driver's message about an invalid connection string.
fn message(error: &Error) -> String {
    match &*error.kind {
        ErrorKind::InvalidArgument { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
