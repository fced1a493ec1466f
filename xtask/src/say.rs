//! What xtask says. `println!` would panic where nobody reads any more, as in `cargo xtask web | head`.

/// `println!` that a reader may leave.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // What cannot be printed is no reason to stop a build.
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// `eprintln!` that a reader may leave.
macro_rules! complain {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // The exit code says it too.
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub(crate) use {complain, say};
