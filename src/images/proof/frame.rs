//! The frame of a JPEG: its colours, and how they are cut into blocks.

/// One colour of the frame.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) across: usize,
    pub(super) down: usize,
    /// Blocks in a row that are stored, with those that only fill up the last unit.
    pub(super) stride: usize,
    /// For each block, which of its 64 coefficients are not zero: what a later, refining scan
    /// has bits for.
    pub(super) filled: Vec<u64>,
    pub(super) seen: bool,
}

/// The picture's size, in pixels and blocks.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) most_across: usize,
    pub(super) most_down: usize,
    pub(super) components: Vec<Component>,
}

impl Frame {
    /// Reads the header of a frame; none for what is not 8 bits deep or makes no sense.
    pub(super) fn read(contents: &[u8], progressive: bool) -> Option<Self> {
        let [8, h1, h0, w1, w0, count, components @ ..] = contents else {
            return None;
        };
        let height = usize::from(u16::from_be_bytes([*h1, *h0]));
        let width = usize::from(u16::from_be_bytes([*w1, *w0]));
        let (components, []) = components.as_chunks::<3>() else {
            return None;
        };
        if components.len() != usize::from(*count) || !(1..=4).contains(count) {
            return None;
        }
        let sides = |c: &[u8; 3]| (usize::from(c[1] >> 4), usize::from(c[1] & 15));
        let valid = |side: usize| (1..=4).contains(&side);
        if !components
            .iter()
            .map(sides)
            .all(|(a, d)| valid(a) && valid(d))
        {
            return None;
        }
        let most_across = components.iter().map(|c| sides(c).0).max()?;
        let most_down = components.iter().map(|c| sides(c).1).max()?;
        let units_across = width.div_ceil(8 * most_across);
        let units_down = height.div_ceil(8 * most_down);
        let components = components.iter().map(|c| {
            let (across, down) = sides(c);
            let stride = units_across * across;
            let stored = if progressive {
                stride * units_down * down
            } else {
                0
            };
            Component {
                id: c[0],
                across,
                down,
                stride,
                filled: vec![0; stored],
                seen: false,
            }
        });
        Some(Self {
            progressive,
            width,
            height,
            most_across,
            most_down,
            components: components.collect(),
        })
    }
}
