//! The preview over a real socket on loopback.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::words::Source;
use crate::world::{SystemClock, SystemEntropy, SystemNetwork, WorkspaceFiles};

type Making = dyn Fn(Option<&str>) -> PreviewState + Send + Sync;

/// Copies that a function makes.
struct Made(Box<Making>);

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Made(…)")
    }
}

impl Copies for Made {
    fn state(&self, reader: Option<&str>) -> PreviewState {
        (self.0)(reader)
    }

    fn message(&self, reader: Option<&str>) -> Result<Vec<u8>, Faults> {
        let to = reader.ok_or_else(|| Diagnostic::error("nobody is on <b>"))?;
        Ok(format!("To: {to}\r\nSubject: <i>\r\n").into_bytes())
    }

    fn find(&self, words: &str) -> Result<Vec<ReaderChoice>, Faults> {
        let mut readers = (self.0)(None).readers;
        readers.retain(|reader| reader.label.to_lowercase().contains(words));
        Ok(readers)
    }
}

fn world(folder: &tempfile::TempDir) -> World {
    World {
        clock: Arc::new(SystemClock),
        files: Arc::new(WorkspaceFiles::new(folder.path())),
        entropy: Arc::new(SystemEntropy),
        network: Arc::new(SystemNetwork),
        machine: "test".to_owned(),
        program: "letterpress".to_owned(),
    }
}

fn start(
    copies: impl Fn(Option<&str>) -> PreviewState + Send + Sync + 'static,
) -> (tempfile::TempDir, Preview) {
    let folder = tempfile::tempdir().unwrap();
    let world = world(&folder);
    world.files.write(".letterpress/pictures/a.png", b"picture").unwrap();
    let options = PreviewOptions {
        web: "127.0.0.1:0".parse().unwrap(),
        pictures: Some("https://x.org/".parse().unwrap()),
    };
    let preview = serve(&options, Arc::new(Made(Box::new(copies))), &world).unwrap();
    (folder, preview)
}

async fn get(preview: &Preview, path: &str) -> String {
    ask(preview, "GET", path, &preview.address().to_string()).await
}

async fn ask(preview: &Preview, method: &str, path: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(preview.address()).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn choice(label: &str, remark: &str) -> ReaderChoice {
    let address = format!("{}@example.com", label.to_lowercase());
    ReaderChoice { label: label.into(), address, remark: remark.into() }
}

fn state(reader: Option<&str>) -> PreviewState {
    let source = Source::new("issues/2023-W12.md", "subject = 'x'\n");
    let name = reader.unwrap_or("nobody");
    PreviewState {
        issue: "2023-W12".into(),
        subject: "<i>Xi</i>".into(),
        html: format!(
            "<style>@media (prefers-color-scheme: dark){{}}</style><p>Dear {name},\
             <img src=\"https://x.org/a.png\"><script>alert(1)</script>"
        ),
        text: format!("Dear <{name}>,"),
        reader: choice(name, "member, <largest>"),
        readers: vec![choice("Ann", ""), choice("Bob", "0.1 kB")],
        findings: vec![Finding {
            diagnostic: Diagnostic::warning("`subject` is short <b>")
                .at(source.span(11..12), "")
                .id("subject-short")
                .hint("write more"),
            near: vec!["Xi <b>".into(), "\"x\"".into()],
            is_clip: false,
        }],
        ..PreviewState::default()
    }
}

#[tokio::test]
async fn the_page_shows_the_copy_of_the_reader_and_the_findings() {
    let (_folder, preview) = start(state);
    let page =
        get(&preview, &format!("{}?as=bob@example.com&part=text&scheme=dark", preview.root)).await;
    for text in [
        "2023-W12 <i><bdi>&lt;i&gt;Xi&lt;/i&gt;</bdi></i>",
        "Dear &lt;bob@example.com&gt;,",
        "<span class=\"muted\">member, &lt;largest&gt;</span>",
        "<a href=\"?as=bob%40example.com&amp;scheme=dark&amp;part=text\"><bdi>Bob</bdi>",
        "One warning",
        "<code>subject</code> is short &lt;b&gt;",
        "<code>issues/2023-W12.md:1:12</code>",
        "<b>To do:</b> write more",
        "warning <code>subject-short</code>",
        "0.1 kB in this copy; Gmail shows 102",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    let scripts: Vec<_> = page.match_indices("<script").collect();
    assert_eq!(scripts.len(), 1, "our own, and no other");
}

#[tokio::test]
async fn the_pins_know_what_they_stand_beside() {
    let (_folder, preview) = start(state);
    let page = get(&preview, &preview.root).await;
    let near = "data-near=\"Xi &lt;b&gt;\n&quot;x&quot;\"";
    assert!(page.contains(near), "no {near} in {page}");
    assert!(page.contains("href=\"#finding-1\"") && page.contains("<li id=\"finding-1\">"));
    assert!(!page.contains("Gmail clips here"));
    let (_folder, preview) = start(|reader| PreviewState {
        html: "x".repeat(104_300),
        unsubscribe_at: Some(104_000),
        ..state(reader)
    });
    let page = get(&preview, &preview.root).await;
    for text in ["data-at=\"102000\"", "Gmail clips here", "2.3 kB hidden, unsubscribe too"] {
        assert!(page.contains(text), "no {text} in {page}");
    }
}

#[tokio::test]
async fn readers_are_found_and_a_message_is_shown_as_it_goes_out() {
    let (_folder, preview) = start(state);
    let found = get(&preview, &format!("{}readers?find=bo&scheme=dark", preview.root)).await;
    assert!(found.contains("?as=bob%40example.com&amp;scheme=dark"), "{found}");
    assert!(!found.contains("Ann"), "{found}");
    let none = get(&preview, &format!("{}readers?find=%3Cb%3E", preview.root)).await;
    assert!(none.contains("Nobody on the lists"), "{none}");
    let page = get(&preview, &format!("{}?part=message&as=ann@x.org", preview.root)).await;
    assert!(page.contains("To: ann@x.org\nSubject: &lt;i&gt;\n"), "{page}");
    let page = get(&preview, &format!("{}?part=message", preview.root)).await;
    assert!(page.contains("nobody is on &lt;b&gt;"), "{page}");
}

#[tokio::test]
async fn the_page_runs_its_own_script_by_its_digest_and_nothing_else() {
    use base64::Engine as _;
    let (_folder, preview) = start(state);
    let page = get(&preview, &preview.root).await;
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(digest);
    let policy = page.lines().find(|line| line.starts_with("content-security-policy:")).unwrap();
    assert!(policy.contains(&format!("script-src 'sha256-{hash}'")), "{policy}");
    for word in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(word), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("script-src 'self'"), "{policy}");
}

#[tokio::test]
async fn open_pages_are_told_of_changes_and_a_stop_ends_their_streams() {
    let (_folder, preview) = start(state);
    let mut stream = TcpStream::connect(preview.address()).await.unwrap();
    let (path, host) = (format!("{}changes", preview.root), preview.address());
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut told = String::new();
    let mut buffer = [0; 4_096];
    preview.live().tell(tokio::time::Instant::now(), "09:41:07".into());
    while !told.contains("\"number\":1,\"time\":\"09:41:07\"") {
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "{told}");
        told.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    assert!(told.contains("content-type: text/event-stream"), "{told}");
    let page = get(&preview, &preview.root).await;
    assert!(page.contains("data-number=\"1\""), "{page}");
    preview.stop().await;
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), async {
        while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
    });
    ended.await.expect("the stream has ended");
}

#[tokio::test]
async fn the_frame_is_the_copy_in_the_light_and_with_the_pictures_asked_for() {
    let (_folder, preview) = start(state);
    let copy = get(&preview, &format!("{}copy.html?scheme=dark", preview.root)).await;
    assert!(copy.contains("@media (min-width:0)"), "{copy}");
    assert!(copy.contains("; sandbox allow-same-origin\r\n"), "{copy}");
    let picture = format!("{}pictures/a.png", preview.root);
    assert!(copy.contains(&format!("<img src=\"{picture}\"")), "{copy}");
    let page = get(&preview, &preview.root).await;
    assert!(page.contains("sandbox=\"allow-same-origin\"") && !page.contains("allow-scripts"));
    assert!(get(&preview, &picture).await.ends_with("picture"));
    let copy = get(&preview, &format!("{}copy.html?pictures=off", preview.root)).await;
    assert!(copy.contains("@media (max-width:0)") && copy.contains("<img data-src="), "{copy}");
}

#[tokio::test]
async fn each_request_renders_anew_and_an_error_is_shown_as_it_is_drawn() {
    let count = AtomicUsize::new(0);
    let (_folder, preview) = start(move |reader| match count.fetch_add(1, Ordering::Relaxed) {
        0 => {
            let source = Source::new("templates/a.mjml", "{{subscriber.<nmae>}}");
            let fault = Diagnostic::error("no such field").at(source.span(13..19), "here");
            let faults = Faults::from(fault).standing("Nothing was sent.");
            PreviewState { error: Some(faults), ..PreviewState::default() }
        }
        _ => state(reader),
    });
    let page = get(&preview, &preview.root).await;
    assert!(page.contains("--&gt; templates/a.mjml:1:14"), "{page}");
    assert!(page.contains("{{subscriber.&lt;nmae&gt;}}"), "{page}");
    assert!(
        page.contains("Nothing was sent. Mend it and save; the copy then comes back by itself."),
        "{page}"
    );
    assert!(get(&preview, &preview.root).await.contains("<iframe"));
}

#[tokio::test]
async fn nothing_is_found_without_the_random_path_and_a_panic_ends_one_request_alone() {
    let (_folder, preview) = start(|reader| match reader {
        Some(_) => panic!("a fault of the renderer"),
        None => state(None),
    });
    for path in ["/", "/house.css", "/copy.html", "/00000000000000000000000000000000/"] {
        assert!(get(&preview, path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(get(&preview, &format!("{}?as=x", preview.root)).await.starts_with("HTTP/1.1 500"));
    assert!(get(&preview, &preview.root).await.starts_with("HTTP/1.1 200"));
    preview.stop().await;
}

#[tokio::test]
async fn a_foreign_host_and_an_address_beyond_the_machine_are_refused() {
    let (folder, preview) = start(state);
    let root = preview.root.clone();
    for host in ["evil.example", "", "127.0.0.1:1", "evil.example:80"] {
        let answer = ask(&preview, "GET", &root, host).await;
        assert!(!answer.starts_with("HTTP/1.1 200") && !answer.contains("Xi"), "{host}: {answer}");
    }
    let own = preview.address().to_string();
    for path in [root.clone(), format!("{root}copy.html"), format!("{root}changes")] {
        let answer = ask(&preview, "POST", &path, &own).await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{path}: {answer}");
    }
    for path in ["..%2fa.png", "../a.png", "%2e%2e/a.png", "a.png%00", "..%5ca.png"] {
        let answer = get(&preview, &format!("{root}pictures/{path}")).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }

    let world = world(&folder);
    let options = PreviewOptions { web: "0.0.0.0:0".parse().unwrap(), pictures: None };
    let refused = serve(&options, Arc::new(Made(Box::new(state))), &world);
    assert!(matches!(refused, Err(PreviewError::Reachable(_))));
}
