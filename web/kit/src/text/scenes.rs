//! The text of the large images.

use crate::numbers::{bytes, decimal, grouped, percent};

pub const TITLE: &str = "Large images";
pub const ABOUT: &str = "A GeoTIFF of any size, or a picture that is too large for the other pages: it is read in parts from your disk, never uploaded and never read as a whole.";
pub const CHOOSE: &str = "Choose a GeoTIFF or a large picture";
pub const CHOOSE_OTHER: &str = "Choose another";
pub const DROP: &str = "or drop it anywhere on this page; a world file (.tfw) may come with it";
pub const EXAMPLE: &str = "Try a generated scene";
pub const DROP_HERE: &str = "Drop the image to open it";
pub const LIMITS: &str = "TIFF and BigTIFF in strips or tiles, uncompressed or packed by deflate, LZW, PackBits or JPEG, 1 to 64 bits. JPEG, PNG, WebP and BMP up to 200 million pixels, for these must be unpacked into memory.";
pub const NO_FILE: &str = "There was no file in what was dropped. Drop one image; nothing is fetched from a link.";
pub const SEVERAL: &str = "Several images were dropped, and one is shown at a time: the first of them.";
pub const CANVAS_HELP: &str = "Drag to move, wheel or pinch to zoom. Keys: arrows move, + and − zoom, 0 shows all.";
pub const ZOOM_IN: &str = "Zoom in";
pub const ZOOM_OUT: &str = "Zoom out";
pub const WHOLE: &str = "Show all";
pub const NETWORK: &str = "Network";
pub const FIND: &str = "What is in it";
pub const FIND_LABELS: &str = "Label its tiles";
pub const FIND_OBJECTS: &str = "Find its objects";
pub const FIND_HINT: &str =
    "From the middle of what you see outwards; move on meanwhile, or stop it: what is found stays.";
pub const NO_DETECTOR: &str = "This network has no detector.";
pub const STOP: &str = "Stop";
pub const STARTING: &str = "Starting the network";
pub const CLASSIFYING: &str = "Classifying the objects’ crops";
pub const LABELS: &str = "Labels of tiles";
pub const LABELS_HINT: &str = "Select a label to see its score in every tile. Tiles where it is present, of all:";
pub const OBJECTS: &str = "Objects";
pub const OBJECTS_HINT: &str = "The highest-scoring first; select one to go there.";
pub const NO_OBJECTS: &str = "Nothing was found that scores high enough.";
pub const FILE: &str = "File";
pub const SIZE: &str = "Size";
pub const READ_AS: &str = "Read as";
pub const OVERVIEWS: &str = "Overviews";
pub const NO_OVERVIEWS: &str =
    "none: every so many px are read, which takes a while in a packed file; `gdaladdo` adds them";
pub const PLACE: &str = "Place";
pub const AS_GEOJSON: &str = "GeoJSON";
pub const AS_CSV: &str = "CSV";
pub const MODEL_FAILED: &str =
    "The network’s description could not be fetched. Check the connection, and choose the network again.";
pub const WORKER_FAILED: &str = "The reader of large images could not be started. Reload the page.";
pub const LOST_ON_RELOAD: &str = "Such a file is not kept: after a reload of the page, choose it again.";

/// While a file is opened.
pub fn opening(name: &str) -> String {
    format!("Opening {name}")
}

/// Width and height, with the file's size where it is known.
pub fn size(width: usize, height: usize, file_bytes: Option<f64>) -> String {
    let file = file_bytes.map(|count| format!(", {}", bytes(count as u64))).unwrap_or_default();
    format!("{} × {} px{file}", grouped(width as f64), grouped(height as f64))
}

/// The sizes of overviews.
pub fn overviews(sizes: &[[usize; 2]]) -> String {
    let sizes: Vec<String> = sizes.iter().map(|[width, height]| format!("{width} × {height}")).collect();
    sizes.join(", ")
}

/// Longitude and latitude in degrees, for example `45.123456° N, 15.000000° E`.
pub fn longitude_latitude([longitude, latitude]: [f64; 2]) -> String {
    let (north, east) = (if latitude < 0.0 { "S" } else { "N" }, if longitude < 0.0 { "W" } else { "E" });
    format!("{}° {north}, {}° {east}", decimal(latitude.abs(), 6), decimal(longitude.abs(), 6))
}

/// The file's own coordinates.
pub fn on_map([x, y]: [f64; 2]) -> String {
    format!("x {}, y {}", decimal(x, 2), decimal(y, 2))
}

/// Column and row.
pub fn pixel([column, row]: [f64; 2]) -> String {
    format!("column {}, row {}", grouped(column.max(0.0).floor()), grouped(row.max(0.0).floor()))
}

/// How far a search is.
pub fn so_far(done: usize, total: usize) -> String {
    format!("{} of {} tiles", grouped(done as f64), grouped(total as f64))
}

/// How long a search will still take.
pub fn time_left(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("about {} s left", decimal(seconds.max(1.0), 0)),
        ..5400.0 => format!("about {} min left", decimal(seconds / 60.0, 0)),
        _ => format!("about {} h left", decimal(seconds / 3600.0, 1)),
    }
}

/// A search that is over.
pub fn searched(done: usize, total: usize, seconds: f64) -> String {
    if done < total {
        format!("Stopped after {} in {} s; results are of these.", so_far(done, total), decimal(seconds, 0))
    } else {
        format!("{} tiles in {} s.", grouped(total as f64), decimal(seconds, 0))
    }
}

/// How many objects there are, and how many of them are listed.
pub fn objects(count: usize, listed: usize) -> String {
    if listed < count {
        format!(
            "{}, of which the list has the first {}; the files have all",
            grouped(count as f64),
            grouped(listed as f64)
        )
    } else {
        grouped(count as f64)
    }
}

/// In how many tiles a label is, of how many.
pub fn in_tiles(present: usize, tiles: usize) -> String {
    format!("{} of {}", grouped(present as f64), grouped(tiles as f64))
}

/// An object's line.
pub fn object(label: &str, score: f32) -> String {
    format!("{label} {}", percent(score))
}

/// The image for those who do not see it.
pub fn description(name: &str, width: usize, height: usize) -> String {
    format!("{name}, {width} × {height} px. {CANVAS_HELP}")
}

/// A part that cannot be read.
pub fn part_failed(why: &str) -> String {
    format!("A part of the image cannot be read and stays empty. {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_times_read_as_people_write_them() {
        assert_eq!(longitude_latitude([-15.25, -0.5]), "0.500000° S, 15.250000° W");
        assert_eq!(time_left(0.2), "about 1 s left");
        assert_eq!(time_left(600.0), "about 10 min left");
        assert_eq!(time_left(7200.0), "about 2.0 h left");
    }
}
