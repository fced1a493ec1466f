//! Weights of others whose bands and normalisation are known by the file's name: TorchGeo's of Sentinel-2. The files
//! themselves cannot be had here, so one of the same name, the same tensors and drawn values stands for them.

use crate::pretrain_bands::{SIDE, value, write};
use burn::tensor::{Device, Tensor, TensorData};
use nadir::artifacts::weight_file;
use nadir_core::bundle::{Architecture, EncoderKind, Stem};
use nadir_nn::model::{Encoder, init};
use nadir_tests::command::{contains_all, fails, nadir, stderr, succeeds, text};
use nadir_tests::parquet_file;
use std::collections::BTreeMap;
use std::path::Path;

/// Four bands of the test's images stand for thirteen.
const BANDS: [u32; 13] = [1, 2, 3, 4, 4, 3, 2, 1, 1, 2, 3, 4, 1];

fn of_thirteen(path: &Path) -> Encoder {
    let shape = Architecture { encoder: EncoderKind::Resnet18, width: 64, stem: Stem::Imagenet, stages: 4, bands: 13 };
    let encoder = init::seeded(Encoder::new(&shape, false, &Device::flex()), 3);
    weight_file::write(path, &encoder.export(), BTreeMap::new()).expect("written");
    encoder
}

/// The embedding of the stored values divided by 10,000, which is what TorchGeo's transforms give the network.
fn of_reflectances(encoder: Encoder) -> Vec<f32> {
    let places = || (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    let plane = |band: u32| places().map(move |(x, y)| f32::from(value(0, x, y, band - 1)) / 10_000.0);
    let values: Vec<f32> = BANDS.into_iter().flat_map(plane).collect();
    let side = SIDE as usize;
    let image = Tensor::<4>::from_data(TensorData::new(values, [1, BANDS.len(), side, side]), &Device::flex());
    encoder.forward(image).into_data().try_to_vec().expect("f32")
}

#[test]
fn torchgeos_weights_of_sentinel_2_see_reflectances_whatever_range_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let (images, weights) =
        (folder.path().join("images"), folder.path().join("resnet18_sentinel2_all_moco-59bfdff9.pth"));
    std::fs::create_dir(&images).expect("created");
    write(&images.join("a.tif"), 0);
    let expected = of_reflectances(of_thirteen(&weights));
    let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));

    let bands = format!("data.bands={BANDS:?}");
    let [of_images, of_weights] =
        [("data.images", &images), ("weights", &weights)].map(|(key, path)| format!("{key}={}", text(path)));
    let [out, config] = ["out.parquet", "config.toml"].map(|name| folder.path().join(name));
    std::fs::write(&config, "seed = 1\n").expect("written");
    let embed = |sets: &[&str]| {
        let common = ["encoder.width=64", "probe.image_size=32", "data.kind=images", &of_images, &of_weights];
        let start =
            ["embed", "--device", "cpu", "--config", text(&config), "--images", text(&images), "--out", text(&out)];
        let sets = common.iter().chain(sets).flat_map(|set| ["--set", set]);
        nadir(&start.into_iter().chain(sets).collect::<Vec<_>>())
    };
    let distance = |sets: &[&str]| {
        let output = embed(sets);
        succeeds(&output);
        contains_all(&stderr(&output), &["SENTINEL2_ALL_MOCO read the bands B1, B2, B3", "B12 in this order"]);
        let row = parquet_file::read(&std::fs::read(&out).expect("written")).rows.remove(0).embedding;
        std::fs::remove_file(&out).expect("removed");
        let apart = row.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
        apart.fold(0.0, f32::max) / largest
    };
    // Of 8 bits: a step of the wider range is 39, of the narrower one 10, of values from 200 to 2,600.
    let near = [("data.scale=0:10000", 0.05), ("data.scale=0:2600", 0.02)];
    for (scale, most) in near {
        let found = distance(&[&bands, scale, "normalisation=sentinel2"]);
        assert!(found < most, "{scale}: {found}");
    }
    let other = distance(&[&bands, "data.scale=0:2600", "normalisation=imagenet"]);
    assert!(other > 0.2, "{other}");

    // What is not named is not guessed.
    let scale = "data.scale=0:10000";
    for (sets, words) in [
        (&[scale, "normalisation=sentinel2"][..], &["59bfdff9.pth", "13 bands", "data.bands chooses none"][..]),
        (
            &[scale, "normalisation=sentinel2", "data.bands=[4,3,2,1]"],
            &["13 bands", "data.bands chooses 4: 4, 3, 2, 1"],
        ),
        (&[&bands, "normalisation=sentinel2"], &["data.scale=0:10000"]),
        (&[&bands, scale, "encoder.encoder=resnet50"], &["59bfdff9.pth", "--set encoder.encoder=resnet18"]),
    ] {
        fails(&embed(sets), words);
    }
    let pretrain = ["pretrain", text(&images), "--device", "cpu", "--weights", text(&weights), "--run", "unused"];
    fails(&nadir(&pretrain), &["13 bands, and data.bands chooses"]);
}
