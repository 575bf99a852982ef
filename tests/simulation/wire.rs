//! The frames of the simulation: WebSocket frames with a short line of text as payload.

use std::fmt::Write;

use vitrina::domain::position::Position;
use vitrina::protocol::frame::Frame;

/// The content of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Received {
    Welcome {
        cursor: Position,
        resumed: bool,
    },
    Products {
        cursor: Position,
        remaining: u64,
        products: Vec<(u8, u32)>,
    },
    Update {
        cursor: Position,
        id: u8,
        state: u32,
        gone: bool,
    },
    Position(Position),
    Message {
        cursor: Position,
        seq: i64,
    },
    Deleted {
        cursor: Position,
        seq: i64,
    },
    History {
        cursor: Position,
        seqs: Vec<i64>,
    },
    /// Sent to live clients only; a presence frame has the number of people.
    Ephemeral {
        serial: u64,
        online: Option<usize>,
    },
    /// The reply to a join.
    Users {
        online: usize,
    },
}

impl Received {
    pub(crate) fn frame(&self) -> Frame {
        let text = match self {
            Self::Welcome { cursor, resumed } => format!("welcome {cursor} {resumed}"),
            Self::Products {
                cursor,
                remaining,
                products,
            } => {
                let mut text = format!("products {cursor} {remaining}");
                for (id, state) in products {
                    let _ = write!(text, " {id} {state}");
                }
                text
            }
            // Padding makes frames differ in length.
            Self::Update {
                cursor,
                id,
                state,
                gone,
            } => format!(
                "update {cursor} {id} {state} {gone} {:.<1$}",
                "",
                (state * 37 % 150) as usize
            ),
            Self::Position(cursor) => format!("position {cursor}"),
            Self::Message { cursor, seq } => {
                format!(
                    "message {cursor} {seq} {:.<1$}",
                    "",
                    (seq * 37 % 150) as usize
                )
            }
            Self::Deleted { cursor, seq } => format!("deleted {cursor} {seq}"),
            Self::History { cursor, seqs } => {
                let mut text = format!("history {cursor}");
                for seq in seqs {
                    let _ = write!(text, " {seq}");
                }
                text
            }
            Self::Ephemeral { serial, online } => match online {
                Some(online) => format!("ephemeral {serial} {online}"),
                None => format!("ephemeral {serial}"),
            },
            Self::Users { online } => format!("users {online}"),
        };
        Frame::text(text.as_bytes())
    }

    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(payload).ok()?.split(' ');
        let event = words.next()?;
        let cursor = |words: &mut std::str::Split<'_, char>| Position::new(words.next()?);
        Some(match event {
            "welcome" => Self::Welcome {
                cursor: cursor(&mut words)?,
                resumed: words.next()?.parse().ok()?,
            },
            "products" => {
                let cursor = cursor(&mut words)?;
                let remaining = words.next()?.parse().ok()?;
                let mut products = Vec::new();
                while let Some(id) = words.next() {
                    products.push((id.parse().ok()?, words.next()?.parse().ok()?));
                }
                Self::Products {
                    cursor,
                    remaining,
                    products,
                }
            }
            "update" => Self::Update {
                cursor: cursor(&mut words)?,
                id: words.next()?.parse().ok()?,
                state: words.next()?.parse().ok()?,
                gone: words.next()?.parse().ok()?,
            },
            "position" => Self::Position(cursor(&mut words)?),
            "message" => Self::Message {
                cursor: cursor(&mut words)?,
                seq: words.next()?.parse().ok()?,
            },
            "deleted" => Self::Deleted {
                cursor: cursor(&mut words)?,
                seq: words.next()?.parse().ok()?,
            },
            "history" => Self::History {
                cursor: cursor(&mut words)?,
                seqs: words.map(str::parse).collect::<Result<_, _>>().ok()?,
            },
            "ephemeral" => Self::Ephemeral {
                serial: words.next()?.parse().ok()?,
                online: words.next().map(str::parse).transpose().ok()?,
            },
            "users" => Self::Users {
                online: words.next()?.parse().ok()?,
            },
            _ => return None,
        })
    }
}

/// Takes the first complete frame, if there is one.
pub(crate) fn take_frame(bytes: &mut Vec<u8>) -> Result<Option<Received>, String> {
    let [first, short, ..] = bytes[..] else {
        return Ok(None);
    };
    let (header, length) = match short {
        0..=125 => (2, usize::from(short)),
        126 if bytes.len() < 4 => return Ok(None),
        126 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
        _ => return Err(format!("a frame of length {short}")),
    };
    if first != 0x81 {
        return Err(format!("not a text frame: {first:#x}"));
    }
    if bytes.len() < header + length {
        return Ok(None);
    }
    let payload: Vec<u8> = bytes.drain(..header + length).skip(header).collect();
    let error = || format!("unknown frame: {}", String::from_utf8_lossy(&payload));
    Received::read(&payload).map(Some).ok_or_else(error)
}
