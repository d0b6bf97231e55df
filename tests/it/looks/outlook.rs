//! What Outlook on Windows, which draws with Word, is given: its own branch of conditional
//! comments.

use super::all;

/// A page as Outlook reads it: conditional comments for it opened, those for others taken out.
fn for_outlook(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(at) = rest.find("<!--[if ") {
        out.push_str(&rest[..at]);
        let (condition, inside) = rest[at + 8..].split_once("]>").expect("a condition ends");
        let (inside, after) = match inside.strip_prefix("<!-->") {
            Some(inside) => inside.split_once("<!--<![endif]-->"),
            None => inside.split_once("<![endif]-->"),
        }
        .unwrap_or_else(|| panic!("`{condition}` is not closed"));
        assert!(!inside.contains("<!--[if"), "a condition inside of `{condition}`");
        if !condition.starts_with('!') {
            out.push_str(inside);
        }
        rest = after;
    }
    assert!(!rest.contains("<![endif]"), "an end without a condition");
    out + rest
}

/// The tags of a page, without what stands between them.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    let ends = |tag: &str| tag.find('>').map(|end| end + 1);
    page.match_indices('<').filter_map(move |(at, _)| page.get(at..at + ends(&page[at..])?))
}

fn name(tag: &str) -> &str {
    let tag = tag.trim_start_matches(['<', '/']);
    tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default()
}

#[test]
fn tables_nest_for_outlook_and_for_others() {
    for look in all() {
        let page = look.html();
        let others = page.split("<!--[if mso").enumerate().map(|(index, part)| match index {
            0 => part,
            _ => part.split_once("<![endif]-->").expect("a condition is closed").1,
        });
        let others: String = others.collect();
        for (who, seen) in [("Outlook", for_outlook(&page)), ("others", others)] {
            let mut open = Vec::new();
            for tag in tags(&seen) {
                let name = name(tag);
                if !matches!(name, "table" | "tbody" | "tr" | "td" | "div") {
                    continue;
                }
                match tag.starts_with("</") {
                    true => assert_eq!(open.pop(), Some(name), "{}, {who}: {tag}", look.name),
                    false => open.push(name),
                }
            }
            assert!(open.is_empty(), "{}, {who}: {open:?} are not closed", look.name);
        }
    }
}

/// Says whether a tag sets a width in pixels or percent.
fn has_width(tag: &str) -> bool {
    let digits = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let found = |mark: &str| tag.match_indices(mark).any(|(at, _)| digits(&tag[at + mark.len()..]));
    found(" width=\"") || found("\"width:") || found(";width:")
}

#[test]
fn every_picture_and_every_ghost_cell_has_a_width() {
    for look in all() {
        let page = look.html();
        for tag in tags(&page).filter(|tag| name(tag) == "img") {
            assert!(has_width(tag), "{}: {tag}", look.name);
        }
        let ghosts = page.split("<!--[if mso | IE]>").skip(1);
        let mut ghosts: Vec<&str> =
            ghosts.map(|part| part.split_once("<![endif]-->").unwrap().0).collect();
        ghosts.retain(|ghost| ghost.contains("<td"));
        assert!(ghosts.len() >= 3, "{}", look.name);
        for ghost in ghosts {
            let mut table = false;
            for tag in tags(ghost) {
                match (name(tag), tag.starts_with("</")) {
                    ("table", false) => table = has_width(tag),
                    ("td", false) => assert!(table || has_width(tag), "{}: {tag}", look.name),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn buttons_are_cells_that_outlook_pads() {
    let mut found = 0;
    for look in all() {
        let page = look.html();
        let tags: Vec<&str> = tags(&page).collect();
        for (index, tag) in tags.iter().enumerate() {
            if name(tag) == "a" && tag.contains("inline-block") {
                found += 1;
                let cell = tags[index - 1];
                let sound = name(cell) == "td"
                    && cell.contains("bgcolor=\"#")
                    && cell.contains("mso-padding-alt:");
                assert!(sound, "{}: {cell}", look.name);
            }
        }
        assert_eq!(page.contains("inline-block;padding"), look.name.starts_with("weekly"));
    }
    assert_eq!(found, 3, "the weekly has one button, in each language");
}

#[test]
fn a_preheader_may_name_the_reader_in_every_set() {
    for set in ["weekly", "briefing", "letter"] {
        let press = super::workspace(set);
        let issue = "issues/2023-W12.md";
        let text = press.read(issue);
        let line = text.lines().find(|line| line.starts_with("preheader")).unwrap();
        let name = "{{default subscriber.name \"you\"}}";
        press.write(
            issue,
            text.replace(line, &format!("preheader = 'Stories for {name}, all of them'")),
        );
        press.done(&["build"]);
        let page = press.read(".letterpress/build/2023-W12/index.html");
        assert!(page.contains("Stories for Ann Whitfield, all of them&#847;"), "{set}");
    }
}
