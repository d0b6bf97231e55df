//! Where a picture of an article lies.

/// Why a picture's address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PictureFault {
    /// It is neither a path nor an http(s) address.
    Address,
    /// It leads out of the workspace.
    Outside,
}

impl PictureFault {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Address => "neither a path nor a web address",
            Self::Outside => "it leads out of the workspace",
        }
    }
}

/// Turns the address that an article gives into a path in the workspace, or leaves an http(s)
/// address as it is. A path is relative to the article's file; with a leading `/`, to the folder
/// `root` of the workspace.
pub(super) fn resolve(file: &str, root: &str, address: &str) -> Result<String, PictureFault> {
    let address = address.trim();
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return url::Url::parse(address).map(String::from).map_err(|_| PictureFault::Address);
    }
    if let Some(host) = address.strip_prefix("//") {
        return resolve(file, root, &format!("https://{host}"));
    }
    let first = address.split('/').next().unwrap_or_default();
    if address.is_empty() || first.contains(':') || address.contains(char::is_control) {
        return Err(PictureFault::Address);
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (folder, path) = match address.strip_prefix('/') {
        Some(path) => (root, path),
        None => (folder, address),
    };
    joined(if folder.starts_with('/') { "/" } else { "" }, folder, path)
}

fn joined(root: &str, folder: &str, path: &str) -> Result<String, PictureFault> {
    let mut parts: Vec<&str> =
        folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", None | Some(&"..")) => return Err(PictureFault::Outside),
            ("..", Some(_)) => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    Ok(format!("{root}{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_from_the_articles_file_or_from_the_workspace() {
        let file = "articles/world/a.md";
        for (address, answer) in [
            ("../pictures/x.png", Ok("articles/pictures/x.png")),
            ("./x y.png", Ok("articles/world/x y.png")),
            ("/pictures/x.png", Ok("pictures/x.png")),
            ("../../x.png", Ok("x.png")),
            ("../../../x.png", Err(PictureFault::Outside)),
            ("/../x.png", Err(PictureFault::Outside)),
            ("https://a.example/x.png", Ok("https://a.example/x.png")),
            ("//a.example/x.png", Ok("https://a.example/x.png")),
            ("data:image/png;base64,x", Err(PictureFault::Address)),
            ("https://", Err(PictureFault::Address)),
            ("", Err(PictureFault::Address)),
        ] {
            assert_eq!(resolve(file, "", address), answer.map(str::to_owned), "{address}");
        }
        assert_eq!(resolve("../shared/a.md", "", "x.png"), Ok("../shared/x.png".to_owned()));
        assert_eq!(resolve("../shared/a.md", "", "../../x.png"), Err(PictureFault::Outside));
        assert_eq!(resolve("/srv/a.md", "", "x.png"), Ok("/srv/x.png".to_owned()));
        assert_eq!(resolve(file, "static", "/i/x.png"), Ok("static/i/x.png".to_owned()));
        assert_eq!(
            resolve(file, "../site/static", "/x.png"),
            Ok("../site/static/x.png".to_owned())
        );
        assert_eq!(resolve(file, "static", "/../../x.png"), Err(PictureFault::Outside));
    }
}
