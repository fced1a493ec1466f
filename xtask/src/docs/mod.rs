//! `cargo xtask docs`: the texts of the repository, whose links are checked, and the book of those in `docs`.

mod book;
#[cfg(test)]
mod commands;
mod faults;
mod links;
mod markdown;
mod texts;

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Result, bail};
use clap::Args;
use std::process::Command;

/// Arguments of `cargo xtask docs`.
#[derive(Args)]
pub struct DocsArgs {
    /// Ask the addresses outside of the repository too, by curl. Without it they are counted.
    #[arg(long)]
    external: bool,
    /// Check the links of the texts alone, and build no book.
    #[arg(long)]
    check: bool,
}

/// Checks every link, then builds the book and checks the links in its pages.
pub fn run(workspace: &Workspace, args: &DocsArgs) -> Result<()> {
    let external = links::check(&workspace.root)?;
    let count = external.len();
    if args.external {
        let dead: Vec<&String> = external.iter().filter(|address| !answers(address)).collect();
        if !dead.is_empty() {
            let lines: Vec<String> = dead.iter().map(|address| format!("  {address}")).collect();
            bail!("{} of {count} outside addresses do not answer:\n{}", dead.len(), lines.join("\n"));
        }
        say!("all {count} outside addresses answer");
    } else {
        say!("{count} outside addresses are not asked (--external does)");
    }
    if !args.check {
        let folder = book::build(workspace)?;
        say!("the book is {}", Workspace::shown(&folder.join("index.html")));
    }
    Ok(())
}

/// The check of `cargo xtask test`: every link inside the repository.
pub fn check(workspace: &Workspace) -> Result<()> {
    let external = links::check(&workspace.root)?;
    say!("every link in the repository leads somewhere; {} outside addresses are not asked", external.len());
    Ok(())
}

/// Whether an address answers with anything but that it is not there.
fn answers(address: &str) -> bool {
    // Some servers know no HEAD.
    let arguments = ["-sSL", "--max-time", "30", "--retry", "1", "-o", "/dev/null", "-w", "%{http_code}"];
    let code = process::output(Command::new("curl").args(arguments).arg(address));
    code.is_ok_and(|code| !["000", "404", "410"].contains(&code.trim()))
}
