//! A program out of file descriptors: it stays idle, serves what it can, and accepts connections
//! again when descriptors are free.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::fixtures::{id, png};
use crate::program::Program;
use crate::test_store::TestStore;

/// More connections than the program may have.
const CROWD: usize = 150;
/// Descriptors left to the program.
const SPARE: u64 = 20;
/// How long the test waits on a connection that is not accepted.
const WAIT: Duration = Duration::from_secs(2);

fn limit_files(program: &Program, count: u64) {
    let pid = Pid::from_raw(program.pid() as i32).expect("a number");
    let limit = Rlimit {
        current: Some(count),
        maximum: Some(4_096),
    };
    prlimit(Some(pid), Resource::Nofile, limit).expect("a limit");
}

fn open_files(program: &Program) -> u64 {
    let folder = format!("/proc/{}/fd", program.pid());
    std::fs::read_dir(folder).expect("a folder").count() as u64
}

/// The processor time of the program.
fn cpu_time(program: &Program) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", program.pid())).expect("a process");
    let fields: Vec<_> = stat
        .rsplit(')')
        .next()
        .expect("fields")
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().expect("ticks"))
        .sum();
    // In /proc a tick is a hundredth of a second, whatever it is in the kernel.
    Duration::from_millis(ticks * 10)
}

#[test]
fn a_program_out_of_descriptors_recovers() {
    let store = TestStore::sqlite();
    let program = Program::start(&store, &["--rate-limits", "off"]);
    run(async {
        let app = TestApp::at(program.address());
        let (product, image_name) = app.vase_with_image("V-1").await;
        let mut page = app.live_products_socket().await;
        limit_files(&program, open_files(&program) + SPARE);
        let mut crowd = Vec::new();
        for _ in 0..CROWD {
            crowd.push(TcpStream::connect(program.address()).expect("a connection in the backlog"));
        }
        // A connection that is not accepted.
        let mut waiting = crowd.pop().expect("a connection");
        let request = format!(
            "GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            app.address()
        );
        waiting.write_all(request.as_bytes()).expect("a request");
        waiting.set_read_timeout(Some(WAIT)).expect("a time limit");
        let (started, cpu_before) = (Instant::now(), cpu_time(&program));
        let error = waiting.read(&mut [0; 1]).expect_err("no response");
        assert!(matches!(
            error.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut
        ));
        let load =
            (cpu_time(&program) - cpu_before).as_secs_f64() / started.elapsed().as_secs_f64();
        assert!(load < 0.5, "busy loop: {load:.2} of a processor");

        // On open connections the store works and pages are updated, but files cannot be opened.
        let made = app.vase("V-2").await;
        assert_eq!(page.expect("update_products").await["id"], made["_id"]);
        let served = app.get(&format!("/uploads/{image_name}")).await;
        assert!(!served.header("retry-after").is_empty());
        served.problem(503, "unavailable");
        let file = ("img", "vase.png", &png(20, 20)[..]);
        let upload = app.upload(id(&product), &[file]).await;
        assert!(!upload.header("retry-after").is_empty());
        upload.problem(503, "unavailable");

        drop(crowd);
        let mut answer = String::new();
        waiting
            .set_read_timeout(Some(WAIT * 10))
            .expect("a time limit");
        waiting.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        app.get(&format!("/uploads/{image_name}")).await.expect(200);
        app.upload(id(&product), &[file]).await.expect(202);
        TestApp::at(program.address()).get("/readyz").await.done();
        figure(
            "F6",
            format_args!(
                "out of descriptors under {CROWD} connections: {:.0} % of a processor, store and pages continue, images 503, everything works when descriptors are free",
                load * 100.0
            ),
        );
    });
}
