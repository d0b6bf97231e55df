//! Makes a picture fit for mail: turned as it was taken, freed of what a camera wrote into it, no
//! larger than it is shown, in a format that every mail client knows.
//!
//! Invariant: a picture is never made larger, and what comes out is a JPEG, a PNG or a GIF.

mod error;
mod jpeg;
mod store;

use std::io::Cursor;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{self, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

pub use error::PictureError;
pub use store::{FOLDER, Made, Store, Unfit, kept, media_type};

/// The largest file that is read, in bytes.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most points: of the largest cameras, no more than memory holds.
const POINTS_MAX: u64 = 120_000_000;
/// Bytes that a decoder may take.
const MEMORY_MAX: u64 = 640 * 1024 * 1024;
/// How faithful a JPEG is, of 100; above it, files grow and nobody sees it.
const QUALITY: u8 = 82;
/// The profiles of cameras and screens are smaller.
const PROFILE_BYTES_MAX: usize = 16 * 1024;
/// A photograph kept as a PNG is this many times larger than as a JPEG; a drawing is not.
const PHOTOGRAPH: usize = 3;

/// A format that every mail client shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF, which may move.
    Gif,
}

impl Kind {
    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
        }
    }

    /// Its media type (RFC 2046; PNG: W3C).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }
}

/// A picture that is fit for mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// The file.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Its width in points.
    pub width: u32,
    /// Its height in points.
    pub height: u32,
}

/// Returns width and height of a picture in points, as it is shown: turned as its camera was held.
///
/// # Errors
/// If it is no picture that can be mailed.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), PictureError> {
    let mut decoder = open(bytes)?;
    let (width, height) = decoder.dimensions();
    match is_turned(orientation(&mut *decoder)) {
        true => Ok((height, width)),
        false => Ok((width, height)),
    }
}

/// Makes a picture fit for being shown at a width, in points of the file.
///
/// # Errors
/// If it is no picture that can be mailed.
pub fn fit(bytes: &[u8], width: u32) -> Result<Fit, PictureError> {
    let format = format(bytes)?;
    if format == ImageFormat::Gif && moves(bytes)? {
        let (width, height) = size(bytes)?;
        return Ok(Fit { bytes: bytes.to_vec(), kind: Kind::Gif, width, height });
    }
    if format == ImageFormat::WebP && webp_moves(bytes) {
        return Err(PictureError::Kind { found: "a WebP that moves; in mail, a GIF does" });
    }
    let mut decoder = open(bytes)?;
    let orientation = orientation(&mut *decoder);
    let own_profile = decoder.icc_profile().ok().flatten();
    let is_colored = decoder.color_type().has_color();
    let profile = own_profile.clone().filter(|profile| is_fit(profile, is_colored));
    let has_more = decoder.exif_metadata().ok().flatten().is_some()
        || decoder.xmp_metadata().ok().flatten().is_some()
        || profile != own_profile;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(PictureError::broken)?;
    picture.apply_orientation(orientation);
    let picture = scaled(plain(picture), width)?;
    let (new, kind) = encoded(&picture, format, profile)?;
    // What is smaller as it is, and says no more than it shows, stays as it is.
    let own = match format {
        ImageFormat::Jpeg => Some(Kind::Jpeg),
        ImageFormat::Png => Some(Kind::Png),
        _ => None,
    };
    match own.filter(|_| !has_more && new.len() >= bytes.len()) {
        Some(kind) => {
            let (width, height) = size(bytes)?;
            Ok(Fit { bytes: bytes.to_vec(), kind, width, height })
        }
        None => Ok(Fit { bytes: new, kind, width: picture.width(), height: picture.height() }),
    }
}

/// Says whether a colour profile is of the colours that a picture has once it is decoded, and small:
/// those of printing presses are neither (ICC.1:2022, 7.2).
fn is_fit(profile: &[u8], is_colored: bool) -> bool {
    let space = profile.get(16..20);
    let is_own = space == Some(if is_colored { b"RGB " } else { b"GRAY" });
    is_own && profile.get(36..40) == Some(b"acsp") && profile.len() <= PROFILE_BYTES_MAX
}

/// Says which of the formats that are read a file has.
fn format(bytes: &[u8]) -> Result<ImageFormat, PictureError> {
    if bytes.len() > BYTES_MAX {
        return Err(PictureError::Bytes { bytes: bytes.len(), most: BYTES_MAX });
    }
    match image::guess_format(bytes) {
        Ok(
            format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP),
        ) => Ok(format),
        _ => Err(PictureError::Kind { found: error::what(bytes) }),
    }
}

fn open(bytes: &[u8]) -> Result<Box<dyn ImageDecoder + '_>, PictureError> {
    let format = format(bytes)?;
    if format == ImageFormat::Jpeg && !jpeg::is_whole(bytes) {
        return Err(PictureError::Broken { error: "its end is missing".into() });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(PictureError::broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > POINTS_MAX {
        return Err(PictureError::Points { width, height });
    }
    decoder.set_limits(limits).map_err(PictureError::broken)?;
    Ok(Box::new(decoder))
}

fn orientation(decoder: &mut dyn ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate90FlipH | Rotate270 | Rotate270FlipH)
}

/// Says whether a GIF has more than one frame.
fn moves(bytes: &[u8]) -> Result<bool, PictureError> {
    let decoder = GifDecoder::new(Cursor::new(bytes)).map_err(PictureError::broken)?;
    Ok(decoder.into_frames().take(2).filter(Result::is_ok).count() > 1)
}

/// Eight bits a colour, with a channel for what is transparent where something is.
fn plain(picture: DynamicImage) -> DynamicImage {
    if picture.color().has_alpha() {
        let points = picture.into_rgba8();
        if points.pixels().all(|point| point.0[3] == u8::MAX) {
            return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(points).into_rgb8());
        }
        return DynamicImage::ImageRgba8(points);
    }
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => picture,
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(picture.into_luma8()),
        picture => DynamicImage::ImageRgb8(picture.into_rgb8()),
    }
}

fn scaled(picture: DynamicImage, width: u32) -> Result<DynamicImage, PictureError> {
    let width = width.max(1);
    if picture.width() <= width {
        return Ok(picture);
    }
    let height = u64::from(picture.height()) * u64::from(width);
    let height = height.div_ceil(u64::from(picture.width())).max(1);
    let height = u32::try_from(height).unwrap_or(u32::MAX);
    let mut small = DynamicImage::new(width, height, picture.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&picture, &mut small, &options)
        .map_err(|error| PictureError::Broken { error: error.to_string() })?;
    Ok(small)
}

fn encoded(
    picture: &DynamicImage,
    format: ImageFormat,
    profile: Option<Vec<u8>>,
) -> Result<(Vec<u8>, Kind), PictureError> {
    if picture.color().has_alpha() {
        return Ok((as_png(picture, profile)?, Kind::Png));
    }
    let jpeg = as_jpeg(picture, profile.clone())?;
    if matches!(format, ImageFormat::Jpeg | ImageFormat::WebP) {
        return Ok((jpeg, Kind::Jpeg));
    }
    let png = as_png(picture, profile)?;
    match png.len() > jpeg.len() * PHOTOGRAPH {
        true => Ok((jpeg, Kind::Jpeg)),
        false => Ok((png, Kind::Png)),
    }
}

fn as_jpeg(picture: &DynamicImage, profile: Option<Vec<u8>>) -> Result<Vec<u8>, PictureError> {
    use image::ImageEncoder as _;
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    if let Some(profile) = profile {
        // A profile that does not fit is left out; the colours are then those of the web.
        let _ = encoder.set_icc_profile(profile);
    }
    picture.write_with_encoder(encoder).map_err(PictureError::broken)?;
    Ok(bytes)
}

fn as_png(picture: &DynamicImage, profile: Option<Vec<u8>>) -> Result<Vec<u8>, PictureError> {
    use image::ImageEncoder as _;
    let mut bytes = Vec::new();
    let (best, filter) = (png::CompressionType::Best, png::FilterType::Adaptive);
    let mut encoder = PngEncoder::new_with_quality(&mut bytes, best, filter);
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile);
    }
    picture.write_with_encoder(encoder).map_err(PictureError::broken)?;
    Ok(bytes)
}

/// Says whether a WebP moves, which no format but GIF does in mail.
fn webp_moves(bytes: &[u8]) -> bool {
    WebPDecoder::new(Cursor::new(bytes)).is_ok_and(|decoder| decoder.has_animation())
}

#[cfg(test)]
mod tests;
