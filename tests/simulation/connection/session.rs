//! The session's own part: inputs of its peer and its worker, and the catch-up.

use vitrina::realtime::{CatchUpStep, FrameLog, ResumePoint};

use super::{Answer, Connection, Env, Handler, Input, Query, product_id};
use crate::mutant::Mutant;
use crate::wire::Received;

impl Connection {
    /// Handles inputs until one has to wait for a query.
    pub(super) fn run(&mut self, env: Env<'_>) {
        if let Some(answer) = self.answer.take() {
            self.on_answer(answer, env);
        }
        while !self.ended
            && self.awaiting.is_none()
            && let Some(input) = self.inputs.pop_front()
        {
            self.handle(input, env);
        }
    }

    fn handle(&mut self, input: Input, env: Env<'_>) {
        let replica = env.replica;
        match (input, &mut self.handler) {
            (Input::Opened, _) => {
                let ResumePoint {
                    cursor, resumed, ..
                } = self.resume_point().clone();
                self.outgoing
                    .push_back(Received::Welcome { cursor, resumed });
                if let Handler::Products(catch_up) = &self.handler {
                    self.advance(catch_up.welcomed(), env);
                }
            }
            (Input::Close, _) | (Input::Lagged, Handler::Chat { .. }) => {
                self.ended = true;
                self.must_leave = true;
                self.log_cursor.pause();
            }
            (Input::Lagged, Handler::Products(catch_up)) => {
                self.lags += 1;
                let step = catch_up.lagged(&replica.log);
                self.next_serial = replica.serial + 1;
                if env.has(Mutant::LagIgnored) {
                    let (next, live_from) = (replica.log.first(), replica.log.end());
                    return self.log_cursor.unpause(next, live_from, env.now);
                }
                self.advance(step, env);
            }
            (
                Input::Join(user),
                Handler::Chat {
                    catch_up,
                    before,
                    joining,
                    ..
                },
            ) => {
                *before = catch_up.join(&replica.log);
                *joining = Some(user);
                self.next_serial = replica.serial + 1;
                if before.is_some() {
                    self.log_cursor.pause();
                }
                if env.has(Mutant::HistoryUncut) {
                    *before = before.and(Some(i64::MAX));
                }
                self.awaiting = Some(Query::Join(user));
            }
            (Input::Leave, Handler::Chat { user, .. }) => {
                *user = None;
                self.must_leave = true;
                self.log_cursor.pause();
            }
            (Input::Ask, Handler::Chat { user: Some(_), .. }) => {
                let reached = self.log_cursor.reached(&replica.log);
                self.outgoing.extend(reached.map(Received::Position));
            }
            (Input::Heartbeat, _) => self.send_position(&replica.log, env),
            (Input::Join(_) | Input::Leave | Input::Ask, _) => {}
        }
    }

    fn send_position(&mut self, log: &FrameLog, env: Env<'_>) {
        let unsent = self.log_cursor.unsent(log);
        self.log_cursor.set_acknowledged();
        let position = if env.has(Mutant::LogPositionSent) {
            Some(log.cursor().clone())
        } else {
            unsent
        };
        self.outgoing.extend(position.map(Received::Position));
    }

    fn advance(&mut self, step: CatchUpStep, env: Env<'_>) {
        match step {
            CatchUpStep::Follow => {
                let mut start = self.resume_point().clone();
                if env.has(Mutant::PositionAfterSnapshot) && !start.resumed {
                    start = ResumePoint::find(&env.replica.log, None);
                }
                self.unpause(start, env);
            }
            CatchUpStep::Snapshot(after) => {
                let after = after.map(|id| id.bytes()[0]);
                self.awaiting = Some(Query::Chunk(after));
            }
        }
    }

    fn unpause(&mut self, mut start: ResumePoint, env: Env<'_>) {
        if env.has(Mutant::ResumeOneTooFar) && start.resumed {
            start.next += 1;
        }
        if env.has(Mutant::UnpauseAtEnd) {
            start.next = env.replica.log.end();
        }
        if env.has(Mutant::ReplayEphemeral) {
            start.live_from = start.next;
        }
        self.log_cursor
            .unpause(start.next, start.live_from, env.now);
        self.behind_since = Some(env.now);
    }

    fn on_answer(&mut self, answer: Answer, env: Env<'_>) {
        match (&mut self.handler, answer) {
            (Handler::Products(catch_up), Answer::Chunk(products, remaining)) => {
                let last = products.last().map(|(id, _)| product_id(*id));
                let step = catch_up.part_sent(last, remaining);
                let cursor = catch_up.resume_point().cursor.clone();
                if !(env.has(Mutant::LastChunkDropped) && remaining == 0) {
                    self.outgoing.push_back(Received::Products {
                        cursor,
                        remaining,
                        products,
                    });
                }
                self.advance(step, env);
            }
            (
                Handler::Chat {
                    catch_up,
                    first,
                    online,
                    joining,
                    user,
                    ..
                },
                answer,
            ) => {
                *user = joining.take();
                self.must_leave = false;
                self.outgoing.push_back(Received::Users { online: *online });
                let mut start = catch_up.joined();
                if let Answer::History(seqs) = answer {
                    let cursor = start.cursor.clone();
                    self.outgoing.push_back(Received::History { cursor, seqs });
                    if env.has(Mutant::SecondJoinKeepsPosition) {
                        start.next = first.next;
                    }
                }
                *first = start.clone();
                self.unpause(start, env);
            }
            (Handler::Products(_), _) => {}
        }
    }
}
