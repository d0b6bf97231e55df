use jiff::tz::TimeZone;

use crate::config::Origin;
use crate::words::{Block, Inline};

fn told(text: &str) -> String {
    told_of(text, None)
}

fn told_of(text: &str, origin: Option<&Origin>) -> String {
    let zone = TimeZone::get("America/New_York").unwrap();
    let entries =
        super::read("articles/site.xml", text.as_bytes(), &zone, origin).unwrap().unwrap();
    let told = entries.articles.iter().map(|article| {
        let date = article.date.as_ref().map(|date| date.strftime("%Y-%m-%d %H:%M%:z").to_string());
        format!(
            "{}{}{}\n  {} | {} | {} | {}\n  link {} picture {} tags {:?}\n  standfirst {:?}\n{}\n  {:?}",
            article.source.name(),
            if article.featured { " featured" } else { "" },
            if article.draft { " draft" } else { "" },
            article.title,
            date.unwrap_or_default(),
            article.byline.as_deref().unwrap_or_default(),
            article.site.as_deref().unwrap_or_default(),
            article.link.as_ref().map(ToString::to_string).unwrap_or_default(),
            article.picture.as_ref().map(|picture| picture.src.as_str()).unwrap_or_default(),
            article.tags,
            article.standfirst.as_deref().map(Inline::plain).unwrap_or_default(),
            Block::plain(&article.body),
            article.warnings.iter().map(|warning| warning.what.as_str()).collect::<Vec<_>>(),
        )
    });
    told.collect::<Vec<_>>().join("\n\n")
}

const RSS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- a comment -->
<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The &amp;quot;Post&amp;quot;</title><link>https://post.example/</link>
<item><title>Boats &amp;amp; bridges</title><link>/boats</link><guid isPermaLink="false">post-1</guid>
<pubDate>Wed, 22 Mar 2023 09:30:00 +0000</pubDate><dc:creator>Ann Ek</dc:creator><category>featured</category>
<description>A short word.</description>
<content:encoded><![CDATA[<p>The <em>whole</em> text. <a href="/more">More</a></p><script>alert(1)</script><p>{{subscriber.email}}</p>]]></content:encoded>
<enclosure url="https://post.example/boats.jpg" type="image/jpeg" length="1"/></item>
<item><title>Twice</title><guid>post-2</guid><description>The same words.</description>
<content:encoded>The same words. And more.</content:encoded></item>
<item><guid>post-1</guid><title>Again</title></item>
<item><guid>post-3</guid><description>No title here. But a text.</description></item>
</channel></rss>"#;

#[test]
fn rss_has_an_article_for_each_entry_once() {
    insta::assert_snapshot!(told(RSS));
}

#[test]
fn old_atom_rdf_and_json_are_read() {
    let atom = r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title>
        <entry><title>An entry</title><id>tag:old,1</id><link rel="alternate" type="text/html" href="https://old.example/1"/>
        <issued>2003-12-31T10:14:55Z</issued><modified>2004-01-01T00:00:00Z</modified><author><name>Bo</name></author>
        <content type="text/html" mode="escaped">&lt;p&gt;Old words.&lt;/p&gt;</content></entry></feed>"#;
    let rdf = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel rdf:about="https://rdf.example/"><title>Resources</title><link>https://rdf.example/</link><description>d</description></channel>
        <item rdf:about="https://rdf.example/1"><title>A resource</title><link>https://rdf.example/1</link>
        <description>Described.</description><dc:date>2023-03-22T10:00:00Z</dc:date></item></rdf:RDF>"#;
    let json = r#"{"version": "1.1", "title": "Small", "items": [{"id": "7", "url": "https://small.example/7",
        "content_html": "<p>Words.</p>", "title": "A note", "date_published": "2023-03-22T10:00:00Z",
        "authors": [{"name": "Cy"}], "tags": ["a", "b"]}]}"#;
    let json = json.replace("\"1.1\"", "\"https://jsonfeed.org/version/1.1\"");
    insta::assert_snapshot!([told(atom), told(rdf), told(&json)].join("\n\n"));
}

#[test]
fn what_is_no_feed_is_passed_over_and_a_broken_one_is_told() {
    let read = |text: &str| super::read("articles/x.xml", text.as_bytes(), &TimeZone::UTC, None);
    for text in ["", "{\"name\": \"a package\"}", "<urlset></urlset>", "plain text", "<!-- open"] {
        assert!(read(text).unwrap().is_none(), "{text}");
    }
    let broken = read("<rss version=\"2.0\"><channel><item><title>Cut").unwrap_err();
    assert!(broken.what.contains("cannot be read"));
}

#[test]
fn mangled_feeds_never_panic() {
    let mut state: u64 = 1;
    let mut below = |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % end
    };
    for round in 0..3_000 {
        let mut bytes = [RSS, WXR, GHOST][round % 3].as_bytes().to_vec();
        for _ in 0..1 + below(8) {
            if bytes.is_empty() {
                break;
            }
            let at = below(bytes.len());
            match below(3) {
                0 => bytes[at] = below(256) as u8,
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let _ = super::read("articles/x.xml", &bytes, &TimeZone::UTC, None);
    }
}

const WXR: &str = r#"<?xml version="1.0" encoding="UTF-8" ?>
<!-- This is a WordPress eXtended RSS file generated by WordPress as an export of your site. -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
<title>The Harbor Post</title><link>https://post.example</link>
<wp:author><wp:author_id>1</wp:author_id><wp:author_login><![CDATA[jdoe]]></wp:author_login>
<wp:author_display_name><![CDATA[Jane Doe]]></wp:author_display_name></wp:author>
<item><title>bridge.jpg</title><wp:post_id>11</wp:post_id><wp:post_type><![CDATA[attachment]]></wp:post_type>
<wp:attachment_url><![CDATA[https://post.example/up/bridge.jpg]]></wp:attachment_url></item>
<item>
<title><![CDATA[Bridge &amp; Harbor Open]]></title><link>https://post.example/2023/03/bridge/</link>
<pubDate>Tue, 21 Mar 2023 09:00:00 +0000</pubDate><dc:creator><![CDATA[jdoe]]></dc:creator>
<guid isPermaLink="false">https://post.example/?p=10</guid><description></description>
<content:encoded><![CDATA[The bridge carried its <b>first</b> cars.
Nobody had thought it.

[caption id="a" width="9"]<img src="/up/cars.jpg" alt="Cars"> Cars on it.[/caption]

[gallery ids="1,2"]

<h2>And then?</h2>

Ships [sic] too.<script>alert(1)</script>]]></content:encoded>
<excerpt:encoded><![CDATA[A month early.]]></excerpt:encoded>
<wp:post_id>10</wp:post_id><wp:post_date><![CDATA[2023-03-21 05:00:00]]></wp:post_date>
<wp:post_date_gmt><![CDATA[2023-03-21 09:00:00]]></wp:post_date_gmt><wp:post_name>bridge</wp:post_name>
<wp:status><![CDATA[publish]]></wp:status><wp:post_type><![CDATA[post]]></wp:post_type>
<wp:post_password><![CDATA[]]></wp:post_password><wp:is_sticky>1</wp:is_sticky>
<category domain="category" nicename="news"><![CDATA[News]]></category>
<category domain="post_tag" nicename="featured"><![CDATA[featured]]></category>
<wp:postmeta><wp:meta_key><![CDATA[_edit_last]]></wp:meta_key><wp:meta_value><![CDATA[1]]></wp:meta_value></wp:postmeta>
<wp:postmeta><wp:meta_key><![CDATA[_thumbnail_id]]></wp:meta_key><wp:meta_value><![CDATA[11]]></wp:meta_value></wp:postmeta>
</item>
<item><title>About us</title><wp:post_id>2</wp:post_id><wp:status>publish</wp:status><wp:post_type>page</wp:post_type></item>
<item><title>Not yet</title><content:encoded><![CDATA[<!-- wp:paragraph --><p>Soon.</p><!-- /wp:paragraph -->]]></content:encoded>
<wp:post_id>12</wp:post_id><wp:post_date>2023-03-22 05:00:00</wp:post_date><wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>
<wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
</channel></rss>"#;

#[test]
fn an_export_of_wordpress_is_its_posts() {
    insta::assert_snapshot!(told(WXR));
    let cut = super::read("a.xml", &WXR.as_bytes()[..WXR.len() - 40], &TimeZone::UTC, None);
    assert!(cut.unwrap_err().notes[0].contains("it ends before its elements do"));
}

const GHOST: &str = r##"{"db": [{"meta": {"version": "5.9"}, "data": {
 "posts": [
  {"id": "a1", "title": "Bridge opens", "slug": "bridge", "mobiledoc": "{}", "type": "post", "featured": 1,
   "html": "<p>The bridge carried cars.</p><img src=\"__GHOST_URL__/content/cars.jpg\" alt=\"Cars\">",
   "feature_image": "__GHOST_URL__/content/bridge.jpg", "status": "published",
   "published_at": "2023-03-21T09:00:00.000Z", "custom_excerpt": "A month early.", "canonical_url": null},
  {"id": "a2", "title": "About", "slug": "about", "html": "<p>Us.</p>", "type": "page", "status": "published"},
  {"id": "a3", "title": "Soon", "slug": "soon", "html": null, "plaintext": "Soon.", "type": "post",
   "status": "scheduled", "published_at": "2023-04-01T09:00:00.000Z"}],
 "tags": [{"id": "t1", "name": "News"}, {"id": "t2", "name": "#featured"}],
 "posts_tags": [{"post_id": "a1", "tag_id": "t2", "sort_order": 1}, {"post_id": "a1", "tag_id": "t1", "sort_order": 0}],
 "users": [{"id": "u1", "name": "Jane Doe"}],
 "posts_authors": [{"post_id": "a1", "author_id": "u1", "sort_order": 0}]}}]}"##;

#[test]
fn an_export_of_ghost_is_its_posts() {
    let origin = Origin {
        path: "articles".to_owned(),
        url: Some("https://post.example/{slug}/".to_owned()),
        files: None,
    };
    insta::assert_snapshot!(told_of(GHOST, Some(&origin)));
    let other = GHOST.replace("\"posts\": [", "\"posts\": 1, \"x\": [");
    let other = super::read("a.json", other.as_bytes(), &TimeZone::UTC, None).unwrap_err();
    assert!(other.notes[0].contains("looks like an export of Ghost"));
}

#[test]
fn an_entry_without_an_id_has_the_same_one_at_each_reading() {
    let feed = "<rss><channel><item><title>A</title><description>One.</description></item>\
                <item><title>A</title><description>Two.</description></item>\
                <item><link>https://a.example/1</link></item></channel></rss>";
    let names = || -> Vec<String> {
        let entries = super::read("a.xml", feed.as_bytes(), &TimeZone::UTC, None).unwrap().unwrap();
        entries.articles.iter().map(|article| article.source.name().to_owned()).collect()
    };
    let first = names();
    assert_eq!(first.len(), 3, "two of one headline are two");
    assert_eq!(names(), first);
}
