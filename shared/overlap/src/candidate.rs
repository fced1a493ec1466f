//! Two images that may show the same ground.

/// Two images that may show the same ground, and how one lies on the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The image with the lower index.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// How the second lies on the first; `None` where only the embedding says that they are alike.
    pub placed: Option<Placed>,
}

/// How an image lies on another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The image is turned counter-clockwise by so many quarter turns first.
    pub quarter_turns: u8,
    /// From the other's centre to its centre, downwards and to the right, px of thumbnails.
    pub shift: [f32; 2],
}
