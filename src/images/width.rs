//! The widths of resized variants.

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// For lists.
    W320,
    /// For a product's page.
    W960,
}

impl Width {
    pub const ALL: [Self; 2] = [Self::W320, Self::W960];

    /// By its path segment.
    pub fn from_segment(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|width| width.segment() == text)
    }

    /// Its segment in paths of URLs and files.
    pub fn segment(self) -> &'static str {
        match self {
            Self::W320 => "320",
            Self::W960 => "960",
        }
    }

    pub(super) fn pixels(self) -> u32 {
        match self {
            Self::W320 => 320,
            Self::W960 => 960,
        }
    }
}
