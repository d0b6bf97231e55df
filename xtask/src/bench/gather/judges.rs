//! Scripts that judge what whole folders come to; each has a workspace of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A script of `benches/gather/`, and the part of the corpus that it reads.
const JUDGES: [(&str, &str); 5] = [
    ("front.py", "articles-md"),
    ("feeds.py", "feeds/gofeed"),
    ("any.py", ""),
    ("twins.py", ""),
    ("again.py", "articles-md"),
];

/// Runs all judges whose part the corpus has; returns rows for the table of goals, and what was
/// noted.
pub fn judge(program: &Path, corpus: &Path, target: &Path) -> Result<(String, String), String> {
    let (mut rows, mut notes) = (String::new(), String::new());
    for (script, part) in JUDGES.iter().filter(|(_, part)| corpus.join(part).is_dir()) {
        eprintln!("xtask: {script}");
        let folder = workspace(program, &target.join(format!("bench/{script}")))?;
        let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/gather").join(script);
        let mut command = Command::new("python3");
        command.arg(place).arg(program).arg(&folder).arg(corpus.join(part));
        let said: Value = serde_json::from_str(&output(&mut command)?)
            .map_err(|error| format!("{script}: {error}"))?;
        for row in said["rows"].as_array().into_iter().flatten() {
            rows += &line(row);
        }
        for note in said["notes"].as_array().into_iter().flatten() {
            notes += &format!("{script}: {}\n", note.as_str().unwrap_or_default());
        }
        let _ = fs::remove_dir_all(folder);
    }
    Ok((rows, notes))
}

fn line(row: &Value) -> String {
    let (bound, measured) = (row[2].as_f64(), row[3].as_f64());
    let is_met = match (row[1].as_str(), bound, measured) {
        (Some("≤"), Some(most), Some(measured)) => measured <= most,
        (_, Some(least), Some(measured)) => measured >= least,
        _ => false,
    };
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verdict = if is_met { "met" } else { "missed" };
    format!("| {} | {} {} | {} | {verdict} |\n", word(&row[0]), word(&row[1]), row[2], row[3])
}

/// A workspace without articles or issues, whose zone is UTC.
fn workspace(program: &Path, folder: &Path) -> Result<PathBuf, String> {
    let told = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(told)?;
    }
    output(Command::new(program).arg("init").arg(folder))?;
    for part in ["articles", "issues"] {
        fs::remove_dir_all(folder.join(part)).map_err(told)?;
        fs::create_dir(folder.join(part)).map_err(told)?;
    }
    let config = folder.join("letterpress.toml");
    let text = fs::read_to_string(&config).map_err(told)?;
    let lines = text.lines().map(|line| match line.starts_with("time_zone") {
        true => "time_zone = \"UTC\"",
        false => line,
    });
    fs::write(&config, lines.collect::<Vec<_>>().join("\n")).map_err(told)?;
    Ok(folder.to_owned())
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_says_whether_its_bound_is_kept() {
        assert_eq!(line(&json!(["a", "≥", 95, 95])), "| a | ≥ 95 | 95 | met |\n");
        assert_eq!(line(&json!(["a", "≤", 0.1, 0.2])), "| a | ≤ 0.1 | 0.2 | missed |\n");
        assert_eq!(line(&json!(["a", "≤", 0, null])), "| a | ≤ 0 | null | missed |\n");
    }
}
