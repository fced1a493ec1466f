//! A reader of well-known binary (OGC 06-103r4), which shares nothing with the writer. It panics where bytes are not
//! as that says, or hold anything but polygons without holes.

/// The rings of a polygon, or of each polygon of several.
///
/// # Panics
/// If it is anything else.
pub fn rings(bytes: &[u8]) -> Vec<Vec<[f64; 2]>> {
    let mut rest = bytes;
    let read = match head(&mut rest) {
        (3, 1) => vec![ring(&mut rest)],
        (6, count) => (0..count)
            .map(|_| {
                assert_eq!(head(&mut rest), (3, 1), "a polygon without holes");
                ring(&mut rest)
            })
            .collect(),
        other => panic!("type and count {other:?}"),
    };
    assert!(rest.is_empty(), "{} bytes behind the geometry", rest.len());
    read
}

fn head(rest: &mut &[u8]) -> (u32, u32) {
    assert_eq!(take::<1>(rest), [1], "the lowest byte first");
    (u32::from_le_bytes(take(rest)), u32::from_le_bytes(take(rest)))
}

fn ring(rest: &mut &[u8]) -> Vec<[f64; 2]> {
    let count = u32::from_le_bytes(take(rest));
    (0..count).map(|_| [f64::from_le_bytes(take(rest)), f64::from_le_bytes(take(rest))]).collect()
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (taken, behind) = rest.split_first_chunk().expect("more bytes");
    *rest = behind;
    *taken
}
