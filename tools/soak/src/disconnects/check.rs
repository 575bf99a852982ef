//! Compares what clients received with what the database holds.

use std::collections::{HashMap, HashSet};

use super::FinalState;
use super::chat_client::{Received, text_of};
use super::connection::Transcript;
use super::product_client::View;
use super::writers::Written;
use crate::report::Report;

/// Unexpected frames that are printed.
const SHOWN: usize = 5;

pub(super) fn check(
    report: &mut Report,
    stored: &FinalState,
    written: &Written,
    chats: &[(Transcript, Received)],
    views: &[(Transcript, View)],
) {
    check_connections(report, chats.iter().map(|(one, _)| one), "chat clients");
    check_connections(report, views.iter().map(|(one, _)| one), "product clients");
    check_messages(report, stored, written, chats);
    check_order(report, stored, chats);
    check_products(report, stored, written, views);
}

fn check_connections<'a>(
    report: &mut Report,
    transcripts: impl Iterator<Item = &'a Transcript> + Clone,
    clients: &str,
) {
    let sum = |of: fn(&Transcript) -> usize| transcripts.clone().map(of).sum::<usize>();
    let mut codes: HashMap<u16, usize> = HashMap::new();
    for code in transcripts.clone().flat_map(|one| &one.closed) {
        *codes.entry(*code).or_default() += 1;
    }
    let frames: u64 = transcripts.clone().map(|one| one.frames).sum();
    report.figure(&format!("{clients}: frames"), frames);
    let ends = format!(
        "{} cut, {} closed with 1001, {} broken, other codes {codes:?}",
        sum(|one| one.cut),
        sum(|one| one.going_away),
        sum(|one| one.broken),
    );
    report.figure(&format!("{clients}: connections"), ends);
    let not_resumed = sum(|one| one.not_resumed);
    let resumed = sum(|one| one.resumed);
    let reconnects = format!("{resumed} resumed, {not_resumed} not");
    let name = format!("{clients}: all resumed");
    report.check(&name, reconnects, not_resumed == 0);
    let unexpected: Vec<_> = transcripts.flat_map(|one| &one.unexpected).collect();
    let name = format!("{clients}: unexpected frames");
    report.check(&name, unexpected.len(), unexpected.is_empty());
    for frame in unexpected.iter().take(SHOWN) {
        report.figure("unexpected", frame);
    }
}

fn check_messages(
    report: &mut Report,
    stored: &FinalState,
    written: &Written,
    chats: &[(Transcript, Received)],
) {
    let ids: HashSet<_> = stored.messages.iter().map(|one| one.id.as_str()).collect();
    let lost = written.messages.iter();
    let mut lost = lost.filter(|one| !ids.contains(one.id.as_str())).count();
    let mut texts: HashMap<(&str, &str), usize> = HashMap::new();
    let mut by_user: HashMap<&str, Vec<&str>> = HashMap::new();
    for message in &stored.messages {
        let (user, text) = (message.user.as_str(), message.message.as_str());
        *texts.entry((user, text)).or_default() += 1;
        by_user.entry(user).or_default().push(text);
    }
    let stored_twice = texts.values().filter(|count| **count > 1).count();
    let mut out_of_order = 0;
    for (_, received) in chats {
        let user = received.user.as_str();
        for nonce in &received.acknowledged {
            let text = text_of(user, nonce);
            lost += usize::from(!texts.contains_key(&(user, &*text)));
        }
        let posted = (0..received.posted).map(|nonce| text_of(user, &nonce.to_string()));
        let stored = by_user.remove(user).unwrap_or_default();
        out_of_order += usize::from(!posted.eq(stored));
    }
    let received = chats.iter().map(|(_, received)| received);
    let acknowledged: usize = received.clone().map(|one| one.acknowledged.len()).sum();
    let repeats: usize = received.map(|one| one.repeated).sum();
    let counts = format!(
        "{} stored; {acknowledged} acknowledged by sockets ({repeats} sent again), {} by REST",
        stored.messages.len(),
        written.messages.len(),
    );
    report.figure("messages", counts);
    report.figure("writes over REST without a response", written.unknown);
    report.check("acknowledged messages lost", lost, lost == 0);
    report.check("messages stored twice", stored_twice, stored_twice == 0);
    let is_ok = out_of_order == 0;
    report.check("clients with messages out of order", out_of_order, is_ok);
}

/// What each chat client received must be what is stored after its first history.
fn check_order(report: &mut Report, stored: &FinalState, chats: &[(Transcript, Received)]) {
    let (mut missed, mut duplicated, mut disordered, mut unknown) = (0, 0, 0, 0);
    for (_, received) in chats {
        let all = stored.messages.iter().map(|one| one.seq);
        let expected: HashSet<_> = all.filter(|seq| *seq > received.begin).collect();
        let seqs: HashSet<_> = received.seqs.iter().copied().collect();
        missed += expected.difference(&seqs).count();
        unknown += seqs.difference(&expected).count();
        duplicated += received.seqs.len() - seqs.len();
        let pairs = received.seqs.windows(2);
        disordered += pairs.filter(|pair| pair[0] > pair[1]).count();
    }
    let count: usize = chats.iter().map(|(_, received)| received.seqs.len()).sum();
    report.figure("messages received by chat clients", count);
    report.check("messages missed", missed, missed == 0);
    report.check("messages received twice", duplicated, duplicated == 0);
    report.check("messages out of order", disordered, disordered == 0);
    report.check("messages received and not stored", unknown, unknown == 0);
}

fn check_products(
    report: &mut Report,
    stored: &FinalState,
    written: &Written,
    views: &[(Transcript, View)],
) {
    let sum = |of: fn(&View) -> usize| views.iter().map(|(_, view)| of(view)).sum::<usize>();
    let updates: u64 = views.iter().map(|(_, view)| view.updates).sum();
    let lost = written.versions.iter().filter(|(id, version)| {
        let stored = stored.products.get(*id).map(|product| product.version);
        version.is_some_and(|version| stored.is_none_or(|stored| stored < version))
    });
    let lost = lost.count();
    let unequal = views.iter();
    let unequal = unequal.filter(|(_, view)| view.products != stored.products);
    let unequal = unequal.count();
    let counts = format!(
        "{} at the end, {} edits",
        stored.products.len(),
        written.edits
    );
    report.figure("products", counts);
    report.figure("changes received by product clients", updates);
    report.check("acknowledged edits lost", lost, lost == 0);
    let duplicated = sum(|view| view.duplicated);
    report.check("changes received twice", duplicated, duplicated == 0);
    let disordered = sum(|view| view.out_of_order);
    report.check("changes out of order", disordered, disordered == 0);
    report.check("views that differ from the database", unequal, unequal == 0);
}
