//! The engine in its Worker: a request, and what it came to.

use js_sys::{ArrayBuffer, Uint8Array};
use nadir_core::protocol::{Answer, Task};
pub use nadir_web_kit::port::PortError as Failed;
use nadir_web_kit::port::{Ended, Port};
use nadir_web_kit::text::teach as text;
use nadir_web_kit::worker::Role;

/// What a request came to: an answer with its bytes, or a sentence for the visitor.
pub type Answered = Result<(Answer, Vec<u8>), Failed>;

/// Handles speak of the same engine; it ends with the last.
#[derive(Clone)]
pub struct Engine(Port<Answer>);

impl Engine {
    /// Starts a Worker.
    ///
    /// # Errors
    /// Where the browser refuses to.
    pub fn start() -> Result<Self, Failed> {
        Port::start(Role::Engine, stopped).map(Self)
    }

    /// Sends a request and waits for its answer; `progress` hears of each step before.
    ///
    /// # Errors
    /// What the engine says of its failure.
    pub async fn ask(&self, task: Task, bytes: Option<&ArrayBuffer>, progress: impl Fn(&Answer) + 'static) -> Answered {
        let (answer, bytes) = self.0.ask_telling(&task, bytes, progress).await?;
        Ok((answer, bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default()))
    }
}

fn stopped(why: &Ended) -> String {
    match why {
        Ended::Crashed(message) => format!("{} {message}", text::STOPPED),
        Ended::Refused | Ended::Garbled(_) => text::STOPPED.to_owned(),
    }
}
