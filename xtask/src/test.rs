//! `cargo xtask test`: everything that CI runs, in one order, with one profile so that nothing is compiled twice.

use crate::browser;
use crate::docs;
use crate::imports;
use crate::mpi;
use crate::npm;
use crate::process;
use crate::python;
use crate::say::say;
use crate::skipped;
use crate::steps::Steps;
use crate::toolchain;
use crate::web;
use crate::workspace::{READER, WASM_TARGET, Workspace, web_packages};
use anyhow::Result;
use clap::Args;
use std::path::Path;
use std::process::Command;

/// Arguments of `cargo xtask test`.
#[derive(Args)]
pub struct TestArgs {
    /// Skip the tests that need Chromium.
    #[arg(long)]
    skip_browser: bool,
    /// Lint CUDA's code too (needs no GPU and no CUDA toolkit). Always done where CI=true.
    #[arg(long)]
    cuda: bool,
}

/// The native packages but xtask, which is tested by itself: with it cargo would choose other features for what it
/// shares with them than `cargo build -p nadir` does, and compile that a second time.
const NATIVE: [&str; 3] = ["--workspace", "--exclude", "xtask"];

/// Tests in WASM and in pages wait this long, in seconds: a software GPU compiles shaders slowly.
const BROWSER_TIMEOUT_S: &str = "600";

/// Runs every step of the test suite, and stops at the first that fails.
pub fn run(workspace: &Workspace, args: &TestArgs) -> Result<()> {
    let list = skipped::new_list(workspace)?;
    // The trainer takes minutes to compile, so where there is an MPI the one that is tested has it. What a build without
    // it says to several processes is a unit test.
    let mpi = match mpi::features() {
        Ok(features) => features.to_vec(),
        Err(error) if in_ci() => return Err(error),
        // The tests say loudly that they were skipped.
        Err(error) => {
            say!("{error:#}");
            Vec::new()
        }
    };
    let native = [&NATIVE[..], &mpi].concat();
    // With CUDA's code where that is checked: without it its dependencies would all be checked a second time. What a
    // build without it has in its place is compiled for the tests.
    let checked =
        if args.cuda || in_ci() { [&native[..], &["--features", "nadir/cuda"]].concat() } else { native.clone() };
    let mut steps = Steps::default();
    steps.add("toolchain", || {
        toolchain::ensure_components(workspace)?;
        toolchain::ensure_wasm_target(workspace)
    });
    steps.add("format", || process::run(workspace.cargo("fmt").args(["--all", "--check"])));
    steps.add("no imports in a circle", || imports::check(workspace));
    steps.add("links of the texts", || docs::check(workspace));
    steps.add("clippy, native", || {
        process::run(&mut clippy(workspace, &checked, &[]))?;
        process::run(&mut clippy(workspace, &["-p", "xtask"], &[]))
    });
    steps.add("clippy, wasm32", || {
        process::run(&mut clippy(workspace, &web_packages(), &["--target", WASM_TARGET]))?;
        process::run(&mut clippy(workspace, &READER, &["--target", WASM_TARGET]))
    });
    steps.add("documentation", || {
        process::run(&mut doc(workspace, &checked, &[]))?;
        process::run(&mut doc(workspace, &web_packages(), &["--target", WASM_TARGET]))?;
        process::run(&mut doc(workspace, &READER, &["--target", WASM_TARGET]))
    });
    steps.add("native tests", || {
        // The command-line and browser tests run the program itself. With the tests' own programs, so that no core waits
        // for the trainer alone.
        process::run(workspace.cargo("build").args(["--release", "--all-targets"]).args(&native))?;
        native_tests(workspace, &native, &list)?;
        process::run(workspace.cargo("test").args(["--release", "-p", "xtask"]))
    });
    steps.add("web app", || web::build(workspace, &web::WebArgs::default()).map(drop));
    if !args.skip_browser {
        steps.add("wasm tests in Chromium", || wasm_tests(workspace));
        steps.add("end-to-end tests in Chromium", || end_to_end_tests(workspace, &native, &list));
    }
    let outcome = steps.run();
    skipped::repeat(&list)?;
    outcome
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// A command of cargo that compiles nothing to run.
fn checking(workspace: &Workspace, command: &str) -> Command {
    let mut cargo = workspace.cargo(command);
    // Lets LLVM's build script, which downloads LLVM for CUDA, return at once.
    cargo.arg("--release").env("DOCS_RS", "1");
    cargo
}

fn clippy(workspace: &Workspace, packages: &[&str], more: &[&str]) -> Command {
    let mut command = checking(workspace, "clippy");
    command.arg("--all-targets").args(packages).args(more).args(["--", "-D", "warnings"]);
    command
}

fn doc(workspace: &Workspace, packages: &[&str], more: &[&str]) -> Command {
    let mut command = checking(workspace, "doc");
    command.arg("--no-deps").args(packages).args(more).env("RUSTDOCFLAGS", "-D warnings");
    command
}

fn native_tests(workspace: &Workspace, native: &[&str], list: &Path) -> Result<()> {
    let mut tests = workspace.cargo("test");
    tests.arg("--release").args(native).env(skipped::LIST, list);
    match python::ensure_packages(workspace) {
        Ok(Some(folders)) => drop(tests.env("PYTHONPATH", folders)),
        Ok(None) => {}
        Err(error) if in_ci() => return Err(error),
        // The tests say loudly that they were skipped.
        Err(error) => say!("{error:#}"),
    }
    process::run(&mut tests)
}

fn wasm_tests(workspace: &Workspace) -> Result<()> {
    let driver = browser::ensure()?;
    let runner = ["--release", "-p", "xtask", "--features", "test-runner", "--bin", "wasm-test-runner"];
    process::run(workspace.cargo("build").args(runner))?;
    let mut tests = workspace.cargo("test");
    tests
        .args(["--release", "--tests", "--target", WASM_TARGET])
        .args(web_packages())
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", workspace.release_program("wasm-test-runner"))
        .env("CHROMEDRIVER", driver)
        .env("WASM_BINDGEN_TEST_TIMEOUT", BROWSER_TIMEOUT_S)
        // Only for a test file that does not say where it runs.
        .env("WASM_BINDGEN_USE_BROWSER", "1");
    process::run(&mut tests)
}

fn end_to_end_tests(workspace: &Workspace, native: &[&str], list: &Path) -> Result<()> {
    let driver = browser::ensure()?;
    let mut tests = workspace.cargo("test");
    tests
        .arg("--release")
        .args(native)
        // Ignored in `cargo test`, since they need the browser and the built web app.
        .args(["--test", "browser", "--", "--ignored", "--nocapture", "--test-threads", "1"])
        .env(skipped::LIST, list)
        .env("CHROMEDRIVER", driver);
    match npm::ensure(workspace, &npm::AXE) {
        Ok(axe) => tests.env("NADIR_AXE", axe.join("axe.min.js")),
        Err(error) if in_ci() => return Err(error),
        // The tests say loudly that they were skipped.
        Err(error) => {
            say!("{error:#}");
            &mut tests
        }
    };
    process::run(&mut tests)
}
