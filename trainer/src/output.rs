//! The standard output: what a command was run for. Everything else is logged (see [`crate::cli::Cli`]).
//!
//! Whoever reads it may leave early, as in `nadir report RUN | head`. What is printed after that is dropped and the
//! command goes on: a training keeps its run, a server serves, and a check exits with what it found. `println!` would
//! panic.

use crate::progress::above_bars;
use anyhow::{Context, Result};
use std::fmt::Arguments;
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

static READER_LEFT: AtomicBool = AtomicBool::new(false);

/// Whether nobody reads any more: for loops whose only output is what they print.
pub fn reader_left() -> bool {
    READER_LEFT.load(Ordering::Relaxed)
}

/// What [`out!`] and [`outln!`] call.
///
/// # Errors
/// Where the system refuses, for example because the disk is full. A reader that has left is none.
pub fn write(text: Arguments<'_>) -> Result<()> {
    if reader_left() {
        return Ok(());
    }
    let mut written = Ok(());
    above_bars(&mut || written = std::io::stdout().lock().write_fmt(text));
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            READER_LEFT.store(true, Ordering::Relaxed);
            Ok(())
        }
        other => other.context("cannot write to the standard output"),
    }
}

/// `print!` for a reader that may leave; gives a `Result`.
macro_rules! out {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

/// `println!` for a reader that may leave; gives a `Result`.
macro_rules! outln {
    () => { $crate::output::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::output::write(format_args!("{}\n", format_args!($($text)*))) };
}

pub(crate) use {out, outln};
