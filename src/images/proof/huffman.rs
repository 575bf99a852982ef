//! Bits of a JPEG's scan, and the codes written in them.

/// A scan's bits up to a restart or its end. Past the end there are none: a decoder that makes
/// up zeros there is how a truncated photograph gets its grey half.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// Reads compressed data without markers.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            held: 0,
            count: 0,
        }
    }

    /// The next bits as a number; at most 16.
    pub(super) fn take(&mut self, count: u32) -> Option<u32> {
        self.fill();
        self.count = self.count.checked_sub(count)?;
        Some((self.held >> self.count) as u32 & ((1 << count) - 1))
    }

    /// The next 16 bits, left where they are; zeros where there are none.
    fn peek(&mut self) -> u32 {
        self.fill();
        let next = match self.count {
            0..16 => self.held << (16 - self.count),
            more => self.held >> (more - 16),
        };
        next as u32 & 0xffff
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let [byte, rest @ ..] = self.bytes else {
                return;
            };
            // A zero is stuffed behind 0xff, lest it look like a marker.
            self.bytes = match (byte, rest) {
                (0xff, [0, rest @ ..]) => rest,
                _ => rest,
            };
            self.held = (self.held << 8) | u64::from(*byte);
            self.count += 8;
        }
    }
}

/// A table of codes: canonical, so that lengths and order say it all.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// For each length, the first code that is longer, filled up to 16 bits.
    limits: [u32; 16],
    /// For each length, what turns a code into the place of its value.
    offsets: [i32; 16],
    values: Vec<u8>,
}

impl Table {
    /// Reads a table: how many codes there are of each length, and their values.
    pub(super) fn read(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let (mut limits, mut offsets) = ([0; 16], [0; 16]);
        let (mut code, mut place) = (0_u32, 0_i32);
        for (index, count) in counts.iter().enumerate() {
            let count = u32::from(*count);
            offsets[index] = place - code as i32;
            code += count;
            place += count as i32;
            if code > 2 << index {
                return None;
            }
            limits[index] = code << (15 - index);
            code <<= 1;
        }
        Some(Self {
            limits,
            offsets,
            values: values.to_vec(),
        })
    }

    /// The next value; none for a code that is none, or past the end.
    pub(super) fn next(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let peeked = bits.peek();
        let index = self.limits.iter().position(|limit| peeked < *limit)?;
        let code = bits.take(index as u32 + 1)?;
        let place = usize::try_from(code as i32 + self.offsets[index]).ok()?;
        self.values.get(place).copied()
    }
}
