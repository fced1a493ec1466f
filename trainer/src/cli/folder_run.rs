//! `nadir pretrain FOLDER`: the config of a folder of images.

use super::args::ConfigArgs;
use crate::config::Config;
use crate::data::fixed_scaling::fix_scaling;
use crate::device::{Backend, ChosenDevice};
use crate::preflight::folder::{FolderFacts, config_of_folder};
use crate::preflight::folder_settings::{ChosenSettings, Machine, settings_for_folder};
use crate::resources::free_memory;
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// The settings of a pretraining on all images below a folder, and the devices that they are for. Of a --config the
/// folder takes the place of its data, and nothing else is chosen.
///
/// # Errors
/// Names the folder that cannot be read, or the setting that cannot be.
pub(super) fn settings_of_folder(
    folder: &Path,
    arguments: &ConfigArgs,
    run: &Path,
    ranks: usize,
    choose: impl FnOnce() -> Result<Vec<ChosenDevice>>,
) -> Result<(ChosenSettings, Vec<ChosenDevice>)> {
    let mut config = config_of_folder(folder, arguments.config.as_deref(), &arguments.sets)?;
    expect_folder(&config, folder, run)?;
    let facts = FolderFacts::read(&config.data)?;
    let bands = fix_scaling(&mut config.data)?;
    if let Some(file) = &arguments.config {
        let others = format!("all other settings are those of {}", file.display());
        let lines = [Some(facts.text()), bands, Some(others)].into_iter().flatten().collect();
        return Ok((ChosenSettings { config: config.checked()?, lines }, choose()?));
    }
    let devices = choose()?;
    let is_gpu = devices.iter().any(|chosen| chosen.backend != Backend::Cpu);
    let machine = Machine { is_gpu, free_memory: free_memory(), ranks, run };
    let mut chosen = settings_for_folder(config, &arguments.sets, &facts, machine)?;
    // Behind what images there are.
    chosen.lines.splice(1..1, bands);
    Ok((chosen, devices))
}

/// That a config's data are this folder's.
///
/// # Errors
/// Names both folders, or the kind of data that is no folder.
pub(super) fn expect_folder(config: &Config, folder: &Path, run: &Path) -> Result<()> {
    let of_config = config.data.image_folder().with_context(|| {
        format!(
            "with a folder, data.kind is \"images\" or \"class_folders\"; leave {} out for other data",
            folder.display()
        )
    })?;
    let is_same = match (of_config.canonicalize(), folder.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => of_config == folder,
    };
    ensure!(
        is_same,
        "the run in {} is on the images in {}, and not on those in {}; choose another folder with --run",
        run.display(),
        of_config.display(),
        folder.display()
    );
    Ok(())
}
