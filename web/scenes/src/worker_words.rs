//! What is said of a Worker that has ended.

use nadir_web_kit::port::Ended;

/// Why it answers nothing more, for the visitor.
pub fn ended(why: &Ended) -> String {
    match why {
        Ended::Refused => "A Worker could not be started.".to_owned(),
        Ended::Garbled(what) if what.is_empty() => "A Worker sent what this page does not understand.".to_owned(),
        Ended::Garbled(what) => format!("A Worker sent what this page does not understand: {what}."),
        Ended::Crashed(message) if message.is_empty() => "A Worker stopped: its script could not be loaded.".to_owned(),
        Ended::Crashed(message) => format!("A Worker stopped: {message}."),
    }
}
