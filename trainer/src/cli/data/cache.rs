use super::super::args::ConfigArgs;
use crate::data;
use crate::output::outln;
use crate::resources::bytes_text;
use anyhow::{Result, bail};

pub(super) fn cache(arguments: &ConfigArgs) -> Result<()> {
    let config = arguments.load()?;
    let Some(folder) = config.data.cache() else {
        bail!("data.cache is not set: name a folder by --set data.cache=FOLDER");
    };
    let dataset = data::load(&config)?;
    let mut bytes = 0;
    for at in 0..dataset.samples.len() {
        bytes += dataset.image(at)?.view().pixels.len();
    }
    outln!("cache {}: {} images, {}", folder.display(), dataset.samples.len(), bytes_text(bytes as u64))?;
    Ok(())
}
