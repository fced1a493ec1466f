//! From cargo's WASM file to the one that a browser loads, with its JavaScript: wasm-bindgen, as a library.

use crate::size::{self, Limit, Sizes};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use walrus::ir::Value;
use walrus::{ConstExpr, ExportItem, GlobalKind};
use wasm_bindgen_cli_support::Bindgen;

/// One of the WASM modules.
pub struct Module {
    /// Its folder in the site.
    pub folder: &'static str,
    /// Its file name without the ending, as cargo and wasm-bindgen write it.
    pub name: &'static str,
    /// What a shipped build may weigh.
    pub limit: Limit,
    /// Threads share its memory.
    pub has_threads: bool,
}

/// The page, those of its pages that are fetched when they are first opened, and the engine, of which a visitor gets one
/// of the two. What is fetched before the engine starts stays below 320 kB: the page, and 23 kB of styles and scripts. The
/// limits of the others are what they had on 1 December 2026, and a little.
pub const MODULES: [Module; 8] = [
    module("ui", "nadir_web_ui", Limit::Gzip(290_000)),
    module("pages/reports", "nadir_web_reports", Limit::Gzip(290_000)),
    module("pages/learn", "nadir_web_learn", Limit::Gzip(315_000)),
    module("pages/teach", "nadir_web_teach", Limit::Gzip(300_000)),
    module("pages/scenes", "nadir_web_scenes", Limit::Gzip(290_000)),
    module("reader", "nadir_web_reader", Limit::Gzip(870_000)),
    module("engine", "nadir_web_engine", Limit::Brotli(3_000_000)),
    Module { has_threads: true, ..module("engine-threads", "nadir_web_engine_threads", Limit::Brotli(3_000_000)) },
];

const fn module(folder: &'static str, name: &'static str, limit: Limit) -> Module {
    Module { folder, name, limit, has_threads: false }
}

/// A module that a browser can load.
pub struct Bound {
    /// The folder that holds `NAME.js` and `NAME_bg.wasm`.
    pub folder: PathBuf,
    /// Sizes of `NAME_bg.wasm`.
    pub sizes: Sizes,
    /// It was there from an earlier build.
    pub unchanged: bool,
}

/// Makes the module's JavaScript and final WASM in `work` from what cargo wrote to `compiled`, or finds that an
/// earlier call did.
pub fn bind(module: &Module, compiled: &Path, work: &Path, ship: bool) -> Result<Bound> {
    let input = compiled.join(format!("{}.wasm", module.name));
    let bytes = fs::read(&input).with_context(|| format!("cannot read {}", input.display()))?;
    let mut hasher = DefaultHasher::new();
    // wasm-bindgen's version stands in the file; xtask's is here for when it changes how it writes.
    (&bytes, ship, env!("CARGO_PKG_VERSION")).hash(&mut hasher);
    let key = format!("{:016x}", hasher.finish());
    let folder = work.join(module.folder);
    let stamp = work.join(format!("{}.stamp", module.folder));

    let before = fs::read_to_string(&stamp).unwrap_or_default();
    if let Some(sizes) = read_stamp(&before, &key).filter(|_| folder.is_dir()) {
        return Ok(Bound { folder, sizes, unchanged: true });
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Bindgen::new()
        .input_bytes(module.name, if module.has_threads { with_aligned_threads(&bytes)? } else { bytes })
        .out_name(module.name)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        // Function names make a panic's stack readable; a shipped build does without.
        .remove_name_section(ship)
        .remove_producers_section(ship)
        .generate(&folder)
        .with_context(|| format!("wasm-bindgen failed on {}", input.display()))?;
    let wasm = fs::read(folder.join(format!("{}_bg.wasm", module.name)))?;
    let quality = if ship { size::BROTLI_SHIP } else { size::BROTLI_QUICK };
    let sizes = size::measure(&wasm, quality)?;
    fs::write(&stamp, write_stamp(&key, sizes))?;
    Ok(Bound { folder, sizes, unchanged: false })
}

/// A module whose memory is shared, as wasm-bindgen can take it: each thread then gets its own thread-local variables,
/// and where there are none, as stable Rust has none for WASM, their alignment is 0, which its allocator refuses.
fn with_aligned_threads(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = walrus::Module::from_buffer(wasm)?;
    let global = module.exports.iter().find_map(|export| match export.item {
        ExportItem::Global(global) if export.name == "__tls_align" => Some(global),
        _ => None,
    });
    let global = global.context("the linker exports no __tls_align (web/engine-threads/build.rs asks for it)")?;
    let kind = &mut module.globals.get_mut(global).kind;
    if matches!(kind, GlobalKind::Local(ConstExpr::Value(Value::I32(0)))) {
        *kind = GlobalKind::Local(ConstExpr::Value(Value::I32(1)));
    }
    Ok(module.emit_wasm())
}

impl Bound {
    /// The sizes in one line.
    pub fn report(&self, module: &Module) -> String {
        let sizes = [self.sizes.raw, self.sizes.gzip, self.sizes.brotli];
        let [raw, gzip, brotli] = sizes.map(size::kilobytes);
        let unchanged = if self.unchanged { ", unchanged" } else { "" };
        format!(
            "  {}: {raw} raw, {gzip} gzip, {brotli} brotli (shipped: at most {}){unchanged}",
            module.name,
            module.limit.shown()
        )
    }
}

fn write_stamp(key: &str, sizes: Sizes) -> String {
    format!("{key} {} {} {}\n", sizes.raw, sizes.gzip, sizes.brotli)
}

fn read_stamp(stamp: &str, key: &str) -> Option<Sizes> {
    let mut numbers = stamp.strip_prefix(key)?.split_whitespace().map(|number| number.parse().ok());
    Some(Sizes { raw: numbers.next()??, gzip: numbers.next()??, brotli: numbers.next()?? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_counts_for_the_build_that_wrote_it() {
        let sizes = Sizes { raw: 3, gzip: 2, brotli: 1 };
        let stamp = write_stamp("00ff", sizes);
        assert_eq!(read_stamp(&stamp, "00ff"), Some(sizes));
        assert_eq!(read_stamp(&stamp, "00fe"), None);
        assert_eq!(read_stamp("", "00ff"), None);
    }
}
