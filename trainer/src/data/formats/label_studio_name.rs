//! Addresses of images in Label Studio's tasks, and the names of the images in them.

use super::image_files::relative_name;

/// Before the name of a file below the root of Label Studio's local files.
const LOCAL_FILES: &str = "/data/local-files/?d=";
/// Before the project's number and the name of an uploaded file.
const UPLOAD: &str = "/data/upload/";
/// Label Studio puts so many hexadecimal digits and a hyphen before an uploaded file's name.
const UPLOAD_DIGITS: usize = 8;

/// The image's name: percent-encoding, host, bucket and what Label Studio puts before the name are taken off.
pub fn image_name(address: &str) -> String {
    let address = address.trim();
    if let Some((_, path)) = address.split_once("?d=") {
        return relative_name(&percent_decoded(path.split('&').next().unwrap_or(path)));
    }
    let path = match address.split_once("://") {
        // Behind the host or bucket.
        Some((_, rest)) => rest.split_once('/').map_or(rest, |(_, path)| path).split(['?', '#']).next().unwrap_or(rest),
        None => address,
    };
    let is_address = path.len() != address.len() || address.starts_with("/data/");
    let path = if is_address { percent_decoded(path) } else { path.to_owned() };
    if let Some((_, uploaded)) = path.split_once(UPLOAD.trim_start_matches('/')) {
        let name = uploaded.rsplit('/').next().unwrap_or(uploaded);
        return relative_name(without_upload_prefix(name));
    }
    relative_name(&path)
}

fn without_upload_prefix(name: &str) -> &str {
    match name.split_once('-') {
        Some((digits, own))
            if digits.len() == UPLOAD_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit()) && !own.is_empty() =>
        {
            own
        }
        _ => name,
    }
}

/// The address of an image below the root of Label Studio's local files.
pub fn local_file(name: &str) -> String {
    let mut address = LOCAL_FILES.to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            address.push(byte as char);
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

/// What is no percent-encoding stays as it is.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
        {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_address_has_its_images_name() {
        for (address, name) in [
            ("/data/upload/3/1a2b3c4d-harbour_7.jpg", "harbour_7.jpg"),
            ("/data/upload/harbour-7.jpg", "harbour-7.jpg"),
            ("/data/local-files/?d=deep/harbour%207.jpg", "deep/harbour 7.jpg"),
            ("s3://bucket/deep/a.png", "deep/a.png"),
            ("https://host:8080/x/a%2Bb.png?token=1", "x/a+b.png"),
            ("deep/100%25.png", "deep/100%25.png"),
            ("C:\\images\\a.png", "images/a.png"),
        ] {
            assert_eq!(image_name(address), name, "{address}");
        }
        for name in ["deep/harbour 7.jpg", "100%.png", "Fähre?d=&.png"] {
            assert_eq!(image_name(&local_file(name)), name);
        }
    }
}
