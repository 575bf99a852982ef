//! People in the chat, counted per person and sent in few frames.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::domain::email::Email;

/// How long a person without a socket still counts as present: a reload takes less.
const GRACE: Duration = Duration::from_secs(3);
/// `user` frames in any [`SPAN`]; a `users` frame replaces those beyond it.
const MAX_USER_EVENTS: usize = 20;
/// The span in which `user` and `users` frames are limited.
const SPAN: Duration = Duration::from_secs(1);

/// A frame to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PresenceEvent {
    /// A person joined (`true`) or left.
    User(Email, bool),
    /// The list of people, in place of many joins and leaves.
    Users,
}

/// A state machine: joins, leaves and time go in, events come out.
#[derive(Debug, Default)]
pub struct Presence {
    sessions: HashMap<u64, Email>,
    people: BTreeMap<Email, Person>,
    /// People whose join is not announced yet.
    arrived: Vec<Email>,
    /// The times of the user events in the last [`SPAN`].
    sent_at: VecDeque<Instant>,
    listed_at: Option<Instant>,
    /// There were more user events than allowed.
    list_pending: bool,
}

#[derive(Debug, Default)]
struct Person {
    sessions: usize,
    /// Since when the person has no socket.
    absent_since: Option<Instant>,
    /// A user event announced the person.
    announced: bool,
}

impl Presence {
    /// A session joins. If it joined as another person before, it leaves first.
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

    /// A session leaves; without a join before, nothing changes.
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

    pub fn online(&self) -> usize {
        self.people.len()
    }

    /// The e-mail addresses of all people, in order.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.people.keys().map(Email::as_str)
    }

    /// The frames to send now.
    pub fn events(&mut self, now: Instant) -> Vec<PresenceEvent> {
        let mut events = self.dismiss_absent(now);
        for user in std::mem::take(&mut self.arrived) {
            if let Some(person) = self.people.get_mut(&user).filter(|p| !p.announced) {
                person.announced = true;
                events.push(PresenceEvent::User(user, true));
            }
        }
        self.limit(events, now)
    }

    /// Removes people who have been absent for [`GRACE`]. Visits every person, a few times a
    /// second.
    fn dismiss_absent(&mut self, now: Instant) -> Vec<PresenceEvent> {
        let mut left = Vec::new();
        self.people.retain(|user, person| {
            let gone = person
                .absent_since
                .is_some_and(|since| now.duration_since(since) >= GRACE);
            if gone && person.announced {
                left.push(PresenceEvent::User(user.clone(), false));
            }
            !gone
        });
        left
    }

    /// Lets at most [`MAX_USER_EVENTS`] through in any [`SPAN`]. A list, sent once a [`SPAN`],
    /// replaces the rest, and all events until it is sent.
    fn limit(&mut self, mut events: Vec<PresenceEvent>, now: Instant) -> Vec<PresenceEvent> {
        let is_over = |at: &Instant| now.duration_since(*at) >= SPAN;
        while self.sent_at.front().is_some_and(is_over) {
            self.sent_at.pop_front();
        }
        let allowed = if self.list_pending {
            0
        } else {
            MAX_USER_EVENTS - self.sent_at.len()
        };
        if events.len() > allowed {
            self.list_pending = true;
            events.truncate(allowed);
        }
        self.sent_at.extend(events.iter().map(|_| now));
        if self.list_pending && self.listed_at.as_ref().is_none_or(is_over) {
            self.list_pending = false;
            self.listed_at = Some(now);
            events.push(PresenceEvent::Users);
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@example.com")).expect("an address")
    }

    #[test]
    fn a_person_with_two_tabs_joins_and_leaves_once() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.join(2, email("ana"), start);
        assert_eq!(
            presence.events(start),
            [PresenceEvent::User(email("ana"), true)]
        );

        presence.leave(1, start);
        assert_eq!(presence.events(start + GRACE), []);
        presence.leave(2, start + GRACE);
        assert_eq!(presence.events(start + GRACE), []);
        assert_eq!(
            presence.events(start + GRACE * 2),
            [PresenceEvent::User(email("ana"), false)]
        );
        assert_eq!(presence.online(), 0);
    }

    #[test]
    fn a_reload_is_neither_leave_nor_join() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.events(start);
        presence.leave(1, start);
        let back = start + GRACE - Duration::from_millis(1);
        presence.join(2, email("ana"), back);
        assert_eq!(presence.events(start + GRACE * 2), []);
        assert_eq!(presence.online(), 1);
    }

    #[test]
    fn a_leave_before_the_announcement_is_not_sent() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.leave(1, start);
        assert_eq!(presence.events(start + GRACE), []);
    }

    #[test]
    fn one_list_replaces_many_joins() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        for session in 0..100 {
            presence.join(session, email(&format!("p{session}")), start);
        }
        let events = presence.events(start);
        assert_eq!(events.len(), MAX_USER_EVENTS + 1);
        assert_eq!(events.last(), Some(&PresenceEvent::Users));
        presence.join(200, email("late"), start);
        assert_eq!(presence.events(start), [], "one list a second");
        presence.join(201, email("later"), start);
        assert_eq!(presence.events(start + SPAN), [PresenceEvent::Users]);
        presence.join(202, email("last"), start + SPAN);
        assert_eq!(presence.events(start + SPAN).len(), 1);
    }

    #[test]
    fn a_session_that_joins_as_another_person_leaves_first() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.join(1, email("eva"), start);
        presence.events(start);
        let later = presence.events(start + GRACE);
        assert_eq!(later, [PresenceEvent::User(email("ana"), false)]);
    }

    #[test]
    fn people_are_listed_in_order_and_counted_once() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        for (session, name) in [(1, "eva"), (2, "ana"), (3, "ana")] {
            presence.join(session, email(name), now);
        }
        let users: Vec<_> = presence.users().collect();
        assert_eq!(users, ["ana@example.com", "eva@example.com"]);
        assert_eq!(presence.online(), 2);
    }

    #[test]
    fn a_session_that_joins_again_counts_once() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        presence.join(1, email("ana"), start);
        presence.join(1, email("ana"), start);
        presence.events(start);
        presence.leave(1, start);
        assert_eq!(presence.events(start + GRACE).len(), 1, "the person left");
        assert_eq!(presence.online(), 0);
    }

    #[test]
    fn twenty_events_pass_in_any_second() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        let mut join = |sessions: std::ops::Range<u64>, at| {
            for session in sessions {
                presence.join(session, email(&format!("p{session}")), at);
            }
            presence.events(at)
        };
        assert_eq!(join(0..15, start).len(), 15);
        let events = join(15..25, start + SPAN / 2);
        assert_eq!(
            (events.len(), events.last()),
            (6, Some(&PresenceEvent::Users))
        );
        // The first 15 were a second ago, the next 5 were not.
        let events = join(25..41, start + SPAN);
        assert_eq!(events.len(), 15, "the list comes later");
        assert_eq!(join(41..41, start + SPAN * 3 / 2), [PresenceEvent::Users]);
    }

    #[test]
    fn exactly_twenty_events_need_no_list() {
        let (mut presence, start) = (Presence::default(), Instant::now());
        for session in 0..20 {
            presence.join(session, email(&format!("p{session}")), start);
        }
        let events = presence.events(start);
        assert_eq!(events.len(), 20);
        assert!(!events.contains(&PresenceEvent::Users));
    }
}
