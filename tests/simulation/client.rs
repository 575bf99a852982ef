//! A client: keeps what it was told by the rules that clients go by, and complains of what must not
//! be told.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use vitrina::domain::position::Position;
use vitrina::realtime::Head;

use super::connection::Connection;
use super::plan::{ClientPlan, Stream};
use super::plant::Plant;
use super::store::{Fact, Store};
use super::wire::{Told, take_frame};

/// How often things happened, to see that the seeds reach them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally(pub(crate) BTreeMap<&'static str, usize>);

impl Tally {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (what, count) in other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }
}

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

/// A connection with what the client knows of it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) server: Connection,
    since: Option<Position>,
    /// Whether the server must welcome it as resumed.
    resumed: bool,
    welcomed: bool,
    bytes: Vec<u8>,
    /// All changes up to here were told.
    place: Option<usize>,
    snapshot: Option<BTreeMap<u8, u32>>,
    /// The newest state told of each product.
    states: BTreeMap<u8, u32>,
    serial: u64,
}

impl Link {
    pub(crate) fn new(server: Connection, since: Option<Position>, resumed: bool) -> Self {
        Self {
            server,
            since,
            resumed,
            welcomed: false,
            bytes: Vec::new(),
            place: None,
            snapshot: None,
            states: BTreeMap::new(),
            serial: 0,
        }
    }
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
            let told_later = |later: &super::store::Change| match (later.fact, fact) {
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

    fn update(&mut self, fact: Fact, (id, state, gone): (u8, u32, bool)) -> Result<(), String> {
        let Fact::Product {
            id: about,
            state: oldest,
            ..
        } = fact
        else {
            return Err("no change of a product is at this place".into());
        };
        if about != id || !self.wants(fact) {
            return Err("an update of another product".into());
        }
        if let Some(link) = &mut self.link {
            let told = link.states.insert(id, state).unwrap_or(0);
            if state < oldest.max(told) {
                return Err(format!("state {state} after {}", oldest.max(told)));
            }
        }
        match gone {
            true => self.view.remove(&id),
            false => self.view.insert(id, state),
        };
        Ok(())
    }

    fn hear_products(
        &mut self,
        cursor: &Position,
        remaining: u64,
        products: &[(u8, u32)],
        store: &Store,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let snapshot = link.snapshot.get_or_insert_default();
        for (id, state) in products {
            if snapshot
                .last_key_value()
                .is_some_and(|(last, _)| last >= id)
            {
                return Err(format!("product {id} is out of order"));
            }
            snapshot.insert(*id, *state);
        }
        if self.plant == Some(Plant::PartialSnapshotAdopted) {
            self.cursor = Some(cursor.clone());
        }
        if remaining > 0 {
            return Ok(());
        }
        tally.count("snapshots");
        let place = store.place_of(cursor).ok_or("a place of no stream")?;
        if link.place.is_some_and(|before| place < before) {
            return Err("a snapshot of an earlier place".into());
        }
        let snapshot = link.snapshot.take().unwrap_or_default();
        let states = std::mem::take(&mut link.states);
        link.place = Some(place);
        self.check_snapshot(&snapshot, place, &states, store)?;
        self.view = snapshot;
        self.cursor = Some(cursor.clone());
        Ok(())
    }

    /// A snapshot holds at least all changes up to its place, and all that was told before.
    fn check_snapshot(
        &self,
        snapshot: &BTreeMap<u8, u32>,
        place: usize,
        told: &BTreeMap<u8, u32>,
        store: &Store,
    ) -> Result<(), String> {
        let then = store.products_at(place);
        for (id, oldest) in then.iter().chain(told) {
            let wanted = self.only.as_ref().is_none_or(|only| only.contains(id));
            let shown = snapshot.get(id).copied();
            let is_old = shown.is_some_and(|shown| shown < *oldest);
            // What was there then and still is so now was so when the snapshot was read.
            let is_missing = shown.is_none() && store.product(*id) == Some((*oldest, false));
            if wanted && (is_old || is_missing) {
                return Err(format!("product {id} is older than its state {oldest}"));
            }
        }
        Ok(())
    }

    fn talk(&mut self, fact: Fact, told: &Told) -> Result<(), String> {
        match (fact, told) {
            (Fact::Message { seq }, Told::Message { seq: about, .. }) if seq == *about => {
                if !self.messages.insert(seq) {
                    return Err(format!("message {seq} told twice"));
                }
            }
            (Fact::Deleted { seq }, Told::Deleted { seq: about, .. }) if seq == *about => {
                self.messages.remove(&seq);
            }
            _ => return Err("no such change is at this place".into()),
        }
        Ok(())
    }

    /// A history has the newest messages up to its place, and none behind it.
    fn hear_history(
        &mut self,
        cursor: &Position,
        seqs: &[i64],
        store: &Store,
    ) -> Result<(), String> {
        let place = store.place_of(cursor).ok_or("a place of no stream")?;
        if let Some(link) = &mut self.link {
            if link.place.is_some_and(|before| place < before) {
                return Err("a history of an earlier place".into());
            }
            link.place = Some(place);
        }
        let is_behind = |seq: &&i64| store.place_of_message(**seq).is_none_or(|at| at > place);
        if let Some(seq) = seqs.iter().find(is_behind) {
            return Err(format!("message {seq} is behind the place of the history"));
        }
        if !seqs.is_sorted() || seqs.len() > self.history {
            return Err("the history is out of order or too long".into());
        }
        let whole = seqs.len() < self.history;
        let first = if whole { 0 } else { seqs[0] };
        let mut due = store.messages_until(place).into_iter();
        if let Some(seq) = due.find(|seq| *seq >= first && !seqs.contains(seq)) {
            return Err(format!("message {seq} is missing from the history"));
        }
        self.messages = seqs.iter().copied().collect();
        self.first = first;
        self.cursor = Some(cursor.clone());
        Ok(())
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

impl Link {
    fn welcome(&mut self, cursor: &Position, resumed: bool, store: &Store) -> Result<(), String> {
        if self.welcomed {
            return Err("welcomed twice".into());
        }
        self.welcomed = true;
        if resumed != self.resumed {
            let must = self.resumed;
            return Err(format!(
                "resumed is {resumed}, not {must}: {:?}",
                self.since
            ));
        }
        if resumed {
            if self.since.as_ref() != Some(cursor) {
                return Err("resumed at another place than asked for".into());
            }
            let place = store.place_of(cursor);
            self.place = Some(place.ok_or("resumed at a place of no stream")?);
        }
        Ok(())
    }

    /// The next change was told: gives the places before it that were passed over, and what is at
    /// its own.
    fn advance(
        &mut self,
        cursor: &Position,
        store: &Store,
    ) -> Result<(RangeInclusive<usize>, Fact), String> {
        let place = store.place_of(cursor).ok_or("a place of no stream")?;
        let before = self.place.ok_or("a change before there is any place")?;
        if place <= before {
            return Err(format!("the change at {place} told after {before}"));
        }
        self.place = Some(place);
        Ok((before + 1..=place - 1, store.changes[place - 1].fact))
    }
}
