//! Small files that claim much: sizes, counts, numbers, depth. Each is told in words, and its memory is not taken.

use super::repair;
use super::seeds;

/// A file by hand: the reader, its bytes, and a word of its refusal; `None` where it is read, in little memory all the same.
pub type Claim = (&'static str, Vec<u8>, Option<&'static str>);

/// Lists, elements or keys in each other.
const DEEP: usize = 100_000;

/// A little-endian TIFF of one directory: tag and value of each field, 32 bits.
fn tiff(fields: &[(u16, u32)]) -> Vec<u8> {
    let mut bytes = [b"II*\0\x08\0\0\0".as_slice(), &(fields.len() as u16).to_le_bytes()].concat();
    for (tag, value) in fields {
        bytes.extend([tag.to_le_bytes(), 4u16.to_le_bytes()].concat());
        bytes.extend([1, *value].map(u32::to_le_bytes).concat());
    }
    bytes.extend([0; 64]);
    bytes
}

/// Grey, 8 bits, of this size, packed so, in tiles or strips of these sides, which stand so long at an offset.
fn grey(side: u32, packing: u32, tile: Option<u32>, [offset, length]: [u32; 2]) -> Vec<u8> {
    let mut fields = vec![(256, side), (257, side), (258, 8), (259, packing), (262, 1)];
    match tile {
        Some(tile) => fields.extend([(277, 1), (322, tile), (323, tile), (324, offset), (325, length)]),
        None => fields.extend([(273, offset), (277, 1), (278, side), (279, length)]),
    }
    tiff(&fields)
}

/// Its header says 20,000 x 20,000 px.
fn huge_png() -> Vec<u8> {
    let mut bytes = seeds::of("png").0.swap_remove(0);
    bytes[16..24].copy_from_slice(&[0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20]);
    repair::png(&mut bytes);
    bytes
}

/// Its frame says 65,500 x 65,500 px.
fn huge_jpeg() -> Vec<u8> {
    let mut bytes = seeds::of("jpeg").0.swap_remove(0);
    let frame = bytes.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame");
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    bytes
}

/// Its canvas is 2^24 x 2^24 px.
fn huge_webp() -> Vec<u8> {
    let mut bytes = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0".to_vec();
    bytes.extend([0xff; 6]);
    bytes
}

/// 30,000 x 30,000 px of 24 bits.
fn huge_bmp() -> Vec<u8> {
    let mut bytes = seeds::of("bmp").0.swap_remove(0);
    bytes[18..26].copy_from_slice(&[30_000u32, 30_000].map(u32::to_le_bytes).concat());
    bytes
}

/// All of them.
pub fn claims() -> Vec<Claim> {
    let text = |text: &str| text.as_bytes().to_vec();
    let deep = |text: &str| text.repeat(DEEP).into_bytes();
    let side = |text: &str| {
        format!("{{\"images\": [{{\"id\": 1, \"file_name\": \"c.png\", \"width\": {text}, \"height\": 5}}]}}")
    };
    let sizes = side("1e308").replace("}]}", "}], \"categories\": [], \"annotations\": []}").into_bytes();
    vec![
        ("png", huge_png(), Some("20000 x 20000 pixels, more than the limit")),
        ("jpeg", huge_jpeg(), Some("65500 x 65500 pixels, more than the limit")),
        ("webp", huge_webp(), Some("WebP")),
        ("bmp", huge_bmp(), Some("30000 x 30000 pixels, more than the limit")),
        ("tiff", grey(20_000, 1, None, [0, 0]), Some("20000 x 20000 pixels, more than the limit")),
        ("tiff", grey(9_000, 1, None, [8, 81_000_000]), Some("cut off")),
        ("tiff", grey(9_000, 8, Some(9_008), [8, 100]), Some("cannot hold")),
        ("tiff", grey(16, 8, Some(16_000), [8, 100]), Some("broken or cut off")),
        // A tile that was never written is empty, and much of it lies outside the image.
        ("tiff", grey(16, 8, Some(16_000), [0, 0]), None),
        ("fetched_tiff", grey(9_000, 1, None, [8, 81_000_000]), Some("cut off")),
        ("yolo", text("1000000000000000 0.5 0.5 0.1 0.1\n"), Some("the class must be below")),
        ("yolo", text("1e308 0.5 0.5 0.1 0.1\n"), Some("the class must be below")),
        ("yolo_yaml", text("train: images/train\nnames:\n  1000000000000: ship\n"), Some("numbers below")),
        ("yolo_yaml", text("a: &a [x, x]\ntrain: images/train\nnames: [*a, *a]\n"), Some("alias")),
        ("yolo_yaml", deep("- "), Some("in each other")),
        ("yolo_yaml", deep("["), Some("not YAML")),
        ("json", deep("["), Some("in each other")),
        ("json", deep("{\"a\":"), Some("in each other")),
        ("coco", deep("["), Some("in each other")),
        ("coco", sizes, None),
        ("report", deep("["), Some("schema_version")),
        ("bundle", deep("{\"a\":"), Some("EOF")),
        ("ranking", [b"a = ".to_vec(), deep("[")].concat(), Some("line 1, column 85")),
        ("config", deep("[a."), Some("line 1")),
        ("xml", deep("<a>"), Some("no whole XML")),
        ("voc", deep("<a>"), Some("no whole XML")),
        ("cvat", [deep("<a>"), deep("</a>")].concat(), Some("expected <annotations>")),
        ("safetensors", [&u64::MAX.to_le_bytes()[..], b"{}"].concat(), Some("safetensors")),
        ("scores", text("image,a\na,1e999999999\n"), Some("image")),
    ]
}
