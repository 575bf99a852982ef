//! Who is in the chat, beside what is told of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use vitrina::domain::email::Email;
use vitrina::realtime::{Notice, Presence};

const GRACE: Duration = Duration::from_secs(3);
const SECOND: Duration = Duration::from_secs(1);
const MOST: usize = 20;

/// The production type, and a shadow of it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    presence: Presence,
    sessions: BTreeMap<u64, u8>,
    last_left: BTreeMap<u8, Instant>,
    /// Who the room was told is there.
    told: BTreeSet<u8>,
    told_at: VecDeque<Instant>,
    listed_at: Option<Instant>,
}

fn email(user: u8) -> Email {
    Email::parse(&format!("person{user}@example.com")).expect("an address")
}

fn number(user: &Email) -> u8 {
    let digits = user.as_str().trim_start_matches("person");
    let end = digits.find('@').expect("an address");
    digits[..end].parse().expect("a number")
}

impl Room {
    /// Answers a join with how many people are there.
    pub(crate) fn join(&mut self, session: u64, user: u8, now: Instant) -> usize {
        self.forget(session, now);
        self.sessions.insert(session, user);
        self.presence.join(session, email(user), now);
        self.presence.online()
    }

    pub(crate) fn leave(&mut self, session: u64, now: Instant, tabs_too: bool) {
        if let Some(user) = self.forget(session, now)
            && tabs_too
        {
            for (other, about) in &self.sessions {
                if *about == user {
                    self.presence.leave(*other, now);
                }
            }
        }
        self.presence.leave(session, now);
    }

    fn forget(&mut self, session: u64, now: Instant) -> Option<u8> {
        let user = self.sessions.remove(&session)?;
        self.last_left.insert(user, now);
        Some(user)
    }

    fn has(&self, user: u8) -> bool {
        self.sessions.values().any(|there| *there == user)
    }

    /// People with a session.
    pub(crate) fn people(&self) -> usize {
        self.sessions.values().collect::<BTreeSet<_>>().len()
    }

    /// The notices of a tick: each is `online` as it will be told.
    pub(crate) fn tick(&mut self, now: Instant) -> Result<Vec<usize>, String> {
        let notices = self.presence.notices(now);
        for notice in &notices {
            match notice {
                Notice::User(user, here) => self.check(number(user), *here, now)?,
                Notice::Users => self.check_list(now)?,
            }
        }
        Ok(vec![self.presence.online(); notices.len()])
    }

    fn check(&mut self, user: u8, here: bool, now: Instant) -> Result<(), String> {
        self.told_at.push_back(now);
        while self
            .told_at
            .front()
            .is_some_and(|at| now.duration_since(*at) >= SECOND)
        {
            self.told_at.pop_front();
        }
        if self.told_at.len() > MOST {
            return Err(format!("{} people told in a second", self.told_at.len()));
        }
        let gone_for = self.last_left.get(&user).map(|at| now.duration_since(*at));
        let gone = !self.has(user) && gone_for.is_some_and(|gone_for| gone_for >= GRACE);
        if here == gone {
            return Err(format!(
                "person {user} told as there: {here}, gone for {gone_for:?}"
            ));
        }
        let news = match here {
            true => self.told.insert(user),
            false => self.told.remove(&user),
        };
        news.then_some(())
            .ok_or(format!("person {user} told twice as there: {here}"))
    }

    fn check_list(&mut self, now: Instant) -> Result<(), String> {
        let recent = |at: Instant| now.duration_since(at) < SECOND;
        if self.listed_at.is_some_and(recent) {
            return Err("the list told twice in a second".into());
        }
        self.listed_at = Some(now);
        let users = self.presence.users();
        let users = users.map(|user| Email::parse(user).expect("an address"));
        self.told = users.map(|user| number(&user)).collect();
        Ok(())
    }
}
