//! What purchases cost, and that a rush sells exactly what is in stock.
//!
//! `cargo bench --bench selling` starts shops as child processes and buys over their public API.
//! First a drop: many buyers at once for a few units, on SQLite, on MongoDB and on two servers with
//! one MongoDB, while open pages must show the stock. Then purchases per second, of one product and
//! of many. Last a hold that expires, seen by pages and carts. Every response is checked, and so
//! are stock and orders at the end.

mod buyers;
mod holds;
mod pages;
mod report;
mod shop;

use std::io::{self, Write as _};
use std::process::ExitCode;

use actix_web::rt::System;
use clap::Parser;
use vitrina_test_support::mongo::Server;
use vitrina_test_support::{Outcome, proc};

use self::report::Report;
use self::shop::Shop;

/// Stores, and how many servers sell from them.
const CASES: [&str; 3] = ["SQLite", "MongoDB", "MongoDB, two servers"];

/// Purchases of ample stock, and of a few units at once
#[derive(Debug, Parser)]
struct Options {
    /// Buyers of a drop, all at once
    #[arg(long, default_value_t = 500)]
    buyers: usize,
    /// Units of the drop
    #[arg(long, default_value_t = 50)]
    units: usize,
    /// Open pages
    #[arg(long, default_value_t = 2_000)]
    pages: usize,
    /// Drops on each store
    #[arg(long, default_value_t = 3)]
    drops: usize,
    /// Timed purchases, for each case
    #[arg(long, default_value_t = 2_000)]
    purchases: usize,
    /// Concurrent buyers of the timed purchases
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Passed by `cargo bench`
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
    proc::raise_file_limit()?;
    // On a thread of its own: it blocks on another runtime.
    let server = std::thread::spawn(Server::find).join();
    let server = server.map_err(|_| "looking for MongoDB panicked")??;
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
        report.holds.push(holds::expire(&shop).await?);
        shop.stop()?;
    }
    io::stdout().write_all(report.text(options)?.as_bytes())?;
    match options.is_complete() {
        true => report.write(options),
        false => Ok(()),
    }
}

impl Options {
    /// Whether it ran with the default options, so that its figures are written to the page.
    fn is_complete(&self) -> bool {
        let defaults = Self::parse_from(["selling"]);
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
        sizes(self) == sizes(&defaults)
    }
}
