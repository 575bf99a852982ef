//! What clients were told, next to what the database holds.

use std::collections::{HashMap, HashSet};

use super::Truth;
use super::chatter::Heard;
use super::link::Story;
use super::watcher::Seen;
use super::writers::Written;
use crate::figures::Report;

/// Odd things that are printed.
const SHOWN: usize = 5;

/// Compares it all.
pub(super) fn tell(
    report: &mut Report,
    truth: &Truth,
    written: &Written,
    chats: &[(Story, Heard)],
    views: &[(Story, Seen)],
) {
    tell_connections(report, chats.iter().map(|(story, _)| story), "chatters");
    tell_connections(report, views.iter().map(|(story, _)| story), "watchers");
    tell_messages(report, truth, written, chats);
    tell_order(report, truth, chats);
    tell_products(report, truth, written, views);
}

fn tell_connections<'a>(
    report: &mut Report,
    stories: impl Iterator<Item = &'a Story> + Clone,
    who: &str,
) {
    let sum = |of: fn(&Story) -> usize| stories.clone().map(of).sum::<usize>();
    let mut codes: HashMap<u16, usize> = HashMap::new();
    for code in stories.clone().flat_map(|story| &story.closed) {
        *codes.entry(*code).or_default() += 1;
    }
    let frames: u64 = stories.clone().map(|story| story.frames).sum();
    report.figure(&format!("{who}: frames"), frames);
    let ends = format!(
        "{} cut, {} told 1001, {} broke, other codes {codes:?}",
        sum(|story| story.cut),
        sum(|story| story.told_to_go),
        sum(|story| story.broke),
    );
    report.figure(&format!("{who}: connections"), ends);
    let anew = sum(|story| story.anew);
    let resumed = sum(|story| story.resumed);
    let came_back = format!("{resumed} resumed, {anew} anew");
    report.promise(&format!("{who}: all resumed"), came_back, anew == 0);
    let odd: Vec<_> = stories.flat_map(|story| &story.odd).collect();
    report.promise(&format!("{who}: odd frames"), odd.len(), odd.is_empty());
    for odd in odd.iter().take(SHOWN) {
        report.figure("odd", odd);
    }
}

fn tell_messages(report: &mut Report, truth: &Truth, written: &Written, chats: &[(Story, Heard)]) {
    let ids: HashSet<_> = truth.messages.iter().map(|said| said.id.as_str()).collect();
    let lost = written.messages.iter();
    let mut lost = lost.filter(|said| !ids.contains(said.id.as_str())).count();
    let mut texts: HashMap<(&str, &str), usize> = HashMap::new();
    for said in &truth.messages {
        *texts.entry((&said.user, &said.message)).or_default() += 1;
    }
    let stored_twice = texts.values().filter(|count| **count > 1).count();
    let mut order: HashMap<&str, Vec<&str>> = HashMap::new();
    for said in &truth.messages {
        order.entry(&said.user).or_default().push(&said.message);
    }
    let mut out_of_order = 0;
    for (_, heard) in chats {
        for words in &heard.acknowledged {
            let text = format!("{} says {words}", heard.user);
            lost += usize::from(!texts.contains_key(&(&*heard.user, &*text)));
        }
        let said = (0..heard.said).map(|words| format!("{} says {words}", heard.user));
        let stored = order.remove(&*heard.user).unwrap_or_default();
        out_of_order += usize::from(!said.eq(stored));
    }
    let heard = chats.iter().map(|(_, heard)| heard);
    let acknowledged: usize = heard.clone().map(|heard| heard.acknowledged.len()).sum();
    let repeats: usize = heard.map(|heard| heard.repeated).sum();
    let counts = format!(
        "{} stored; {acknowledged} acknowledged by sockets ({repeats} said again), {} by REST",
        truth.messages.len(),
        written.messages.len(),
    );
    report.figure("messages", counts);
    report.figure("writes over REST without an answer", written.unknown);
    report.promise("acknowledged messages lost", lost, lost == 0);
    report.promise("messages stored twice", stored_twice, stored_twice == 0);
    let whole = out_of_order == 0;
    report.promise("speakers whose words are not in order", out_of_order, whole);
}

/// What each chatter was told must be what is stored behind its beginning.
fn tell_order(report: &mut Report, truth: &Truth, chats: &[(Story, Heard)]) {
    let (mut missed, mut doubled, mut disordered, mut unknown) = (0, 0, 0, 0);
    for (_, heard) in chats {
        let stored = truth.messages.iter().map(|said| said.seq);
        let expected: HashSet<_> = stored.filter(|seq| *seq > heard.begin).collect();
        let told: HashSet<_> = heard.seqs.iter().copied().collect();
        missed += expected.difference(&told).count();
        unknown += told.difference(&expected).count();
        doubled += heard.seqs.len() - told.len();
        let pairs = heard.seqs.windows(2);
        disordered += pairs.filter(|pair| pair[0] > pair[1]).count();
    }
    let told: usize = chats.iter().map(|(_, heard)| heard.seqs.len()).sum();
    report.figure("messages told to chatters", told);
    report.promise("messages that a chatter missed", missed, missed == 0);
    report.promise(
        "messages that a chatter was told twice",
        doubled,
        doubled == 0,
    );
    report.promise("messages out of order", disordered, disordered == 0);
    report.promise("messages told and not stored", unknown, unknown == 0);
}

fn tell_products(report: &mut Report, truth: &Truth, written: &Written, views: &[(Story, Seen)]) {
    let sum = |of: fn(&Seen) -> usize| views.iter().map(|(_, seen)| of(seen)).sum::<usize>();
    let updates: u64 = views.iter().map(|(_, seen)| seen.updates).sum();
    let lost = written.versions.iter().filter(|(id, version)| {
        let stored = truth.products.get(*id).map(|product| product.version);
        version.is_some_and(|version| stored.is_none_or(|stored| stored < version))
    });
    let lost = lost.count();
    let unequal = views.iter().filter(|(_, seen)| seen.view != truth.products);
    let unequal = unequal.count();
    let counts = format!(
        "{} at the end, {} edits",
        truth.products.len(),
        written.edits
    );
    report.figure("products", counts);
    report.figure("changes told to watchers", updates);
    report.promise("acknowledged edits lost", lost, lost == 0);
    let doubled = sum(|seen| seen.doubled);
    report.promise(
        "changes that a watcher was told twice",
        doubled,
        doubled == 0,
    );
    let disordered = sum(|seen| seen.out_of_order);
    report.promise("changes out of order", disordered, disordered == 0);
    report.promise("views unlike the database", unequal, unequal == 0);
}
