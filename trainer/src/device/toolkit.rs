//! NVIDIA's driver and toolkit on this machine: which version, and what is missing.

#[cfg(any(feature = "cuda", test))]
use std::path::PathBuf;

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

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Result;

    #[test]
    fn the_drivers_version_is_found_in_the_kernel_modules_line() {
        let text = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder)\n\
                    GCC version:  gcc version 12.2.0 (Debian)\n";
        assert_eq!(driver_version_in(text).as_deref(), Some("570.86.15"));
        assert_eq!(driver_version_in(""), None);
    }

    #[test]
    fn missing_headers_are_named_with_the_place_that_was_looked_in() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let toolkit = folder.path().to_owned();
        let asked = missing_headers(Some(toolkit.clone()), Some(toolkit.clone())).unwrap_or_default();
        assert!(asked.contains("cuda_fp16.h") && asked.contains(&toolkit.display().to_string()), "{asked}");
        assert!(missing_headers(None, None).is_some_and(|said| said.contains("/usr/local/cuda")));
        std::fs::create_dir(toolkit.join("include"))?;
        std::fs::write(toolkit.join("include/cuda_fp16.h"), "")?;
        assert_eq!(missing_headers(Some(toolkit), None), None);
        Ok(())
    }
}
