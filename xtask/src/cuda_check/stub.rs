//! The stub driver, which lies outside the repository.

use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What says that there is no stub, and what it is.
const WHAT_IT_IS: &str = "`cargo xtask cuda-check` needs --stub FOLDER: a libcuda that runs nothing, but takes and checks \
                          every call, and NVIDIA's NVRTC. Neither is part of this repository: its build.sh FOLDER makes \
                          FOLDER/lib of cuda_stub.c, its fetch.sh FOLDER brings NVRTC and the toolkit's headers \
                          (NVIDIA's wheels on PyPI) into FOLDER/cuda13";

/// Where the stub's parts are.
#[derive(Debug)]
pub struct Stub {
    folder: PathBuf,
    /// Headers and libraries as NVIDIA's toolkit has them.
    toolkit: PathBuf,
    /// `None`: nothing is compiled.
    nvrtc: Option<PathBuf>,
}

impl Stub {
    /// Looks for what is needed of it.
    ///
    /// # Errors
    /// Says what the stub is where none is given, and which file is missing where it is not whole.
    pub fn find(folder: Option<&Path>, with_nvrtc: bool) -> Result<Self> {
        let folder = std::path::absolute(folder.context(WHAT_IT_IS)?)?;
        let driver = folder.join("lib/libcuda.so.1");
        ensure!(driver.exists(), "{} is not there. {WHAT_IT_IS}", driver.display());
        let toolkits = ["cuda13", "cuda12"].map(|toolkit| folder.join(toolkit));
        let toolkit = toolkits.into_iter().find(|toolkit| toolkit.join("include/cuda_fp16.h").exists());
        let toolkit = toolkit
            .with_context(|| format!("{} has no include/cuda_fp16.h. {WHAT_IT_IS}", folder.join("cuda13").display()))?;
        let nvrtc = if with_nvrtc { Some(nvrtc(&toolkit.join("lib"))?) } else { None };
        Ok(Self { folder, toolkit, nvrtc })
    }

    /// `program` on a card of this capability; what it does goes to `trace` and `log`, what it keeps into `caches`.
    pub fn command(&self, program: &Path, capability: u32, trace: &Path, log: &Path, caches: &Path) -> Command {
        let mut libraries = OsString::from(self.folder.join("lib"));
        libraries.push(":");
        libraries.push(self.toolkit.join("lib"));
        let mut command = Command::new(program);
        command
            .env("LD_LIBRARY_PATH", libraries)
            .env("CUDA_PATH", &self.toolkit)
            .env("STUB_CUDA_ARCH", capability.to_string())
            .env("STUB_CUDA_TRACE", trace)
            .env("STUB_CUDA_LOG", log)
            .env("STUB_CUDA_TRACE_EVERY", "1000000")
            .env("XDG_CACHE_HOME", caches)
            // It computes nothing, and would be refused.
            .env("NADIR_TRUST_DEVICE", "1");
        match &self.nvrtc {
            Some(nvrtc) => command.env("STUB_NVRTC", nvrtc).env("STUB_NVRTC_CACHE", self.folder.join("ptx")),
            None => command.env("STUB_NVRTC", "none"),
        };
        command
    }

    /// What kept kernels are good for: those that were never compiled are for nothing else.
    pub fn kind(&self) -> &'static str {
        if self.nvrtc.is_some() { "compiled" } else { "empty" }
    }
}

fn nvrtc(folder: &Path) -> Result<PathBuf> {
    let files = std::fs::read_dir(folder).with_context(|| format!("{}: {WHAT_IT_IS}", folder.display()))?;
    let is_nvrtc = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("libnvrtc.so."))
    };
    let found = files.filter_map(Result::ok).map(|file| file.path()).find(is_nvrtc);
    found.with_context(|| format!("{} has no libnvrtc.so. {WHAT_IT_IS}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_it_is() -> Result<()> {
        let says = |folder: Option<&Path>, expected: &str| {
            let error = format!("{:#}", Stub::find(folder, true).expect_err("no stub"));
            assert!(error.contains(expected) && error.contains("--stub FOLDER"), "{error}");
        };
        says(None, "NVRTC");
        let folder = tempfile::tempdir()?;
        says(Some(folder.path()), "libcuda.so.1");
        std::fs::create_dir(folder.path().join("lib"))?;
        std::fs::write(folder.path().join("lib/libcuda.so.1"), "")?;
        says(Some(folder.path()), "cuda_fp16.h");
        std::fs::create_dir_all(folder.path().join("cuda12/include"))?;
        std::fs::write(folder.path().join("cuda12/include/cuda_fp16.h"), "")?;
        assert!(Stub::find(Some(folder.path()), false).is_ok(), "launches need no compiler");
        std::fs::create_dir(folder.path().join("cuda12/lib"))?;
        says(Some(folder.path()), "libnvrtc.so");
        std::fs::write(folder.path().join("cuda12/lib/libnvrtc.so.12"), "")?;
        assert_eq!(Stub::find(Some(folder.path()), true)?.kind(), "compiled");
        Ok(())
    }
}
