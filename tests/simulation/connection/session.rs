//! What a session does of its own: obeys its peer and its worker, and enters the stream.

use vitrina::realtime::{FrameLog, ProductStep, Start};

use super::{Answer, Around, Connection, Input, Reading, Talk, product_id};
use crate::plant::Plant;
use crate::wire::Told;

impl Connection {
    /// The session works off what it was asked.
    pub(super) fn run(&mut self, around: Around<'_>) {
        if let Some(answer) = self.answer.take() {
            self.hear(answer, around);
        }
        while !self.ended
            && self.reading.is_none()
            && let Some(input) = self.inputs.pop_front()
        {
            self.obey(input, around);
        }
    }

    fn obey(&mut self, input: Input, around: Around<'_>) {
        let known = around.known;
        match (input, &mut self.talk) {
            (Input::Opened, _) => {
                let Start {
                    cursor, resumed, ..
                } = self.start().clone();
                self.said.push_back(Told::Welcome { cursor, resumed });
                if let Talk::Products(entrance) = &self.talk {
                    self.step(entrance.welcomed(), around);
                }
            }
            (Input::Close, _) | (Input::Lapsed, Talk::Chat { .. }) => {
                self.ended = true;
                self.left = true;
                self.reader.shut();
            }
            (Input::Lapsed, Talk::Products(entrance)) => {
                self.lapses += 1;
                let step = entrance.lapsed(&known.log);
                self.passing_due = known.serial + 1;
                if around.has(Plant::LapseIgnored) {
                    let (next, live_from) = (known.log.first(), known.log.end());
                    return self.reader.open(next, live_from, around.now);
                }
                self.step(step, around);
            }
            (
                Input::Join(user),
                Talk::Chat {
                    entrance,
                    before,
                    joining,
                    ..
                },
            ) => {
                *before = entrance.join(&known.log);
                *joining = Some(user);
                self.passing_due = known.serial + 1;
                if before.is_some() {
                    self.reader.shut();
                }
                if around.has(Plant::HistoryNotCut) {
                    *before = before.and(Some(i64::MAX));
                }
                self.reading = Some(Reading::Room(user));
            }
            (Input::Leave, Talk::Chat { user, .. }) => {
                *user = None;
                self.left = true;
                self.reader.shut();
            }
            (Input::Ask, Talk::Chat { user: Some(_), .. }) => {
                let reached = self.reader.reached(&known.log);
                self.said.extend(reached.map(Told::Position));
            }
            (Input::Heartbeat, _) => self.tell_place(&known.log, around),
            (Input::Join(_) | Input::Leave | Input::Ask, _) => {}
        }
    }

    fn tell_place(&mut self, log: &FrameLog, around: Around<'_>) {
        let untold = self.reader.untold(log);
        self.reader.set_told();
        let told = match around.has(Plant::PlaceOfTheLog) {
            true => Some(log.cursor().clone()),
            false => untold,
        };
        self.said.extend(told.map(Told::Position));
    }

    fn step(&mut self, step: ProductStep, around: Around<'_>) {
        match step {
            ProductStep::Follow => {
                let mut start = self.start().clone();
                if around.has(Plant::EnteredAfterSnapshot) && !start.resumed {
                    start = Start::find(&around.known.log, None);
                }
                self.open(start, around);
            }
            ProductStep::Snapshot(after) => {
                let after = after.map(|id| id.bytes()[0]);
                self.reading = Some(Reading::Chunk(after));
            }
        }
    }

    fn open(&mut self, mut start: Start, around: Around<'_>) {
        if around.has(Plant::ResumeOneTooFar) && start.resumed {
            start.next += 1;
        }
        if around.has(Plant::OpenAtTheEnd) {
            start.next = around.known.log.end();
        }
        if around.has(Plant::ReplayPassing) {
            start.live_from = start.next;
        }
        self.reader.open(start.next, start.live_from, around.now);
        self.behind_since = Some(around.now);
    }

    fn hear(&mut self, answer: Answer, around: Around<'_>) {
        match (&mut self.talk, answer) {
            (Talk::Products(entrance), Answer::Chunk(products, remaining)) => {
                let last = products.last().map(|(id, _)| product_id(*id));
                let step = entrance.told(last, remaining);
                let cursor = entrance.start().cursor.clone();
                let told = Told::Products {
                    cursor,
                    remaining,
                    products,
                };
                let dropped = around.has(Plant::LastChunkDropped) && remaining == 0;
                self.said.extend(Some(told).filter(|_| !dropped));
                self.step(step, around);
            }
            (
                Talk::Chat {
                    entrance,
                    first,
                    online,
                    joining,
                    user,
                    ..
                },
                answer,
            ) => {
                *user = joining.take();
                self.left = false;
                self.said.push_back(Told::Users { online: *online });
                let mut start = entrance.joined();
                if let Answer::History(seqs) = answer {
                    let cursor = start.cursor.clone();
                    self.said.push_back(Told::History { cursor, seqs });
                    if around.has(Plant::SecondJoinFollowsOn) {
                        start.next = first.next;
                    }
                }
                *first = start.clone();
                self.open(start, around);
            }
            (Talk::Products(_), _) => {}
        }
    }
}
