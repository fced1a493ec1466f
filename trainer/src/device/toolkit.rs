//! NVIDIA's driver and toolkit on this machine: which version, and what is missing.

use serde::{Deserialize, Serialize};

/// NVIDIA's driver on Linux, for example `570.86.15`.
#[cfg(feature = "cuda")]
pub(super) fn driver_version() -> Option<String> {
    driver_version_in(&std::fs::read_to_string("/proc/driver/nvidia/version").ok()?)
}

/// The first word of the kernel module's line that is a version.
#[cfg(any(feature = "cuda", test))]
pub(super) fn driver_version_in(text: &str) -> Option<String> {
    let is_version = |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.split_whitespace().find(is_version).map(str::to_owned)
}

/// What says that the toolkit's headers are missing, which NVRTC compiles kernels with; `toolkit` is where CUDA was found,
/// `asked` what CUDA_PATH says.
#[cfg(any(feature = "cuda", test))]
pub(super) fn missing_headers(toolkit: Option<PathBuf>, asked: Option<PathBuf>) -> Option<String> {
    /// Every kernel of 16-bit floats includes it.
    const HEADER: &str = "cuda_fp16.h";
    let header = toolkit.as_ref().map(|toolkit| toolkit.join("include").join(HEADER));
    if header.as_ref().is_some_and(|header| header.is_file()) {
        return None;
    }
    let looked = match (header, asked) {
        (Some(header), Some(_)) => format!("CUDA_PATH says {}", header.display()),
        (Some(header), None) => format!("looked for {}; CUDA_PATH names another place", header.display()),
        (None, _) => {
            "looked for /usr/local/cuda, /opt/cuda and /usr/bin/nvcc; CUDA_PATH names another place".to_owned()
        }
    };
    Some(format!("the CUDA toolkit's headers (include/{HEADER}) are missing: {looked}"))
}
