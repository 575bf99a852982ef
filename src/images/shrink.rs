//! Resizes pictures row by row, so that a large one is never in memory. Each new pixel is the mean
//! of the area that it covers.

/// The pixels of a row that a new pixel covers, with the covered share of the first and the last.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    first: f32,
    last: f32,
}

/// A picture being resized. Rows are pushed from the top, with 8 bits per channel.
#[derive(Debug)]
pub(super) struct Shrink {
    spans: Vec<Span>,
    /// The number of old and of new rows.
    rows: (u64, u64),
    taken: u64,
    /// The last row at the new width: red, green and blue multiplied by alpha, and alpha.
    row: Vec<[f32; 4]>,
    /// The new row summed so far.
    sum: Vec<[f32; 4]>,
    out: Vec<u8>,
    full: usize,
}

impl Shrink {
    /// `to` must not be larger than `from`.
    pub(super) fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        let (across, down) = (to.0 as usize, to.1 as usize);
        let full = across * down * 4;
        Self {
            spans: spans(from.0, to.0),
            rows: (from.1.into(), to.1.into()),
            taken: 0,
            row: vec![[0.0; 4]; across],
            sum: vec![[0.0; 4]; across],
            out: Vec::with_capacity(full),
            full,
        }
    }

    /// Adds a row. Channels: 1 grey, 2 grey and alpha, 3 colours, 4 colours and alpha. `None` if
    /// the row is too short or has another number of channels.
    pub(super) fn push(&mut self, row: &[u8], channels: usize) -> Option<()> {
        let width = self.spans.last()?.end;
        let row = row.get(..width * channels)?;
        match channels {
            1 => self.resize_row(row, |[grey]| premultiplied([grey; 3], u8::MAX)),
            2 => self.resize_row(row, |[grey, alpha]| premultiplied([grey; 3], alpha)),
            3 => self.resize_row(row, |colours| premultiplied(colours, u8::MAX)),
            4 => self.resize_row(row, |[red, green, blue, alpha]| {
                premultiplied([red, green, blue], alpha)
            }),
            _ => return None,
        }
        self.add_row();
        Some(())
    }

    /// The resized picture with four channels; `None` if rows are missing.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (self.out.len() == self.full).then_some(self.out)
    }

    fn resize_row<const N: usize>(&mut self, row: &[u8], pixel: impl Fn([u8; N]) -> [f32; 4]) {
        let (pixels, _) = row.as_chunks::<N>();
        for (span, out) in self.spans.iter().zip(&mut self.row) {
            let covered = &pixels[span.start..span.end];
            let mut sum = [0.0; 4];
            for p in covered {
                add(&mut sum, pixel(*p), 1.0);
            }
            if let ([first, ..], [.., last]) = (covered, covered) {
                add(&mut sum, pixel(*first), span.first - 1.0);
                add(&mut sum, pixel(*last), span.last - 1.0);
            }
            let area: f32 = (covered.len() as f32) + span.first + span.last - 2.0;
            *out = sum.map(|channel| channel / area);
        }
    }

    /// Adds the last row to the new row that covers it, or to both if it crosses their border.
    fn add_row(&mut self) {
        // In parts of a row, of which an old one has `new` and a new one `old`: all borders are
        // whole numbers.
        let (old, new) = self.rows;
        let top = self.taken * new;
        let bottom = top + new;
        let border = (top / old + 1) * old;
        self.taken += 1;
        self.add_weighted(share(bottom.min(border) - top, old));
        if bottom >= border {
            self.emit();
            self.add_weighted(share(bottom - border, old));
        }
    }

    fn add_weighted(&mut self, weight: f32) {
        for (sum, row) in self.sum.iter_mut().zip(&self.row) {
            add(sum, *row, weight);
        }
    }

    /// Outputs the summed row and starts the next one.
    fn emit(&mut self) {
        if self.out.len() == self.full {
            return;
        }
        for sum in &mut self.sum {
            let [red, green, blue, alpha] = std::mem::take(sum);
            let shade = |channel: f32| {
                if alpha > 0.0 {
                    (channel / alpha).round() as u8
                } else {
                    0
                }
            };
            let alpha_byte = (alpha * 255.0).round() as u8;
            self.out
                .extend_from_slice(&[shade(red), shade(green), shade(blue), alpha_byte]);
        }
    }
}

/// Colours multiplied by alpha, so that transparent pixels do not bleed into visible ones.
fn premultiplied(colours: [u8; 3], alpha: u8) -> [f32; 4] {
    let alpha = f32::from(alpha) / 255.0;
    let [red, green, blue] = colours.map(|colour| f32::from(colour) * alpha);
    [red, green, blue, alpha]
}

fn add(sum: &mut [f32; 4], pixel: [f32; 4], weight: f32) {
    for (sum, channel) in sum.iter_mut().zip(pixel) {
        *sum += channel * weight;
    }
}

/// The pixels under each new pixel, counted in parts of a pixel, of which an old one has `to` and a
/// new one `from`: all borders are whole numbers.
fn spans(from: u32, to: u32) -> Vec<Span> {
    let (from, to) = (u64::from(from), u64::from(to));
    (0..to)
        .map(|index| {
            let (left, right) = (index * from, (index + 1) * from);
            let (start, end) = (left / to, right.div_ceil(to));
            Span {
                start: start as usize,
                end: end as usize,
                first: share((start + 1) * to - left, to),
                last: share(right - (end - 1) * to, to),
            }
        })
        .collect()
}

fn share(part: u64, whole: u64) -> f32 {
    (part as f64 / whole as f64) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shrink(from: (u32, u32), to: (u32, u32), channels: usize, pixels: &[u8]) -> Vec<u8> {
        let mut shrink = Shrink::new(from, to);
        for row in pixels.chunks(from.0 as usize * channels) {
            shrink.push(row, channels).unwrap();
        }
        shrink.finish().unwrap()
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let pixels: Vec<u8> = (0..7 * 5 * 3).map(|n| n as u8 * 2).collect();
        let opaque: Vec<u8> = pixels
            .chunks(3)
            .flat_map(|p| [p[0], p[1], p[2], 255])
            .collect();
        assert_eq!(shrink((7, 5), (7, 5), 3, &pixels), opaque);
    }

    #[test]
    fn a_pixel_is_the_mean_of_its_area() {
        let grey = [0, 100, 200, 100, 50, 50, 50, 50];
        assert_eq!(
            shrink((4, 2), (2, 1), 1, &grey),
            [50, 50, 50, 255, 100, 100, 100, 255]
        );
        let thirds = shrink((3, 1), (2, 1), 1, &[90, 30, 0]);
        assert_eq!(thirds, [70, 70, 70, 255, 10, 10, 10, 255]);
        let stacked = shrink((1, 3), (1, 2), 1, &[90, 30, 0]);
        assert_eq!(stacked, thirds);
    }

    #[test]
    fn a_single_colour_stays_the_same_at_every_size() {
        for from in [1, 2, 3, 7, 100, 321] {
            for to in [1, 2, 3, 99, 320].into_iter().filter(|to| *to <= from) {
                let pixels = vec![177; (from * from) as usize * 2];
                let small = shrink((from, from), (to, to), 2, &pixels);
                assert_eq!(small.len(), (to * to * 4) as usize);
                assert!(small.iter().all(|byte| *byte == 177), "{from} to {to}");
            }
        }
    }

    #[test]
    fn transparent_colours_do_not_bleed() {
        let red_beside_hidden_green = [255, 0, 0, 255, 0, 255, 0, 0];
        let small = shrink((2, 1), (1, 1), 4, &red_beside_hidden_green);
        assert_eq!(small, [255, 0, 0, 128]);
    }

    #[test]
    fn missing_rows_give_no_picture() {
        let mut shrink = Shrink::new((4, 40), (4, 4));
        shrink.push(&[0; 4], 1).unwrap();
        assert_eq!(shrink.push(&[0; 3], 1), None);
        assert_eq!(shrink.finish(), None);
    }

    #[test]
    fn a_picture_has_all_its_rows_and_no_more() {
        let mut shrink = Shrink::new((1, 40), (1, 4));
        (0..39).for_each(|_| shrink.push(&[7], 1).unwrap());
        assert_eq!(shrink.finish(), None, "the last row is missing");
        let mut shrink = Shrink::new((1, 2), (1, 1));
        [1, 3, 9, 9]
            .iter()
            .for_each(|grey| shrink.push(&[*grey], 1).unwrap());
        assert_eq!(shrink.finish().unwrap(), [2, 2, 2, 255]);
    }
}
