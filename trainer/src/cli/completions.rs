use crate::output::out;
use anyhow::{Context, Result};
use clap_complete::Shell;
use std::path::PathBuf;

/// Print a shell's completions, or write manual pages.
///
/// For bash: nadir completions bash > ~/.local/share/bash-completion/completions/nadir
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell.
    #[arg(required_unless_present = "man")]
    shell: Option<Shell>,
    /// Write a manual page of each command into this folder, for example ~/.local/share/man/man1.
    #[arg(long, value_name = "FOLDER")]
    man: Option<PathBuf>,
}

impl Completions {
    /// `program` is the whole command line.
    pub(super) fn run(self, mut program: clap::Command) -> Result<()> {
        if let Some(folder) = &self.man {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            clap_mangen::generate_to(program.clone(), folder)
                .with_context(|| format!("cannot write manual pages into {}", folder.display()))?;
        }
        let Some(shell) = self.shell else { return Ok(()) };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut program, "nadir", &mut script);
        out!("{}", String::from_utf8_lossy(&script))
    }
}
