//! The manual's pages "Articles from …": what each says, done.

use std::collections::BTreeMap;

use crate::press::{Press, repository};

/// The code blocks of a page by their language, each with the last path named before it.
fn blocks(page: &str) -> BTreeMap<String, (String, String)> {
    let mut blocks = BTreeMap::new();
    let (mut path, mut open): (String, Option<(String, String)>) = Default::default();
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            match open.take() {
                Some((language, text)) => drop(blocks.insert(language, (path.clone(), text))),
                None => open = Some((language.to_owned(), String::new())),
            }
        } else if let Some((_, text)) = &mut open {
            text.push_str(line);
            text.push('\n');
        } else if let Some(named) = line.split('`').nth(1).filter(|named| named.contains('/')) {
            path = named.to_owned();
        }
    }
    blocks
}

#[test]
fn every_page_comes_out_as_it_says() {
    let pages = std::fs::read_dir(repository().join("docs/articles-from")).unwrap();
    let mut read = 0;
    for page in pages {
        let file = page.unwrap().path();
        let page = std::fs::read_to_string(&file).unwrap();
        let mut blocks = blocks(&page);
        let (_, config) = blocks.remove("toml").unwrap();
        let (path, answer) =
            if let Some(article) = blocks.remove("text").filter(|_| blocks.is_empty()) {
                // The article is plain text itself: its block stands first, and the answer last.
                let first = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
                (write(&config, &article.0, first), article.1)
            } else {
                let answer = page.rsplit("```text\n").next().unwrap().split("```").next().unwrap();
                let (path, text) = blocks.into_values().next().unwrap();
                (write(&config, &path, &text), answer.to_owned())
            };
        let (press, path) = path;
        let wanted = answer.lines().filter_map(|line| line.split_once(": "));
        let wanted: BTreeMap<&str, &str> = wanted.collect();
        assert!(wanted.len() >= 3, "{}", file.display());
        let name = wanted.get("file").map_or(path.as_str(), |name| name);
        let told = press.done(&["gather", "--explain", name, "--json"]).json();
        for (key, value) in &wanted {
            let got = match &told[*key] {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Object(picture) => picture["src"].as_str().unwrap().to_owned(),
                other => other.to_string(),
            };
            let is_it = if *key == "body" { got.starts_with(value) } else { got == *value };
            assert!(is_it, "{}: {key} is {got:?}, not {value:?}", file.display());
        }
        // Featured as the page marks it, in the week of its date.
        let told = press.done(&["gather", "--week", "2023-W12", "--json"]).json();
        assert_eq!(told["added"][0]["file"], name, "{}: {told}", file.display());
        read += 1;
    }
    assert!(read >= 9, "only {read} pages");
}

/// A workspace with a page's settings and its article.
fn write(config: &str, path: &str, article: &str) -> (Press, String) {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    let own = press.read("letterpress.toml");
    let gather = own.find("[gather]").unwrap();
    let end = own[gather + 1..].find("\n[").map_or(own.len(), |end| gather + 1 + end);
    let text = format!("{}{config}\n{}", &own[..gather], &own[end..]);
    press.write("letterpress.toml", text);
    std::fs::remove_dir_all(press.path("articles")).unwrap();
    press.write(path, article);
    (press, path.to_owned())
}
