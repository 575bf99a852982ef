//! Shortens a failing plan until it can be read.

use std::fmt::Write;

use crate::mutant::Mutant;
use crate::plan::Plan;
use crate::world::{Failure, run};

/// Removes clients and steps as long as the plan still fails.
pub(crate) fn shrink(plan: &Plan, mutant: Option<Mutant>) -> (Plan, Failure) {
    let mut plan = plan.clone();
    let mut failure = run(&plan, mutant).expect_err("a failing plan");
    plan.steps.truncate(failure.step + 1);
    let mut try_instead = |plan: &mut Plan, other: Plan| {
        if let Err(other_failure) = run(&other, mutant) {
            *plan = other;
            failure = other_failure;
            return true;
        }
        false
    };
    for client in 0..plan.config.clients.len() {
        let mut other = plan.clone();
        other.config.clients[client].absent = true;
        try_instead(&mut plan, other);
    }
    let mut length = plan.steps.len().div_ceil(2);
    while length > 0 {
        let (mut at, mut shorter) = (0, false);
        while at < plan.steps.len() {
            let mut other = plan.clone();
            let end = (at + length).min(plan.steps.len());
            other.steps.drain(at..end);
            if try_instead(&mut plan, other) {
                shorter = true;
            } else {
                at = end;
            }
        }
        // The last pass is repeated until no single step can be removed.
        if length > 1 || !shorter {
            length /= 2;
        }
    }
    (plan, failure)
}

/// Describes a failing seed for a reader of the test's output.
pub(crate) fn describe(seed: u64, plan: &Plan, failure: &Failure) -> String {
    let mut text = format!("seed {seed}: {}\n", failure.message);
    let _ = writeln!(text, "VITRINA_SIMULATION_SEED={seed} runs only this seed");
    let config = &plan.config;
    let clients = config.clients.iter().enumerate();
    for (number, client) in clients.filter(|(_, client)| !client.absent) {
        let _ = writeln!(
            text,
            "client {number}: {:?} {:?}",
            client.stream, client.only
        );
    }
    let _ = writeln!(
        text,
        "{} workers, mailbox {}, socket {}, write size {}, direct {}, \
         chunk {}, history {}, late content {}, {:?}",
        config.workers,
        config.mailbox,
        config.socket,
        config.write_size,
        config.direct,
        config.chunk,
        config.history,
        config.late_content,
        config.limits,
    );
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{number:>4} {step:?}");
    }
    text
}
