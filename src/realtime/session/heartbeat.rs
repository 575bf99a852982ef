//! Whether the peer still lives.

use std::time::Duration;

/// How often the pulse is looked at.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// Quiet ticks until a ping is sent: 25 s.
const PING_AFTER: u32 = 5;
/// Ticks until a ping must have been answered, by whatever sign of life: 10 s.
const ANSWER_WITHIN: u32 = 2;

/// What to do at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heartbeat {
    /// Nothing.
    Quiet,
    /// Ask for a sign of life.
    Ping,
    /// There was none.
    Dead,
}

/// Counts ticks since the last ping and since the peer's last sign of life.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    since_ping: u32,
    awaiting: bool,
}

impl Pulse {
    /// The peer sent something.
    pub(super) fn beat(&mut self) {
        self.awaiting = false;
    }

    /// A tick has passed.
    pub(super) fn tick(&mut self) -> Heartbeat {
        self.since_ping += 1;
        if self.awaiting && self.since_ping >= ANSWER_WITHIN {
            return Heartbeat::Dead;
        }
        if self.since_ping >= PING_AFTER {
            self.since_ping = 0;
            self.awaiting = true;
            return Heartbeat::Ping;
        }
        Heartbeat::Quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(pulse: &mut Pulse, n: usize) -> Vec<Heartbeat> {
        (0..n).map(|_| pulse.tick()).collect()
    }

    #[test]
    fn the_times_are_those_that_clients_are_told() {
        assert_eq!(TICK * PING_AFTER, Duration::from_secs(25));
        assert_eq!(TICK * ANSWER_WITHIN, Duration::from_secs(10));
    }

    #[test]
    fn a_sign_of_life_at_the_last_moment_is_one() {
        let mut pulse = Pulse::default();
        ticks(&mut pulse, (PING_AFTER + ANSWER_WITHIN) as usize - 1);
        pulse.beat();
        assert_eq!(pulse.tick(), Heartbeat::Quiet);
        // The next ping comes 25 s after the last one, not after the answer.
        let rest = ticks(&mut pulse, (PING_AFTER - ANSWER_WITHIN) as usize);
        assert_eq!(rest.last(), Some(&Heartbeat::Ping));
    }

    #[test]
    fn a_peer_that_answers_is_asked_every_25_seconds() {
        let mut pulse = Pulse::default();
        for _ in 0..3 {
            let seen = ticks(&mut pulse, PING_AFTER as usize);
            assert_eq!(seen.last(), Some(&Heartbeat::Ping));
            assert_eq!(seen.iter().filter(|h| **h != Heartbeat::Quiet).count(), 1);
            pulse.beat();
        }
    }

    #[test]
    fn a_silent_peer_is_dead_10_seconds_after_the_ping() {
        let mut pulse = Pulse::default();
        ticks(&mut pulse, PING_AFTER as usize);
        assert_eq!(ticks(&mut pulse, 2), [Heartbeat::Quiet, Heartbeat::Dead]);
    }
}
