//! The bounds of operations.

use std::sync::Arc;

use tokio::sync::{Notify, oneshot};

use super::run;
use crate::metrics::StoreMetrics;
use crate::store::StoreError;
use crate::store::mongo::driver::Driver;

#[test]
fn an_operation_outlives_its_caller() {
    run(async {
        let driver = Arc::new(Driver::start(StoreMetrics::default()).expect("a thread"));
        let (proceed, started) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (done, is_done) = oneshot::channel();
        let operation = {
            let (proceed, started) = (proceed.clone(), started.clone());
            async move {
                started.notify_one();
                proceed.notified().await;
                let _ = done.send(());
                Ok(())
            }
        };
        let caller = {
            let driver = driver.clone();
            tokio::spawn(async move { driver.run(operation).await })
        };
        started.notified().await;
        caller.abort();
        assert!(caller.await.expect_err("aborted").is_cancelled());
        proceed.notify_one();
        is_done.await.expect("the operation finished");
        driver.stop();
    });
}

#[test]
fn a_panic_fails_one_operation() {
    run(async {
        let driver = Driver::start(StoreMetrics::default()).expect("a thread");
        let result: Result<(), _> = driver.run(async { panic!("expected by the test") }).await;
        assert!(matches!(result, Err(StoreError::Internal(_))));
        assert!(matches!(driver.run(async { Ok(7) }).await, Ok(7)));
        driver.stop();
    });
}

#[test]
fn a_stopped_driver_is_unavailable() {
    run(async {
        let driver = Driver::start(StoreMetrics::default()).expect("a thread");
        driver.finish(std::time::Duration::from_secs(1)).await;
        let result = driver.run(async { Ok(()) }).await;
        assert!(matches!(result, Err(StoreError::Unavailable(_))));
        driver.stop();
    });
}
