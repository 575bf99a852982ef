//! From a connection string to a replica set that answers, or to one line that says why not.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};

use super::driver::{Driver, POOL, SERVER_LIMIT};
use crate::store::OpenError;
use crate::store::connection_string::without_credentials;
use crate::store::{StoreError, StoreResult};

/// The database of a connection string that names none.
const DEFAULT_DATABASE: &str = "ecommerce";
/// How long a server may take to be found, and to accept a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a step of the way may take in all.
const STEP: Duration = Duration::from_millis(4_500);
/// What a server says to a wrong user name or password.
const REFUSED: &str = "uthentication failed";

/// Finds the replica set that the connection string names.
pub(super) async fn connect(driver: &Driver, url: &str) -> Result<(Client, Database), OpenError> {
    let address = without_credentials(url);
    let options = parse(driver, url).await?;
    let database = options
        .default_database
        .clone()
        .unwrap_or_else(|| DEFAULT_DATABASE.into());
    match hello(driver, options.clone()).await {
        Ok((client, answer)) => {
            accept(&answer, &address)?;
            let database = client.database(&database);
            Ok((client, database))
        }
        Err(trouble) => Err(OpenError::new(
            diagnose(driver, options, &trouble, &address).await,
        )),
    }
}

async fn parse(driver: &Driver, url: &str) -> Result<ClientOptions, OpenError> {
    let owned = url.to_owned();
    let parsed = driver
        .run_within(STEP, async move { ClientOptions::parse(owned).await })
        .await;
    let address = without_credentials(url);
    match parsed {
        Ok(Ok(mut options)) => {
            configure(&mut options);
            Ok(options)
        }
        Ok(Err(error)) if matches!(*error.kind, ErrorKind::DnsResolve { .. }) => Err(
            OpenError::new(format!("the name of {address} cannot be resolved")),
        ),
        // The driver's words may quote a part of the password.
        Ok(Err(_)) if url.contains('@') => Err(OpenError::new(format!(
            "the connection string for {address} cannot be read; special characters in user name \
             and password must be percent-encoded"
        ))),
        Ok(Err(error)) => Err(OpenError::new(one_line(&format!(
            "the connection string {address} cannot be read: {}",
            said(&error)
        )))),
        Err(_) => Err(OpenError::new(format!(
            "the name of {address} is not resolved in time"
        ))),
    }
}

/// What we need of every connection, whatever the string says.
fn configure(options: &mut ClientOptions) {
    options.app_name.get_or_insert_with(|| "vitrina".into());
    options.server_selection_timeout = Some(ACQUIRE_TIMEOUT);
    options.connect_timeout = Some(ACQUIRE_TIMEOUT);
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
    let asked = driver.run_within(STEP, async move {
        let client = Client::with_options(options)?;
        let answer = client
            .database("admin")
            .run_command(doc! { "hello": 1 })
            .await?;
        Ok::<_, Error>((client, answer))
    });
    Ok(asked.await??)
}

/// A member of a replica set, or a router before several, will do.
fn accept(answer: &Document, address: &str) -> Result<(), OpenError> {
    if answer.contains_key("setName") || matches!(answer.get_str("msg"), Ok("isdbgrid")) {
        Ok(())
    } else {
        Err(OpenError::new(no_member(answer, address)))
    }
}

/// What to do about a server that is no member of a replica set.
fn no_member(answer: &Document, address: &str) -> String {
    if matches!(answer.get_bool("isreplicaset"), Ok(true)) {
        format!("{address} waits to become a replica set: run rs.initiate() once in its shell")
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
    trouble: &StoreError,
    address: &str,
) -> String {
    if trouble.to_string().contains(REFUSED) {
        return format!("{address} refuses the user name or the password");
    }
    let wanted = options.repl_set_name.take();
    options.hosts.truncate(1);
    options.direct_connection = Some(true);
    options.load_balanced = None;
    let Ok((client, answer)) = hello(driver, options).await else {
        let patience = ACQUIRE_TIMEOUT.as_secs();
        return format!("no MongoDB server answers at {address} within {patience} s");
    };
    let bye = client.shutdown().immediate(true).into_future();
    let _ = driver.run_within(ACQUIRE_TIMEOUT, bye).await;
    match (answer.get_str("setName"), wanted) {
        (Ok(name), Some(wanted)) if name != wanted => {
            format!("{address} is a member of the replica set {name}, not of {wanted}")
        }
        (Ok(name), _) => format!("the replica set {name} at {address} has no primary"),
        (Err(_), _) => no_member(&answer, address),
    }
}

/// The driver's own words on a bad connection string.
fn said(error: &Error) -> String {
    match &*error.kind {
        ErrorKind::InvalidArgument { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
