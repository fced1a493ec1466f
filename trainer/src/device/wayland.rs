/// Keeps libwayland from printing `error: XDG_RUNTIME_DIR is invalid or not set in the environment.` where there is no
/// desktop: Mesa's Vulkan layer that sorts the GPUs asks it for a display, twice each time adapters are listed, and it
/// finds none either way. Not by NODEVICE_SELECT, which would take away the layer with what MESA_VK_DEVICE_SELECT says.
///
/// To be called first in `main`: nothing may read the environment meanwhile.
pub fn expect_no_desktop() {
    if cfg!(target_os = "linux") && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: this is the only thread yet.
        #[expect(unsafe_code, reason = "other threads might read the environment")]
        unsafe {
            std::env::set_var("XDG_RUNTIME_DIR", "/nonexistent");
        }
    }
}
