//! `nadir search` as a user meets it: embeddings of generated scenes, by the committed bundle.

use nadir_tests::command::{fails, json_of, nadir, printed, succeeds, text};
use nadir_tests::parquet_file::{Row, read};
use nadir_tests::site::committed_bundle;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// 12 scenes as images.
fn scenes(folder: &Path) -> PathBuf {
    succeeds(&nadir(&["scenes", "--count", "12", "--size", "48", "--out", text(folder)]));
    folder.join("images")
}

fn embed(images: &Path, out: &Path, more: &[&str]) {
    let bundle = committed_bundle().expect("committed");
    let fixed = ["embed", "--bundle", text(&bundle), "--images", text(images), "--out", text(out), "--device", "cpu"];
    succeeds(&nadir(&[fixed.as_slice(), &["--image-size", "48", "--row-group", "5"], more].concat()));
}

/// The cosines of the definition, around the mean of all, the nearest first, without the row itself.
fn nearest(rows: &[Row], query: usize) -> Vec<(String, f64)> {
    let len = rows[0].embedding.len();
    let mean: Vec<f64> = (0..len)
        .map(|at| rows.iter().map(|row| f64::from(row.embedding[at])).sum::<f64>() / rows.len() as f64)
        .collect();
    let apart: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.embedding.iter().zip(&mean).map(|(&value, mean)| f64::from(value) - mean).collect())
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |a: &[f64], b: &[f64]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let others = (0..rows.len()).filter(|&row| row != query);
    let mut found: Vec<(String, f64)> =
        others.map(|row| (rows[row].file.clone(), cosine(&apart[row], &apart[query]))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

fn hits(value: &Value) -> Vec<(String, f64)> {
    let hit =
        |hit: &Value| (hit["file"].as_str().expect("a name").to_owned(), hit["cosine"].as_f64().expect("a number"));
    value.as_array().expect("a list").iter().map(hit).collect()
}

#[test]
fn the_nearest_are_those_of_the_definition_from_a_file_from_shards_and_by_an_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let whole = folder.path().join("whole.parquet");
    embed(&images, &whole, &[]);
    let rows = read(&std::fs::read(&whole).expect("written")).rows;
    let query = rows.iter().position(|row| row.file == "scene-7.png").expect("embedded");
    let expected = nearest(&rows, query);

    let like = ["search", text(&whole), "--like", "scene-7.png", "--top", "4", "--json"];
    let found = hits(&json_of(&nadir(&like)));
    assert_eq!(found.len(), 4);
    for ((file, cosine), (expected_file, expected)) in found.iter().zip(&expected) {
        assert_eq!(file, expected_file);
        assert!((cosine - expected).abs() < 1e-5, "{file}: {cosine} {expected}");
    }

    // Shards of the same images, in whatever order they stand.
    let parts = folder.path().join("parts");
    for shard in ["0/3", "1/3", "2/3"] {
        embed(&images, &parts, &["--shard", shard]);
    }
    let of_parts = hits(&json_of(&nadir(&["search", text(&parts), "--like", "scene-7.png", "--top", "4", "--json"])));
    for ((file, cosine), (expected_file, expected)) in of_parts.iter().zip(&expected) {
        assert_eq!(file, expected_file);
        assert!((cosine - expected).abs() < 1e-5, "{file}: {cosine} {expected}");
    }

    // The image itself is nearest to its own file, of whatever size the embeddings were made.
    let bundle = committed_bundle().expect("committed");
    let image = images.join("scene-7.png");
    let by_image = ["search", text(&whole), "--image", text(&image), "--bundle", text(&bundle), "--top", "5", "--json"];
    let by_image = hits(&json_of(&nadir(&[by_image.as_slice(), &["--device", "cpu"]].concat())));
    assert_eq!(by_image[0].0, "scene-7.png");
    assert!((by_image[0].1 - 1.0).abs() < 1e-4, "{by_image:?}");
    assert_eq!(
        by_image[1..].iter().map(|hit| &hit.0).collect::<Vec<_>>(),
        found.iter().map(|hit| &hit.0).collect::<Vec<_>>()
    );

    let printed = printed(&nadir(&["search", text(&whole), "--like", "scene-7.png", "--top", "2"]));
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains(&expected[0].0), "{printed}");

    let csv = folder.path().join("found.csv");
    succeeds(&nadir(&["search", text(&whole), "--like", "scene-7.png", "--top", "3", "--out", text(&csv)]));
    let csv = std::fs::read_to_string(csv).expect("written");
    assert!(csv.starts_with("rank,cosine,file,row,column,width,height,west,south,east,north\n"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
}

#[test]
fn tiles_are_found_by_where_they_begin() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let tiles = folder.path().join("tiles.parquet");
    embed(&images, &tiles, &["--tile", "24"]);
    let of_image = ["search", text(&tiles), "--like", "scene-3.png"];
    fails(&nadir(&of_image), &["4 tiles", "--at ROW,COLUMN"]);
    let found = json_of(&nadir(&[of_image.as_slice(), &["--at", "24,0", "--top", "47", "--json"]].concat()));
    let hits = found.as_array().expect("a list");
    assert_eq!(hits.len(), 47, "all but the tile itself");
    let is_itself = |hit: &&Value| hit["file"] == "scene-3.png" && hit["row"] == 24 && hit["column"] == 0;
    assert_eq!(hits.iter().filter(is_itself).count(), 0);
    assert!(hits.iter().all(|hit| hit["width"] == 24 && hit["height"] == 24));
    fails(&nadir(&[of_image.as_slice(), &["--at", "5,5"]].concat()), &["5,5", "no tile"]);
    let out = folder.path().join("found.geojson");
    let geojson = [of_image.as_slice(), &["--at", "24,0", "--out", text(&out)]].concat();
    fails(&nadir(&geojson), &["found.geojson", "coordinates"]);
    assert!(!out.exists());
}

#[test]
fn what_cannot_be_searched_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let whole = folder.path().join("whole.parquet");
    embed(&images, &whole, &[]);
    let image = images.join("scene-1.png");
    fails(&nadir(&["search", text(&whole), "--like", "gone.png"]), &["gone.png", "`file`"]);
    fails(&nadir(&["search", text(&whole), "--image", text(&image)]), &["--bundle", "--like"]);
    let config = folder.path().join("other.toml");
    std::fs::write(&config, "seed = 7\n[encoder]\nencoder = \"resnet18\"\nwidth = 8\nstem = \"small\"\n")
        .expect("written");
    let other = ["search", text(&whole), "--image", text(&image), "--config", text(&config), "--device", "cpu"];
    fails(&nadir(&other), &["whole.parquet", "bundle scenes", "weights"]);

    let cut = folder.path().join("cut.parquet");
    let bytes = std::fs::read(&whole).expect("written");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("written");
    fails(&nadir(&["search", text(&cut), "--like", "scene-1.png"]), &["cut.parquet", "no whole Parquet"]);
    fails(&nadir(&["search", text(&image), "--like", "scene-1.png"]), &["scene-1.png", "Parquet"]);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("created");
    fails(&nadir(&["search", text(&empty), "--like", "scene-1.png"]), &["empty", ".parquet"]);
    let wrong = ["search", text(&whole), "--like", "scene-1.png", "--out", "found.txt"];
    fails(&nadir(&wrong), &["found.txt", ".geojson"]);
}
