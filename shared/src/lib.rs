//! What Nadir's trainer and web app must agree on: image work, generated scenes, encoders, losses, metrics,
//! bundles and the messages between page and engine.
//!
//! Nothing here touches a file, the network, a thread or a page, so all of it runs natively and in the browser
//! and gives the same numbers in both. Encoders and losses need burn and stand behind the `model` feature; the one
//! exception, `model::cpu`, shares a native CPU's cores among a network's operations, as burn's own do.

pub mod bundle;
pub mod detection;
pub mod figure;
pub mod image;
#[cfg(feature = "model")]
pub mod loss;
pub mod metric;
#[cfg(feature = "model")]
pub mod model;
pub mod neighbours;
pub mod ood;
pub mod plot;
pub mod projection;
pub mod protocol;
pub mod ranking;
pub mod report;
pub mod rng;
pub mod scene;
pub mod teach;
