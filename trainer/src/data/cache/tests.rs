use super::layout::check_disk_space;
use super::*;
use std::time::{Duration, SystemTime};

const SIDE: u32 = 16;

/// An image folder of noise, `images/NN.png`, each of another size.
struct Folder {
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Folder {
    fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("images")).expect("created");
        let files = (0..count).map(|at| PathBuf::from(format!("{at:02}.png"))).collect();
        let folder = Self { folder, files };
        (0..count).for_each(|at| folder.draw(at, at as u64));
        folder
    }

    fn images(&self) -> PathBuf {
        self.folder.path().join("images")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// (Re)draws an image; each seed is another time of change.
    fn draw(&self, at: usize, seed: u64) {
        let mut rng = nadir_core::rng::Rng::new(seed);
        let image = image::RgbImage::from_fn(SIDE + at as u32, SIDE, |_, _| {
            image::Rgb([0; 3].map(|_: u8| rng.below(256) as u8))
        });
        let path = self.images().join(&self.files[at]);
        image.save(&path).expect("written");
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000 + seed);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(time)).expect("a time");
    }

    fn open(&self) -> Result<(ImageCache, Vec<Result<(), String>>)> {
        ImageCache::open(&self.cache(), &self.images(), &self.files)
    }

    /// Opens and checks that the cache holds exactly what decoding gives.
    fn opens_whole(&self) {
        let (cache, there) = self.open().expect("opens");
        assert!(there.iter().all(Result::is_ok), "{there:?}");
        assert_eq!(cache.len(), self.files.len());
        for (at, file) in self.files.iter().enumerate() {
            let image = super::super::decode::read_image(&self.images().join(file)).expect("decodes");
            assert_eq!(cache.image(at), image.view(), "{}", file.display());
        }
        let state = check(&self.cache()).expect("a cache");
        assert!(state.complete && state.damaged.count == 0, "{state:?}");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.cache().join(name)).expect("there")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.cache().join(name), bytes).expect("written");
    }

    fn index_lines(&self) -> usize {
        self.read("index").iter().filter(|&&byte| byte == b'\n').count()
    }

    fn refused(&self) -> String {
        let before = (self.read("index"), self.read("pixels"));
        let message = format!("{:#}", self.open().expect_err("refused"));
        assert!(before == (self.read("index"), self.read("pixels")), "a refused cache is left as it is");
        message
    }
}

#[test]
fn a_cache_holds_what_decoding_gives_and_opening_it_again_decodes_nothing() {
    let folder = Folder::new(7);
    folder.opens_whole();
    // A header, seven images, the end.
    assert_eq!(folder.index_lines(), 9);
    let before = folder.read("index");
    folder.opens_whole();
    assert!(before == folder.read("index"));
    // Some of the files, in another order.
    let files: Vec<PathBuf> = [4, 1].map(|at| folder.files[at].clone()).to_vec();
    let (cache, _) = ImageCache::open(&folder.cache(), &folder.images(), &files).expect("opens");
    assert_eq!([cache.image(0).width, cache.image(1).width], [20, 17]);
}

#[test]
fn only_images_whose_source_changed_are_decoded_again() {
    let folder = Folder::new(5);
    folder.opens_whole();
    folder.draw(2, 100);
    folder.opens_whole();
    assert_eq!(folder.index_lines(), 7 + 2, "one image and the end were added");
}

/// Every place where a build can be killed: whatever was written stays, the rest is decoded, and nothing is doubled.
#[test]
fn a_build_that_was_killed_anywhere_goes_on() {
    let folder = Folder::new(6);
    folder.opens_whole();
    let (index, pixels) = (folder.read("index"), folder.read("pixels"));
    let ends: Vec<usize> = index.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    for (lines, more) in [(0, 0), (0, 20), (1, 0), (3, 0), (3, 25), (7, 0), (7, 5)] {
        let kept = if lines == 0 { 0 } else { ends[lines - 1] } + more;
        folder.write("index", &index[..kept]);
        // Pixels are written before their lines: some may stand there without one.
        folder.write("pixels", &pixels);
        folder.opens_whole();
        assert!(folder.read("index") == index, "{lines} lines and {more} bytes were left");
        assert!(folder.read("pixels") == pixels, "{lines} lines and {more} bytes were left");
    }
}

#[test]
fn pixels_that_never_reached_the_disk_or_were_cut_off_are_decoded_again() {
    let folder = Folder::new(4);
    folder.opens_whole();
    let (index, pixels) = (folder.read("index"), folder.read("pixels"));
    // The machine went down in the build: zeros where the second image should be, and no last line.
    let mut zeros = pixels.clone();
    let first = PIXELS_START.len() + 3 * (SIDE * SIDE) as usize;
    zeros[first..first + 300].fill(0);
    folder.write("pixels", &zeros);
    folder.write("index", &index[..index.len() - "{\"complete\":true}\n".len()]);
    folder.opens_whole();
    // Cut off later, by whatever.
    folder.write("index", &index);
    folder.write("pixels", &pixels[..pixels.len() - 10]);
    folder.opens_whole();
    // A changed byte in a whole cache is found by its checksum.
    let mut changed = folder.read("pixels");
    changed[first + 5] ^= 1;
    folder.write("pixels", &changed);
    assert_eq!(check(&folder.cache()).expect("a cache").damaged.first, ["01.png"]);
}

#[test]
fn another_version_and_other_files_are_refused_and_left_as_they_are() {
    let folder = Folder::new(2);
    folder.opens_whole();
    let (index, pixels) = (folder.read("index"), folder.read("pixels"));
    let text = String::from_utf8(index.clone()).expect("text").replacen("\"version\":1", "\"version\":2", 1);
    folder.write("index", text.as_bytes());
    let message = folder.refused();
    assert!(message.contains("version 2") && message.contains("delete its folder"), "{message}");
    folder.write("index", b"my notes\n");
    assert!(folder.refused().contains("is no image cache of Nadir's"));
    folder.write("index", b"my notes without an end");
    assert!(folder.refused().contains("is no image cache of Nadir's"));
    folder.write("index", &index);
    folder.write("pixels", b"a painting");
    assert!(folder.refused().contains("is no image cache of Nadir's"));
    folder.write("pixels", &pixels);
    folder.opens_whole();
}

#[test]
fn broken_images_have_their_reason_and_the_others_keep_their_order() {
    let folder = Folder::new(4);
    std::fs::write(folder.images().join("01.png"), []).expect("written");
    std::fs::remove_file(folder.images().join("02.png")).expect("removed");
    let (cache, there) = folder.open().expect("opens");
    assert!(
        there[1].as_ref().is_err_and(|reason| reason.contains("01.png") && reason.contains("0 bytes")),
        "{there:?}"
    );
    assert!(there[2].as_ref().is_err_and(|reason| reason.contains("02.png")), "{there:?}");
    assert_eq!([cache.image(0).width, cache.image(1).width], [16, 19]);
    // Mended later, it is taken in.
    folder.draw(1, 1);
    folder.draw(2, 2);
    folder.opens_whole();
}

#[test]
fn a_disk_without_free_space_is_named_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    if crate::resources::free_disk(folder.path()).is_some() {
        let message = check_disk_space(folder.path(), u64::MAX).expect_err("no disk is so large").to_string();
        assert!(message.contains("GB") && message.contains("data.cache"), "{message}");
    }
}

/// Images of other bands lie with a byte a band, beside those of three, whose lines are as they were.
#[test]
fn images_of_any_bands_are_kept_and_a_line_that_cannot_be_is_decoded_again() {
    let folder = Folder::new(2);
    let with = |bands: &[&str]| {
        let settings = BandSettings { bands: Some(bands.iter().map(ToString::to_string).collect()), scaling: None };
        let items: Vec<Item<'_>> =
            folder.files.iter().map(|file| Item::whole(&folder.images(), file, &settings)).collect();
        ImageCache::open_items(&folder.cache(), &items).expect("opens").0
    };
    folder.opens_whole();
    assert!(!String::from_utf8_lossy(&folder.read("index")).contains("channels"));
    for _ in 0..2 {
        let five = with(&["3", "1", "2", "1", "1"]);
        for (at, file) in folder.files.iter().enumerate() {
            let rgb = super::super::decode::read_image(&folder.images().join(file)).expect("decodes");
            let expected = rgb.pixels.chunks_exact(3).flat_map(|p| [p[2], p[0], p[1], p[0], p[0]]);
            assert_eq!(five.image(at).channels(), 5);
            assert_eq!(five.image(at).pixels, expected.collect::<Vec<u8>>());
        }
        // A header, two images and the end, two more and the end.
        assert_eq!(folder.index_lines(), 7);
    }
    folder.opens_whole();
    let state = check(&folder.cache()).expect("a cache");
    assert_eq!(state.bytes, 8 * (16 + 17) * 16);
    let index = String::from_utf8(folder.read("index")).expect("text");
    for channels in [0, 33] {
        folder.write("index", index.replace("\"channels\":5", &format!("\"channels\":{channels}")).as_bytes());
        assert_eq!(with(&["3", "1", "2", "1", "1"]).image(1).channels(), 5);
    }
}
