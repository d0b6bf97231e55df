//! Makes HTML of bare MJML, as `cargo xtask bench mjml` compares it with npm's.
//!
//! `cargo run --release --example mjml_page -- FOLDER OUT` makes `OUT/NAME.html` of each `.mjml`
//! under a folder, or `NAME.error` where it is refused; `-- --time FILE TIMES` prints the
//! microseconds of each making but the first.

#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::path::Path;
use std::time::Instant;

use letterpress::render;
use letterpress::world::{Files as _, WorkspaceFiles};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--time", file, times] => time(Path::new(file), times.parse()?),
        [folder, out] => pages(folder, out),
        _ => Err("FOLDER OUT, or --time FILE TIMES".into()),
    }
}

fn pages(folder: &str, out: &str) -> Result<(), Failure> {
    let files = WorkspaceFiles::new(folder);
    let out = WorkspaceFiles::new(out);
    for path in files.list(".")? {
        let Some(name) = path.strip_suffix(".mjml") else { continue };
        match render::page(&files, path.trim_start_matches("./")) {
            Ok(html) => out.write_unsynced(&format!("{name}.html"), html.as_bytes())?,
            Err(faults) => {
                let told: Vec<String> = faults
                    .list
                    .iter()
                    .map(|fault| match fault.place() {
                        Some(place) => format!("{place}: {}", fault.what),
                        None => fault.what.clone(),
                    })
                    .collect();
                out.write_unsynced(&format!("{name}.error"), told.join("\n").as_bytes())?;
            }
        }
    }
    Ok(())
}

fn time(file: &Path, times: usize) -> Result<(), Failure> {
    let folder = file.parent().ok_or("a file in a folder")?;
    let files = WorkspaceFiles::new(folder);
    let name = file.file_name().ok_or("a file")?.to_string_lossy().into_owned();
    for turn in 0..=times {
        let started = Instant::now();
        let html = render::page(&files, &name).map_err(|faults| faults.list[0].what.clone())?;
        if turn > 0 {
            println!("{}", started.elapsed().as_micros());
        }
        std::hint::black_box(html);
    }
    Ok(())
}
