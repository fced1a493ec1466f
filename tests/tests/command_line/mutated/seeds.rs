//! Small whole files of every kind, which are then changed.

use super::texts::{self, Change};
use image::{DynamicImage, ImageFormat};
use nadir::artifacts::checkpoint::Checkpoint;
use nadir::artifacts::tensorboard::{Event, What, framed};
use nadir_core::bundle::DESCRIPTION_FILE;
use nadir_nn::model::weights::{Dtype, WeightTensor, Weights};
use nadir_tests::readers::{archives, bundle};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;

/// Changes of a text, most useful first.
const NO_TEXT: &[Change] = &[];
const PLAIN: &[Change] = &[texts::number, texts::line, texts::column];
const JSON: &[Change] = &[texts::value, texts::number, texts::line];
const XML: &[Change] = &[texts::element, texts::number, texts::line];
const TABLE: &[Change] = &[texts::column, texts::number, texts::line];

/// The files of a reader, and how a text of the kind is changed beside its bytes.
pub fn of(name: &str) -> (Vec<Vec<u8>>, &'static [Change]) {
    match name {
        "jpeg" => (jpegs(), NO_TEXT),
        "png" => {
            (encoded(ImageFormat::Png, &[picture(), deep(), DynamicImage::ImageLuma8(picture().to_luma8())]), NO_TEXT)
        }
        "webp" => (encoded(ImageFormat::WebP, &[picture(), DynamicImage::ImageRgba8(picture().to_rgba8())]), NO_TEXT),
        "bmp" => (encoded(ImageFormat::Bmp, &[picture(), DynamicImage::ImageLuma8(picture().to_luma8())]), NO_TEXT),
        "tiff" => (tiffs(), NO_TEXT),
        "geotiff" => (cases(&PLACED), NO_TEXT),
        "fetched_tiff" => (vec![plain_tiff()], NO_TEXT),
        "world_file" => (vec![b"0.5\n0\n0.0\n-0.5\n700000.25\n5600000.75\n".to_vec()], PLAIN),
        "xml" => (vec![case("formats/cvat/in/annotations.xml"), XML_TEXT.as_bytes().to_vec()], XML),
        "json" => (vec![case("formats/labelme/in/2011_000003.json"), JSON_TEXT.as_bytes().to_vec()], JSON),
        "coco" => (vec![COCO.as_bytes().to_vec(), case("formats/coco/in/instances.json")], JSON),
        "truth" => (vec![COCO.as_bytes().to_vec()], JSON),
        "voc" => (vec![case("formats/voc/in/Annotations/000032.xml"), VOC.as_bytes().to_vec()], XML),
        "voc_list" => (vec![b"a\ndeep/c d\n".to_vec(), b"a  1\n\"c d.jpg\"\n".to_vec()], PLAIN),
        "yolo" => (vec![YOLO.as_bytes().to_vec()], PLAIN),
        "yolo_yaml" => (vec![YAML.as_bytes().to_vec(), YAML_LIST.as_bytes().to_vec()], PLAIN),
        "dota" => (vec![case("formats/dota/in/labelTxt/P0000.txt")], PLAIN),
        "labelme" => (vec![LABELME.as_bytes().to_vec(), case("formats/labelme/in/2011_000003.json")], JSON),
        "cvat" => (vec![case("formats/cvat/in/annotations.xml")], XML),
        "label_studio" => (vec![case("formats/label_studio/in/tasks.json")], JSON),
        "label_studio_config" => (vec![CONFIG_XML.as_bytes().to_vec()], XML),
        "label_table" => (vec![TABLE_TEXT.as_bytes().to_vec(), TABLE_TEXT.replace(',', ";").into_bytes()], TABLE),
        "split_list" => (vec![b"image\na.png\nc\n".to_vec(), b"a.png\nb.png\n".to_vec()], TABLE),
        "scores" => (vec![SCORES.as_bytes().to_vec(), b"image;ood\na;0,5\nb;0,25\nc;1e3\n".to_vec()], TABLE),
        "detections" => (vec![DETECTIONS.as_bytes().to_vec(), DETECTION_LINES.as_bytes().to_vec()], JSON),
        "voc_detections" => (vec![b"a 0.9 1 2 30 41\nb 0.5 5 5 20.5 20\nb 0.25 1 1 9 9\n".to_vec()], PLAIN),
        "ranking" => (vec![RANKING.as_bytes().to_vec()], PLAIN),
        "ranking_answers" => (vec![RANKING_ANSWERS.as_bytes().to_vec()], JSON),
        "config" => (configs(), PLAIN),
        "report" => (vec![REPORT.as_bytes().to_vec(), repository("static/reports/labels_aerial.json")], JSON),
        "head" => (vec![HEAD.as_bytes().to_vec()], JSON),
        "bundle" => (vec![bundle::whole().bundle.to_json().into_bytes()], JSON),
        "bundle_weights" => (vec![bundle::whole().files["weights.safetensors"].clone()], NO_TEXT),
        "gallery" => (gallery(), NO_TEXT),
        "pth" => (vec![case("strided_weights/strided.pth")], NO_TEXT),
        "legacy_pth" => (vec![case("strided_weights/strided_legacy.pth")], NO_TEXT),
        "safetensors" => {
            ([Dtype::F32, Dtype::F16].map(|dtype| weights().to_safetensors(dtype, BTreeMap::new())).to_vec(), NO_TEXT)
        }
        "checkpoint" => {
            (vec![Checkpoint { step: 120, fingerprint: "ab12".to_owned(), tensors: weights() }.to_bytes()], NO_TEXT)
        }
        "cache_index" => (vec![cache_index()], JSON),
        "tile_index" => (vec![tile_index()], JSON),
        "event_file" => (vec![event_file()], NO_TEXT),
        "zip" => (vec![zip()], NO_TEXT),
        "tar" => (vec![tar()], NO_TEXT),
        other => panic!("{other} has no file that could be changed"),
    }
}

const XML_TEXT: &str = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<!DOCTYPE a [<!ELEMENT a (b)>]>\n<!-- c -->\n\
    <a x='1'>\n<b>text &lt; &#233;</b>\n<![CDATA[<d>]]></a>\n";
const JSON_TEXT: &str =
    "{\"a\": [1, -2.5e3, true, null, \"\\u00e4\\ud834\\udd1e\\n\"],\n \"b\": {\"c\": [], \"d\": {}}}\n";
const COCO: &str = r#"{"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}, {"id": 2, "file_name": "b.png"}],
    "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "tank"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200, "iscrowd": 0,
                     "segmentation": [[1, 2, 31, 2, 31, 42]]},
                    {"id": 2, "image_id": 1, "category_id": 2, "bbox": [5.5, 5, 10, 10], "area": 100, "iscrowd": 1},
                    {"id": 3, "image_id": 2, "category_id": 2, "bbox": [5, 5, 10, 10],
                     "attributes": {"difficult": 1}}]}"#;
const VOC: &str = "<annotation><filename>a.png</filename><size><width>64</width><height>48</height></size>\n\
    <object><name>ship</name><difficult>0</difficult><bndbox><xmin>3</xmin><ymin>4</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>\
    </object>\n<object><name>car</name><truncated>1</truncated><bndbox><xmin>1.5</xmin><ymin>1</ymin><xmax>9</xmax>\
    <ymax>9</ymax></bndbox></object></annotation>\n";
const YOLO: &str =
    "0 0.5 0.5 0.25 0.25\n1 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2\n2 0.1 0.1 0.9 0.1 0.5 0.9\n0 0.5 0.5 0.1 0.1 0.75\n";
const YAML: &str = "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: bowl\n  1: \"orange: fruit\"\n";
const YAML_LIST: &str = "train: [images/train]\nval: images/val\nnc: 2\nnames: [bowl, 'a b']\n";
const LABELME: &str = r#"{"version": "5.5.0", "flags": {"night": true}, "imagePath": "a.png", "imageData": null, "imageHeight": 48,
    "imageWidth": 64, "shapes": [
    {"label": "ship", "shape_type": "rectangle", "points": [[1, 2], [30, 40]], "group_id": null,
     "flags": {"difficult": true}},
    {"label": "ship", "shape_type": "polygon", "points": [[1, 2], [30, 40], [5, 40]], "group_id": 1, "flags": {}},
    {"label": "ship", "shape_type": "polygon", "points": [[41, 2], [50, 40], [45, 40]], "group_id": 1, "flags": {}},
    {"label": "tank", "shape_type": "circle", "points": [[20, 20], [25, 20]], "flags": {}, "score": 0.5}]}"#;
const CONFIG_XML: &str = "<View>\n  <Image name=\"image\" value=\"$image\"/>\n  <RectangleLabels name=\"boxes\" toName=\"image\">\n    \
    <Label value=\"ship\"/>\n    <Label value=\"sea &amp; land\"/>\n  </RectangleLabels>\n</View>\n";
const TABLE_TEXT: &str = "image,ship,sea,\"mobile home\"\na.png,1,0,1\nb.png,0,1,0\n./deep/c.jpg,1,1,1\n";
const SCORES: &str = "image,ship,sea\na.png,0.9,0.1\nb.png,0.25,0.75\nc.png,0.5,1e-3\n";
const DETECTIONS: &str = r#"[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 41], "score": 0.9},
    {"image_id": 1, "category_id": 2, "bbox": [1, 2, 30, 41], "score": NaN},
    {"image_id": "2", "category_id": 2.0, "bbox": [5, 5, 9, 10], "score": 0.5}]"#;
const DETECTION_LINES: &str = "{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 2, 30, 41], \"score\": 0.9}\n\
    {\"image_id\": 2, \"category_id\": 2, \"bbox\": [5, 5, 9, 10], \"score\": 0.5}\n";
const RANKING_ANSWERS: &str = r#"{"classes": ["ship", "tank", "car"], "answers": [
 {"anchor": "ship", "first": "tank", "second": "car", "answer": "first"},
 {"anchor": "car", "first": "ship", "second": "tank", "answer": "neither"}]}"#;
const HEAD: &str = r#"{"head_version": 1, "bundle": "aerial", "weights_sha256": "0a",
  "space": {"kind": "gallery_projection", "sha256": "0b", "dimensions": 3},
  "classes": [{"name": "pier", "weights": [0.5, -1.5, 2], "bias": -0.25, "threshold": 0.5, "yes": ["a.jpg"], "no": ["b.jpg"]},
    {"name": "roof", "weights": [0, 1, 0], "bias": 0, "threshold": 1, "yes": [], "no": []}]}"#;

const RANKING: &str =
    "cat = [\"dog\", { class = \"horse\", similarity = 0.5 }]\ndog = [\"cat\"]\nhorse = []\n\"sofa bed\" = []\n";
const REPORT: &str = r#"{"schema_version": 2, "study": "ablation", "title": "A test", "command": "nadir", "config": "seed = 1",
 "version": "0.1.0", "device": "cpu", "finished": "2026-11-28T20:04:23Z", "wall_time_s": 4.5, "images": {"train": 8, "test": 4},
 "split_sha256": "ab", "labels": ["ship", "sea"], "notes": ["A note."],
 "arms": [{"name": "a", "about": "One.", "scalars": {"test mAP": {"mean": 0.5, "std": 0.1, "values": [0.4, 0.6],
   "interval": [0.3, 0.7]}, "AP": {"mean": 0.25, "std": null, "values": [0.25]}}, "test_average_precision": [0.5, null],
   "per_label": {"accuracy": [0.25, 0.75]}, "curves": {"pretraining loss": {"x": "epoch", "y": "loss", "points": [[0, 3], [1, 2]]},
   "ROC, energy": {"x": "false", "y": "true", "points": [[0, 0], [0.5, 0.75], [1, 1]]},
   "precision-recall at IoU 0.5": {"x": "recall", "y": "precision", "points": [[0, 1], [1, 0.25]]}},
   "matrices": {"confusion": {"y": "true class", "x": "predicted", "rows": ["ship", "sea"], "columns": ["ship", "sea"],
   "values": [[3, 1], [0, null]]}, "class similarity": {"y": "a", "x": "b", "rows": ["ship", "sea"], "columns": ["ship", "sea"],
   "values": [[1, 0.5], [0.5, 1]]}, "kinds of errors": {"y": "a", "x": "b", "rows": ["ship", "sea"], "columns": ["right", "missed"],
   "values": [[3, 1], [2, 2]]}}, "calibration": [{"confidence": 0.5, "frequency": 0.25, "count": 4}],
   "maps": {"PCA": [[0.5, -0.5], [1, 2], [3, 4]]}},
  {"name": "b", "scalars": {"test mAP": {"mean": 0.25, "std": null, "values": [0.25]}},
   "test_average_precision": [0.5, 0.25],
   "curves": {"ROC, energy": {"x": "false", "y": "true", "points": [[0, 0], [1, 1]]}},
   "maps": {"PCA": [[0, 0], [1, 1], [2, 1]]}}],
 "comparisons": [{"scalar": "test mAP", "arm": "a", "against": "b", "difference": 0.25, "interval": [-0.1, 0.5],
   "share_above_zero": 0.95}],
 "map_images": [{"key": "0", "labels": [0]}, {"key": "1", "labels": [0, 1]}, {"key": "2", "labels": []}],
 "matrices": {"asked ranking": {"y": "a", "x": "b", "rows": ["ship", "sea"], "columns": ["ship", "sea"], "values": [[0, 1], [1, 0]]},
   "throughput": {"y": "a", "x": "b", "rows": ["step"], "columns": ["images/s"], "values": [[12.5]]}},
 "published": [{"arm": "a", "scalar": "test mAP", "value": 0.5, "source": "A paper, table 1"}]}"#;
const PLACED: [&str; 5] = [
    "tiff/place_utm33.tif",
    "tiff/place_degrees.tif",
    "tiff/place_etrs89_utm32_rotated.tif",
    "tiff/place_arctic.tif",
    "tiff/own_system.tif",
];

fn repository(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn case(path: &str) -> Vec<u8> {
    repository(&format!("tests/cases/{path}"))
}

fn cases(paths: &[&str]) -> Vec<Vec<u8>> {
    paths.iter().map(|path| case(path)).collect()
}

fn picture() -> DynamicImage {
    let pixel = |x: u32, y: u32| image::Rgb([((x * 37) ^ (y * 91)) as u8, (x * 10) as u8, (y * 15) as u8]);
    DynamicImage::ImageRgb8(image::RgbImage::from_fn(24, 16, pixel))
}

fn deep() -> DynamicImage {
    DynamicImage::ImageRgba16(picture().to_rgba16())
}

fn encoded(format: ImageFormat, images: &[DynamicImage]) -> Vec<Vec<u8>> {
    let encode = |image: &DynamicImage| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("written to memory");
        bytes.into_inner()
    };
    images.iter().map(encode).collect()
}

/// RGB, grey, CMYK, and one that is turned by its EXIF orientation.
fn jpegs() -> Vec<Vec<u8>> {
    let mut files = encoded(ImageFormat::Jpeg, &[picture(), DynamicImage::ImageLuma8(picture().to_luma8())]);
    files.push(repository("tests/golden/cmyk.jpg"));
    let exif = b"\xFF\xE1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    files.push([&files[0][..2], exif, &files[0][2..]].concat());
    files
}

/// One of each way of packing and kind of number, as GDAL writes them.
fn tiffs() -> Vec<Vec<u8>> {
    let names = [
        "bits1",
        "bits4_tiles",
        "jpeg_gray_strips",
        "jpeg_ycbcr_tiles",
        "nan_f32",
        "nodata_f32",
        "palette",
        "rgba_u8",
        "sparse_u16",
        "strips_i16_lzw_predictor",
        "tiles_u8_rgb_deflate_predictor",
        "tiles_f32_deflate_predictor3",
        "planar_tiles_u8_lzw",
        "big_endian_planar_tiles_f32_predictor3",
        "bigtiff_tiles_u8",
        "strips_u32_packbits",
        "white_is_zero_u8",
    ];
    names.iter().map(|name| case(&format!("tiff/{name}.tif"))).chain([with_overview()]).collect()
}

/// Two images, of which the second is the first at half its resolution.
fn with_overview() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).expect("begun");
    for (kind, width, height) in [(0_u32, 24, 16), (1, 12, 8)] {
        let mut image = encoder.new_image::<tiff::encoder::colortype::RGB8>(width, height).expect("begun");
        image.encoder().write_tag(tiff::tags::Tag::NewSubfileType, kind).expect("written");
        let pixels: Vec<u8> = (0..3 * width * height).map(|at| at as u8).collect();
        image.write_data(&pixels).expect("written");
    }
    bytes.into_inner()
}

fn plain_tiff() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).expect("begun");
    let pixels = picture().to_rgb8().into_raw();
    encoder.write_image::<tiff::encoder::colortype::RGB8>(24, 16, &pixels).expect("written");
    bytes.into_inner()
}

fn configs() -> Vec<Vec<u8>> {
    let default = nadir::config::Config::load(None, &[]).expect("the default").to_toml();
    vec![default.into_bytes(), repository("trainer/configs/ucm_resnet.toml")]
}

/// With a BatchNorm, so that folding has something to do.
fn weights() -> Weights {
    let tensor = |name: &str, shape: &[usize]| {
        let values = (0..shape.iter().product()).map(|at: usize| at as f32 / 8.0 + 0.5).collect();
        (name.to_owned(), WeightTensor { shape: shape.to_vec(), values })
    };
    let norm = ["weight", "bias", "running_mean", "running_var"].map(|leaf| format!("bn1.{leaf}"));
    let norm = norm.iter().map(|name| tensor(name, &[2]));
    Weights(norm.chain([tensor("conv1.weight", &[2, 3, 1, 1]), tensor("fc.bias", &[3])]).collect())
}

/// The first byte says which file of the gallery it is.
fn gallery() -> Vec<Vec<u8>> {
    let files = ["projection.f32", "embeddings.f16", "labels.bits", "map.u16", "names.txt"];
    let part = |(at, name): (usize, &&str)| [&[at as u8], bundle::whole().files[*name].as_slice()].concat();
    files.iter().enumerate().map(part).collect()
}

fn cache_index() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::read(archives::cache(folder.path()).join("index")).expect("written")
}

fn tile_index() -> Vec<u8> {
    archives::tile_index_file(tempfile::tempdir().expect("a folder").path())
}

/// What two steps leave, and a third that is done again.
fn event_file() -> Vec<u8> {
    let event = |step, what| framed(&Event { wall_time: 1.5e9, step, what }.to_bytes());
    let scalars = |step: i64| event(step, What::Scalars(vec![("loss".to_owned(), 0.25), ("é".to_owned(), -1.0)]));
    [event(0, What::FileVersion), event(1, What::SessionStart), scalars(1), scalars(2), scalars(3)].concat()
}

const MEMBERS: [(&str, &[u8]); 3] =
    [("a.txt", b"one"), ("deep/b.txt", b"two and two and two"), (DESCRIPTION_FILE, b"{}")];

fn zip() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in MEMBERS {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("whole").into_inner()
}

fn tar() -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in MEMBERS {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, name, bytes).expect("a member");
    }
    tar.into_inner().expect("whole")
}
