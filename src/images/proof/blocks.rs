//! The blocks of a JPEG: how many bits each takes, by the kind of scan.

use super::huffman::{Bits, Table};

/// Which coefficients of a block a scan codes, and which of their bits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Band {
    /// All of everything: a JPEG of one pass.
    All,
    /// The first bits of the mean.
    Mean,
    /// One more bit of the mean.
    MeanBit,
    /// The first bits of some coefficients.
    Detail(u32, u32),
    /// One more bit of them.
    DetailBit(u32, u32),
}

impl Band {
    /// What a progressive scan's header says.
    pub(super) fn progressive(start: u8, end: u8, depth: u8, components: usize) -> Option<Self> {
        let refining = depth >> 4 != 0;
        match (start, end) {
            (0, 0) if refining => Some(Self::MeanBit),
            (0, 0) => Some(Self::Mean),
            (1.., ..64) if start <= end && components == 1 => {
                let (start, end) = (start.into(), end.into());
                Some(match refining {
                    true => Self::DetailBit(start, end),
                    false => Self::Detail(start, end),
                })
            }
            _ => None,
        }
    }

    /// Whether a component begins with it.
    pub(super) fn starts(self) -> bool {
        matches!(self, Self::All | Self::Mean)
    }
}

/// How the blocks of one component are coded in one scan.
#[derive(Debug)]
pub(super) struct Coder {
    pub(super) band: Band,
    pub(super) dc: Option<Table>,
    pub(super) ac: Option<Table>,
}

impl Coder {
    /// Walks over one block. `run` is how many blocks are still passed over, `filled` which
    /// coefficients are not zero.
    pub(super) fn block(&self, bits: &mut Bits<'_>, run: &mut u32, filled: &mut u64) -> Option<()> {
        match self.band {
            Band::All => {
                self.mean(bits)?;
                let mut empty = 0;
                self.detail(bits, &mut empty, filled, 1, 63)?;
                (empty == 0).then_some(())
            }
            Band::Mean => self.mean(bits),
            Band::MeanBit => bits.take(1).map(drop),
            Band::Detail(start, end) => self.detail(bits, run, filled, start, end),
            Band::DetailBit(start, end) => self.refine(bits, run, filled, start, end),
        }
    }

    /// A difference of at most 11 bits.
    fn mean(&self, bits: &mut Bits<'_>) -> Option<()> {
        let size = u32::from(self.dc.as_ref()?.next(bits)?);
        (size <= 11).then(|| bits.take(size))?.map(drop)
    }

    /// Coefficients, each behind a run of zeros.
    fn detail(
        &self,
        bits: &mut Bits<'_>,
        run: &mut u32,
        filled: &mut u64,
        start: u32,
        end: u32,
    ) -> Option<()> {
        if *run > 0 {
            *run -= 1;
            return Some(());
        }
        let table = self.ac.as_ref()?;
        let mut at = start;
        while at <= end {
            let (zeros, size) = split(table.next(bits)?);
            match (zeros, size) {
                (15, 0) => at += 16,
                (_, 0) => {
                    *run = (1 << zeros) - 1 + bits.take(zeros)?;
                    break;
                }
                _ => {
                    at += zeros;
                    bits.take(size)?;
                    *filled |= 1_u64.checked_shl(at).filter(|_| at <= end)?;
                    at += 1;
                }
            }
        }
        Some(())
    }

    /// One more bit for each coefficient that is not zero, and new ones between them.
    fn refine(
        &self,
        bits: &mut Bits<'_>,
        run: &mut u32,
        filled: &mut u64,
        start: u32,
        end: u32,
    ) -> Option<()> {
        let table = self.ac.as_ref()?;
        let mut at = start;
        while *run == 0 && at <= end {
            let (mut zeros, size) = split(table.next(bits)?);
            match (zeros, size) {
                (15, 0) => {}
                (_, 0) => {
                    *run = (1 << zeros) + bits.take(zeros)?;
                    break;
                }
                (_, 1) => drop(bits.take(1)?),
                _ => return None,
            }
            while at <= end {
                if (*filled >> at) & 1 == 1 {
                    bits.take(1)?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                at += 1;
            }
            if size == 1 {
                *filled |= 1_u64.checked_shl(at).filter(|_| at <= end)?;
            }
            at += 1;
        }
        if *run > 0 {
            *run -= 1;
            let rest = *filled & (u64::MAX >> (63 - end)) & u64::MAX.checked_shl(at).unwrap_or(0);
            for _ in 0..rest.count_ones() {
                bits.take(1)?;
            }
        }
        Some(())
    }
}

/// A run of zeros, and the size of what follows it.
fn split(code: u8) -> (u32, u32) {
    (u32::from(code >> 4), u32::from(code & 15))
}
