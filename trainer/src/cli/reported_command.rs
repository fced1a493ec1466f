//! The arguments of the command that a report was made by.

use super::image_args::ImageArgs;
use super::logging::LogArgs;
use anyhow::{Result, anyhow};
use clap::{Args, Parser};

/// What a command takes, and what every command takes.
#[derive(Parser)]
struct Reported<T: Args> {
    #[command(flatten)]
    own: T,
    #[command(flatten)]
    _log: LogArgs,
    #[command(flatten)]
    _images: ImageArgs,
}

/// The arguments of `nadir SUBCOMMAND`, as a report's `command` has them.
///
/// # Errors
/// A command of another kind, or with blanks in its file names, which the report does not quote.
pub(super) fn arguments_of<T: Args>(command: &str, subcommand: [&str; 2]) -> Result<T> {
    let cannot =
        || anyhow!("the report's command cannot be read as one of `nadir {}`: {command}", subcommand.join(" "));
    let words: Vec<&str> = command.split_whitespace().collect();
    let at = words.windows(2).position(|pair| pair == subcommand).ok_or_else(cannot)?;
    // What every command takes may stand in front.
    let arguments = words[..at].iter().chain(&words[at + 2..]);
    Ok(Reported::try_parse_from(arguments).map_err(|_| cannot())?.own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Args)]
    struct Own {
        #[arg(long)]
        run: String,
        #[arg(long)]
        part: Option<String>,
    }

    #[test]
    fn arguments_of_the_command_are_read_and_those_of_all_commands_are_left_out() {
        let of = |command: &str| arguments_of::<Own>(command, ["detect", "eval"]).map_err(|error| error.to_string());
        let own = Own { run: "runs/a".into(), part: Some("test".into()) };
        assert_eq!(of("nadir detect eval --run runs/a --part test"), Ok(own));
        let own = Own { run: "b".into(), part: None };
        assert_eq!(of("nadir --log-format json detect eval -q --run b").as_ref(), Ok(&own));
        for other in ["nadir data audit x", "nadir detect eval --run a b", "nadir detect eval"] {
            assert!(of(other).is_err_and(|error| error.contains("`nadir detect eval`")), "{other}");
        }
    }
}
