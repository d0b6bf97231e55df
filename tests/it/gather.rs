//! `gather`: which stories, and what becomes of the issue's file.

use crate::press::Press;

/// A text with the leftovers of a site, as a browser's clipboard gives it.
const SAVED: &str = "\
Harbor Bridge Opens a Month Early

March 21, 2023

The new bridge over the harbor carried its first cars on Tuesday, a month before it was promised.

Engineers said that a mild winter had let them pour concrete through January without a day’s pause.

Traders on the east bank, who lost customers for two years, hung flags from their windows.

Read more exclusive news from The Harbor Post.

Related

Newsletter

Get the featured stories in your email and don't miss out on important news.

Previous

Council Votes on the Tram

Next

A Market Comes Back
";

/// What a send leaves in an issue's front matter.
const SENT: &str = "
[sent]
state    = \"sent\"
at       = 2023-03-27T07:30:04-04:00
ledger   = \"abc\"
planned  = 24
accepted = 24
content  = \"sha256:00\"
+++
";

#[test]
fn a_week_s_issue_is_made_and_reads_back() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    let ran = press.done(&["gather", "--week", "2023-W12"]);
    assert!(ran.stdout.contains("18 articles read, 11 featured between March 20 and 27"));
    let issue = press.read("issues/2023-W12.md");
    assert!(issue.contains("slot      = 2023-03-27T07:30:00-04:00"));
    assert!(issue.contains("## Top\n- [Kishida takes the night train to Kyiv]"));
    assert_eq!(issue.matches("\n- [").count(), 11);
    let again = press.done(&["gather", "--week", "2023-W12"]);
    assert!(again.stdout.contains("stands as you edited it, nothing to add"));
    assert_eq!(press.read("issues/2023-W12.md"), issue);
}

#[test]
fn a_saved_page_comes_out_right_in_both_parts() {
    let press = Press::new();
    press.write("articles/harbor.txt", SAVED);
    press.done(&["gather", "2023-W12", "--pick", "articles/harbor.txt"]);
    press.done(&["build", "2023-W12"]);
    let page = press.read(".letterpress/build/2023-W12/index.html");
    let text = press.read(".letterpress/build/2023-W12/index.txt");
    assert!(page.contains("Harbor Bridge Opens a Month Early"));
    for part in ["carried its first cars", "through January without", "hung flags from"] {
        assert!(
            page.contains(part) && text.replace('\n', " ").replace("    ", "").contains(part),
            "{part}"
        );
    }
    for part in [
        "Read more exclusive",
        "Related",
        "Get the featured stories in",
        "Previous",
        "Council Votes",
        "A Market Comes Back",
    ] {
        assert!(!page.contains(part) && !text.contains(part), "{part}");
    }
    let told = press.done(&["gather", "--explain", "articles/harbor.txt", "--json"]).json();
    assert_eq!(told["title"], "Harbor Bridge Opens a Month Early");
    assert_eq!(told["body"].as_str().unwrap().lines().count(), 3);
    assert_eq!(told["cut"].as_array().unwrap().len(), 8);
}

#[test]
fn an_article_is_explained_as_featured_by_whatever_makes_it_so() {
    let press = Press::new();
    let article = |front: &str| format!("---\ntitle: T\ndate: 2023-03-22\n{front}---\nA body.\n");
    for (path, front, told) in [
        ("articles/featured/a.md", "", "yes, by its folder `featured`"),
        ("articles/b.md", "tags: [Featured]\n", "yes, by its tag `featured`"),
        ("articles/c.md", "featured: true\n", "yes, its front matter says so"),
        ("articles/d.md", "", "no"),
    ] {
        press.write(path, article(front));
        let ran = press.done(&["gather", "--explain", path]);
        let line = ran.stdout.lines().find(|line| line.contains("featured")).unwrap();
        assert_eq!(line.trim_start_matches("  featured").trim(), told, "{path}");
        let json = press.done(&["gather", "--explain", path, "--json"]).json();
        assert_eq!(json["featured"], told != "no", "{path}");
    }
    let told = press.done(&["gather", "--week", "2023-W12", "--json"]).json();
    let added = told["added"].to_string();
    for (path, is_added) in
        [("featured/a.md", true), ("b.md", true), ("c.md", true), ("d.md", false)]
    {
        assert_eq!(added.contains(&format!("articles/{path}")), is_added, "{path}: {added}");
    }
}

#[test]
fn new_articles_are_added_where_they_belong_and_edits_stay() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    press.done(&["gather", "--week", "2023-W12"]);
    press.change("issues/2023-W12.md", "+++\n\n## Top", "+++\nA note by hand.\n\n## Top");
    let edited = press.read("issues/2023-W12.md");
    press.write(
        "articles/science/new.md",
        "---\ntitle: New\ndate: 2023-03-22\nfeatured: true\n---\nA body.\n",
    );
    press.done(&["gather", "2023-W12"]);
    let line = "- [New](../articles/science/new.md)\n";
    let issue = press.read("issues/2023-W12.md");
    assert!(issue.contains(line));
    assert_eq!(issue.replace(line, ""), edited);
}

#[test]
fn without_a_name_the_latest_unsent_issue_is_gathered_again() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    for args in [&["gather"][..], &["gather", "--from", "2023-03-13", "--until", "2023-03-20"]] {
        let ran = press.run(args);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("--from TIME --until TIME"), "{}", ran.stderr);
    }
    press.done(&["gather", "special", "--from", "2023-03-13", "--until", "2023-03-20"]);
    press.done(&["gather", "--week", "2023-W12"]);
    let special = press.read("issues/special.md");
    press.write(
        "articles/science/new.md",
        "---\ntitle: New\ndate: 2023-03-22\nfeatured: true\n---\nA body.\n",
    );
    let ran = press.done(&["gather"]);
    assert!(ran.stdout.contains("issues/2023-W12.md has 1 line more"), "{}", ran.stdout);
    assert!(press.read("issues/2023-W12.md").contains("- [New](../articles/science/new.md)\n"));
    assert_eq!(press.read("issues/special.md"), special);
    // One that was sent is not gathered again.
    press.change("issues/2023-W12.md", "\n+++\n", SENT);
    let told = press.done(&["gather", "--json"]).json();
    assert_eq!(told["issue"], "special");
}

#[test]
fn a_special_covers_what_it_is_told() {
    let press = Press::new();
    press.done(&["gather", "march", "--from", "2023-03-13", "--until", "2023-03-20"]);
    let issue = press.read("issues/march.md");
    assert!(issue.contains("slot      = \"none\""));
    assert_eq!(issue.matches("\n- [").count(), 3);
}

#[test]
fn candidates_are_told_with_their_reasons() {
    let press = Press::new();
    let told = press.done(&["gather", "--week", "2023-W12", "--json"]).json();
    let candidates = told["candidates"].as_array().unwrap();
    let reasons = |reason: &str| candidates.iter().filter(|c| c["reason"] == reason).count();
    assert_eq!(candidates.len(), 18);
    assert_eq!(
        (reasons("featured"), reasons("not featured"), reasons("outside the period")),
        (11, 4, 3)
    );
}

#[test]
fn what_the_reading_was_unsure_of_is_told() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    press.write("articles/undated.md", "---\ntitle: No day\nfeatured: true\n---\nA body.\n");
    press.write("articles/2023-03-22-a-walk.md", "---\nfeatured: true\n---\nA body.\n");
    let ran = press.done(&["gather", "--week", "2023-W12"]);
    let told = ran.stderr;
    assert!(told.contains("`articles/undated.md` is featured and has no date"), "{told}");
    assert!(told.contains("--pick articles/undated.md"), "{told}");
    assert!(told.contains("articles/2023-03-22-a-walk.md"), "{told}");
    let issue = press.read("issues/2023-W12.md");
    assert!(!issue.contains("undated.md") && issue.contains("a-walk.md"));
    press.done(&["gather", "2023-W12", "--pick", "articles/undated.md"]);
    assert!(press.read("issues/2023-W12.md").contains("- [No day](../articles/undated.md)"));
}

#[test]
fn the_entries_of_a_feed_are_articles() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    let entry = |id: &str, tag: &str| {
        format!(
            "<item><title>Entry {tag}</title><guid>{id}</guid><link>https://site.example/{tag}</link>\
             <pubDate>Wed, 22 Mar 2023 10:00:00 GMT</pubDate><category>{tag}</category>\
             <description>The words of {tag}.</description></item>"
        )
    };
    let items = entry("https://site.example/?p=1&amp;q=(2)#3", "featured") + &entry("b 2", "other");
    let feed = format!("<rss version=\"2.0\"><channel><title>Site</title>{items}</channel></rss>");
    press.write("articles/world/site.xml", feed);
    let ran =
        press.done(&["gather", "--week", "2023-W12", "--pick", "articles/world/site.xml#b 2"]);
    assert!(ran.stdout.contains("20 articles read"), "{}", ran.stdout);
    let issue = press.read("issues/2023-W12.md");
    assert!(issue.contains("## World"), "{issue}");
    press.done(&["build", "2023-W12"]);
    let page = press.read(".letterpress/build/2023-W12/index.html");
    for words in ["Entry featured", "The words of featured.", "https://site.example/other"] {
        assert!(page.contains(words), "{words}");
    }
    let again = press.done(&["gather", "2023-W12"]);
    assert!(again.stdout.contains("nothing to add"), "{}", again.stdout);
    let explained =
        press.done(&["gather", "--explain", "articles/world/site.xml#b 2", "--json"]).json();
    assert_eq!(explained["title"], "Entry other");
}

#[test]
fn a_story_that_two_sources_have_is_taken_once_and_told() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    let saved = SAVED.replace("March 21, 2023", "March 21, 2023\n\nhttps://www.news.example/b/");
    press.write("articles/featured/harbor.txt", &saved);
    let feed = "<rss><channel><item><guid>7</guid><title>Bridge opens</title>\
                <link>https://news.example/b?utm_source=rss</link><category>featured</category>\
                <pubDate>Tue, 21 Mar 2023 12:00:00 GMT</pubDate>\
                <description>The new bridge carried cars.</description></item></channel></rss>";
    press.write("articles/wire.xml", feed);
    let ran = press.done(&["gather", "--week", "2023-W12"]);
    let told = "`articles/wire.xml#7` is the same story as `articles/featured/harbor.txt`";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let issue = press.read("issues/2023-W12.md");
    assert!(issue.contains("featured/harbor.txt") && !issue.contains("wire.xml"), "{issue}");
    // Once more, and with a third source that comes later.
    let twin = saved.replace("https://www.news.example/b/", "").replace("cars on", "trucks on");
    press.write("articles/featured/late.txt", &twin);
    let told = press.done(&["gather", "2023-W12", "--json"]).json();
    assert_eq!(told["added"].as_array().unwrap().len(), 0, "{told}");
    let candidates = told["candidates"].as_array().unwrap();
    let late = candidates.iter().find(|c| c["file"] == "articles/featured/late.txt").unwrap();
    assert_eq!(late["reason"], "same story as articles/featured/harbor.txt");
    // The next issue would carry it over, had its twin not been in this one.
    let told =
        press.done(&["gather", "--week", "2023-W13", "--pick", "articles/wire.xml#7", "--json"]);
    let told = told.json();
    let added: Vec<_> = told["added"].as_array().unwrap().iter().map(|a| &a["file"]).collect();
    assert_eq!(added, ["articles/wire.xml#7"], "what is picked is taken: {told}");
}

#[test]
fn a_headline_that_stands_as_it_was_written_follows_its_article() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    for name in ["one", "two", "three"] {
        let text =
            format!("---\ntitle: Story {name}\ndate: 2023-03-22\nfeatured: true\n---\nBody.\n");
        press.write(&format!("articles/{name}.md"), text);
    }
    press.done(&["gather", "--week", "2023-W12"]);
    // The editor writes a headline, and a standfirst, and leaves the third alone.
    press.change("issues/2023-W12.md", "[Story one]", "[My own]");
    press.change("issues/2023-W12.md", "two.md)\n", "two.md): A standfirst.\n");
    for name in ["one", "two", "three"] {
        press.change(&format!("articles/{name}.md"), "title: Story", "title: The [new] story");
    }
    let edited = press.read("issues/2023-W12.md");
    let ran = press.done(&["gather", "2023-W12"]);
    assert!(ran.stdout.contains("has 1 new headline"), "{}", ran.stdout);
    assert!(ran.stdout.contains("~ The [new] story three (was: Story three)"), "{}", ran.stdout);
    let wanted = edited.replace("[Story three]", "[The \\[new\\] story three]");
    assert_eq!(press.read("issues/2023-W12.md"), wanted);
    let told = press.done(&["gather", "2023-W12", "--json"]).json();
    assert_eq!(told["refreshed"].as_array().unwrap().len(), 0);
    // And once more, since it is known how it was written.
    press.change("articles/three.md", "The [new] story", "The last story");
    let told = press.done(&["gather", "2023-W12", "--json"]).json();
    assert_eq!(told["refreshed"][0]["was"], "The [new] story three");
    assert_eq!(
        press.read("issues/2023-W12.md"),
        edited.replace("[Story three]", "[The last story three]")
    );
}
