//! The figures as tables, for the terminal and for `docs/bench-selling.md`.

use std::fmt::Write as _;
use std::time::Duration;
use vitrina_test_support::{Outcome, bench_page, machine};

use crate::Options;

#[derive(Default)]
pub(crate) struct Report {
    pub(crate) drops: Vec<Drop>,
    pub(crate) sales: Vec<Sales>,
    pub(crate) holds: Vec<Expiry>,
}

/// A drop: the responses to buyers, and when pages showed that it is sold out.
pub(crate) struct Drop {
    pub(crate) shop: String,
    pub(crate) sold: usize,
    pub(crate) short: usize,
    pub(crate) unavailable: usize,
    pub(crate) answered: Times,
    /// After the response to the last sale.
    pub(crate) shown: Times,
}

/// Purchases of ample stock.
pub(crate) struct Sales {
    pub(crate) shop: String,
    pub(crate) products: usize,
    pub(crate) unavailable: usize,
    pub(crate) each_second: f64,
    /// CPU time of a purchase in microseconds: of the servers, and of a store beside them.
    pub(crate) cpu: (f64, f64),
    pub(crate) answered: Times,
}

/// A hold that expired.
pub(crate) struct Expiry {
    pub(crate) shop: String,
    /// After its end.
    pub(crate) shown: Times,
    /// After its end, to the carts with the held product.
    pub(crate) notified: Times,
    /// Other carts that were notified.
    pub(crate) unrelated: usize,
}

/// How long something took.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    median: Duration,
    p99: Duration,
    last: Duration,
}

impl Times {
    pub(crate) fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        let at = |percent: usize| {
            let last = all.len().saturating_sub(1);
            all.get(last * percent / 100).copied().unwrap_or_default()
        };
        Self {
            median: at(50),
            p99: at(99),
            last: at(100),
        }
    }
}

impl std::fmt::Display for Times {
    /// Three cells of a table, in milliseconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [median, p99, last] =
            [self.median, self.p99, self.last].map(|time| time.as_secs_f64() * 1e3);
        write!(f, "{median:.1} | {p99:.1} | {last:.1}")
    }
}

impl Report {
    pub(crate) fn text(&self, options: &Options) -> Outcome<String> {
        let mut text = format!("{}.\n\n", machine::description()?);
        self.write_drops(&mut text, options)?;
        self.write_sales(&mut text, options)?;
        self.write_holds(&mut text)?;
        Ok(text)
    }

    fn write_drops(&self, text: &mut String, options: &Options) -> Outcome<()> {
        let Options {
            buyers,
            units,
            pages,
            ..
        } = options;
        writeln!(
            text,
            "{buyers} buyers at once for {units} units, {pages} pages open. Times in ms: from the first click to the \
             responses, and from the response to the last sale until pages show \"sold out\".\n\n\
             | store | bought | sold out | got 503 | answered p50 | p99 | last | shown p50 | p99 | last |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for one in &self.drops {
            writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                one.shop, one.sold, one.short, one.unavailable, one.answered, one.shown
            )?;
        }
        Ok(())
    }

    fn write_sales(&self, text: &mut String, options: &Options) -> Outcome<()> {
        writeln!(
            text,
            "\n{} purchases of one unit each by {} concurrent buyers.\n\n\
             | store | products | purchases/s | server CPU µs each | store CPU µs each | got 503 | p50 ms | p99 | last |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|",
            options.purchases, options.connections
        )?;
        for one in &self.sales {
            let beside = match one.cpu.1 {
                0.0 => "–".to_owned(),
                cpu => format!("{cpu:.0}"),
            };
            writeln!(
                text,
                "| {} | {} | {:.0} | {:.0} | {beside} | {} | {} |",
                one.shop, one.products, one.each_second, one.cpu.0, one.unavailable, one.answered
            )?;
        }
        Ok(())
    }

    fn write_holds(&self, text: &mut String) -> Outcome<()> {
        use crate::holds::{AFFECTED, CARTS, PAGES, SECONDS};
        writeln!(
            text,
            "\nA hold of {SECONDS} s on the last unit expires, with {PAGES} open pages and {CARTS} open carts, of which \
             {AFFECTED} contain the product. Times in ms after its end.\n\n\
             | store | shown on pages p50 | p99 | last | carts notified p50 | p99 | last | other carts notified |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|"
        )?;
        for one in &self.holds {
            writeln!(
                text,
                "| {} | {} | {} | {} |",
                one.shop, one.shown, one.notified, one.unrelated
            )?;
        }
        Ok(())
    }

    /// Replaces the figures in the page.
    pub(crate) fn write(&self, options: &Options) -> Outcome<()> {
        bench_page::write("docs/bench-selling.md", "selling", &self.text(options)?)
    }
}
