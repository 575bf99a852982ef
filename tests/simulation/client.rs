//! A client: keeps what it was told by the rules that clients go by, and complains of what must not
//! be told.

mod chat;
mod link;
mod products;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use vitrina::domain::position::Position;
use vitrina::realtime::Head;

pub(crate) use self::link::Link;
use crate::plan::{ClientPlan, Stream};
use crate::plant::Plant;
use crate::store::{Change, Fact, Store};
use crate::tally::Tally;
use crate::wire::{Told, take_frame};

/// A page of the shop, connected or not.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: Stream,
    pub(crate) only: Option<Vec<u8>>,
    pub(crate) absent: bool,
    pub(crate) cursor: Option<Position>,
    pub(crate) link: Option<Link>,
    /// The head that a page was begun with.
    pub(crate) page: Option<Head>,
    plant: Option<Plant>,
    history: usize,
    view: BTreeMap<u8, u32>,
    messages: BTreeSet<i64>,
    /// It has all messages from this one on.
    first: i64,
    online: Option<usize>,
}

impl Client {
    pub(crate) fn new(plan: &ClientPlan, history: usize, plant: Option<Plant>) -> Self {
        Self {
            stream: plan.stream,
            only: plan.only.clone(),
            absent: plan.absent,
            cursor: None,
            link: None,
            page: None,
            plant,
            history,
            view: BTreeMap::new(),
            messages: BTreeSet::new(),
            first: 0,
            online: None,
        }
    }

    /// Reads what its socket has, up to so many bytes.
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
            && let Some(told) = take_frame(&mut link.bytes)?
        {
            tally.count("frames");
            self.hear(&told, store, tally)
                .map_err(|complaint| format!("{complaint}, by {told:?}"))?;
        }
        if let Some(link) = self.link.take_if(|link| link.server.is_over()) {
            tally.count("closed by the server");
            if !link.bytes.is_empty() {
                return Err("the socket ended within a frame".into());
            }
        }
        Ok(!taken.is_empty())
    }

    fn hear(&mut self, told: &Told, store: &Store, tally: &mut Tally) -> Result<(), String> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        if let Told::Welcome { cursor, resumed } = told {
            tally.count(if *resumed { "resumed" } else { "not resumed" });
            if self.plant == Some(Plant::WelcomeAdopted) {
                self.cursor = Some(cursor.clone());
            }
            return link.welcome(cursor, *resumed, store);
        }
        if !link.welcomed {
            return Err("told something before the welcome".into());
        }
        match told {
            Told::Welcome { .. } => {}
            Told::Products {
                cursor,
                remaining,
                products,
            } => return self.hear_products(cursor, *remaining, products, store, tally),
            Told::Update {
                cursor,
                id,
                state,
                gone,
            } => {
                tally.count("updates");
                let (skipped, fact) = link.advance(cursor, store)?;
                self.check_skipped(skipped, store, tally)?;
                self.update(fact, (*id, *state, *gone))?;
                self.cursor = Some(cursor.clone());
            }
            Told::Position(cursor) => {
                tally.count("positions");
                let place = store.place_of(cursor).ok_or("a place of no stream")?;
                let before = link.place.ok_or("a place before there is any")?;
                if place < before {
                    return Err(format!("told place {place} after {before}"));
                }
                link.place = Some(place);
                self.check_skipped(before + 1..=place, store, tally)?;
                self.cursor = Some(cursor.clone());
            }
            Told::Message { cursor, .. } | Told::Deleted { cursor, .. } => {
                tally.count("chat frames");
                let (skipped, fact) = link.advance(cursor, store)?;
                self.check_skipped(skipped, store, tally)?;
                self.talk(fact, told)?;
                self.cursor = Some(cursor.clone());
            }
            Told::History { cursor, seqs } => {
                tally.count("histories");
                self.hear_history(cursor, seqs, store)?;
            }
            Told::Passing { serial, online } => {
                tally.count("passing frames");
                if *serial <= link.serial {
                    return Err("a passing frame told again".into());
                }
                link.serial = *serial;
                self.online = online.or(self.online);
            }
            Told::Users { online } => self.online = Some(*online),
        }
        Ok(())
    }

    /// A change may be left out only where its product does not concern the client, or, for a slow
    /// reader of products, where a later change of it is still to be told.
    fn check_skipped(
        &self,
        places: RangeInclusive<usize>,
        store: &Store,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let slow = self.link.as_ref().is_some_and(|link| link.server.slow);
        for place in places.clone() {
            let fact = store.changes[place - 1].fact;
            if !fact.is_of(self.stream) || !self.wants(fact) {
                continue;
            }
            let told_later = |later: &Change| match (later.fact, fact) {
                (Fact::Product { id, .. }, Fact::Product { id: about, .. }) => id == about,
                _ => false,
            };
            if !(slow && store.changes[*places.end()..].iter().any(told_later)) {
                return Err(format!("the change at {place} was not told"));
            }
            tally.count("conflated");
        }
        Ok(())
    }

    fn wants(&self, fact: Fact) -> bool {
        match (fact, &self.only) {
            (Fact::Product { id, .. }, Some(only)) => only.contains(&id),
            _ => true,
        }
    }

    /// A page: what it shows is read after its head was taken.
    pub(crate) fn load_page(&mut self, head: Head, store: &Store) {
        if store.place_of(&head.cursor).is_none() {
            return;
        }
        match self.stream {
            Stream::Products => self.view = store.products(self.only.as_deref()),
            Stream::Chat => {
                let seqs = store.history(head.newest_seq + 1, self.history);
                self.first = match seqs.len() < self.history {
                    true => 0,
                    false => seqs[0],
                };
                self.messages = seqs.into_iter().collect();
            }
        }
        self.cursor = Some(head.cursor);
    }

    /// Whether what the client shows is what there is, where it is being told.
    pub(crate) fn check_rest(&self, store: &Store, people: Option<usize>) -> Result<(), String> {
        let Some(link) = &self.link else {
            return Ok(());
        };
        match self.stream {
            Stream::Products => {
                let there = store.products(self.only.as_deref());
                if self.view != there {
                    return Err(format!("it shows {:?}, there is {there:?}", self.view));
                }
            }
            Stream::Chat if link.server.is_joined() => {
                let there = store.messages_until(store.end());
                let there = there.into_iter().filter(|seq| *seq >= self.first).collect();
                if self.messages != there {
                    return Err(format!("it shows {:?}, there is {there:?}", self.messages));
                }
                if people.is_some() && self.online != people {
                    return Err(format!("it counts {:?} of {people:?} people", self.online));
                }
            }
            Stream::Chat => {}
        }
        Ok(())
    }
}
