//! Why a picture cannot be mailed.

use thiserror::Error;

use crate::diag::Diagnostic;

/// Why a picture cannot be mailed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PictureError {
    /// It is of a kind that mail clients do not show, or no picture.
    #[error("it is {found}")]
    Kind {
        /// What it is, in words.
        found: &'static str,
    },
    /// It cannot be decoded.
    #[error("it is broken: {error}")]
    Broken {
        /// What the decoder says.
        error: String,
    },
    /// It has more points than memory should hold.
    #[error("it has {width} × {height} points")]
    Points {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// Its file is too large.
    #[error("its file has {} MB", bytes / 1_000_000)]
    Bytes {
        /// The bytes that it has.
        bytes: usize,
        /// The bytes that it may have.
        most: usize,
    },
}

impl PictureError {
    pub(super) fn broken(error: image::ImageError) -> Self {
        Self::Broken { error: error.to_string().trim().to_owned() }
    }

    /// Tells that a picture cannot be mailed, and what to do.
    pub fn told(&self, path: &str) -> Diagnostic {
        let remedy = match self {
            Self::Kind { found } if found.contains("page") => {
                "put the picture there; what was saved is what a server said"
            }
            Self::Kind { found } if found.contains("Git LFS") => "fetch it with `git lfs pull`",
            Self::Kind { found: "empty" | "no picture" } => "put a JPEG or a PNG there",
            Self::Kind { .. } => "save it as JPEG or PNG",
            Self::Broken { .. } => "save it anew from its source",
            Self::Points { .. } | Self::Bytes { .. } => "make it smaller; 2,400 points are plenty",
        };
        Diagnostic::error(format!("`{path}` cannot be mailed")).note(self.to_string()).hint(remedy)
    }
}

/// Says in words what a file is that is none of the formats that are read.
pub(super) fn what(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(1024)];
    let text =
        String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let is_svg = text.starts_with("<svg") || (text.starts_with("<?xml") && text.contains("<svg"));
    match () {
        () if bytes.is_empty() => "empty",
        () if is_svg => "an SVG, which mail clients do not show",
        () if text.starts_with("<!doctype html") || text.starts_with("<html") => {
            "a page of the web"
        }
        () if head.get(4..8) == Some(b"ftyp") => match head.get(8..12) {
            Some(b"heic" | b"heix" | b"mif1" | b"msf1") => "a HEIC, which mail clients do not show",
            Some(b"avif" | b"avis") => "an AVIF, which mail clients do not show",
            _ => "a film",
        },
        () if head.starts_with(b"II*\0") || head.starts_with(b"MM\0*") => {
            "a TIFF, which mail clients do not show"
        }
        () if head.starts_with(b"BM") => "a BMP, which mail clients do not show",
        () if head.starts_with(b"%PDF") => "a PDF",
        () if head.starts_with(b"version https://git-lfs") => {
            "a pointer of Git LFS, without the picture"
        }
        () => "no picture",
    }
}
