use crate::device::{MOST_KEPT_BYTES, devices, kept_kernels};
use crate::output::outln;
use crate::resources::bytes_text;
use anyhow::Result;

/// Which devices `--device` can choose here, and what of their compiled kernels is kept.
#[derive(Debug, clap::Args)]
pub struct Devices {}

impl Devices {
    pub(super) fn run(self) -> Result<()> {
        for (choice, found) in devices() {
            match found {
                Ok(names) => names.iter().try_for_each(|name| outln!("{choice:8}{name}"))?,
                Err(error) => outln!("{choice:8}none: {error:#}")?,
            }
        }
        match kept_kernels() {
            Some(kept) => outln!(
                "kernels kept in {}: {} of this build, {} of others, at most {} in all",
                kept.folder.display(),
                bytes_text(kept.bytes),
                bytes_text(kept.bytes_of_others),
                bytes_text(MOST_KEPT_BYTES)
            ),
            None => outln!("kernels are compiled anew in each process: this build keeps none"),
        }
    }
}
