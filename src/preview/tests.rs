//! The preview over a real socket on loopback.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::words::Source;
use crate::world::{SystemClock, SystemEntropy, SystemNetwork, WorkspaceFiles};

fn start(
    render: impl Fn(Option<&str>) -> PreviewState + Send + Sync + 'static,
) -> (tempfile::TempDir, Preview) {
    let folder = tempfile::tempdir().unwrap();
    let world = World {
        clock: Arc::new(SystemClock),
        files: Arc::new(WorkspaceFiles::new(folder.path())),
        entropy: Arc::new(SystemEntropy),
        network: Arc::new(SystemNetwork),
        machine: "test".to_owned(),
        program: "letterpress".to_owned(),
    };
    world.files.write("a.png", b"picture").unwrap();
    let options = PreviewOptions {
        web: "127.0.0.1:0".parse().unwrap(),
        pictures: Some("https://x.org/".parse().unwrap()),
    };
    let preview = serve(&options, Render::new(render), &world).unwrap();
    (folder, preview)
}

async fn get(preview: &Preview, path: &str) -> String {
    let host = preview.address();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
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
        readers: vec![
            ReaderChoice { label: "Ann".into(), address: "ann@example.com".into() },
            ReaderChoice { label: "Bob".into(), address: "bob@example.com".into() },
        ],
        findings: vec![
            Diagnostic::warning("`subject` is short <b>")
                .at(source.span(11..12), "")
                .id("subject-short")
                .hint("write more"),
        ],
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
        "<option value=\"bob@example.com\" selected>",
        "One warning",
        "<code>subject</code> is short &lt;b&gt;",
        "<code>issues/2023-W12.md:1:12</code>",
        "<b>To do:</b> write more",
        "warning <code>subject-short</code>",
        "0.1 kB in this copy; Gmail shows 102",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    assert!(!page.contains("<script>"));
}

#[tokio::test]
async fn the_frame_is_the_copy_in_the_light_and_with_the_pictures_asked_for() {
    let (_folder, preview) = start(state);
    let copy = get(&preview, &format!("{}copy.html?scheme=dark", preview.root)).await;
    assert!(copy.contains("@media (min-width:0)"), "{copy}");
    assert!(copy.contains("; sandbox\r\n"), "{copy}");
    let picture = format!("{}pictures/a.png", preview.root);
    assert!(copy.contains(&format!("<img src=\"{picture}\">")), "{copy}");
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
    assert!(page.contains("Nothing was sent. Mend it and load this page again."), "{page}");
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
    let mut stream = TcpStream::connect(preview.address()).await.unwrap();
    let path = preview.root.clone();
    let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(!answer.starts_with("HTTP/1.1 200") && !answer.contains("Xi"), "{answer}");

    let world = World {
        clock: Arc::new(SystemClock),
        files: Arc::new(WorkspaceFiles::new(folder.path())),
        entropy: Arc::new(SystemEntropy),
        network: Arc::new(SystemNetwork),
        machine: "test".to_owned(),
        program: "letterpress".to_owned(),
    };
    let options = PreviewOptions { web: "0.0.0.0:0".parse().unwrap(), pictures: None };
    let refused = serve(&options, Render::new(state), &world);
    assert!(matches!(refused, Err(PreviewError::Reachable(_))));
}
