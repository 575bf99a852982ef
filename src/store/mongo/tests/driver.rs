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
        let (go_on, (done, is_done)) = (Arc::new(Notify::new()), oneshot::channel());
        let started = Arc::new(Notify::new());
        let operation = {
            let (go_on, started) = (go_on.clone(), started.clone());
            async move {
                started.notify_one();
                go_on.notified().await;
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
        go_on.notify_one();
        is_done.await.expect("the operation went on to its end");
        driver.stop();
    });
}

#[test]
fn a_panic_is_a_failure_of_one_operation() {
    run(async {
        let driver = Driver::start(StoreMetrics::default()).expect("a thread");
        let result: Result<(), _> = driver.run(async { panic!("as the test wants it") }).await;
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
