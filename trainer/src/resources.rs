//! How much room there is, in memory and on a disk.

use anyhow::{Result, ensure};
use std::path::Path;

/// Bytes of memory that a program could take now without another one being pushed out; `None` if the system does not
/// say (it does on Linux, where a container's limit counts too).
pub fn free_memory() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let available = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024;
    let number = |file: &str| std::fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let limit = number("/sys/fs/cgroup/memory.max");
    let left = limit.map(|limit| limit.saturating_sub(number("/sys/fs/cgroup/memory.current").unwrap_or(0)));
    Some(left.map_or(available, |left| left.min(available)))
}

/// Bytes that this user can still write to the disk which holds `folder`; `None` if the system does not say.
pub fn free_disk(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// Free bytes on the disk of `folder`, which need not exist yet; `None` where the system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let absolute = std::path::absolute(folder).ok()?;
    let existing = absolute.ancestors().find(|folder| folder.exists())?;
    free_disk(existing)
}

/// Says how much of the disk that `folder` is to stand on is needed and free, for a dry run.
///
/// # Errors
/// The same sentence where it is not enough.
pub fn space_on_disk(needed: u64, folder: &Path) -> Result<String> {
    let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let Some(free) = free_disk(existing) else {
        return Ok(format!("{} needed; how much is free is not known", bytes_text(needed)));
    };
    let text = format!("{} needed, {} free at {}", bytes_text(needed), bytes_text(free), existing.display());
    ensure!(free > needed, "{text}");
    Ok(text)
}

/// `1.5 GB`, `320 MB`, `12 kB`.
pub fn bytes_text(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes >= 1e9 => format!("{:.1} GB", bytes / 1e9),
        bytes if bytes >= 1e6 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.0} kB", bytes / 1e3),
    }
}
