//! Detects dead peers: pings, and the time of the last activity.

use std::time::Duration;

/// The interval of [`HeartbeatMonitor::tick`].
pub(super) const TICK: Duration = Duration::from_secs(5);
/// Ticks between pings.
const PING_AFTER: u32 = 5;
/// Ticks after a ping within which the peer must be active.
const ANSWER_WITHIN: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heartbeat {
    Nothing,
    Ping,
    /// The peer has not answered the last ping.
    Dead,
}

/// Counts ticks since the last ping.
#[derive(Debug, Default)]
pub(super) struct HeartbeatMonitor {
    since_ping: u32,
    awaiting_activity: bool,
}

impl HeartbeatMonitor {
    /// The peer was active.
    pub(super) fn touch(&mut self) {
        self.awaiting_activity = false;
    }

    pub(super) fn tick(&mut self) -> Heartbeat {
        self.since_ping += 1;
        if self.awaiting_activity && self.since_ping >= ANSWER_WITHIN {
            return Heartbeat::Dead;
        }
        if self.since_ping >= PING_AFTER {
            self.since_ping = 0;
            self.awaiting_activity = true;
            return Heartbeat::Ping;
        }
        Heartbeat::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(heartbeat: &mut HeartbeatMonitor, n: usize) -> Vec<Heartbeat> {
        (0..n).map(|_| heartbeat.tick()).collect()
    }

    #[test]
    fn the_intervals_are_as_documented() {
        assert_eq!(TICK * PING_AFTER, Duration::from_secs(25));
        assert_eq!(TICK * ANSWER_WITHIN, Duration::from_secs(10));
    }

    #[test]
    fn activity_at_the_last_moment_counts() {
        let mut heartbeat = HeartbeatMonitor::default();
        ticks(&mut heartbeat, (PING_AFTER + ANSWER_WITHIN) as usize - 1);
        heartbeat.touch();
        assert_eq!(heartbeat.tick(), Heartbeat::Nothing);
        // The next ping comes 25 s after the last one, not after the answer.
        let rest = ticks(&mut heartbeat, (PING_AFTER - ANSWER_WITHIN) as usize);
        assert_eq!(rest.last(), Some(&Heartbeat::Ping));
    }

    #[test]
    fn an_active_peer_gets_a_ping_every_25_seconds() {
        let mut heartbeat = HeartbeatMonitor::default();
        for _ in 0..3 {
            let due = ticks(&mut heartbeat, PING_AFTER as usize);
            assert_eq!(due.last(), Some(&Heartbeat::Ping));
            assert_eq!(due.iter().filter(|h| **h != Heartbeat::Nothing).count(), 1);
            heartbeat.touch();
        }
    }

    #[test]
    fn a_silent_peer_is_dead_10_seconds_after_the_ping() {
        let mut heartbeat = HeartbeatMonitor::default();
        ticks(&mut heartbeat, PING_AFTER as usize);
        assert_eq!(
            ticks(&mut heartbeat, 2),
            [Heartbeat::Nothing, Heartbeat::Dead]
        );
    }
}
