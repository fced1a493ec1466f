//! How the C library's allocator treats the memory that tensors free.

/// Keeps freed memory for the next tensor. By default glibc gives every large block back to the system, which then
/// clears each page anew: on the CPU that cost more than the arithmetic of a ReLU (44 ms against 7 ms for 16 x 64 x 111
/// x 111 values, one core). Called once, before the first thread starts.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "mallopt is a C function; it is called before any other thread can allocate")]
    // SAFETY: mallopt takes two integers and changes glibc's own settings.
    unsafe {
        // No block by mmap; nothing given back below 2 GB; one heap for all threads, so that all can reuse it.
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, i32::MAX);
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
