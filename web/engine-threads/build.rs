//! Has the linker make a module whose memory is imported and shared.

/// `--no-check-features`: the standard library of stable Rust is compiled without atomics, so the linker would refuse to
/// share its memory. The standard library then runs on the Worker's first thread alone (`nadir_web_engine::threads`).
/// wasm-bindgen asks for the exports.
const LINKER: [&str; 9] = [
    "--shared-memory",
    "--import-memory",
    "--max-memory=4294967296",
    "--no-check-features",
    "--export=__heap_base",
    "--export=__wasm_init_tls",
    "--export=__tls_size",
    "--export=__tls_align",
    "--export=__tls_base",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32") {
        for argument in LINKER {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
    }
}
