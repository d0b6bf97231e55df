//! The sample workspace, as it lies at the repository's root.

/// The path and the bytes of a file.
pub(super) type Sample = (&'static str, &'static [u8]);

macro_rules! samples {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../../../", $path)).as_slice())),*]
    };
}

/// Every file of the sample workspace; `tests/architecture.rs` compares the list with the folders.
pub(super) const SAMPLES: &[Sample] = samples![
    "letterpress.toml",
    "articles/2023-03-22-kishida-takes-the-night-train-to-kyiv.md",
    "articles/featured/2023-03-16-cyclone-freddy.txt",
    "articles/in-brief/2023-03-23-helsinki-signs.md",
    "articles/in-brief/2023-03-25-kigali-release.md",
    "articles/in-brief/beethovens-hair.md",
    "articles/nation/2023-03-14-a-weekend-for-two-banks.md",
    "articles/nation/2023-03-23-first-veto-stands.txt",
    "articles/nation/featured/2023-03-21-two-monuments-in-the-desert.md",
    "articles/nation/featured/2023-03-26-utah-social-media.txt",
    "articles/nation/featured/montebello-tornado.txt",
    "articles/pictures/between-earth-and-moon.png",
    "articles/pictures/between-earth-and-moon.svg",
    "articles/pictures/five-flagpoles.png",
    "articles/pictures/five-flagpoles.svg",
    "articles/pictures/night-train.png",
    "articles/pictures/night-train.svg",
    "articles/pictures/spirit-mountain.png",
    "articles/pictures/spirit-mountain.svg",
    "articles/pictures/three-portholes.png",
    "articles/pictures/three-portholes.svg",
    "articles/science/2023-03-15-a-vent-on-venus.txt",
    "articles/science/2023-03-25-between-earth-and-moon.md",
    "articles/world/2023-03-14-three-navies-one-submarine.md",
    "articles/world/2023-03-24-water-comes-to-new-york.md",
    "articles/world/farmers-win-the-dutch-provinces.md",
    "articles/world/featured/2023-03-22-commons-backs-windsor-framework.txt",
    "articles/world/featured/gandhi-loses-his-seat.txt",
    "articles/world/honduras-turns-to-beijing.md",
    "issues/2023-W12.md",
    "subscribers/sample.csv",
    "subscribers/weekly.csv",
    "templates/weekly/newsletter.mjml",
    "templates/weekly/newsletter.txt",
    "templates/weekly/partials/brief.mjml",
    "templates/weekly/partials/dark.mjml",
    "templates/weekly/partials/dark_outlook.mjml",
    "templates/weekly/partials/head.mjml",
    "templates/weekly/partials/heading_font.mjml",
    "templates/weekly/partials/lead.mjml",
    "templates/weekly/partials/masthead.mjml",
    "templates/weekly/partials/meta.mjml",
    "templates/weekly/partials/nameplate.mjml",
    "templates/weekly/partials/picture.mjml",
    "templates/weekly/partials/picture_size.mjml",
    "templates/weekly/partials/sponsor.mjml",
    "templates/weekly/partials/story.mjml",
    "templates/weekly/partials/styles.mjml",
    "templates/weekly/template.toml",
];
