//! Proves that a JPEG's data reach to its last block.
//!
//! JPEG has no check sums, and decoders are kind: where data end early, or make no sense, they
//! paint grey and call it a picture. This walks over every code of every scan instead, without
//! drawing: a picture whose codes run out, do not exist or leave their block is damaged.

use super::blocks::{Band, Coder};
use super::frame::Frame;
use super::huffman::{Bits, Table};
use crate::images::strip::jpeg::{Part, parts};

/// What the segments before a scan have set.
#[derive(Debug, Default)]
struct State {
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    restart: usize,
    frame: Option<Frame>,
}

/// Walks over a stripped JPEG.
pub(super) fn walk(bytes: &[u8]) -> Option<()> {
    let mut state = State::default();
    for part in parts(bytes) {
        match part? {
            Part::Segment(0xc4, contents) => state.read_tables(contents)?,
            Part::Segment(0xdd, contents) => {
                state.restart = usize::from(u16::from_be_bytes(contents.try_into().ok()?));
            }
            Part::Segment(marker @ 0xc0..=0xc2, contents) => {
                state.frame = Some(Frame::read(contents, marker == 0xc2)?);
            }
            // Arithmetic, lossless and hierarchical ones, which nobody shows.
            Part::Segment(0xc3..=0xcf, _) => return None,
            Part::Segment(..) => {}
            Part::Scan(header, data) => state.walk_scan(header, data)?,
        }
    }
    let frame = state.frame?;
    frame.components.iter().all(|c| c.seen).then_some(())
}

impl State {
    /// Several tables in one segment: class and place, counts, values.
    fn read_tables(&mut self, mut contents: &[u8]) -> Option<()> {
        while let Some((place, rest)) = contents.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, rest) = rest.split_at_checked(total)?;
            let tables = if *place >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            *tables.get_mut(usize::from(place & 15))? = Some(Table::read(counts, values)?);
            contents = rest;
        }
        Some(())
    }

    fn walk_scan(&mut self, header: &[u8], data: &[u8]) -> Option<()> {
        let frame = self.frame.as_mut()?;
        let (count, rest) = header.split_first()?;
        let (chosen, rest) = rest.split_at_checked(usize::from(*count) * 2)?;
        let [start, end, depth] = *rest else {
            return None;
        };
        let band = match frame.progressive {
            true => Band::progressive(start, end, depth, chosen.len() / 2)?,
            false => Band::All,
        };

        let mut coders = Vec::new();
        for pair in chosen.chunks_exact(2) {
            let index = frame.components.iter().position(|c| c.id == pair[0])?;
            let table = |tables: &[Option<Table>; 4], place: u8| {
                tables.get(usize::from(place)).cloned().flatten()
            };
            frame.components[index].seen |= band.starts();
            coders.push((
                index,
                Coder {
                    band,
                    dc: table(&self.dc, pair[1] >> 4),
                    ac: table(&self.ac, pair[1] & 15),
                },
            ));
        }
        match coders.as_slice() {
            [] => None,
            [(index, coder)] => frame.walk_alone(*index, coder, self.restart, data),
            _ => frame.walk_together(&coders, self.restart, data),
        }
    }
}

impl Frame {
    /// A scan of one component goes block by block, and only over blocks that are seen.
    fn walk_alone(
        &mut self,
        index: usize,
        coder: &Coder,
        restart: usize,
        data: &[u8],
    ) -> Option<()> {
        let component = &mut self.components[index];
        let across = (self.width * component.across).div_ceil(8 * self.most_across);
        let down = (self.height * component.down).div_ceil(8 * self.most_down);
        let stride = component.stride;
        let mut stretches = Stretches::new(data, restart);
        for row in 0..down {
            for column in 0..across {
                let (bits, run) = stretches.next()?;
                let mut none = 0;
                let filled = component.filled.get_mut(row * stride + column);
                coder.block(bits, run, filled.unwrap_or(&mut none))?;
            }
        }
        stretches.end()
    }

    /// A scan of several goes unit by unit: some blocks of each.
    fn walk_together(
        &mut self,
        coders: &[(usize, Coder)],
        restart: usize,
        data: &[u8],
    ) -> Option<()> {
        let units_across = self.width.div_ceil(8 * self.most_across);
        let units_down = self.height.div_ceil(8 * self.most_down);
        let mut stretches = Stretches::new(data, restart);
        for _ in 0..units_across * units_down {
            let (bits, run) = stretches.next()?;
            for (index, coder) in coders {
                let component = &self.components[*index];
                for _ in 0..component.across * component.down {
                    // No coefficient but the first is ever coded together in a progressive
                    // scan, so that there is nothing to remember.
                    coder.block(bits, run, &mut 0)?;
                }
            }
        }
        stretches.end()
    }
}

/// A scan's data, cut at its restart markers: after so many units everything starts anew.
struct Stretches<'a> {
    left: &'a [u8],
    bits: Bits<'a>,
    each: usize,
    units: usize,
    run: u32,
}

impl<'a> Stretches<'a> {
    fn new(data: &'a [u8], each: usize) -> Self {
        let mut stretches = Self {
            left: data,
            bits: Bits::of(&[]),
            each,
            units: 0,
            run: 0,
        };
        stretches.restart();
        stretches
    }

    /// The bits and the run of empty blocks for the next unit.
    fn next(&mut self) -> Option<(&mut Bits<'a>, &mut u32)> {
        if self.each > 0 && self.units == self.each {
            self.restart();
        }
        self.units += 1;
        Some((&mut self.bits, &mut self.run))
    }

    fn restart(&mut self) {
        let marker = |pair: &[u8]| pair[0] == 0xff && matches!(pair[1], 0xd0..=0xd7);
        let end = self.left.windows(2).position(marker);
        let (stretch, left) = match end {
            Some(at) => (&self.left[..at], &self.left[at + 2..]),
            None => (self.left, &[][..]),
        };
        self.bits = Bits::of(stretch);
        self.left = left;
        self.units = 0;
        self.run = 0;
    }

    /// Nothing may be left behind a restart marker: blocks would be missing before it.
    fn end(self) -> Option<()> {
        self.left.is_empty().then_some(())
    }
}
