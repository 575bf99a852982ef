//! Model of a client: applies the frames it receives as a real client does, and fails on a frame
//! that must not be sent.

mod chat;
mod link;
mod products;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use vitrina::domain::position::Position;
use vitrina::realtime::Head;

pub(crate) use self::link::Link;
use crate::mutant::Mutant;
use crate::plan::{ClientPlan, Stream};
use crate::store::{Change, ChangeKind, Store};
use crate::tally::Tally;
use crate::wire::{Received, take_frame};

/// A page of the shop, connected or not.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: Stream,
    pub(crate) only: Option<Vec<u8>>,
    pub(crate) absent: bool,
    pub(crate) cursor: Option<Position>,
    pub(crate) link: Option<Link>,
    /// The head that was read when its page began to load.
    pub(crate) page: Option<Head>,
    mutant: Option<Mutant>,
    history: usize,
    view: BTreeMap<u8, u32>,
    messages: BTreeSet<i64>,
    /// It shows all messages from this sequence number on.
    first: i64,
    online: Option<usize>,
}

impl Client {
    pub(crate) fn new(plan: &ClientPlan, history: usize, mutant: Option<Mutant>) -> Self {
        Self {
            stream: plan.stream,
            only: plan.only.clone(),
            absent: plan.absent,
            cursor: None,
            link: None,
            page: None,
            mutant,
            history,
            view: BTreeMap::new(),
            messages: BTreeSet::new(),
            first: 0,
            online: None,
        }
    }

    /// Reads up to `bytes` from its socket; returns whether there were any.
    pub(crate) fn take(
        &mut self,
        bytes: usize,
        store: &Store,
        tally: &mut Tally,
    ) -> Result<bool, String> {
        let Some(link) = &mut self.link else {
            return Ok(false);
        };
        let taken = link.server.socket.take(bytes);
        if !taken.is_empty() && !link.server.socket.is_free() {
            link.server.woken = true;
        }
        link.bytes.extend(&taken);
        while let Some(link) = &mut self.link
            && let Some(received) = take_frame(&mut link.bytes)?
        {
            tally.count("frames");
            self.on_frame(&received, store, tally)
                .map_err(|message| format!("{message}, in {received:?}"))?;
        }
        if let Some(link) = self.link.take_if(|link| link.server.is_over()) {
            tally.count("closed by the server");
            if !link.bytes.is_empty() {
                return Err("the socket ended within a frame".into());
            }
        }
        Ok(!taken.is_empty())
    }

    fn on_frame(
        &mut self,
        received: &Received,
        store: &Store,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        if let Received::Welcome { cursor, resumed } = received {
            tally.count(if *resumed { "resumed" } else { "not resumed" });
            if self.mutant == Some(Mutant::WelcomeAdopted) {
                self.cursor = Some(cursor.clone());
            }
            return link.welcome(cursor, *resumed, store);
        }
        if !link.welcomed {
            return Err("a frame before the welcome".into());
        }
        match received {
            Received::Welcome { .. } => {}
            Received::Products {
                cursor,
                remaining,
                products,
            } => return self.on_products(cursor, *remaining, products, store, tally),
            Received::Update {
                cursor,
                id,
                state,
                gone,
            } => {
                tally.count("updates");
                let (skipped, kind) = link.advance(cursor, store)?;
                self.check_skipped(skipped, store, tally)?;
                self.on_update(kind, (*id, *state, *gone))?;
                self.cursor = Some(cursor.clone());
            }
            Received::Position(cursor) => {
                tally.count("positions");
                let offset = store.offset_of(cursor).ok_or("an unknown position")?;
                let before = link.offset.ok_or("a position before the first one")?;
                if offset < before {
                    return Err(format!("position {offset} sent after {before}"));
                }
                link.offset = Some(offset);
                self.check_skipped(before + 1..=offset, store, tally)?;
                self.cursor = Some(cursor.clone());
            }
            Received::Message { cursor, .. } | Received::Deleted { cursor, .. } => {
                tally.count("chat frames");
                let (skipped, kind) = link.advance(cursor, store)?;
                self.check_skipped(skipped, store, tally)?;
                self.on_chat_change(kind, received)?;
                self.cursor = Some(cursor.clone());
            }
            Received::History { cursor, seqs } => {
                tally.count("histories");
                self.on_history(cursor, seqs, store)?;
            }
            Received::Ephemeral { serial, online } => {
                tally.count("ephemeral frames");
                if *serial <= link.serial {
                    return Err("an ephemeral frame sent again".into());
                }
                link.serial = *serial;
                self.online = online.or(self.online);
            }
            Received::Users { online } => self.online = Some(*online),
        }
        Ok(())
    }

    /// A change may be skipped only if the client does not follow its product, or if the client is
    /// slow and a later change of the same product is still to come.
    fn check_skipped(
        &self,
        offsets: RangeInclusive<usize>,
        store: &Store,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let slow = self.link.as_ref().is_some_and(|link| link.server.slow);
        for offset in offsets.clone() {
            let kind = store.changes[offset - 1].kind;
            if !kind.is_of(self.stream) || !self.wants(kind) {
                continue;
            }
            let superseded = |later: &Change| match (later.kind, kind) {
                (ChangeKind::Product { id, .. }, ChangeKind::Product { id: about, .. }) => {
                    id == about
                }
                _ => false,
            };
            if !(slow && store.changes[*offsets.end()..].iter().any(superseded)) {
                return Err(format!("the change at {offset} was not sent"));
            }
            tally.count("conflated");
        }
        Ok(())
    }

    fn wants(&self, kind: ChangeKind) -> bool {
        match (kind, &self.only) {
            (ChangeKind::Product { id, .. }, Some(only)) => only.contains(&id),
            _ => true,
        }
    }

    /// Loads a page, whose contents are read after its `head`.
    pub(crate) fn load_page(&mut self, head: Head, store: &Store) {
        if store.offset_of(&head.cursor).is_none() {
            return;
        }
        match self.stream {
            Stream::Products => self.view = store.products(self.only.as_deref()),
            Stream::Chat => {
                let seqs = store.history(head.newest_seq + 1, self.history);
                let is_complete = seqs.len() < self.history;
                self.first = if is_complete { 0 } else { seqs[0] };
                self.messages = seqs.into_iter().collect();
            }
        }
        self.cursor = Some(head.cursor);
    }

    /// Checks that a client that follows its stream shows what the store holds.
    pub(crate) fn check_idle(&self, store: &Store, people: Option<usize>) -> Result<(), String> {
        let Some(link) = &self.link else {
            return Ok(());
        };
        match self.stream {
            Stream::Products => {
                let expected = store.products(self.only.as_deref());
                if self.view != expected {
                    return Err(format!("it shows {:?}, not {expected:?}", self.view));
                }
            }
            Stream::Chat if link.server.is_joined() => {
                let stored = store.messages_until(store.end()).into_iter();
                let expected = stored.filter(|seq| *seq >= self.first).collect();
                if self.messages != expected {
                    return Err(format!("it shows {:?}, not {expected:?}", self.messages));
                }
                if people.is_some() && self.online != people {
                    return Err(format!(
                        "it counts {:?} people, not {people:?}",
                        self.online
                    ));
                }
            }
            Stream::Chat => {}
        }
        Ok(())
    }
}
