//! Whether a JPEG is there to its end: decoders fill up with grey what is missing.

/// Says whether the markers of a JPEG lead to its end (ITU-T T.81, annex B). What stands behind the
/// end is some camera's own.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(at) = rest.iter().position(|byte| *byte == 0xFF) {
        let Some(&marker) = rest.get(at + 1) else { return false };
        let behind = &rest[at + 2..];
        rest = match marker {
            0xD9 => return true,
            // A marker may have any number of 0xFF before it.
            0xFF => &rest[at + 1..],
            // A byte 0xFF of the picture; markers that stand alone.
            0x00 | 0x01 | 0xD0..=0xD7 => behind,
            _ => {
                let Some([high, low]) = behind.first_chunk() else { return false };
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                let Some(after) = behind.get(length..) else { return false };
                after
            }
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::tests::{photograph, with_exif, written};
    use super::is_whole;

    #[test]
    fn a_jpeg_that_was_cut_anywhere_is_not_whole() {
        let jpeg = with_exif(&written(&photograph(64, 48), image::ImageFormat::Jpeg), 6);
        assert!(is_whole(&jpeg));
        assert!(is_whole(&[&jpeg[..], b"trailer"].concat()));
        for length in 0..jpeg.len() {
            assert!(!is_whole(&jpeg[..length]), "{length} of {}", jpeg.len());
        }
    }
}
