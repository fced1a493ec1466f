//! Compiled and tuned kernels that are kept between processes, in a folder of the user's caches for each build.
//!
//! A kernel of a ResNet-50 takes NVRTC about a second, and a first step has hundreds. cubecl keeps them, and what it found
//! by trial to be fastest, in one database; several processes may use it at once.

#[cfg(any(feature = "cuda", test))]
use std::path::Path;
use std::path::PathBuf;
#[cfg(any(feature = "cuda", test))]
use std::time::SystemTime;

/// What all folders may hold together, bytes; beyond that those go that were not used for longest.
pub const MOST_BYTES: u64 = 4 << 30;

/// The kernels that are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptKernels {
    /// This build's.
    pub folder: PathBuf,
    /// What this build's take, bytes.
    pub bytes: u64,
    /// What those of other builds take, bytes.
    pub bytes_of_others: u64,
}

/// What is kept for this user; `None` where no place is named for caches, and in a build that keeps nothing.
pub fn kept_kernels() -> Option<KeptKernels> {
    #[cfg(feature = "cuda")]
    {
        let folder = folder()?;
        let all = folders(folder.parent()?);
        let (own, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|kept| kept.path == folder);
        let sum = |kept: Vec<Kept>| kept.iter().map(|kept| kept.bytes).sum();
        Some(KeptKernels { folder, bytes: sum(own), bytes_of_others: sum(others) })
    }
    #[cfg(not(feature = "cuda"))]
    None
}

/// From now on, kernels that are compiled are kept; to be called before a device is opened. What the user's `cubecl.toml`
/// says of the place holds before this.
#[cfg(feature = "cuda")]
pub(super) fn keep() {
    use cubecl_runtime::config::cache::CacheConfig;
    use cubecl_runtime::config::{CubeClRuntimeConfig, RuntimeConfig};
    use std::sync::Once;

    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Some(folder) = folder() else { return };
        let mut config = CubeClRuntimeConfig::from_current_dir().override_from_env();
        config.compilation.cache = true;
        if matches!(config.environment.path, CacheConfig::Target) {
            if let Some(all) = folder.parent() {
                bound(all, MOST_BYTES);
            }
            if let Err(error) = mark_used(&folder) {
                tracing::debug!("kernels cannot be kept in {}: {error}", folder.display());
            }
            config.environment.path = CacheConfig::Directory(folder);
        }
        if !CubeClRuntimeConfig::try_set(config) {
            tracing::debug!("a device was opened before: its kernels are not kept");
        }
    });
}

/// This build's folder. cubecl tells builds of one version apart by the executable's build id, which not every linker
/// writes; so the executable's size and time are in the name.
#[cfg(any(feature = "cuda", test))]
fn folder() -> Option<PathBuf> {
    let program = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    let built = program.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let name = format!("{}-{:x}-{:x}", env!("CARGO_PKG_VERSION"), program.len(), built.as_secs());
    Some(super::cache_folder::cache_folder()?.join("kernels").join(name))
}

/// A build's folder.
#[cfg(any(feature = "cuda", test))]
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    bytes: u64,
    #[cfg_attr(
        not(any(feature = "cuda", test)),
        expect(dead_code, reason = "by it those go that were not used for longest")
    )]
    used: SystemTime,
}

/// A file whose time says when a process last began with the folder.
#[cfg(any(feature = "cuda", test))]
const USED: &str = "used";

#[cfg(any(feature = "cuda", test))]
fn mark_used(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(USED), "")
}

#[cfg(any(feature = "cuda", test))]
fn folders(all: &Path) -> Vec<Kept> {
    let Ok(entries) = std::fs::read_dir(all) else { return Vec::new() };
    let entries = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    entries
        .map(|path| {
            let files = std::fs::read_dir(&path).into_iter().flatten().filter_map(|file| file.ok()?.metadata().ok());
            let bytes = files.map(|file| file.len()).sum();
            let used = std::fs::metadata(path.join(USED)).and_then(|file| file.modified());
            Kept { bytes, used: used.unwrap_or(SystemTime::UNIX_EPOCH), path }
        })
        .collect()
}

/// Removes folders, those first that were not used for longest, until the rest takes at most so many bytes. What a
/// process has open goes on to serve it, and what cannot be removed stays.
#[cfg(any(feature = "cuda", test))]
fn bound(all: &Path, most_bytes: u64) {
    let mut kept = folders(all);
    kept.sort_by_key(|kept| kept.used);
    let mut bytes: u64 = kept.iter().map(|kept| kept.bytes).sum();
    for oldest in kept {
        if bytes <= most_bytes {
            break;
        }
        match std::fs::remove_dir_all(&oldest.path) {
            Ok(()) => bytes -= oldest.bytes,
            Err(error) => tracing::debug!("old kernels stay in {}: {error}", oldest.path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Result;
    use std::time::Duration;

    #[test]
    fn what_was_not_used_for_longest_is_removed_first() -> Result<()> {
        let all = tempfile::tempdir()?;
        for (name, minutes_ago, bytes) in [("a", 3, 100), ("b", 1, 200), ("c", 2, 400)] {
            let folder = all.path().join(name);
            mark_used(&folder)?;
            std::fs::write(folder.join("default.db"), vec![0; bytes])?;
            let used = SystemTime::now() - Duration::from_secs(60 * minutes_ago);
            std::fs::File::options().write(true).open(folder.join(USED))?.set_modified(used)?;
        }
        std::fs::create_dir(all.path().join("never used"))?;
        let left = || {
            let mut names: Vec<_> = folders(all.path()).into_iter().map(|kept| kept.path).collect();
            names.sort();
            names.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect::<Vec<_>>()
        };
        bound(all.path(), 700);
        assert_eq!(left(), ["a", "b", "c", "never used"]);
        bound(all.path(), 699);
        assert_eq!(left(), ["b", "c"]);
        bound(all.path(), 300);
        assert_eq!(left(), ["b"]);
        bound(all.path(), 100);
        assert!(left().is_empty());
        bound(&all.path().join("nowhere"), 0);
        Ok(())
    }

    #[test]
    fn each_build_has_a_folder_of_its_version() {
        if let Some(folder) = folder() {
            let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            assert!(name.starts_with(concat!(env!("CARGO_PKG_VERSION"), "-")), "{name}");
            assert!(folder.parent().is_some_and(|all| all.ends_with("nadir/kernels")), "{}", folder.display());
        }
    }
}
