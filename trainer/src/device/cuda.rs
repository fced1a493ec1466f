//! NVIDIA GPUs: which there are, and whether the toolkit's parts that kernels are compiled with are there.

use burn::tensor::{Device, DeviceType};
use std::path::PathBuf;

/// A GPU as the driver describes it.
#[derive(Debug, Clone)]
pub(super) struct Gpu {
    pub device: Device,
    /// For example `NVIDIA H200, 139.8 GiB, driver 570.86.15`.
    pub description: String,
}

/// All GPUs that the driver shows; `None` if there is no driver.
pub(super) fn gpus() -> Vec<Gpu> {
    let devices = Device::enumerate(DeviceType::Cuda).into_vec();
    let describe = |(index, device): (usize, Device)| {
        let name = name(index).unwrap_or_else(|| "unnamed".to_owned());
        let memory = memory_bytes(index).map(|bytes| format!(", {:.1} GiB", bytes as f64 / f64::from(1 << 30)));
        let driver = super::toolkit::driver_version().map(|version| format!(", driver {version}"));
        Gpu { device, description: format!("{name}{}{}", memory.unwrap_or_default(), driver.unwrap_or_default()) }
    };
    devices.into_iter().enumerate().map(describe).collect()
}

/// What kernels cannot be compiled without, and is not there: which, and where it was looked for.
pub(super) fn missing() -> Option<String> {
    // SAFETY: opens the library and closes it again; nothing in it is called.
    #[expect(unsafe_code, reason = "cudarc asks the loader for the library")]
    let has_nvrtc = unsafe { cudarc::nvrtc::sys::is_culib_present() };
    if !has_nvrtc {
        let names = cudarc::get_lib_name_candidates("nvrtc");
        return Some(format!(
            "the CUDA toolkit's runtime compiler NVRTC is missing: none of {} is in LD_LIBRARY_PATH or the system's \
             library folders",
            names.first().map_or("libnvrtc.so", String::as_str)
        ));
    }
    super::toolkit::missing_headers(cubecl_cuda::install::cuda_path(), std::env::var_os("CUDA_PATH").map(PathBuf::from))
}

fn ordinal(index: usize) -> Option<cudarc::driver::sys::CUdevice> {
    cudarc::driver::result::init().ok()?;
    cudarc::driver::result::device::get(i32::try_from(index).ok()?).ok()
}

fn name(index: usize) -> Option<String> {
    cudarc::driver::result::device::get_name(ordinal(index)?).ok()
}

fn memory_bytes(index: usize) -> Option<usize> {
    // SAFETY: the driver gave this device's number just now.
    #[expect(unsafe_code, reason = "a query of the driver, which cudarc leaves unchecked")]
    unsafe {
        cudarc::driver::result::device::total_mem(ordinal(index)?).ok()
    }
}
