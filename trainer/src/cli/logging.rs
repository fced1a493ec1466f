use crate::progress::{above_bars, show_bars};
use anyhow::Error;
use clap::{ArgAction, Args, ValueEnum};
use std::fmt::{Debug, Result, Write as _};
use std::io::{self, IsTerminal, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// How much a command tells on the standard error, and in which form.
#[derive(Debug, Clone, Args)]
pub(super) struct LogArgs {
    /// Tell more on the standard error: -v each step, with times and sources; -vv everything, other crates' events too.
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Log")]
    verbose: u8,
    /// Log warnings and errors only, and show no progress.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Log")]
    quiet: bool,
    /// Format of the log.
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t, help_heading = "Log")]
    log_format: LogFormat,
}

/// Values of `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum LogFormat {
    /// Sentences for a person, one a line.
    #[default]
    Text,
    /// One JSON object a line: timestamp (RFC 3339, UTC), level, message, target and the event's own fields.
    Json,
}

impl LogArgs {
    /// From now on the program's events are written to the standard error.
    pub(super) fn install(&self) {
        let (own, others) = match (self.quiet, self.verbose) {
            (true, _) => (LevelFilter::WARN, LevelFilter::ERROR),
            (false, 0) => (LevelFilter::INFO, LevelFilter::ERROR),
            (false, 1) => (LevelFilter::DEBUG, LevelFilter::WARN),
            (false, _) => (LevelFilter::TRACE, LevelFilter::DEBUG),
        };
        let written = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            // It would tell of a failed write by `eprintln!`, which panics where the standard error is closed.
            .log_internal_errors(false)
            .with_writer(|| StandardError);
        let written: Box<dyn Layer<Registry> + Send + Sync> = match self.log_format {
            LogFormat::Json => {
                written.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
            }
            LogFormat::Text if self.verbose > 0 => written.boxed(),
            LogFormat::Text => written.event_format(Sentence).boxed(),
        };
        let filter = Targets::new().with_default(others).with_target("nadir", own);
        // Fails only where there is a subscriber already, which then hears the same events.
        let _ = tracing_subscriber::registry().with(written.with_filter(filter)).try_init();

        let is_json = self.log_format == LogFormat::Json;
        show_bars(!is_json && !self.quiet && io::stderr().is_terminal());
        if is_json {
            std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
        }
    }

    /// The last words of a command that failed.
    pub(super) fn tell_failure(&self, error: &Error) {
        match self.log_format {
            LogFormat::Json => tracing::error!("{error:#}"),
            LogFormat::Text => StandardError::tell(format!("error: {error:#}\n").as_bytes()),
        }
    }
}

/// The standard error, between whose lines progress bars stand. A write never fails: nothing is to stop because nobody
/// listens any more.
struct StandardError;

impl StandardError {
    fn tell(text: &[u8]) {
        above_bars(&mut || {
            let _ = io::stderr().write_all(text);
        });
    }
}

impl Write for StandardError {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        Self::tell(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An event's message alone: a sentence that says what the fields hold.
struct Sentence;

impl<S, N> FormatEvent<S, N> for Sentence
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> Result {
        let mut message = Message::default();
        event.record(&mut message);
        writeln!(writer, "{}", message.0)
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // Writing to a String does not fail.
            let _ = write!(self.0, "{value:?}");
        }
    }
}
