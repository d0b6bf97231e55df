//! Pictures of the templates, compared with those that lie beside this file.
//!
//! The fonts are those of the Debian packages that `cargo xtask test` installs (P052, Liberation,
//! Noto CJK); hinting and subpixels are off, so that they fall alike on every machine. With
//! `LETTERPRESS_LOOKS=write` the pictures are made anew: look at them before they are kept.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use super::Look;
use crate::chromium;
use crate::press::repository;

/// So many of a thousand pixels may differ.
const DIFFERING_PER_THOUSAND: usize = 1;
/// A pixel differs when one of its colors does so by more than this: what lies below is how an edge
/// was smoothed, or what fewer colors lost.
const COLOR_DIFFERENCE: u8 = 72;
/// Colors that are kept of a picture.
const COLORS: usize = 16;
/// Of two colors that are nearer to each other than this, one is kept.
const COLOR_STEP: u8 = 20;

/// A picture of three bytes a pixel.
struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 3]>,
}

/// Shows a page in a frame of a width, as high as it needs.
fn shot(look: &Look, width: u32, dark: bool) -> Picture {
    let scheme = if dark { "dark" } else { "light" };
    let folder = ".letterpress/build/2023-W12";
    let around = |height: u32, script: &str| {
        let page = format!(
            "<!doctype html><meta name=color-scheme content={scheme}><style>body{{margin:0}}iframe\
             {{border:0;display:block;color-scheme:{scheme}}}</style><iframe width={width} \
             height={height} src=index.html></iframe>{script}"
        );
        look.press.write(&format!("{folder}/around.html"), page);
    };
    let profile = tempfile::tempdir().unwrap();
    let browser = |args: &[&str]| {
        let mut command = chromium::program();
        if dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        command
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(["--allow-file-access-from-files", "--hide-scrollbars"])
            .args(["--font-render-hinting=none", "--disable-lcd-text"])
            .args(["--force-device-scale-factor=1", "--virtual-time-budget=5000"])
            .args(args)
            .arg(format!("file://{}", look.press.path(&format!("{folder}/around.html")).display()))
            .output()
            .unwrap()
    };
    around(
        300,
        "<script>onload = () => { const page = document.querySelector('iframe').contentDocument;\
         document.title = 'height ' + page.documentElement.scrollHeight }</script>",
    );
    let dom = browser(&["--dump-dom"]).stdout;
    let dom = String::from_utf8_lossy(&dom);
    let height = dom.split("<title>height ").nth(1).and_then(|rest| rest.split('<').next());
    let height: u32 = height.unwrap_or_else(|| panic!("no height in {dom}")).parse().unwrap();
    around(height, "");
    let out = look.press.path("shot.png");
    let size = format!("--window-size={},{height}", width.max(500));
    browser(&[&size, &format!("--screenshot={}", out.display())]);
    read(&out).cut(width)
}

fn read(path: &Path) -> Picture {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut decoder = png::Decoder::new(BufReader::new(file));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let pixels = bytes[..info.buffer_size()].chunks(info.color_type.samples());
    let pixels = pixels.map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Picture { width: info.width, height: info.height, pixels }
}

impl Picture {
    /// The left part of it; a browser's window has a least width.
    fn cut(self, width: u32) -> Self {
        let rows = self.pixels.chunks(self.width as usize);
        let pixels = rows.flat_map(|row| row[..width as usize].to_vec()).collect();
        Self { width, pixels, ..self }
    }

    /// Writes it in its commonest colors, which keeps it small.
    fn write(&self, path: &Path) {
        let mut counts: HashMap<[u8; 3], usize> = HashMap::new();
        self.pixels.iter().for_each(|pixel| *counts.entry(*pixel).or_default() += 1);
        let mut colors: Vec<([u8; 3], usize)> = counts.into_iter().collect();
        colors.sort_by_key(|(color, count)| (std::cmp::Reverse(*count), *color));
        let mut palette: Vec<[u8; 3]> = Vec::new();
        for (color, _) in &colors {
            let is_new = palette.iter().all(|kept| difference(*kept, *color) >= COLOR_STEP);
            if is_new && palette.len() < COLORS {
                palette.push(*color);
            }
        }
        let nearest: HashMap<[u8; 3], u8> = colors
            .iter()
            .map(|(color, _)| {
                let far = |index: &usize| difference(palette[*index], *color);
                (*color, (0..palette.len()).min_by_key(far).unwrap() as u8)
            })
            .collect();
        let file = BufWriter::new(File::create(path).unwrap());
        let mut encoder = png::Encoder::new(file, self.width, self.height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Four);
        encoder.set_compression(png::Compression::High);
        encoder.set_filter(png::Filter::NoFilter);
        encoder.set_palette(palette.concat());
        let rows = self.pixels.chunks(self.width as usize);
        let pair =
            |pair: &[[u8; 3]]| nearest[&pair[0]] << 4 | pair.get(1).map_or(0, |p| nearest[p]);
        let bytes: Vec<u8> =
            rows.flat_map(|row| row.chunks(2).map(pair).collect::<Vec<_>>()).collect();
        encoder.write_header().unwrap().write_image_data(&bytes).unwrap();
    }

    /// How many pixels differ from another picture's; all if it has another size.
    fn differing(&self, other: &Self) -> usize {
        if (self.width, self.height) != (other.width, other.height) {
            return self.pixels.len();
        }
        let pairs = self.pixels.iter().zip(&other.pixels);
        pairs.filter(|(one, two)| difference(**one, **two) > COLOR_DIFFERENCE).count()
    }
}

fn difference(one: [u8; 3], two: [u8; 3]) -> u8 {
    one.iter().zip(two).map(|(one, two)| one.abs_diff(two)).max().unwrap_or_default()
}

#[test]
fn the_templates_look_as_they_did_when_somebody_looked() {
    let anew = std::env::var("LETTERPRESS_LOOKS").is_ok_and(|value| value == "write");
    let looks = [
        (Look::of("weekly"), 650, false),
        (Look::of("briefing"), 375, true),
        (Look::of("letter"), 320, false),
        (Look::in_language("weekly", "ar"), 375, true),
    ];
    let mut wrong = Vec::new();
    for (look, width, dark) in looks {
        let picture = shot(&look, width, dark);
        let night = if dark { "-dark" } else { "" };
        let name = format!("{}-{width}{night}.png", look.name);
        let kept = repository().join("tests/it/looks").join(&name);
        if anew {
            picture.write(&kept);
        }
        let differing = picture.differing(&read(&kept));
        if differing * 1_000 > picture.pixels.len() * DIFFERING_PER_THOUSAND {
            let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
            picture.write(&seen);
            let size = format!("{}×{}", picture.width, picture.height);
            wrong.push(format!("{name}, {size}: {differing} pixels, see {}", seen.display()));
        }
        // The same upside down is another picture.
        let turned: Vec<[u8; 3]> = picture.pixels.iter().rev().copied().collect();
        let turned = Picture { pixels: turned, ..picture };
        assert!(turned.differing(&read(&kept)) * 100 > turned.pixels.len(), "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
