//! The widest registers that the processor has, whatever the program was compiled for.

/// A loop that is compiled twice on x86-64: for every such processor, and for those with AVX2 and FMA.
pub trait Kernel {
    /// Does it. `FUSED`: products are added without rounding them first, by one instruction; without that instruction
    /// this would be a call for each product.
    ///
    /// Implementations are `#[inline(always)]`, so that they are compiled for the processor that is called for.
    fn run<const FUSED: bool>(self);
}

/// Runs `kernel` as this processor does it fastest.
pub fn run(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_64_v3() {
        #[expect(unsafe_code, reason = "the processor has the instructions of this function, as just tested")]
        // SAFETY: the processor has AVX2 and FMA.
        return unsafe { run_on_x86_64_v3(kernel) };
    }
    if cfg!(target_arch = "aarch64") { kernel.run::<true>() } else { kernel.run::<false>() }
}

#[cfg(target_arch = "x86_64")]
fn is_x86_64_v3() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_on_x86_64_v3(kernel: impl Kernel) {
    kernel.run::<true>();
}

/// `sum` plus the product of `one` and `other`.
#[inline(always)]
pub fn plus_product<const FUSED: bool>(sum: f32, one: f32, other: f32) -> f32 {
    if FUSED { one.mul_add(other, sum) } else { sum + one * other }
}
