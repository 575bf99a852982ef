//! The people in the chat, and a check of every presence event.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use vitrina::domain::email::Email;
use vitrina::realtime::{Presence, PresenceEvent};

const GRACE: Duration = Duration::from_secs(3);
const SECOND: Duration = Duration::from_secs(1);
const MAX_EVENTS_PER_SECOND: usize = 20;

/// The production type and a model of it.
#[derive(Debug, Default)]
pub(crate) struct ChatRoom {
    presence: Presence,
    sessions: BTreeMap<u64, u8>,
    last_left: BTreeMap<u8, Instant>,
    /// People who are present according to the events so far.
    announced: BTreeSet<u8>,
    announced_at: VecDeque<Instant>,
    listed_at: Option<Instant>,
}

fn email(user: u8) -> Email {
    Email::parse(&format!("person{user}@example.com")).expect("a valid address")
}

fn number(user: &Email) -> u8 {
    let digits = user.as_str().trim_start_matches("person");
    let end = digits.find('@').expect("a valid address");
    digits[..end].parse().expect("a number")
}

impl ChatRoom {
    /// Returns how many people are present after the join.
    pub(crate) fn join(&mut self, session: u64, user: u8, now: Instant) -> usize {
        self.remove(session, now);
        self.sessions.insert(session, user);
        self.presence.join(session, email(user), now);
        self.presence.online()
    }

    pub(crate) fn leave(&mut self, session: u64, now: Instant, all_tabs: bool) {
        if let Some(user) = self.remove(session, now)
            && all_tabs
        {
            for (other, owner) in &self.sessions {
                if *owner == user {
                    self.presence.leave(*other, now);
                }
            }
        }
        self.presence.leave(session, now);
    }

    fn remove(&mut self, session: u64, now: Instant) -> Option<u8> {
        let user = self.sessions.remove(&session)?;
        self.last_left.insert(user, now);
        Some(user)
    }

    fn is_present(&self, user: u8) -> bool {
        self.sessions.values().any(|present| *present == user)
    }

    /// People with a session.
    pub(crate) fn people(&self) -> usize {
        self.sessions.values().collect::<BTreeSet<_>>().len()
    }

    /// Checks the presence events of a tick; returns the `online` that each will carry.
    pub(crate) fn tick(&mut self, now: Instant) -> Result<Vec<usize>, String> {
        let events = self.presence.events(now);
        for event in &events {
            match event {
                PresenceEvent::User(user, here) => self.check(number(user), *here, now)?,
                PresenceEvent::Users => self.check_list(now)?,
            }
        }
        Ok(vec![self.presence.online(); events.len()])
    }

    fn check(&mut self, user: u8, here: bool, now: Instant) -> Result<(), String> {
        self.announced_at.push_back(now);
        while self
            .announced_at
            .front()
            .is_some_and(|at| now.duration_since(*at) >= SECOND)
        {
            self.announced_at.pop_front();
        }
        if self.announced_at.len() > MAX_EVENTS_PER_SECOND {
            return Err(format!(
                "{} presence events in a second",
                self.announced_at.len()
            ));
        }
        let gone_for = self.last_left.get(&user).map(|at| now.duration_since(*at));
        let gone = !self.is_present(user) && gone_for.is_some_and(|gone_for| gone_for >= GRACE);
        if here == gone {
            return Err(format!(
                "person {user} announced as present: {here}, gone for {gone_for:?}"
            ));
        }
        let is_new = if here {
            self.announced.insert(user)
        } else {
            self.announced.remove(&user)
        };
        is_new
            .then_some(())
            .ok_or(format!("person {user} announced twice as present: {here}"))
    }

    fn check_list(&mut self, now: Instant) -> Result<(), String> {
        let is_recent = |at: Instant| now.duration_since(at) < SECOND;
        if self.listed_at.is_some_and(is_recent) {
            return Err("the list sent twice in a second".into());
        }
        self.listed_at = Some(now);
        let users = self.presence.users();
        let users = users.map(|user| Email::parse(user).expect("a valid address"));
        self.announced = users.map(|user| number(&user)).collect();
        Ok(())
    }
}
