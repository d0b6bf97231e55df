use jiff::tz::TimeZone;

use super::*;

fn told(text: &str) -> String {
    let zone = TimeZone::get("America/New_York").unwrap();
    let entries = super::read("articles/site.xml", text.as_bytes(), &zone).unwrap().unwrap();
    let told = entries.articles.iter().map(|article| {
        let date = article.date.as_ref().map(|date| date.strftime("%Y-%m-%d %H:%M%:z").to_string());
        format!(
            "{}\n  {} | {} | {} | {}\n  link {} picture {} tags {:?}\n  standfirst {:?}\n{}\n  {:?}",
            article.source.name(),
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
    let read = |text: &str| super::read("articles/x.xml", text.as_bytes(), &TimeZone::UTC);
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
    for _ in 0..2_000 {
        let mut bytes = RSS.as_bytes().to_vec();
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
        let _ = super::read("articles/x.xml", &bytes, &TimeZone::UTC);
    }
}
