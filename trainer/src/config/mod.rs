//! One experiment: every setting with its default and unit. A TOML file and `--set key=value` change them; an
//! unknown key is an error; what was in force is written beside the run.

mod data;
mod detect;
mod difference;
mod kinds;
mod known_weights;
mod monitor;
mod normalisation;
mod pretrain;
mod ranking;
mod study;
mod teach;

pub use data::{
    AnnotatedFiles, ClassFoldersConfig, CropsConfig, DataConfig, FolderReading, ImagesConfig, ObjectsConfig,
    SourceConfig, SplitConfig, Tiling,
};
pub use detect::{
    DetectAugmentConfig, DetectConfig, DetectDataConfig, DetectSchedule, DetectTrainConfig, ThresholdConfig,
};
pub use known_weights::{KNOWN_WEIGHTS, KnownWeights, normalisation_of_weights};
pub use monitor::{MonitorConfig, MonitorFigure};
pub use normalisation::Normalisation;
pub use pretrain::{AugmentOn, MixConfig, Objective, OptimizerConfig, PretrainConfig, QueueConfig, Schedule};
pub use ranking::RankingConfig;
pub use study::{MapMethod, StudyArm, StudyConfig};
pub use teach::TeachConfig;

use anyhow::{Context, Result, bail};
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_core::image::RGB;
use nadir_core::image::augment::AugmentConfig;
use nadir_nn::model::projector::ProjectorConfig;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tracing::{info, warn};

/// A whole experiment: data, network, pretraining, probe and studies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Decides first weights, order, augmentation and splits.
    pub seed: u64,
    /// Weights to start from (.pth or .safetensors, torchvision's names, or a hub folder with model.safetensors); without it
    /// they are drawn from the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// Mean and standard deviation that images are normalised by.
    pub normalisation: Normalisation,
    /// Where images and labels come from, and their split.
    pub data: DataConfig,
    /// The encoder's architecture.
    pub encoder: Architecture,
    /// What stands between encoder and contrastive loss.
    pub projector: ProjectorConfig,
    /// How the two views of an image are drawn.
    pub augment: AugmentConfig,
    /// Which classes are similar.
    pub ranking: RankingConfig,
    /// Objective, optimizer and schedule of the pretraining.
    pub pretrain: PretrainConfig,
    /// Training of the linear probe.
    pub probe: ProbeConfig,
    /// Arms and repetitions of the studies.
    pub study: StudyConfig,
}

/// Everything of a [`Config`] that decides the pretrained weights.
#[derive(Serialize)]
struct PretrainDecisive<'a> {
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<&'a Path>,
    normalisation: Normalisation,
    data: DataConfig,
    encoder: &'a Architecture,
    projector: &'a ProjectorConfig,
    augment: &'a AugmentConfig,
    ranking: &'a RankingConfig,
    pretrain: PretrainConfig,
}

/// The linear probe on the frozen encoder's features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeConfig {
    /// Passes over the training features.
    pub epochs: usize,
    /// Images whose features make one step.
    pub batch_size: usize,
    /// Adam's learning rate, constant over the training.
    pub learning_rate: f64,
    /// Width and height of the images that the encoder sees, px.
    pub image_size: usize,
    /// Features scaled to mean 0 and standard deviation 1 over the training images first (folded into the weights
    /// afterwards): a network whose features are small or large then learns at the same rate.
    pub standardise: bool,
    /// The training images are also seen at these shares of their ground resolution, each above 0 and below 1: made
    /// smaller by it first. Images of other cameras are often coarser than those that there are labels for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolutions: Vec<f64>,
    /// The training images are also seen turned by quarters and mirrored, in all eight ways, at every resolution: what is
    /// seen from above has no upright. Eight times as many images are encoded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub turns: bool,
    /// A folder of further images that count as known: an image is only unlike those of training where it is unlike these
    /// too. For an encoder that has learned from other images than those with labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub familiar: Option<PathBuf>,
    /// The probe is also measured on validation and test images at these shares of their resolution, above 0 and below 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measured_resolutions: Vec<f64>,
    /// The probe is also measured on validation and test images that are turned and mirrored: the mean over the seven ways.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub measured_turns: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            weights: None,
            normalisation: Normalisation::TrainingSet,
            data: DataConfig::Scenes { count: 2400, size: 192, first_seed: 0, split: SplitConfig::default() },
            encoder: Architecture {
                encoder: EncoderKind::Resnet18,
                width: 24,
                stem: Stem::Imagenet,
                stages: 4,
                bands: 3,
            },
            projector: ProjectorConfig::default(),
            augment: AugmentConfig { size: 64, crop_scale: [0.25, 1.0], blur: 0.0, ..AugmentConfig::default() },
            ranking: RankingConfig::default(),
            pretrain: PretrainConfig::default(),
            probe: ProbeConfig::default(),
            study: StudyConfig::default(),
        }
    }
}

impl Default for ProbeConfig {
    fn default() -> Self {
        Self {
            epochs: 100,
            batch_size: 128,
            learning_rate: 1e-3,
            image_size: 192,
            standardise: true,
            resolutions: Vec::new(),
            turns: false,
            familiar: None,
            measured_resolutions: Vec::new(),
            measured_turns: false,
        }
    }
}

impl Config {
    /// The defaults, changed by a TOML file, changed by `key=value` pairs such as `pretrain.epochs=5`.
    ///
    /// # Errors
    /// Names the file or pair, the key and what was expected.
    pub fn load(file: Option<&Path>, sets: &[String]) -> Result<Self> {
        Self::read(file, sets)?.checked()
    }

    /// The config that a report was made with, as it stands there, changed by `key=value` pairs.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of_report(toml: &str, sets: &[String]) -> Result<Self> {
        of_report::<Self>(toml, sets)?.checked()
    }

    /// As [`Config::load`], without a look at whether the values can be: for whoever completes the config first.
    ///
    /// # Errors
    /// Names the file or pair and the key that is not known or of another type.
    pub fn read(file: Option<&Path>, sets: &[String]) -> Result<Self> {
        let mut config: Self = read_toml(file, sets)?;
        // The first convolution has a channel for each band, where a run does not say what it has.
        if config.encoder.bands == RGB {
            config.encoder.bands = config.data.band_settings().channels();
        }
        Ok(config)
    }

    /// The config itself, where all its values can be.
    ///
    /// # Errors
    /// Names the key and what was expected.
    pub fn checked(self) -> Result<Self> {
        self.check()?;
        Ok(self)
    }

    /// The config that an arm of a study is trained by, but for the seed.
    pub fn of_arm(&self, arm: &StudyArm) -> Self {
        let mut own = self.clone();
        own.pretrain.objective = arm.objective;
        own.pretrain.temperature = arm.temperature.unwrap_or(own.pretrain.temperature);
        own.pretrain.learning_rate = arm.learning_rate.unwrap_or(own.pretrain.learning_rate);
        own.pretrain.epochs = arm.epochs.unwrap_or(own.pretrain.epochs);
        own.ranking.file = arm.ranking.clone().or(own.ranking.file);
        if !arm.objective.is_contrast() {
            own.pretrain.queue = None;
        }
        own
    }

    /// The config as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every setting has a TOML form")
    }

    /// Tells pretrained weights apart: everything that changes them.
    pub fn pretrain_fingerprint(&self) -> String {
        nadir_core::bundle::sha256_hex(self.decisive_toml().as_bytes())
    }

    /// What a checkpoint must have been made with to be continued: everything that changed the weights so far. With a
    /// constant learning rate the number of epochs did not; under a cosine every step's rate depends on it.
    pub fn checkpoint_fingerprint(&self) -> String {
        let mut so_far = self.before_mixing();
        if self.pretrain.schedule == Schedule::Constant {
            so_far.pretrain.epochs = 0;
        }
        so_far.pretrain_fingerprint()
    }

    /// Without what is mixed in when the training is over.
    fn before_mixing(&self) -> Self {
        Self { pretrain: PretrainConfig { mix: None, ..self.pretrain.clone() }, ..self.clone() }
    }

    /// Why a run that was made with the config in `saved` cannot be continued with this one: each setting that differs,
    /// as `key: value there, value here`. Empty where `saved` cannot be read or nothing differs.
    pub fn differences_from(&self, saved: &Path) -> Vec<String> {
        let Ok(there) = Self::load(Some(saved), &[]) else { return Vec::new() };
        let [before, now] = [&there, self].map(|config| config.before_mixing().decisive_toml());
        let mut differences = difference::differences(&before, &now);
        if self.pretrain.schedule == Schedule::Cosine && there.pretrain.epochs != self.pretrain.epochs {
            differences.push(
                "with pretrain.schedule = \"cosine\" the number of epochs decides the rate of every step, also of \
                 those that are done; a run that is to be prolonged needs \"constant\""
                    .to_owned(),
            );
        } else {
            // More epochs of the same rate are no other training.
            differences.retain(|difference| !difference.starts_with("pretrain.epochs:"));
        }
        differences
    }

    /// The settings that change the pretrained weights.
    fn decisive_toml(&self) -> String {
        let defaults = PretrainConfig::default();
        let decisive = PretrainDecisive {
            seed: self.seed,
            weights: self.weights.as_deref(),
            normalisation: self.normalisation,
            data: self.data.without_cache(),
            encoder: &self.encoder,
            projector: &self.projector,
            augment: &self.augment,
            ranking: &self.ranking,
            pretrain: PretrainConfig {
                // How often a run is saved changes nothing in it.
                checkpoint_every: defaults.checkpoint_every,
                keep_checkpoints: defaults.keep_checkpoints,
                // Nor does who can read its numbers.
                tensorboard: defaults.tensorboard,
                // Where views are made changes them by rounding alone.
                augment_on: defaults.augment_on,
                device_images_gib: defaults.device_images_gib,
                // What is measured between epochs changes none of them.
                monitor: defaults.monitor,
                ..self.pretrain.clone()
            },
        };
        toml::to_string(&decisive).expect("every setting has a TOML form")
    }

    fn check(&self) -> Result<()> {
        let pretrain = &self.pretrain;
        if let Err(what) = self.augment.check() {
            bail!("augment: {what}");
        }
        self.data.check()?;
        check_counts(&[
            ("pretrain.chunks_at_once", pretrain.chunks_at_once),
            ("pretrain.checkpoint_every", pretrain.checkpoint_every),
            ("pretrain.keep_checkpoints", pretrain.keep_checkpoints),
            ("probe.batch_size", self.probe.batch_size),
            ("probe.image_size", self.probe.image_size),
            ("projector.hidden", self.projector.hidden),
            ("projector.output", self.projector.output),
        ])?;
        if let Some(fault) = self.encoder.fault() {
            bail!("encoder: {fault}");
        }
        self.check_bands()?;
        if let Some(fault) = self.normalisation.fault(&self.data.band_settings()) {
            bail!("{fault}");
        }
        self.check_weights()?;
        for (key, value) in [
            ("pretrain.temperature", pretrain.temperature),
            ("pretrain.learning_rate", pretrain.learning_rate),
            ("pretrain.device_images_gib", pretrain.device_images_gib),
            ("probe.learning_rate", self.probe.learning_rate),
        ] {
            if !(value.is_finite() && value > 0.0) {
                bail!("{key} must be above 0, and is {value}");
            }
        }
        if self.weights.is_none() && pretrain.mix.as_ref().is_some_and(|mix| mix.weights.is_none()) {
            bail!(
                "pretrain.mix mixes in the weights that the training began with, and without `weights` these are random"
            );
        }
        for (key, shares) in
            [("resolutions", &self.probe.resolutions), ("measured_resolutions", &self.probe.measured_resolutions)]
        {
            if let Some(share) = shares.iter().find(|&&share| !(share > 0.0 && share < 1.0)) {
                bail!("probe.{key}: a share of the resolution is above 0 and below 1, and one is {share}");
            }
        }
        pretrain.check(self.encoder.has_batch_norm())?;
        self.ranking.check()?;
        self.study.check()?;
        Ok(())
    }

    /// That weights whose images are known fit, and a warning where they were normalised otherwise.
    ///
    /// # Errors
    /// Another network or other bands than those of the weights.
    fn check_weights(&self) -> Result<()> {
        let Some(path) = &self.weights else { return Ok(()) };
        let known = KnownWeights::of(path);
        if let Some(fault) = known.and_then(|known| known.fault(&self.encoder, &self.data.band_settings())) {
            bail!("the weights {}: {fault}", path.display());
        }
        let expected = normalisation_of_weights(path, self.encoder.encoder);
        if self.normalisation != Normalisation::TrainingSet && self.normalisation != expected {
            let whose = known.map_or_else(
                || format!("the published weights of {:?}", self.encoder.encoder),
                |known| known.title.to_owned(),
            );
            warn!(
                "normalisation = {:?} is not what {whose} were trained with, which is {expected:?}; taken as it is",
                self.normalisation
            );
        }
        Ok(())
    }

    /// Mean and standard deviation that images are normalised by, a value a band of the network, where they do not hang
    /// on the training images.
    pub fn published_scaling(&self) -> Option<(Vec<f32>, Vec<f32>)> {
        self.normalisation.published(self.encoder.bands, &self.data.band_settings())
    }

    /// That the network reads as many bands as the images have.
    ///
    /// # Errors
    /// Says how many each has, and what can make views of other bands than three.
    fn check_bands(&self) -> Result<()> {
        if let Some(fault) = self.encoder.band_fault(&self.data.band_settings()) {
            let other = match self.data.image_folder() {
                Some(_) => "name as many in data.bands as the network was made for",
                None => "only data.kind = \"images\" and \"class_folders\" have data.bands",
            };
            bail!("encoder.bands and data.bands: {fault}; {other}");
        }
        if self.encoder.bands != RGB && self.probe.familiar.is_some() {
            bail!("probe.familiar is a folder of images of three bands, and data.bands names {}", self.encoder.bands);
        }
        if self.encoder.bands != RGB && self.pretrain.augment_on == AugmentOn::Device {
            bail!(
                "pretrain.augment_on = \"device\" makes views of three bands, and data.bands names {}: set it to \"host\"",
                self.encoder.bands
            );
        }
        Ok(())
    }
}

/// # Errors
/// Names the setting that is 0.
fn check_counts(settings: &[(&str, usize)]) -> Result<()> {
    match settings.iter().find(|(_, value)| *value == 0) {
        Some((key, _)) => bail!("{key} must be at least 1"),
        None => Ok(()),
    }
}

/// The defaults of `T`, changed by a TOML file, changed by `key=value` pairs. A pair that sets a group's `kind` drops
/// the keys of its old kind.
fn read_toml<T: Serialize + DeserializeOwned>(file: Option<&Path>, sets: &[String]) -> Result<T> {
    let Some(path) = file else { return changed(toml::Table::new(), false, sets) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the config {}", path.display()))?;
    changed(table_of::<T>(&text).with_context(|| format!("in {}", path.display()))?, true, sets)
}

/// A report's config, changed by `key=value` pairs.
fn of_report<T: Serialize + DeserializeOwned>(toml: &str, sets: &[String]) -> Result<T> {
    changed(table_of::<T>(toml).context("in the report's config")?, true, sets)
}

/// The table that a text is, where it is a config.
fn table_of<T: DeserializeOwned>(text: &str) -> Result<toml::Table> {
    let table: toml::Table = toml::from_str(text)?;
    // Parsed into the struct first, so that a mistake is shown with its line.
    let parsed = toml::from_str::<T>(text).map_err(anyhow::Error::from);
    explained::<T, _>(parsed, &table)?;
    Ok(table)
}

/// The defaults, changed by a table, changed by `key=value` pairs. What the pairs drop of a table that was given is
/// logged.
fn changed<T: Serialize + DeserializeOwned>(mut table: toml::Table, is_given: bool, sets: &[String]) -> Result<T> {
    if !sets.is_empty() {
        // Onto the effective values, so that one key of a group can be set without its siblings.
        let effective: T = table.try_into().context("the config")?;
        table = toml::Table::try_from(&effective).context("the config")?;
    }
    let keys: Vec<String> = sets.iter().filter_map(|set| Some(set.split_once('=')?.0.trim().to_owned())).collect();
    for set in sets {
        let dropped = apply_set(&mut table, set, &keys)?;
        if is_given && !dropped.is_empty() {
            info!("--set {set} drops the settings of the old kind: {}", dropped.join(", "));
        }
    }
    let read = table.clone().try_into().map_err(anyhow::Error::from);
    explained::<T, _>(read, &table).with_context(|| format!("in --set {}", sets.join(" --set ")))
}

/// A failed reading of `table`, with the keys that a kind needs where it is one of them that is missing.
fn explained<T: DeserializeOwned, R>(read: Result<R>, table: &toml::Table) -> Result<R> {
    read.map_err(|error| match kinds::missing_keys::<T>(table) {
        Some(sentence) => error.context(sentence),
        None => error,
    })
}

/// Sets one key, and gives the keys that a new kind has dropped. `set_keys` are those of all pairs.
fn apply_set(table: &mut toml::Table, set: &str, set_keys: &[String]) -> Result<Vec<String>> {
    let (key, value) = set.split_once('=').with_context(|| format!("--set {set}: expected key=value"))?;
    let key = key.trim();
    // A bare word is a string; numbers, booleans, lists and quoted strings are as TOML has them.
    let value = toml::from_str::<toml::Table>(&format!("value = {value}"))
        .ok()
        .and_then(|mut parsed| parsed.remove("value"))
        .unwrap_or_else(|| toml::Value::String(value.to_owned()));
    let (group, last) = key.rsplit_once('.').map_or(("", key), |(group, last)| (group, last));
    let mut at = table;
    for part in group.split('.').filter(|part| !part.is_empty()) {
        at = at
            .entry(part)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()))
            .as_table_mut()
            .with_context(|| format!("--set {set}: {part} is no group of settings"))?;
    }
    let dropped = match last {
        "kind" => kinds::drop_keys_of_old_kind(at, group, &value, set_keys),
        _ => Vec::new(),
    };
    at.insert(last.to_owned(), value);
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[&str]) -> Result<Config> {
        Config::load(None, &pairs.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn one_key_is_set_and_the_others_keep_their_defaults() {
        let config = set(&["pretrain.epochs=3", "data.size=64", "encoder.stem=small"]).expect("valid");
        assert_eq!(config.pretrain.epochs, 3);
        assert_eq!(config.encoder.stem, Stem::Small);
        let split = SplitConfig::default();
        assert_eq!(config.data, DataConfig::Scenes { count: 2400, size: 64, first_seed: 0, split });
        assert_eq!(config.pretrain.batch_size, PretrainConfig::default().batch_size);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = format!("{:#}", set(&["pretrain.epoch=3"]).expect_err("unknown"));
        assert!(error.contains("epoch"), "{error}");
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for pair in [
            "pretrain.temperature=0",
            "pretrain.batch_size=0",
            "pretrain.chunk_size=3",
            "pretrain.learning_rate=-1",
            "pretrain.augment_on=gpu",
            "pretrain.device_images_gib=0",
            "pretrain.objective={kind=\"jaccard_sup_con\",threshold=0}",
            "pretrain.objective={kind=\"ranked\",ranks=0}",
            "pretrain.decay_rate=1.5",
            "ranking.highest_temperature=0.05",
            "ranking.temperatures=[0.2,0.1]",
            "encoder.width=0",
            "encoder.stages=5",
            "encoder.encoder=efficientnet_lite0",
            "study.label_shares=[1.0]",
            "data.split.train=0.9",
            "data.split.train=-0.1",
        ] {
            assert!(set(&[pair]).is_err(), "{pair}");
        }
    }

    #[test]
    fn where_views_are_made_is_written_and_makes_no_other_training() {
        let (host, device) = (set(&[]).expect("valid"), set(&["pretrain.augment_on=device"]).expect("valid"));
        assert!(device.to_toml().contains("augment_on = \"device\""), "{}", device.to_toml());
        assert_eq!(host.pretrain_fingerprint(), device.pretrain_fingerprint());
        assert_ne!(host.pretrain_fingerprint(), set(&["pretrain.epochs=3"]).expect("valid").pretrain_fingerprint());
    }

    #[test]
    fn the_encoder_has_a_channel_for_each_band_of_the_data() {
        let images = ["data.kind=images", "data.images=x"];
        let with = |sets: &[&str]| set(&[&images[..], sets].concat());
        for (bands, count) in [("[4,3,2,\"nir\"]", 4), ("[1,2]", 2), ("[8]", 3), ("[3,2,1]", 3)] {
            let config = with(&[&format!("data.bands={bands}")]).expect("valid");
            assert_eq!(config.encoder.bands, count, "{bands}");
            assert_eq!(config.to_toml().contains(&format!("\nbands = {count}\n")), count != 3, "{}", config.to_toml());
            assert_eq!(toml::from_str::<Config>(&config.to_toml()).expect("reads back"), config);
        }
        let error = |sets: &[&str]| format!("{:#}", with(sets).expect_err("cannot be"));
        for (sets, words) in [
            (&["data.bands=[1,2,3]", "encoder.bands=4"][..], "reads 4 bands, and 3 (1, 2, 3) are chosen"),
            (&["data.bands=[1,2]", "encoder.bands=4"], "reads 4 bands, and 2 (1, 2) are chosen"),
            (&["encoder.bands=4"], "none are chosen"),
            (&["data.bands=[1,2,3,4]", "encoder.encoder=squeezenet1_1"], "SqueezeNet of 4 bands"),
            (&["data.bands=[1,2,3,4]", "pretrain.augment_on=device"], "set it to \"host\""),
            (&["data.bands=[]"], "there are 0"),
        ] {
            assert!(error(sets).contains(words), "{}", error(sets));
        }
        let scenes = format!("{:#}", set(&["encoder.bands=4"]).expect_err("scenes are RGB"));
        assert!(scenes.contains("only data.kind = \"images\" and \"class_folders\""), "{scenes}");
    }

    #[test]
    fn the_written_config_reads_back_the_same() {
        let config = set(&["seed=9"]).expect("valid");
        assert_eq!(toml::from_str::<Config>(&config.to_toml()).expect("reads back"), config);
    }
}
