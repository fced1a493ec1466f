//! Where the engine stands, and which requests it works on.

use super::image_request::{ImageRequest, Source};
use nadir_core::protocol::DeviceChoice;
use nadir_web_kit::worker::Worker;

/// Where the engine stands. Answers bear the number of their request; those of a Worker before have others.
pub(super) enum Engine {
    /// No view has needed it yet, or none does any more.
    Resting,
    /// A view needs it; there is no Worker.
    Stopped,
    /// A Worker starts, by the request of this number.
    Starting(Worker, u64),
    /// It has answered that request, and takes others.
    Running(Worker, u64),
}

impl Engine {
    /// The Worker, if there is one.
    pub fn worker(&self) -> Option<&Worker> {
        match self {
            Self::Resting | Self::Stopped => None,
            Self::Starting(worker, _) | Self::Running(worker, _) => Some(worker),
        }
    }

    /// Whether this is the number of its start.
    pub fn is_start(&self, id: u64) -> bool {
        matches!(self, Self::Starting(_, start) | Self::Running(_, start) if *start == id)
    }

    /// It has answered its start.
    pub fn started(self) -> Self {
        match self {
            Self::Starting(worker, id) => Self::Running(worker, id),
            other => other,
        }
    }
}

/// The device that the engine is started on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    /// The one that the visitor chose.
    Chosen(DeviceChoice),
    /// The CPU, because the chosen one was lost twice.
    CpuInstead,
}

impl Device {
    /// What the engine is asked for.
    pub fn choice(self) -> DeviceChoice {
        match self {
            Self::Chosen(choice) => choice,
            Self::CpuInstead => DeviceChoice::Cpu,
        }
    }
}

/// Who decodes an image's file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Decoder {
    Engine,
    /// The browser, because the engine cannot.
    Browser,
}

/// What follows when the image that is worked on has its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The view has what it shows.
    Nothing,
    /// The visitor requested something else meanwhile.
    Request,
}

/// The image that is worked on.
pub(super) struct InFlight {
    /// The number of the last message about it; answers to those before are dropped.
    pub id: u64,
    pub image: ImageRequest,
    pub decoder: Decoder,
    pub next: Next,
    /// Which labels a generated scene truly has.
    pub truth: Option<Vec<bool>>,
}

impl InFlight {
    /// Sent for the first time.
    pub fn new(id: u64, image: ImageRequest) -> Self {
        Self { id, image, decoder: Decoder::Engine, next: Next::Nothing, truth: None }
    }
}

/// Crops whose classes are requested.
pub(super) struct Naming {
    /// The request's number.
    pub id: u64,
    /// The candidates that they are of.
    pub candidates: Vec<usize>,
}

/// What the visitor's part in the choice of the image is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstImage {
    /// None yet: the page shows one that the network is for.
    OfNetwork,
    /// The visitor, or the address, named one.
    Named,
}

impl FirstImage {
    /// By what the address names.
    pub fn of(named: Option<&Source>) -> Self {
        if named.is_some() { Self::Named } else { Self::OfNetwork }
    }
}
