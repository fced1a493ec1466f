//! Where this user's caches of Nadir are.

use std::path::PathBuf;

/// `nadir` in XDG_CACHE_HOME, or else where the system keeps caches; `None` where the environment names no home.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let of = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = of("XDG_CACHE_HOME").or_else(|| of("LOCALAPPDATA")).or_else(|| Some(of("HOME")?.join(".cache")))?;
    Some(caches.join("nadir"))
}
