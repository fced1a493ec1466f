//! Reports for a person: as tables in a terminal, and as one HTML page.

pub mod html;
pub mod pairs;
pub mod terminal;
