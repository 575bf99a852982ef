//! Who is in the chat: counted per person, told in few words.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::domain::email::Email;

/// How long a person may be without a socket before having left: a reload takes less.
const GRACE: Duration = Duration::from_secs(3);
/// Most `user` frames in any second; beyond it one `users` frame tells the rest.
const MAX_NOTICES: usize = 20;
/// The span in which notices and lists are counted.
const SPAN: Duration = Duration::from_secs(1);

/// What the room must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A person came (`true`) or left.
    User(Email, bool),
    /// So many came and left that the list says it.
    Users,
}

/// A state machine: joins, leaves and the time go in, notices come out.
#[derive(Debug, Default)]
pub struct Presence {
    sessions: HashMap<u64, Email>,
    people: BTreeMap<Email, Person>,
    /// People whose coming is not told yet.
    arrived: Vec<Email>,
    /// When the notices of the last second were told.
    told_at: VecDeque<Instant>,
    listed_at: Option<Instant>,
    /// There is more to tell than notices may.
    list_due: bool,
}

#[derive(Debug, Default)]
struct Person {
    sessions: usize,
    /// Since when there is no socket.
    absent_since: Option<Instant>,
    /// The room was told that the person is there.
    announced: bool,
}

impl Presence {
    /// A session takes part as somebody; as somebody else before, it leaves first.
    pub fn join(&mut self, session: u64, user: Email, now: Instant) {
        if self.sessions.get(&session) == Some(&user) {
            return;
        }
        self.leave(session, now);
        let person = self.people.entry(user.clone()).or_default();
        person.sessions += 1;
        person.absent_since = None;
        if !person.announced {
            self.arrived.push(user.clone());
        }
        self.sessions.insert(session, user);
    }

    /// A session takes no part any more; one that never did changes nothing.
    pub fn leave(&mut self, session: u64, now: Instant) {
        let Some(user) = self.sessions.remove(&session) else {
            return;
        };
        if let Some(person) = self.people.get_mut(&user) {
            person.sessions -= 1;
            if person.sessions == 0 {
                person.absent_since = Some(now);
            }
        }
    }

    /// How many people are there.
    pub fn online(&self) -> usize {
        self.people.len()
    }

    /// Their addresses, in order.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.people.keys().map(Email::as_str)
    }

    /// What is to be told now.
    pub fn notices(&mut self, now: Instant) -> Vec<Notice> {
        let mut news = self.dismiss_absent(now);
        for user in std::mem::take(&mut self.arrived) {
            if let Some(person) = self.people.get_mut(&user).filter(|p| !p.announced) {
                person.announced = true;
                news.push(Notice::User(user, true));
            }
        }
        self.cap(news, now)
    }

    /// Removes people whose grace has run out. The walk costs one look at each person who is
    /// there, at most a few times a second.
    fn dismiss_absent(&mut self, now: Instant) -> Vec<Notice> {
        let mut left = Vec::new();
        self.people.retain(|user, person| {
            let gone = person
                .absent_since
                .is_some_and(|since| now.duration_since(since) >= GRACE);
            if gone && person.announced {
                left.push(Notice::User(user.clone(), false));
            }
            !gone
        });
        left
    }

    /// Lets at most [`MAX_NOTICES`] through in any second. What is more waits for a list, told once
    /// a second; until it is told, it covers all news.
    fn cap(&mut self, news: Vec<Notice>, now: Instant) -> Vec<Notice> {
        let is_past = |at: &Instant| now.duration_since(*at) >= SPAN;
        while self.told_at.front().is_some_and(is_past) {
            self.told_at.pop_front();
        }
        let room = match self.list_due {
            true => 0,
            false => MAX_NOTICES - self.told_at.len(),
        };
        let mut told = news;
        self.list_due |= told.len() > room;
        told.truncate(room);
        self.told_at.extend(told.iter().map(|_| now));
        if self.list_due && self.listed_at.as_ref().is_none_or(is_past) {
            self.list_due = false;
            self.listed_at = Some(now);
            told.push(Notice::Users);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.com")).expect("an address")
    }

    #[test]
    fn a_person_with_two_tabs_comes_and_leaves_once() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.join(2, email("ana"), start);
        assert_eq!(presence.notices(start), [Notice::User(email("ana"), true)]);

        presence.leave(1, start);
        assert_eq!(presence.notices(start + GRACE), []);
        presence.leave(2, start + GRACE);
        assert_eq!(presence.notices(start + GRACE), []);
        assert_eq!(
            presence.notices(start + GRACE * 2),
            [Notice::User(email("ana"), false)]
        );
        assert_eq!(presence.online(), 0);
    }

    #[test]
    fn a_reload_is_neither_leave_nor_join() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.notices(start);
        presence.leave(1, start);
        let back = start + GRACE - Duration::from_millis(1);
        presence.join(2, email("ana"), back);
        assert_eq!(presence.notices(start + GRACE * 2), []);
        assert_eq!(presence.online(), 1);
    }

    #[test]
    fn somebody_who_left_before_being_announced_is_not_told() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.leave(1, start);
        assert_eq!(presence.notices(start + GRACE), []);
    }

    #[test]
    fn a_storm_is_told_by_one_list() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        for session in 0..100 {
            presence.join(session, email(&format!("p{session}")), start);
        }
        let notices = presence.notices(start);
        assert_eq!(notices.len(), MAX_NOTICES + 1);
        assert_eq!(notices.last(), Some(&Notice::Users));
        presence.join(200, email("late"), start);
        assert_eq!(presence.notices(start), [], "one list a second");
        presence.join(201, email("later"), start);
        assert_eq!(presence.notices(start + SPAN), [Notice::Users]);
        presence.join(202, email("last"), start + SPAN);
        assert_eq!(presence.notices(start + SPAN).len(), 1);
    }

    #[test]
    fn another_address_on_one_session_leaves_the_first() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.join(1, email("eva"), start);
        presence.notices(start);
        let later = presence.notices(start + GRACE);
        assert_eq!(later, [Notice::User(email("ana"), false)]);
    }
}
