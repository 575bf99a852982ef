//! Tests whose requirements are missing, such as a MongoDB server, do not run and report that.
//!
//! libtest cannot skip a test while it runs: a test that returns early counts as passed. So each of
//! these tests writes a line past libtest's capture of output, and a last line, after libtest's
//! summary, says how many of the counted tests did not run.

use std::env;
use std::io::{Write, stderr};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

/// When it is set, a missing requirement is a failure.
const REQUIRE_ALL: &str = "VITRINA_TEST_REQUIRE_ALL";
/// nextest would hide the report, so there a missing requirement is a failure too.
const NEXTEST: &str = "NEXTEST";

/// Reports that the test of this thread does not run. The test must return then.
///
/// # Panics
///
/// If all tests have to run.
pub fn report_not_run(missing: &str) {
    let must_run = [REQUIRE_ALL, NEXTEST]
        .map(env::var_os)
        .iter()
        .any(Option::is_some);
    assert!(!must_run, "{missing}");
    let test = thread::current();
    let line = format!("NOT RUN {}: {missing}\n", test.name().unwrap_or("a test"));
    // Unlike `eprint!`, this is not captured. The report is only for people: errors do not matter.
    let _ = stderr().write_all(line.as_bytes());
    if let Some(counter) = COUNTER.as_ref() {
        let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = counter.write_all(b"\n");
    }
}

/// A process that counts lines until this one ends, which closes the pipe, and then prints the
/// number.
static COUNTER: LazyLock<Option<Mutex<ChildStdin>>> = LazyLock::new(|| {
    let script = r"count=$(wc -l) &&
        printf 'NOT RUN: %d of the tests above; scripts/test runs all\n\n' $count >&2";
    let counter = Command::new("sh")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .spawn();
    counter.ok()?.stdin.take().map(Mutex::new)
});

#[cfg(test)]
mod tests {
    use std::process::Output;

    use super::*;

    /// Set in the processes that these tests start, in which one of them does not run.
    const STARTED: &str = "VITRINA_TEST_STARTED";

    /// Starts one of these tests in a process where it reports that it does not run.
    fn start(test: &str, must_run: bool) -> Output {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", test]).env(STARTED, "1");
        command.env_remove(REQUIRE_ALL).env_remove(NEXTEST);
        if must_run {
            command.env(REQUIRE_ALL, "1");
        }
        command.output().expect("an output")
    }

    #[test]
    fn a_test_that_does_not_run_is_reported() {
        if env::var_os(STARTED).is_some() {
            report_not_run("no server");
            return;
        }
        let name = "not_run::tests::a_test_that_does_not_run_is_reported";
        let output = start(name, false);
        let report = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{report}");
        let line = format!("NOT RUN {name}: no server\n");
        assert!(report.contains(&line), "{report}");
        assert!(report.contains("NOT RUN: 1 of the tests above"), "{report}");
    }

    #[test]
    fn a_test_that_must_run_fails_instead() {
        if env::var_os(STARTED).is_some() {
            report_not_run("no server");
            return;
        }
        let name = "not_run::tests::a_test_that_must_run_fails_instead";
        assert!(!start(name, true).status.success());
    }
}
