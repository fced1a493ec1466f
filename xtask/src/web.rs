//! `cargo xtask web`: compiles the page and the engine to WASM, makes their JavaScript, and lays both beside `static/`.

use crate::bindgen::{self, MODULES};
use crate::folder;
use crate::offline;
use crate::process;
use crate::say::say;
use crate::size;
use crate::toolchain;
use crate::workspace::{ENGINES, PAGES, READER, WASM_TARGET, Workspace, web_packages};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Arguments of `cargo xtask web`.
#[derive(Args, Default)]
pub struct WebArgs {
    /// Optimise for download size (minutes more), write `.br` files beside the others, and fail over the size limits.
    #[arg(long)]
    ship: bool,
    /// Write here instead of into cargo's target folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl WebArgs {
    /// Into cargo's target folder, small for a download where `ship` is set.
    pub fn of_kind(ship: bool) -> Self {
        Self { ship, out: None }
    }
}

/// Shows that a folder is a web app that was written here, and may be changed.
const MARKER: &str = ".nadir-web";

/// Endings of files that compress well.
const COMPRESSIBLE: [&str; 6] = ["css", "html", "js", "json", "svg", "wasm"];

/// Builds the web app and says where it is.
pub fn run(workspace: &Workspace, args: &WebArgs) -> Result<()> {
    let out = build(workspace, args)?;
    say!("The web app is in {}", Workspace::shown(&out));
    Ok(())
}

/// Builds the web app and returns its folder.
pub fn build(workspace: &Workspace, args: &WebArgs) -> Result<PathBuf> {
    let out = match &args.out {
        Some(out) => std::path::absolute(out)?,
        None => workspace.target.join("web"),
    };
    claim(&out)?;
    toolchain::ensure_wasm_target(workspace)?;
    let profile = if args.ship { "ship" } else { "release" };
    if args.ship {
        compile(workspace, &[&["--profile", "ship"][..], &ENGINES].concat())?;
        compile(workspace, &[&["--profile", "ship"][..], &READER].concat())?;
        // The page does no arithmetic worth speaking of: for it the smallest code is the fastest start.
        let smallest = ["--config", "profile.ship.opt-level=\"z\""];
        compile(workspace, &[&["--profile", "ship"][..], &PAGES, &smallest].concat())?;
    } else {
        compile(workspace, &[&["--release"][..], &web_packages()].concat())?;
        compile(workspace, &[&["--release"][..], &READER].concat())?;
    }

    // cargo's folder of a profile has the profile's name.
    let compiled = workspace.target.join(WASM_TARGET).join(profile);
    let work = workspace.target.join("wasm-bindgen").join(profile);
    let mut keep = BTreeSet::from([PathBuf::from(MARKER)]);
    let mut too_large = Vec::new();
    for module in &MODULES {
        let bound = bindgen::bind(module, &compiled, &work, args.ship)?;
        say!("{}", bound.report(module));
        if let Err(error) = module.limit.check(module.name, bound.sizes) {
            too_large.push(error.to_string());
        }
        folder::copy(&bound.folder, &out, Path::new(module.folder), &mut keep)?;
    }
    folder::copy(&workspace.root.join("static"), &out, Path::new(""), &mut keep)?;
    copy_plot_style(workspace, &out, &mut keep)?;
    offline::write(&workspace.root.join("static/service-worker.js"), &out, &keep)?;
    if args.ship {
        precompress(&out, &mut keep)?;
    }
    folder::remove_others(&out, &keep)?;
    if args.ship && !too_large.is_empty() {
        bail!("{}", too_large.join("; "));
    }
    Ok(out)
}

/// The plots' style sheet lies beside the plots, which the HTML report draws with it too.
fn copy_plot_style(workspace: &Workspace, out: &Path, keep: &mut BTreeSet<PathBuf>) -> Result<()> {
    let style = workspace.root.join("shared/plot/src/style.css");
    let bytes = fs::read(&style).with_context(|| format!("cannot read {}", style.display()))?;
    let name = PathBuf::from("plot.css");
    folder::write_if_changed(&out.join(&name), &bytes)?;
    keep.insert(name);
    Ok(())
}

fn compile(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    let mut cargo = workspace.cargo("build");
    cargo.args(["--target", WASM_TARGET]).args(arguments);
    say!("Building the web app: {}", process::shown(&cargo));
    process::run(&mut cargo)
}

/// Creates the folder and marks it, or makes sure that it holds an earlier web app.
fn claim(out: &Path) -> Result<()> {
    if out.exists() && !out.join(MARKER).is_file() && fs::read_dir(out)?.next().is_some() {
        bail!(
            "{} is not empty and was not written by `cargo xtask web`; name another folder with --out",
            out.display()
        );
    }
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;
    fs::write(out.join(MARKER), "Written by cargo xtask web.\n")
        .with_context(|| format!("cannot write in {}", out.display()))
}

/// Writes a `.br` file beside every file that compresses well, where it is missing or older.
fn precompress(out: &Path, keep: &mut BTreeSet<PathBuf>) -> Result<()> {
    for file in keep.clone() {
        let ending = file.extension().and_then(|ending| ending.to_str());
        if !ending.is_some_and(|ending| COMPRESSIBLE.contains(&ending)) {
            continue;
        }
        let compressed = folder::with_suffix(&file, ".br");
        if !folder::is_newer(&out.join(&compressed), &out.join(&file)) {
            let bytes = fs::read(out.join(&file))?;
            fs::write(out.join(&compressed), size::brotli(&bytes, size::BROTLI_SHIP)?)?;
        }
        keep.insert(compressed);
    }
    Ok(())
}
