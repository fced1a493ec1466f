//! A study's 2-D maps of its test images.

use crate::config::Config;
use crate::data::Dataset;
use crate::manifold::map;
use crate::train::features::Features;
use anyhow::Result;
use nadir_core::report::MapImage;
use std::collections::BTreeMap;

/// The config's maps of the first test images, by method's name.
///
/// # Errors
/// As [`map()`].
pub fn maps_of_test(
    config: &Config,
    features: &Features,
    dataset: &Dataset,
) -> Result<BTreeMap<String, Vec<[f32; 2]>>> {
    let rows = features.unit_rows(on_map(config, dataset));
    let of = |&method| Ok((format!("{method}"), map(method, &rows, features.len, config.seed)?));
    config.study.maps.iter().map(of).collect()
}

/// What a report says of the images of [`maps_of_test`]; nothing where no map is requested.
pub fn images_of_maps(config: &Config, dataset: &Dataset) -> Vec<MapImage> {
    if config.study.maps.is_empty() {
        return Vec::new();
    }
    let image = |&image: &usize| {
        let sample = &dataset.samples[image];
        let labels = (0_u16..).zip(&sample.targets).filter(|(_, present)| **present).map(|(label, _)| label);
        MapImage { key: sample.name.clone(), labels: labels.collect() }
    };
    on_map(config, dataset).iter().map(image).collect()
}

fn on_map<'a>(config: &Config, dataset: &'a Dataset) -> &'a [usize] {
    &dataset.split.test[..dataset.split.test.len().min(config.study.map_images)]
}
