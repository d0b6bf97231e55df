//! Against servers on this machine, which have to be allowed first.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Serves one answer to each request in turn, the last for ever; gives its address.
async fn serve(answers: Vec<Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        for at in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let answer = answers[at.min(answers.len() - 1)].clone();
            let mut asked = Vec::new();
            while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut part = [0; 1_024];
                match stream.read(&mut part).await {
                    Ok(1..) => asked.extend_from_slice(&part),
                    _ => break,
                }
            }
            let asked = String::from_utf8_lossy(&asked).to_lowercase();
            let answer = match asked.contains("if-none-match: \"one\"") {
                true => b"HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n".to_vec(),
                false => answer,
            };
            let _ = stream.write_all(&answer).await;
        }
    });
    host
}

fn content(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{head}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn get(url: &str, allowed: &[String]) -> Result<Fetched, WebError> {
    fetch(&Url::parse(url).unwrap(), &Validators::default(), allowed).await
}

#[tokio::test]
async fn a_file_is_fetched_once_until_it_changes() {
    let host = serve(vec![content("etag: \"one\"\r\n", b"<rss/>")]).await;
    let (url, allowed) = (format!("http://{host}/feed"), [host]);
    let Fetched::Content { bytes, validators } = get(&url, &allowed).await.unwrap() else {
        panic!("nothing was asked before")
    };
    assert_eq!((bytes.as_slice(), validators.etag.as_deref()), (&b"<rss/>"[..], Some("\"one\"")));
    let again = fetch(&Url::parse(&url).unwrap(), &validators, &allowed).await.unwrap();
    assert!(matches!(again, Fetched::Unchanged));
}

#[tokio::test]
async fn a_private_host_is_not_asked_by_name_address_or_redirect() {
    let host = serve(vec![content("", b"secret")]).await;
    let port = host.rsplit_once(':').unwrap().1.to_owned();
    for url in [
        format!("http://{host}/"),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
    ] {
        assert!(matches!(get(&url, &[]).await, Err(WebError::Private { .. })), "{url}");
    }
    let onwards =
        format!("HTTP/1.1 302 Found\r\nlocation: http://{host}/\r\ncontent-length: 0\r\n\r\n");
    let public = serve(vec![onwards.into_bytes()]).await;
    let found = get(&format!("http://{public}/"), &[public]).await;
    assert!(matches!(found, Err(WebError::Private { .. })), "{found:?}");
    // By its name, where that is allowed.
    let allowed = [format!("localhost:{port}")];
    assert!(get(&format!("http://localhost:{port}/"), &allowed).await.is_ok());
}

#[tokio::test]
async fn what_has_no_end_is_ended() {
    let around = serve(vec![
        b"HTTP/1.1 301 Moved\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n".to_vec(),
    ])
    .await;
    let found = get(&format!("http://{around}/"), &[around]).await;
    assert!(matches!(found, Err(WebError::Redirects)), "{found:?}");
    let large = serve(vec![content("", &vec![b'x'; ANSWER_BYTES_MAX + 1])]).await;
    let found = get(&format!("http://{large}/"), &[large]).await;
    assert!(matches!(found, Err(WebError::TooLarge)), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let found = get(&format!("http://{host}/"), &[host]).await;
    assert!(matches!(found, Err(WebError::Slow)), "{found:?}");
}

#[tokio::test]
async fn what_a_server_refuses_is_told_and_whether_it_may_pass() {
    for (status, is_passing) in [("404 Not Found", false), ("503 Unavailable", true)] {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        let host = serve(vec![head.into_bytes()]).await;
        let error = get(&format!("http://{host}/"), &[host]).await.unwrap_err();
        assert_eq!(error.is_passing(), is_passing);
        assert!(error.to_string().contains(&status[..3]));
    }
    assert!(matches!(get("ftp://a.example/", &[]).await, Err(WebError::Scheme)));
}
