//! The text of a story as it goes out: the article's own, or what the issue's file has in its place.

use url::Url;

use super::item::{Item, in_workspace};
use crate::article::{self, Article};
use crate::words::{Block, Prose, whole_address};

/// Returns the text of a story that is to be read at `link`.
pub(super) fn body(item: &Item, article: Option<&Article>, link: Option<&Url>) -> Prose {
    let mut prose = match (&item.body, article) {
        (Some(markdown), _) => {
            let mut prose = article::markdown::prose(markdown);
            place_pictures(&mut prose);
            prose
        }
        (None, Some(article)) => article.body.clone(),
        (None, None) => Prose::new(),
    };
    Block::retain_links(&mut prose, &mut |target| lead(target, link));
    prose
}

/// Makes a target that hangs on the story's page a whole address; without a page, a place on it is
/// nowhere.
fn lead(target: &mut String, link: Option<&Url>) -> bool {
    if let Some(whole) = whole_address(target) {
        *target = whole;
    }
    if Url::parse(target).is_ok() {
        return true;
    }
    match link.and_then(|link| link.join(target).ok()) {
        Some(address) => {
            *target = address.into();
            true
        }
        None => !target.starts_with('#'),
    }
}

/// Makes the paths of pictures in an issue's own texts those of the workspace. They are taken from
/// the issue's file where they begin with dots, as in its stories, else from the workspace.
pub fn place_pictures(prose: &mut Prose) {
    Block::each_mut(prose, &mut |block| {
        if let Block::Picture { src, .. } = block
            && (src.starts_with("../") || src.starts_with("./"))
        {
            *src = in_workspace(src);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_a_story_hang_on_its_page() {
        let page = Url::parse("https://site.example/2023/story/").unwrap();
        for (written, with_page, without) in [
            ("#part", Some("https://site.example/2023/story/#part"), None),
            ("more", Some("https://site.example/2023/story/more"), Some("more")),
            ("/x?y", Some("https://site.example/x?y"), Some("/x?y")),
            ("https://a.example/", Some("https://a.example/"), Some("https://a.example/")),
            ("mailto:a@b.example", Some("mailto:a@b.example"), Some("mailto:a@b.example")),
            ("WWW.a.example", Some("https://WWW.a.example"), Some("https://WWW.a.example")),
            ("a@b.example", Some("mailto:a@b.example"), Some("mailto:a@b.example")),
        ] {
            for (link, expected) in [(Some(&page), with_page), (None, without)] {
                let mut target = written.to_owned();
                let is_kept = lead(&mut target, link);
                assert_eq!(is_kept.then_some(&*target), expected, "{written}");
            }
        }
    }

    #[test]
    fn pictures_of_an_issues_texts_lie_beside_it_or_in_the_workspace() {
        let mut prose =
            article::markdown::prose("> ![a](../p/a.png)\n\n![b](p/b.png)\n\n![c](/c.png)");
        place_pictures(&mut prose);
        let mut found = vec![];
        Block::each_mut(&mut prose, &mut |block| {
            if let Block::Picture { src, .. } = block {
                found.push(src.clone());
            }
        });
        assert_eq!(found, ["p/a.png", "p/b.png", "/c.png"]);
    }
}
