//! What selling costs, and that a rush sells exactly what there is.
//!
//! `cargo bench --bench selling` starts shops as processes of their own and buys over their public API.
//! First the drop: so many buyers at once for a few units, on SQLite, on MongoDB and on two servers before
//! one MongoDB, while pages are open that must show it. Then purchases per second, of one product that
//! all want and of many. Last a hold that runs out, before pages and carts. Every answer is checked, and
//! at the end stock and orders are.

#[path = "../rest/command.rs"]
mod command;
#[allow(dead_code, reason = "the long runs use the rest of it")]
#[path = "../soak/machine.rs"]
mod files;
#[path = "../rest/http.rs"]
mod http;
#[allow(dead_code, reason = "the bench of requests uses the rest of it")]
#[path = "../rest/machine.rs"]
mod machine;
#[path = "../rest/mongo.rs"]
mod mongo;
#[path = "../rest/page.rs"]
mod page;
#[path = "../rest/process.rs"]
mod process;
#[allow(dead_code, reason = "the long runs use the rest of it")]
#[path = "../soak/socket.rs"]
mod socket;

mod buyers;
mod holds;
mod pages;
mod report;
mod shop;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use actix_web::rt::System;
use clap::Parser;

use self::mongo::Server;
use self::report::Report;
use self::shop::Shop;

/// What every step of the bench returns.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Stores, and how many servers sell from them.
const CASES: [&str; 3] = ["SQLite", "MongoDB", "MongoDB, two servers"];

/// Purchases of stock that lasts, and purchases of a drop
#[derive(Debug, Parser)]
struct Options {
    /// Buyers who come at once for a drop
    #[arg(long, default_value_t = 500)]
    buyers: usize,
    /// Units of the drop
    #[arg(long, default_value_t = 50)]
    units: usize,
    /// Pages that are open meanwhile
    #[arg(long, default_value_t = 2_000)]
    pages: usize,
    /// Drops on each store
    #[arg(long, default_value_t = 3)]
    drops: usize,
    /// Purchases that are timed, for each case
    #[arg(long, default_value_t = 2_000)]
    purchases: usize,
    /// Buyers at the same time while they are timed
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// What cargo says to a bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !options.bench {
        eprintln!("this takes minutes: run it with `cargo bench --bench selling`");
        return ExitCode::SUCCESS;
    }
    match System::new().block_on(run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("selling: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Outcome<()> {
    files::raise_file_limit()?;
    // The driver of the bench wants a runtime of its own.
    let server = std::thread::spawn(|| Server::find().map_err(|error| error.to_string()));
    let server = server.join().map_err(|_| "no server")??;
    let mut report = Report::default();
    for case in CASES {
        for drop in 0..options.drops {
            let shop = Shop::start(case, &format!("drop{drop}"), &server, 0)?;
            report.drops.push(buyers::drop(&shop, options).await?);
            shop.stop()?;
        }
    }
    for case in CASES {
        for products in [1, 100] {
            let shop = Shop::start(case, &format!("sales{products}"), &server, 0)?;
            let sales = buyers::sales(&shop, products, options).await?;
            report.sales.push(sales);
            shop.stop()?;
        }
    }
    for case in CASES {
        let shop = Shop::start(case, "hold", &server, holds::SECONDS)?;
        report.holds.push(holds::run_out(&shop).await?);
        shop.stop()?;
    }
    io::stdout().write_all(report.text(options)?.as_bytes())?;
    match options.is_whole() {
        true => report.write(options),
        false => Ok(()),
    }
}

impl Options {
    /// Whether the figures are those of the bench as it is, and so may be kept.
    fn is_whole(&self) -> bool {
        let whole = Self::parse_from(["selling"]);
        let sizes = |of: &Self| {
            (
                of.buyers,
                of.units,
                of.pages,
                of.drops,
                of.purchases,
                of.connections,
            )
        };
        sizes(self) == sizes(&whole)
    }
}
