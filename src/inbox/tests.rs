//! The whole test inbox over real sockets on loopback.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::*;
use crate::words::to_hex;
use crate::world::{FixedClock, SystemEntropy, SystemNetwork, WorkspaceFiles};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\npicture";

struct Fixture {
    _folder: tempfile::TempDir,
    world: World,
    inbox: Inbox,
}

impl Fixture {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World {
            clock: Arc::new(FixedClock("2023-03-27T11:30:04Z".parse().unwrap())),
            files: Arc::new(WorkspaceFiles::new(folder.path())),
            entropy: Arc::new(SystemEntropy),
            network: Arc::new(SystemNetwork),
            machine: "test".to_owned(),
            program: "letterpress".to_owned(),
        };
        let inbox = Inbox::start(options(), &world).unwrap();
        Self { _folder: folder, world, inbox }
    }

    /// Says all of `wire` at once and returns all replies up to the end of the connection.
    async fn smtp(&self, wire: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.inbox.smtp_address()).await.unwrap();
        stream.write_all(wire).await.unwrap();
        let mut replies = String::new();
        stream.read_to_string(&mut replies).await.unwrap();
        replies
    }

    /// Sends one message to each of `readers`, as the rehearsal of an issue.
    async fn rehearse(&self, issue: &str, subject: &str, readers: &[&str]) {
        let nonce = to_hex(&[1; 32]);
        let mut wire = format!("EHLO me\r\nXLETTERPRESS {nonce} {issue}\r\n");
        for reader in readers {
            wire.push_str(&format!(
                "MAIL FROM:<b@x.org>\r\nRCPT TO:<{reader}>\r\nDATA\r\n\
                 From: W <w@x.org>\r\nTo: {reader}\r\nSubject: {subject}\r\n\
                 Content-Type: text/html\r\n\r\n\
                 <img src=\"https://x.org/a.png\"><script>alert(1)</script>\r\n.\r\n"
            ));
        }
        let replies = self.smtp(format!("{wire}QUIT\r\n").as_bytes()).await;
        assert_eq!(replies.matches("Kept in the test inbox").count(), readers.len(), "{replies}");
    }

    async fn http(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.inbox.web_address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str) -> String {
        let host = self.inbox.web_address();
        self.http(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
            .await
    }

    async fn post(&self, path: &str, form: &str) -> String {
        let (host, length) = (self.inbox.web_address(), form.len());
        self.http(&format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        ))
        .await
    }

    async fn state(&self) -> serde_json::Value {
        let answer = self.get("/messages.json").await;
        let start = answer.find('{').unwrap();
        let end = answer.rfind('}').unwrap();
        serde_json::from_str(&answer[start..=end]).unwrap()
    }
}

fn options() -> InboxOptions {
    InboxOptions {
        smtp: "127.0.0.1:0".parse().unwrap(),
        web: "127.0.0.1:0".parse().unwrap(),
        pictures: Some("https://x.org/".parse().unwrap()),
        time_zone: TimeZone::get("America/New_York").unwrap(),
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    text[start..].split(after).next().unwrap()
}

#[tokio::test]
async fn a_message_lies_in_the_maildir_byte_for_byte_when_it_is_answered() {
    let fixture = Fixture::start();
    let body = "Subject: a\r\n\r\n.dot\r\n\u{e9}\0\r\n";
    let mut stream =
        BufReader::new(TcpStream::connect(fixture.inbox.smtp_address()).await.unwrap());
    let wire = format!(
        "EHLO me\r\nMAIL FROM:<a@x.org>\r\nRCPT TO:<b@x.org>\r\nDATA\r\n{}.\r\n",
        body.replace("\r\n.", "\r\n..")
    );
    for byte in wire.as_bytes() {
        stream.write_all(&[*byte]).await.unwrap();
    }
    let mut line = String::new();
    while !line.contains("Kept") {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
    }
    let messages = fixture.world.files.list(".letterpress/inbox/new").unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(fixture.world.files.read(&messages[0]).unwrap(), body.as_bytes());
    fixture.inbox.stop().await;
    line.clear();
    stream.read_line(&mut line).await.unwrap();
    assert_eq!(line, "421 4.3.2 The test inbox is closing\r\n");
}

#[tokio::test]
async fn refused_messages_leave_no_file_and_the_next_one_is_kept() {
    let fixture = Fixture::start();
    let start = "MAIL FROM:<a@x.org>\r\nRCPT TO:<b@x.org>\r\nDATA\r\n";
    let large = "x".repeat(998) + "\r\n";
    let large = large.repeat(26 * 1024 * 1024 / large.len());
    let wire = format!(
        "EHLO me\r\n{start}a\n.\nMAIL FROM:<evil@x.org>\r\n.\r\n{start}{large}.\r\n{start}.\r\nQUIT\r\n"
    );
    let replies = fixture.smtp(wire.as_bytes()).await;
    let ends: Vec<_> =
        replies.lines().filter(|line| line.contains(" 5.") || line.contains("Kept")).collect();
    assert_eq!(
        ends,
        [
            "550 5.5.2 A line feed lacks its CR",
            "552 5.3.4 The message is too large",
            "250 2.0.0 Kept in the test inbox"
        ]
    );
    assert_eq!(fixture.state().await["total"], 1);
    assert!(fixture.world.files.list(".letterpress/inbox/tmp").unwrap().is_empty());
}

#[tokio::test]
async fn only_the_inbox_of_this_workspace_proves_to_be_ours() {
    let (ours, other) = (Fixture::start(), Fixture::start());
    let token = ours.inbox.token();
    assert_eq!(probe(&ours.world, ours.inbox.smtp_address(), &token).await, Probe::Ours);
    assert_eq!(probe(&ours.world, other.inbox.smtp_address(), &token).await, Probe::Foreign);
    assert_eq!(probe(&ours.world, ours.inbox.web_address(), &token).await, Probe::Foreign);
    let address = other.inbox.smtp_address();
    other.inbox.stop().await;
    assert_eq!(probe(&ours.world, address, &token).await, Probe::Nobody);
    assert_eq!(ours.state().await["total"], 0);
}

#[tokio::test]
async fn a_foreign_server_gets_no_question_and_no_mail() {
    let fixture = Fixture::start();
    for (ehlo, answer) in [
        ("250-other\r\n250 SIZE\r\n", ""),
        ("250-other\r\n250 XLETTERPRESS\r\n", "250 2.0.0 whatever you say\r\n"),
        ("250-other\r\n250 XLETTERPRESS\r\n", "250-0\r\n250 1\r\n"),
    ] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 other ESMTP\r\n").await.unwrap();
            let mut said = String::new();
            while stream.read_line(&mut said).await.unwrap() > 0 {
                let last = said.lines().last().unwrap();
                let reply = if last.starts_with("EHLO") { ehlo } else { answer };
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
            said
        });
        assert_eq!(probe(&fixture.world, address, &fixture.inbox.token()).await, Probe::Foreign);
        let said = server.await.unwrap();
        let verbs: Vec<_> = said.lines().map(|line| line.split(' ').next().unwrap()).collect();
        let asked = if answer.is_empty() {
            vec!["EHLO", "QUIT"]
        } else {
            vec!["EHLO", "XLETTERPRESS", "QUIT"]
        };
        assert_eq!(verbs, asked);
    }
}

// In real time: a paused clock could pass the limit before the connection is made.
#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_as_foreign() {
    let fixture = Fixture::start();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(probe(&fixture.world, address, &fixture.inbox.token()).await, Probe::Foreign);
}

#[tokio::test]
async fn the_token_is_drawn_once_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::start();
    assert_eq!(token(&fixture.world).unwrap(), fixture.inbox.token());
    let mode = fixture.world.files.resolve(TOKEN_FILE).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    clear(fixture.world.files.as_ref()).unwrap();
    assert_eq!(token(&fixture.world).unwrap(), fixture.inbox.token());
    fixture.world.files.write(TOKEN_FILE, b"nonsense").unwrap();
    assert!(matches!(token(&fixture.world), Err(InboxError::Token)));
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_the_way_out() {
    let fixture = Fixture::start();
    let taken = fixture.inbox.smtp_address();
    let error =
        Inbox::start(InboxOptions { smtp: taken, ..options() }, &fixture.world).unwrap_err();
    let diagnostic = Diagnostic::from(error);
    assert_eq!(diagnostic.what, format!("port {} is taken by another program", taken.port()));
    assert_eq!(diagnostic.hint.as_deref(), Some("`--smtp 127.0.0.1:0` takes a free port"));
    assert!(fixture.inbox.warnings().is_empty());
    assert!(pages::reachable("0.0.0.0:2525".parse().unwrap(), "--smtp").is_some());
}

#[tokio::test]
async fn the_page_lists_rehearsals_and_filters_them() {
    let fixture = Fixture::start();
    fixture.rehearse("2023-W12", "Xi in Moscow", &["ann@example.com", "bob@example.com"]).await;
    fixture.rehearse("2023-W12", "Xi in Moscow", &["ann@example.com"]).await;
    fixture.smtp(b"HELO me\r\nMAIL FROM:<>\r\nRCPT TO:<c@x.org>\r\nDATA\r\n.\r\nQUIT\r\n").await;
    let page = fixture.get("/").await;
    for text in [
        "<h2>2023-W12, rehearsal</h2>",
        "1 copy",
        "<h2>2023-W12, earlier rehearsal</h2>",
        "2 copies",
        "<h2>Other mail</h2>",
        "1 message",
        "bob@example.com",
        ">07:30:04<",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    assert_eq!(page.matches("class=\"row\"").count(), 4);
    let found = fixture.get("/?q=BOB+moscow").await;
    assert_eq!(found.matches("class=\"row\"").count(), 1);
    assert!(found.contains("1 of 2 copies"));
    assert!(fixture.get("/?q=%3Cb%3E").await.contains("No copy holds “&lt;b&gt;”."));
}

#[tokio::test]
async fn nothing_that_a_sender_wrote_becomes_markup_of_ours() {
    let fixture = Fixture::start();
    let evil = "<script>alert(1)</script>";
    let wire = format!(
        "EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<\"{evil}\"@x.org>\r\nDATA\r\n\
         From: \"{evil}\" <a@x.org>\r\nTo: \"{evil}\" <b@x.org>\r\nSubject: \"'{evil}\r\n\
         Message-ID: <{evil}@x.org>\r\nX-{evil}: {evil}\r\n\r\n{evil}\r\n.\r\nQUIT\r\n"
    );
    assert!(fixture.smtp(wire.as_bytes()).await.contains("Kept"));
    let id = fixture.state().await["latest"].as_str().unwrap().to_owned();
    for path in ["/".to_owned(), format!("/m/{id}")] {
        for query in
            ["", "?tab=text", "?tab=headers", "?tab=source", "?tab=html", "?tab=%22%3E%3Cscript%3E"]
        {
            let page = fixture.get(&format!("{path}{query}")).await;
            assert!(page.starts_with("HTTP/1.1 200"), "{page}");
            assert_eq!(page.matches("<script>").count(), 1, "our own alone: {page}");
        }
    }
}

#[tokio::test]
async fn a_copy_is_shown_where_it_can_do_nothing() {
    let fixture = Fixture::start();
    fixture.world.files.write(".letterpress/pictures/a.png", PNG).unwrap();
    fixture.world.files.write("letterpress.toml", b"secret").unwrap();
    fixture.rehearse("2023-W12", "a", &["ann@example.com"]).await;
    let id = fixture.state().await["latest"].as_str().unwrap().to_owned();
    let page = fixture.get(&format!("/m/{id}")).await;
    let frame = between(&page, "<iframe", ">");
    assert!(frame.contains(" sandbox ") && !frame.contains("sandbox="), "{frame}");
    let policy = between(&page, "content-security-policy: ", "\r\n");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self' data:;"));
    assert!(policy.contains("; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");

    let copy = fixture.get(&format!("/m/{id}/copy.html")).await;
    let policy = between(&copy, "content-security-policy: ", "\r\n");
    assert!(policy.starts_with("default-src 'none'; img-src 'self' data:;"), "{policy}");
    assert!(policy.ends_with("; sandbox"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    for header in ["nosniff", "no-store", "no-referrer"] {
        assert!(copy.contains(header), "{header}");
    }
    let picture = between(&copy, "<img src=\"", "\"");
    assert!(picture.starts_with("/pictures-"), "{copy}");
    let served = fixture.get(picture).await;
    assert!(served.contains("content-type: image/png") && served.ends_with("picture"), "{served}");
    let folder = picture.strip_suffix("a.png").unwrap();
    for path in [
        "letterpress.toml",
        "../a.png",
        "%2e%2e/a.png",
        "..%2fa.png",
        "%2fetc%2fpasswd",
        ".letterpress/inbox/token",
        "%00a.png",
        "/a.png",
    ] {
        let answer = fixture.get(&format!("{folder}{path}")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
    for path in ["/m/..%2f..%2ftoken", "/m/..", "/m/x/copy.html", "/.letterpress/inbox/token"] {
        assert!(fixture.get(path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
}

#[tokio::test]
async fn other_sites_are_refused() {
    let fixture = Fixture::start();
    let port = fixture.inbox.web_address().port();
    for host in ["Host: evil.example", "Host: localhost:1", "X: y", "Host: evil.example:PORT"] {
        let host = host.replace("PORT", &port.to_string());
        let answer =
            fixture.http(&format!("GET / HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n")).await;
        assert!(
            answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
        assert!(!answer.contains("Test inbox"));
    }
    let answer = fixture.get("http://evil.example/").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let own = fixture.inbox.web_address();
    let request =
        format!("GET http://{own}/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(fixture.http(&request).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn only_our_own_form_clears() {
    let fixture = Fixture::start();
    fixture.rehearse("2023-W12", "a", &["ann@example.com"]).await;
    for form in ["token=", "token=00", "x=y", ""] {
        let answer = fixture.post("/clear", form).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert!(fixture.get("/clear").await.starts_with("HTTP/1.1 405"));
    assert_eq!(fixture.state().await["total"], 1);
    let page = fixture.get("/").await;
    let token = between(&page, "name=\"token\" value=\"", "\"");
    let answer = fixture.post("/clear", &format!("token={token}")).await;
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert_eq!(fixture.state().await["total"], 0);
    assert!(fixture.get("/").await.contains("No copy has come yet."));
}

#[tokio::test]
async fn stopping_waits_for_a_message_in_transfer() {
    let fixture = Fixture::start();
    let mut stream =
        BufReader::new(TcpStream::connect(fixture.inbox.smtp_address()).await.unwrap());
    let wire = "EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<b@x.org>\r\nDATA\r\n";
    stream.write_all(wire.as_bytes()).await.unwrap();
    let mut said = String::new();
    while !said.contains("354") {
        stream.read_line(&mut said).await.unwrap();
    }
    let (world, inbox) = (fixture.world.clone(), fixture.inbox);
    let address = inbox.smtp_address();
    let stop = tokio::spawn(inbox.stop());
    // It listens no longer once it stops.
    while TcpStream::connect(address).await.is_ok() {}
    stream.write_all(b"late\r\n.\r\n").await.unwrap();
    stop.await.unwrap();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(
        said.ends_with("Kept in the test inbox\r\n421 4.3.2 The test inbox is closing\r\n"),
        "{said}"
    );
    assert_eq!(world.files.list(".letterpress/inbox/new").unwrap().len(), 1);
}

#[tokio::test]
async fn two_readers_copies_are_compared_line_by_line() {
    let fixture = Fixture::start();
    for (name, place) in [("ann", "Oslo"), ("bob", "<Rome>")] {
        let nonce = to_hex(&[1; 32]);
        let place = place.replace('<', "&lt;");
        let wire = format!(
            "EHLO me\r\nXLETTERPRESS {nonce} 2023-W12\r\nMAIL FROM:<b@x.org>\r\n\
             RCPT TO:<{name}@x.org>\r\nDATA\r\nFrom: W <w@x.org>\r\nTo: {name}@x.org\r\n\
             Subject: News for {name}\r\nContent-Type: text/html\r\n\r\n\
             <p>Dear {name},</p><p>from {place}</p><p>the same</p>\r\n.\r\nQUIT\r\n"
        );
        assert!(fixture.smtp(wire.as_bytes()).await.contains("Kept"));
    }
    let list = fixture.state().await;
    let [bob, ann] = [0, 1].map(|at| list["messages"][at]["id"].as_str().unwrap().to_owned());
    let page = fixture.get(&format!("/m/{ann}?tab=compare&with={bob}")).await;
    for text in [
        "<del>− News for ann</del>",
        "<ins>+ News for bob</ins>",
        "<del>− Dear ann,</del>",
        "<ins>+ from &lt;Rome&gt;</ins>",
        "  the same",
        "<dd class=\"copyline\">2023-W12, rehearsal</dd>",
        "accepted, ",
    ] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    let alone = fixture.get(&format!("/m/{ann}?tab=compare&with=absent")).await;
    assert!(alone.contains("<ins>+ News for bob</ins>"), "the nearest stands in: {alone}");
}

#[tokio::test]
async fn what_comes_in_is_told_to_open_pages() {
    let fixture = Fixture::start();
    let host = fixture.inbox.web_address();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let request = format!("GET /changes HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    fixture.rehearse("2023-W12", "a", &["ann@example.com", "bob@example.com"]).await;
    let (mut told, mut buffer) = (String::new(), [0; 4_096]);
    while !told.contains("\"number\":2") {
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "{told}");
        told.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
    tokio::time::timeout(std::time::Duration::from_secs(10), fixture.inbox.stop())
        .await
        .expect("an open stream holds no stop up");
}
