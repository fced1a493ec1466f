//! Chromium's software driver for Vulkan, as a GPU that every machine with Chromium has.

use crate::skip::skip;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian's chromium and Chrome keep its description for Vulkan's loader.
const DRIVERS: [&str; 3] = [
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
    "/opt/google/chrome/vk_swiftshader_icd.json",
];
/// Vulkan's loader, of the system.
const LOADERS: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/libvulkan.so.1",
    "/usr/lib/aarch64-linux-gnu/libvulkan.so.1",
    "/usr/lib/libvulkan.so.1",
];
/// And Chromium's own, beside which lie no other libraries of the system's names.
const CHROMIUMS_LOADERS: [&str; 2] = ["/usr/lib/chromium/libvulkan.so.1", "/opt/google/chrome/libvulkan.so.1"];

/// Set in the process whose Vulkan is SwiftShader.
const ON_SWIFTSHADER: &str = "NADIR_TEST_ON_SWIFTSHADER";

/// The driver's description, where the system's loader is there too.
pub fn driver() -> Option<PathBuf> {
    there(&DRIVERS).filter(|_| there(&LOADERS).is_some())
}

/// Whether this process' Vulkan is SwiftShader. Else the test `name` of this program is run in one whose is, by Chromium's
/// own loader where the system has none, or said to be skipped if there is no such driver.
///
/// # Panics
/// If the test fails there.
#[track_caller]
pub fn is_on_it(name: &str) -> bool {
    if std::env::var_os(ON_SWIFTSHADER).is_some() {
        return true;
    }
    let loader = there(&LOADERS).or_else(|| there(&CHROMIUMS_LOADERS));
    let (Some(driver), Some(loader)) = (there(&DRIVERS), loader) else {
        skip("Chromium's SwiftShader and Vulkan's loader are not there");
        return false;
    };
    let mut program = Command::new(std::env::current_exe().expect("this program"));
    program.args(["--exact", name, "--nocapture"]).env(ON_SWIFTSHADER, "1");
    program.env("LD_LIBRARY_PATH", loader.parent().unwrap_or(Path::new("/")));
    let output = program.env("VK_DRIVER_FILES", &driver).env("VK_ICD_FILENAMES", &driver).output().expect("it starts");
    let printed = String::from_utf8_lossy(&output.stdout);
    // By what it says of the test, which a name of no test would not say: the driver now and then ends the process by a
    // fault when that is over, its threads still at work.
    assert!(printed.contains("test result: ok. 1 passed"), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    false
}

fn there(paths: &[&str]) -> Option<PathBuf> {
    paths.iter().map(PathBuf::from).find(|path| path.exists())
}
