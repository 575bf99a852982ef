//! A program that may open no more files: it lives, rests, answers where it can, and takes connections
//! again when there is room.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::app::{TestApp, run};
use crate::figure::figure;
use crate::goods::{id, png};
use crate::place::Place;
use crate::program::Program;

/// Connections that are more than the program may have.
const CROWD: usize = 150;
/// How many files it may open beyond those that it has.
const SPARE: u64 = 20;
/// How long a connection that nobody takes is tried.
const TRIED: Duration = Duration::from_secs(2);

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

/// How long the program has worked.
fn worked(program: &Program) -> Duration {
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
    // A tick is a hundredth of a second to programs, whatever it is to the kernel.
    Duration::from_millis(ticks * 10)
}

#[test]
fn a_program_out_of_descriptors_rests_and_comes_back() {
    let place = Place::sqlite();
    let program = Program::start(&place, &["--rate-limits", "off"]);
    run(async {
        let app = TestApp::at(program.address());
        let (product, picture) = app.pictured_vase("V-1").await;
        let mut page = app.live_products_socket().await;
        limit_files(&program, open_files(&program) + SPARE);
        let mut crowd = Vec::new();
        for _ in 0..CROWD {
            crowd.push(TcpStream::connect(program.address()).expect("a place in the backlog"));
        }
        // One of those that nobody takes.
        let mut waiting = crowd.pop().expect("a connection");
        let request = format!(
            "GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            app.address()
        );
        waiting.write_all(request.as_bytes()).expect("a request");
        waiting.set_read_timeout(Some(TRIED)).expect("a time limit");
        let (began, before) = (Instant::now(), worked(&program));
        let answered = waiting.read(&mut [0; 1]).expect_err("an answer");
        assert!(matches!(
            answered.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut
        ));
        let load = (worked(&program) - before).as_secs_f64() / began.elapsed().as_secs_f64();
        assert!(load < 0.5, "it spins: {load:.2} of a processor");

        // On the connection that there is: the store goes on, and its page is told; files cannot be had.
        let made = app.vase("V-2").await;
        assert_eq!(page.expect("update_products").await["id"], made["_id"]);
        let image = app.get(&format!("/uploads/{picture}")).await;
        assert!(!image.header("retry-after").is_empty());
        image.problem(503, "unavailable");
        let file = ("img", "vase.png", &png(20, 20)[..]);
        let upload = app.upload(id(&product), &[file]).await;
        assert!(!upload.header("retry-after").is_empty());
        upload.problem(503, "unavailable");

        drop(crowd);
        let mut answer = String::new();
        waiting
            .set_read_timeout(Some(TRIED * 10))
            .expect("a time limit");
        waiting.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        app.get(&format!("/uploads/{picture}")).await.expect(200);
        app.upload(id(&product), &[file]).await.expect(202);
        TestApp::at(program.address()).get("/readyz").await.done();
        figure(
            "F6",
            format_args!(
                "out of descriptors under {CROWD} connections: {:.0} % of a processor, store and pages go on, images 503, all back when they are free",
                load * 100.0
            ),
        );
    });
}
