//! Runs a wasm test binary in headless Chromium: wasm-bindgen's own runner, built from the version that the workspace
//! pins, so that nobody needs to install it. `cargo xtask test` gives it to cargo as the wasm32 target's runner.

use std::process::ExitCode;

fn main() -> ExitCode {
    match wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
