//! Which page is shown, and where its engine stands.

use nadir_web_kit::text;

/// Where the engine stands; `data-state` of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The engine starts: device, download, first run.
    Starting,
    /// It waits for an image.
    Ready,
    /// It computes an image's labels or objects.
    Running,
    /// It cannot go on until the visitor does something.
    Failed,
}

impl Phase {
    /// The name in `data-state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Failed => "failed",
        }
    }
}

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Which labels it has.
    Labels,
    /// Which objects are in it, and where.
    Objects,
    /// Which images of the gallery are like it.
    Neighbours,
    /// An image that is too large for the others, read in parts (`web/scenes`).
    Scenes,
    /// No image: classes that are taught by clicks (`web/teach`).
    Teach,
    /// No image: saved reports (`web/reports`).
    Reports,
    /// No image: lessons (`web/learn`).
    Learn,
}

impl View {
    /// In the order of their links.
    pub const ALL: [Self; 7] =
        [Self::Labels, Self::Objects, Self::Neighbours, Self::Scenes, Self::Teach, Self::Reports, Self::Learn];

    /// The name in the address and in `data-view`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Objects => "objects",
            Self::Neighbours => "neighbours",
            Self::Scenes => "scenes",
            Self::Teach => "teach",
            Self::Reports => "reports",
            Self::Learn => "learn",
        }
    }

    /// What the visitor knows it by.
    pub fn title(self) -> &'static str {
        match self {
            Self::Labels => text::LABELS,
            Self::Objects => text::objects::OBJECTS,
            Self::Neighbours => text::NEIGHBOURS,
            Self::Scenes => text::scenes::TITLE,
            Self::Teach => text::TEACH,
            Self::Reports => text::REPORTS,
            Self::Learn => text::LEARN,
        }
    }

    /// The `id` of its link.
    pub fn link_id(self) -> &'static str {
        match self {
            Self::Labels => "to-labels",
            Self::Objects => "to-objects",
            Self::Neighbours => "to-neighbours",
            Self::Scenes => "to-scenes",
            Self::Teach => "to-teach",
            Self::Reports => "to-reports",
            Self::Learn => "to-learn",
        }
    }

    /// Whether it is of an image for which this page's engine runs. The others are modules of their own, fetched when they are
    /// first opened (`static/pages.js`).
    pub fn needs_engine(self) -> bool {
        !matches!(self, Self::Scenes | Self::Teach | Self::Reports | Self::Learn)
    }
}
