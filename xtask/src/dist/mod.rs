//! `cargo xtask dist`: what a person unpacks and runs without Rust: program, page, licences, completions, manual pages, in
//! one archive that is named as cargo-dist names its own.

mod archive;
mod licences;
mod packages;
mod target;

pub use licences::text as licences_of;
pub use target::Target;

use crate::demo::build_trainer_with;
use crate::folder;
use crate::installed;
use crate::process;
use crate::say::say;
use crate::web;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Arguments of `cargo xtask dist`.
#[derive(Args)]
pub struct DistArgs {
    /// Build the page for the smallest download (minutes more).
    #[arg(long)]
    ship: bool,
    /// Features of the trainer, for example `cuda`; they are added to the archive's name.
    #[arg(long, value_name = "FEATURES")]
    features: Option<String>,
    /// Folder that the archive is written to; `dist` in cargo's target folder if not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Shells with completions, and the names that their folders expect.
const COMPLETIONS: [(&str, &str); 5] = [
    ("bash", "nadir.bash"),
    ("zsh", "_nadir"),
    ("fish", "nadir.fish"),
    ("powershell", "_nadir.ps1"),
    ("elvish", "nadir.elv"),
];

/// Files of the checkout that come along.
const TEXTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// The licences of everything that was compiled in.
pub const LICENCES: &str = "THIRD-PARTY-LICENSES.txt";

/// Builds everything and writes the archive with its checksum.
pub fn run(workspace: &Workspace, args: &DistArgs) -> Result<()> {
    let target = Target::of_this_machine()?;
    let variant = args.features.as_ref().map(|features| format!("-{}", features.replace([',', ' '], "-")));
    let name = format!("nadir-{}-{}{}", workspace.version()?, target.triple, variant.unwrap_or_default());
    let out = match &args.out {
        Some(out) => std::path::absolute(out)?,
        None => workspace.target.join("dist"),
    };
    let staged = out.join(&name);
    if staged.exists() {
        fs::remove_dir_all(&staged).with_context(|| format!("cannot replace {}", staged.display()))?;
    }
    fs::create_dir_all(&staged).with_context(|| format!("cannot create {}", staged.display()))?;

    say!("Building the trainer");
    build_trainer_with(workspace, args.features.as_deref())?;
    let program = workspace.release_program("nadir");
    fs::copy(&program, staged.join(target.program())).with_context(|| format!("cannot copy {}", program.display()))?;
    stage_site(workspace, &program, args.ship, &staged.join("site"))?;
    for text in TEXTS {
        fs::copy(workspace.root.join(text), staged.join(text)).with_context(|| format!("cannot copy {text}"))?;
    }
    fs::write(staged.join(LICENCES), licences_of(workspace, &target, args.features.as_deref())?)?;
    write_completions(&program, &staged)?;

    let archive = archive::write(&staged, &name, &out, &target)?;
    let checksum = archive::write_checksum(&archive)?;
    try_out(workspace, &archive, &name, &target)?;
    say!("The archive is {}, its SHA-256 in {}", Workspace::shown(&archive), Workspace::shown(&checksum));
    Ok(())
}

/// The archive unpacked elsewhere: the program runs there and serves the page, and all else is there too.
fn try_out(workspace: &Workspace, archive: &Path, name: &str, target: &Target) -> Result<()> {
    let elsewhere = tempfile::tempdir()?;
    archive::unpack(archive, elsewhere.path(), target)?;
    let unpacked = elsewhere.path().join(name);
    let completions = COMPLETIONS.map(|(_, file)| format!("completions/{file}"));
    let expected = TEXTS.iter().copied().chain([LICENCES, "man/nadir.1", "man/nadir-pretrain.1"]);
    for file in expected.chain(completions.iter().map(String::as_str)) {
        let size = fs::metadata(unpacked.join(file)).map(|metadata| metadata.len());
        ensure!(size.is_ok_and(|size| size > 0), "{} has no {file}, or an empty one", archive.display());
    }
    let said = installed::try_out(workspace, &unpacked.join(target.program()), elsewhere.path(), "site")?;
    say!("Unpacked elsewhere: {said}");
    Ok(())
}

/// The page with the committed bundles, as `nadir serve` finds it beside the program.
pub fn stage_site(workspace: &Workspace, program: &Path, ship: bool, out: &Path) -> Result<()> {
    let app = web::build(workspace, &web::WebArgs::of_kind(ship))?;
    let mut site = Command::new(program);
    site.arg("site").arg("--web").arg(app).arg("--out").arg(out);
    for bundle in ["aerial", "scenes"] {
        site.arg("--bundle").arg(workspace.root.join("static/models").join(bundle));
    }
    process::run(&mut site)?;
    let size: u64 = folder::files(out, Path::new(""))?
        .iter()
        .map(|file| fs::metadata(out.join(file)).map(|metadata| metadata.len()))
        .sum::<std::io::Result<u64>>()?;
    say!("The site has {:.1} MB", size as f64 / 1e6);
    Ok(())
}

fn write_completions(program: &Path, staged: &Path) -> Result<()> {
    let folder = staged.join("completions");
    fs::create_dir_all(&folder)?;
    for (shell, file) in COMPLETIONS {
        let script = process::output(Command::new(program).args(["completions", shell]))?;
        if script.is_empty() {
            bail!("`nadir completions {shell}` printed nothing");
        }
        fs::write(folder.join(file), script)?;
    }
    process::run(Command::new(program).args(["completions", "--man"]).arg(staged.join("man")))
}
