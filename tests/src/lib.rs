//! What the tests in `tests/` stand on: a browser that is driven over WebDriver, and a served site.

pub mod bad_server;
mod chromedriver;
pub mod site;
pub mod webdriver;
