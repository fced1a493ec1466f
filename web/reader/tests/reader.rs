//! The reader on files in memory: pictures from overviews and by strides, searches in any order, files of results.

use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::image::bands::BandSettings;
use nadir_core::protocol::scene::{SceneAnswer, SceneInfo, SceneTask, Search};
use nadir_raster::Source;
use nadir_web_reader::reader::Reader;
use std::io::Cursor;
use std::sync::Arc;
use tiff::encoder::{TiffEncoder, colortype};
use tiff::tags::Tag;

struct Bytes(Arc<[u8]>);

impl Source for Bytes {
    type Reader = Cursor<Arc<[u8]>>;

    fn open(&self) -> std::io::Result<Self::Reader> {
        Ok(Cursor::new(self.0.clone()))
    }

    fn name(&self) -> String {
        "a.tif".to_owned()
    }
}

/// A TIFF of these sides, each an overview of the first: red is the column, green the row, blue tells which it is.
fn tiff(sides: &[u32]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).expect("begun");
    for (which, &side) in sides.iter().enumerate() {
        let mut image = encoder.new_image::<colortype::RGB8>(side, side).expect("begun");
        if which > 0 {
            image.encoder().write_tag(Tag::NewSubfileType, 1_u32).expect("written");
        } else {
            image.encoder().write_tag(Tag::ModelPixelScaleTag, [0.5, 0.5, 0.0].as_slice()).expect("written");
            let tie = [0.0, 0.0, 0.0, 500_000.0, 5_000_000.0, 0.0];
            image.encoder().write_tag(Tag::ModelTiepointTag, tie.as_slice()).expect("written");
            let keys = [1_u16, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 32633];
            image.encoder().write_tag(Tag::GeoKeyDirectoryTag, keys.as_slice()).expect("written");
        }
        let scale = sides[0] / side;
        let pixel = |at: u32| [(at % side * scale / 16) as u8, (at / side * scale / 16) as u8, which as u8];
        let pixels: Vec<u8> = (0..side * side).flat_map(pixel).collect();
        image.write_data(&pixels).expect("written");
    }
    bytes.into_inner()
}

fn open(bytes: Vec<u8>) -> (Reader<Bytes>, SceneInfo) {
    Reader::open(Bytes(bytes.into()), "a.tif".to_owned(), &BandSettings::default(), None).expect("readable")
}

fn picture(reader: &mut Reader<Bytes>, level: u32, column: usize, row: usize) -> (usize, usize, Vec<u8>) {
    match reader.answer(SceneTask::Picture { level, column, row }).expect("inside") {
        (SceneAnswer::Picture { width, height }, Some(rgba)) => (width, height, rgba),
        other => panic!("{:?}", other.0),
    }
}

#[test]
fn pictures_come_from_the_overview_of_their_level_or_by_strides() {
    let (mut with, info) = open(tiff(&[2400, 1200, 600]));
    assert_eq!((info.width, info.overviews.as_slice(), info.levels), (2400, [[1200, 1200], [600, 600]].as_slice(), 1));
    assert!(info.place.contains("EPSG:32633") && info.reading.contains("3 (uint8)"), "{info:?}");
    let (mut without, info) = open(tiff(&[2400]));
    assert!(info.overviews.is_empty());
    for level in 0..=3 {
        let (width, height, rgba) = picture(&mut with, level, 0, 0);
        let (other_width, other_height, strided) = picture(&mut without, level, 0, 0);
        assert_eq!((width, height), (other_width, other_height), "level {level}");
        assert_eq!(rgba.len(), 4 * width * height);
        // Which of its images; the third is read by strides on the last level.
        assert!(rgba.chunks(4).all(|pixel| pixel[2] == level.min(2) as u8 && pixel[3] == 255), "level {level}");
        // The same places, but for what the stride's middle is beside the overview's first px.
        for (a, b) in rgba.chunks(4).zip(strided.chunks(4)) {
            assert!(a[0].abs_diff(b[0]) <= 1 && a[1].abs_diff(b[1]) <= 1, "level {level}: {a:?} {b:?}");
        }
    }
    // The last part of a row is as narrow as what is left.
    assert_eq!(picture(&mut without, 0, 9, 0).0, 2400 - 9 * 256);
    assert!(without.answer(SceneTask::Picture { level: 0, column: 10, row: 0 }).is_err());
}

fn object(left: f32) -> DetectedObject {
    DetectedObject { box_in_image: [left, 10.0, left + 20.0, 30.0], class: 0, score: 0.9 - left / 1e4 }
}

fn text(answer: (SceneAnswer, Option<Vec<u8>>)) -> String {
    String::from_utf8(answer.1.expect("a file")).expect("text")
}

#[test]
fn objects_are_the_same_in_whatever_order_their_tiles_come() {
    let mut files = Vec::new();
    for is_reversed in [false, true] {
        let (mut reader, _) = open(tiff(&[2400]));
        let labels = vec!["ships".to_owned()];
        let begin = SceneTask::BeginObjects {
            longest_seen: 256,
            labels,
            crop_labels: Vec::new(),
            score_from: 0.5,
            stacked_above: 0.75,
        };
        let SceneAnswer::Tiles { tiles } = reader.answer(begin).expect("begun").0 else { panic!("expected tiles") };
        assert_eq!((tiles.len(), tiles[0].size.width), (36, 512));
        let mut order: Vec<usize> = (0..tiles.len()).collect();
        if is_reversed {
            order.reverse();
        }
        let mut shown = 0;
        for index in order {
            let (answer, pixels) = reader.answer(SceneTask::Tile { search: Search::Objects, index }).expect("read");
            assert_eq!(answer, SceneAnswer::Tile { is_skipped: false });
            assert_eq!(pixels.map(|pixels| pixels.len()), Some(3 * 512 * 512));
            let keep = SceneTask::KeepObjects { index, objects: vec![object(100.0 + index as f32)] };
            assert_eq!(reader.answer(keep).expect("kept").0, SceneAnswer::Kept);
            let SceneAnswer::Objects { objects } = reader.answer(SceneTask::Merge).expect("merged").0 else {
                panic!("expected objects")
            };
            assert!(objects.len() > shown);
            shown = objects.len();
        }
        let file = |ending: &str| SceneTask::File { search: Search::Objects, ending: ending.to_owned() };
        files.push(["geojson", "csv", "json"].map(|ending| text(reader.answer(file(ending)).expect("written"))));
        assert!(reader.answer(file("shp")).is_err());
    }
    assert_eq!(files[0], files[1]);
    assert!(files[0][0].contains("\"coordinates\":\"WGS 84 longitude and latitude\""), "{}", files[0][0]);
    assert_eq!(files[0][1].lines().count(), 37);
}

#[test]
fn labels_of_some_tiles_are_a_file_of_these() {
    let (mut reader, _) = open(tiff(&[600]));
    let (labels, thresholds) = (vec!["water".to_owned()], vec![0.5]);
    let begin = SceneTask::BeginLabels { side: 256, min_valid: 0.5, labels, thresholds };
    let SceneAnswer::Tiles { tiles } = reader.answer(begin).expect("begun").0 else { panic!("expected tiles") };
    assert_eq!(tiles.len(), 9);
    for index in [4, 1] {
        reader.answer(SceneTask::Tile { search: Search::Labels, index }).expect("read");
        reader.answer(SceneTask::KeepLabels { index, scores: vec![0.75], crop: None }).expect("kept");
    }
    let csv = text(reader.answer(SceneTask::File { search: Search::Labels, ending: "csv".into() }).expect("written"));
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].ends_with("labels,score_water") && rows.len() == 3, "{csv}");
    assert!(rows[1].starts_with("a.tif,0,256,") && rows[2].starts_with("a.tif,256,256,"), "{csv}");
    // What does not fit the search is refused.
    assert!(reader.answer(SceneTask::KeepLabels { index: 9, scores: vec![0.5], crop: None }).is_err());
    assert!(reader.answer(SceneTask::KeepLabels { index: 0, scores: vec![0.5; 2], crop: None }).is_err());
    assert!(reader.answer(SceneTask::Tile { search: Search::Objects, index: 0 }).is_err());
}

#[test]
fn files_that_cannot_be_read_are_named_with_what_was_expected() {
    let fails = |bytes: Vec<u8>, words: &[&str]| {
        let opened = Reader::open(Bytes(bytes.into()), "a.tif".to_owned(), &BandSettings::default(), None);
        let message = format!("{:#}", opened.err().expect("not readable"));
        for word in ["a.tif"].iter().chain(words) {
            assert!(message.contains(word), "{message}");
        }
    };
    fails(b"text".to_vec(), &["JPEG, PNG"]);
    fails(Vec::new(), &["empty"]);
    let whole = tiff(&[600]);
    fails(whole[..whole.len() / 2].to_vec(), &["cut off"]);
    let mut packed = whole.clone();
    let entry = [259_u16.to_le_bytes(), 3_u16.to_le_bytes()].concat();
    let at = packed.windows(4).rposition(|four| four == entry).expect("its compression");
    packed[at + 8..at + 10].copy_from_slice(&50000_u16.to_le_bytes());
    fails(packed, &["ZSTD", "gdal_translate"]);
}
