//! What Nadir's trainer and web app must agree on: image work, boxes, metrics, rankings, bundles, reports and the
//! messages between page and engine.
//!
//! Nothing here touches a file, the network, a thread, a tensor or a page, so all of it runs natively and in the
//! browser and gives the same numbers in both.

pub mod active;
pub mod bundle;
pub mod csv;
pub mod detection;
pub mod image;
mod linear_algebra;
pub mod metric;
pub mod neighbours;
pub mod ood;
pub mod projection;
pub mod protocol;
pub mod ranking;
pub mod report;
pub mod rng;
#[cfg(test)]
mod schema;
pub mod split;
pub mod teach;
