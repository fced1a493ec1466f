//! A file of a bundle, and why a bundle cannot be used.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A file beside `bundle.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BundleFile {
    /// File name, without folders.
    pub name: String,
    /// Size of the file in bytes.
    pub size: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// Why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// `bundle.json` is not the JSON that this version writes.
    #[error("bundle.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Written by another version of Nadir.
    #[error(
        "this bundle has format version {found}, and this version of Nadir reads {SCHEMA_VERSION}; export it again with this version's `nadir export`"
    )]
    Version {
        /// The version that the bundle names.
        found: u32,
    },
    /// A list in the description has the wrong length or a value that cannot be.
    #[error("bundle.json is not consistent: {0}")]
    Inconsistent(String),
    /// A file is cut off, grew or was changed.
    #[error("{name} does not match bundle.json: expected {expected}, found {found}")]
    File {
        /// The file's name, without folders.
        name: String,
        /// Size or SHA-256 from `bundle.json`.
        expected: String,
        /// Size or SHA-256 of the file as it is.
        found: String,
    },
}

impl BundleFile {
    /// What cannot be, as a sentence; `None` for a name without folders.
    pub(super) fn fault(&self) -> Option<String> {
        let name = &self.name;
        (name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.'))
            .then(|| format!("a file outside its folder: {name:?}"))
    }

    /// Describes `bytes` as the file `name`.
    pub fn describe(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), size: bytes.len() as u64, sha256: sha256_hex(bytes) }
    }

    /// Its address in a bundle's folder, which ends with a slash. The hash stands in it, so that a cache never holds two
    /// versions under one name.
    pub fn address(&self, folder: &str) -> String {
        format!("{folder}{}?sha256={}", self.name, self.sha256)
    }

    /// Compares size, then SHA-256.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), BundleError> {
        let mismatch = |expected: String, found: String| BundleError::File { name: self.name.clone(), expected, found };
        if self.size != bytes.len() as u64 {
            return Err(mismatch(format!("{} bytes", self.size), format!("{} bytes", bytes.len())));
        }
        let found = sha256_hex(bytes);
        if self.sha256 != found {
            return Err(mismatch(format!("SHA-256 {}", self.sha256), found));
        }
        Ok(())
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The version of this format that this build writes and reads.
pub const SCHEMA_VERSION: u32 = 3;
