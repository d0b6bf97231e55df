use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

mod store;

/// A picture of a soft colour course, as photographs have, with a mark in its top left corner.
pub(super) fn photograph(width: u32, height: u32) -> DynamicImage {
    let mut noise = 7_u32;
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let soft = (x * 255 / width) as u8;
        Rgb([soft, (y * 255 / height) as u8, soft.wrapping_add((noise >> 24) as u8 / 8)])
    });
    for (x, y) in (0..width / 4).flat_map(|x| (0..height / 4).map(move |y| (x, y))) {
        picture.put_pixel(x, y, Rgb([255, 0, 0]));
    }
    DynamicImage::ImageRgb8(picture)
}

pub(super) fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG whose EXIF says that the camera was turned (TIFF 6.0: tag 0x0112), and where it was.
pub(super) fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    tiff.extend(b"GPS 38.7684 N 76.0686 W");
    let body = [b"Exif\0\0".as_slice(), &tiff].concat();
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &body, &jpeg[2..]].concat()
}

fn red(picture: &[u8], x: u32, y: u32) -> bool {
    let point = image::load_from_memory(picture).unwrap().to_rgb8().get_pixel(x, y).0;
    point[0] > 200 && point[1] < 60 && point[2] < 60
}

#[test]
fn a_colour_profile_stays_where_it_is_of_the_picture() {
    use image::ImageEncoder as _;
    let profile = |space: &[u8; 4], bytes: usize| {
        let mut profile = vec![0; bytes];
        profile[16..20].copy_from_slice(space);
        profile[36..40].copy_from_slice(b"acsp");
        profile
    };
    let kept = |picture: &DynamicImage, profile: Vec<u8>| {
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_icc_profile(profile.clone()).unwrap();
        picture.write_with_encoder(encoder).unwrap();
        let fit = fit(&png, 4_000).unwrap();
        let kept = open(&fit.bytes).unwrap().icc_profile().unwrap();
        assert!(kept.is_none() || kept == Some(profile));
        kept.is_some()
    };
    let (color, gray) =
        (photograph(40, 30), DynamicImage::ImageLuma8(photograph(40, 30).into_luma8()));
    assert!(kept(&color, profile(b"RGB ", 3_144)));
    assert!(kept(&gray, profile(b"GRAY", 400)));
    assert!(!kept(&color, profile(b"CMYK", 400)));
    assert!(!kept(&gray, profile(b"RGB ", 400)));
    assert!(!kept(&color, profile(b"RGB ", 500_000)));
    assert!(!kept(&color, b"no profile".to_vec()));
}

#[test]
fn a_photograph_is_scaled_down_and_never_up() {
    let jpeg = written(&photograph(800, 600), ImageFormat::Jpeg);
    let small = fit(&jpeg, 400).unwrap();
    assert_eq!((small.width, small.height, small.kind), (400, 300, Kind::Jpeg));
    assert_eq!(size(&small.bytes).unwrap(), (400, 300));
    assert!(small.bytes.len() < jpeg.len() / 2);
    let same = fit(&jpeg, 4_000).unwrap();
    assert_eq!((same.width, same.height), (800, 600));
    assert!(same.bytes.len() <= jpeg.len());
}

#[test]
fn what_a_camera_wrote_is_heeded_and_taken_out() {
    let jpeg = written(&photograph(400, 200), ImageFormat::Jpeg);
    // Turned by a quarter to the right, the mark stands in the top right corner.
    let turned = with_exif(&jpeg, 6);
    assert_eq!(size(&turned).unwrap(), (200, 400));
    let fit = fit(&turned, 4_000).unwrap();
    assert_eq!((fit.width, fit.height), (200, 400));
    assert!(red(&fit.bytes, 190, 10) && !red(&fit.bytes, 10, 10));
    let is_told = |bytes: &[u8]| bytes.windows(3).any(|part| part == b"GPS");
    assert!(is_told(&turned) && !is_told(&fit.bytes));
}

#[test]
fn formats_come_out_as_those_that_mail_clients_know() {
    let photograph = photograph(300, 200);
    let webp = fit(&written(&photograph, ImageFormat::WebP), 900).unwrap();
    assert_eq!(webp.kind, Kind::Jpeg);
    let seen = RgbaImage::from_fn(64, 64, |x, y| {
        let noise = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 24;
        Rgba([noise as u8, y as u8, 9, (x * 4) as u8])
    });
    let seen = DynamicImage::ImageRgba8(seen);
    for format in [ImageFormat::WebP, ImageFormat::Png] {
        let png = fit(&written(&seen, format), 32).unwrap();
        assert_eq!((png.kind, png.width), (Kind::Png, 32));
        assert!(image::load_from_memory(&png.bytes).unwrap().color().has_alpha());
    }
    // A photograph is a JPEG, whatever it was saved as; a drawing stays a PNG.
    assert_eq!(fit(&written(&photograph, ImageFormat::Png), 900).unwrap().kind, Kind::Jpeg);
    let drawing = RgbImage::from_fn(600, 400, |x, y| Rgb([if x > y { 31 } else { 237 }, 91, 69]));
    let drawing = written(&DynamicImage::ImageRgb8(drawing), ImageFormat::Png);
    let kept = fit(&drawing, 1_200).unwrap();
    assert_eq!((kept.kind, kept.width), (Kind::Png, 600));
    assert!(kept.bytes.len() <= drawing.len());
    // A GIF that does not move is a picture like others.
    let still = fit(&written(&DynamicImage::new_rgb8(8, 8), ImageFormat::Gif), 8).unwrap();
    assert_eq!(still.kind, Kind::Png);
}

#[test]
fn a_gif_that_moves_stays_as_it_is() {
    let mut bytes = Vec::new();
    {
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        for shade in [0, 200] {
            let frame = RgbaImage::from_pixel(40, 20, Rgba([shade, 0, 0, 255]));
            encoder.encode_frame(image::Frame::new(frame)).unwrap();
        }
    }
    let fit = fit(&bytes, 10).unwrap();
    assert_eq!((fit.kind, fit.width, fit.bytes == bytes), (Kind::Gif, 40, true));
}

#[test]
fn what_cannot_be_mailed_is_told_with_its_remedy() {
    let jpeg = written(&photograph(64, 64), ImageFormat::Jpeg);
    let mut bomb = written(&DynamicImage::new_luma8(1, 1), ImageFormat::Png);
    // The header of a PNG says how large it is; its checksum is not what stops it.
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let checksum = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    let told: Vec<String> = [
        ("a.svg", b"<?xml version='1.0'?><svg/>".to_vec()),
        ("b.jpg", b"<!DOCTYPE html><title>404</title>".to_vec()),
        ("c.heic", b"\0\0\0\x18ftypheic\0\0".to_vec()),
        ("d.png", b"no picture at all".to_vec()),
        ("e.jpg", jpeg[..jpeg.len() / 3].to_vec()),
        ("f.png", bomb),
        ("g.png", vec![]),
        ("h.png", b"version https://git-lfs.github.com/spec/v1\n".to_vec()),
    ]
    .into_iter()
    .map(|(path, bytes)| match fit(&bytes, 100) {
        Ok(fit) => format!("{path}: {} × {}", fit.width, fit.height),
        Err(error) => {
            let told = error.told(path);
            format!("{}: {}; {}", told.what, told.notes.join(" "), told.hint.unwrap())
        }
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    `a.svg` cannot be mailed: it is an SVG, which mail clients do not show; save it as JPEG or PNG
    `b.jpg` cannot be mailed: it is a page of the web; put the picture there; what was saved is what a server said
    `c.heic` cannot be mailed: it is a HEIC, which mail clients do not show; save it as JPEG or PNG
    `d.png` cannot be mailed: it is no picture; put a JPEG or a PNG there
    `e.jpg` cannot be mailed: it is broken: its end is missing; save it anew from its source
    `f.png` cannot be mailed: it has 65536 × 65536 points; make it smaller; 2,400 points are plenty
    `g.png` cannot be mailed: it is empty; put a JPEG or a PNG there
    `h.png` cannot be mailed: it is a pointer of Git LFS, without the picture; fetch it with `git lfs pull`
    ");
}

/// CRC-32 as PNG reckons it (RFC 2083, 15).
fn crc(bytes: &[u8]) -> u32 {
    let step = |mut crc: u32| {
        (0..8).for_each(|_| crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 });
        crc
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| step((crc ^ u32::from(*byte)) & 0xff) ^ (crc >> 8))
}

#[test]
fn cut_and_changed_files_end_with_a_message_or_a_picture() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = written(&photograph(24, 16), format);
        let mut seed = 1_u32;
        for round in 0..200 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut bytes = whole.clone();
            let at = seed as usize % bytes.len();
            match round % 2 {
                0 => bytes.truncate(at),
                _ => bytes[at] ^= (seed >> 16) as u8 | 1,
            }
            let _ = fit(&bytes, 12);
            let _ = size(&bytes);
        }
    }
}
