//! Pictures of the workspace on their way to readers: made for mail, on the web or in each copy.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::process::{Child, Command, Stdio};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;

use crate::chromium::Browser;
use crate::pages::Served;
use crate::press::Press;
use crate::server::{SmtpSink, free_port, until};

const ISSUE: &str = "issues/2023-W12.md";
const BUILT: &str = ".letterpress/build/2023-W12";
const STORY: &str = "articles/2023-03-22-kishida-takes-the-night-train-to-kyiv.md";
/// The pictures of the sample week.
const SAMPLE: usize = 4;

/// A photograph as a camera writes it: held upright, so that it is stored lying on its side.
fn photograph(width: u32, height: u32) -> Vec<u8> {
    let mut noise = 7_u32;
    let picture = RgbImage::from_fn(width, height, |x, y| {
        noise = noise.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, (noise >> 28) as u8])
    });
    let mut jpeg = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    let mut body =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    body.extend(b"GPS 38.7684 N 76.0686 W");
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &body, &jpeg[2..]].concat()
}

/// The sample week, whose lead has a photograph.
fn press() -> Press {
    let press = Press::new();
    press.write("articles/pictures/On the train.jpg", photograph(1800, 1200));
    press.change(STORY, "picture: pictures/night-train.png", "picture: pictures/On the train.jpg");
    press
}

fn configure(press: &Press, lines: &str) {
    press.change("letterpress.toml", "[pictures]\nmode = \"url\"\n", "[pictures]\n");
    press.change(
        "letterpress.toml",
        "url  = \"https://meridian.example/weekly/pictures/\"\n",
        lines,
    );
}

fn relay(press: &Press, port: u16) {
    let url = format!("smtp+plaintext://127.0.0.1:{port}");
    press.change("letterpress.toml", "smtp://letterpress@smtp.meridian.example:587", &url);
    press.change("letterpress.toml", "password = {", "# password = {");
}

/// The pictures beside a built page, by their names.
fn beside(press: &Press) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(press.path(&format!("{BUILT}/pictures"))).unwrap();
    let files = entries.map(|entry| {
        let entry = entry.unwrap();
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    });
    files.collect()
}

fn browser() -> (tempfile::TempDir, Browser) {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(folder.path());
    browser.view(1000, 900, false);
    (folder, browser)
}

#[test]
fn pictures_are_made_for_mail_and_lie_beside_the_page() {
    let press = press();
    press.done(&["build", "2023-W12"]);
    let files = beside(&press);
    assert_eq!(files.len(), SAMPLE, "{:?}", files.keys());
    let photo = files.keys().find(|name| name.starts_with("on-the-train-")).unwrap().clone();
    let made = image::load_from_memory(&files[&photo]).unwrap();
    // It is shown 600 pixels wide; two points for each of them are all that anybody sees.
    assert_eq!((made.width(), made.height()), (1200, 1800));
    assert!(!files[&photo].windows(4).any(|part| part == b"Exif" || part == b"GPS "));
    let page = press.read(&format!("{BUILT}/index.html"));
    let tag = page.split("<img ").find(|tag| tag.contains(&photo)).unwrap();
    let tag = tag.split('>').next().unwrap();
    for attribute in [&*format!("src=\"pictures/{photo}\""), "width=\"600\"", "height=\"900\""] {
        assert!(tag.contains(attribute), "{tag}");
    }
    // The message names them where readers find them.
    let message = press.read(&format!("{BUILT}/message.eml")).replace("=\r\n", "");
    assert!(message.contains(&format!("https://meridian.example/weekly/pictures/{photo}")));

    let (_folder, mut browser) = browser();
    browser.open(&format!("file://{}", press.path(&format!("{BUILT}/index.html")).display()));
    browser
        .until("document.images.length > 2 && [...document.images].every((one) => one.complete)");
    let undistorted = "[...document.images].every((one) => one.naturalWidth > 0 && \
        Math.abs(one.width / one.height - one.naturalWidth / one.naturalHeight) < 0.02)";
    assert_eq!(browser.eval(undistorted), true);

    // Another photograph in its place has another name, and the old one does not stay.
    press.write("articles/pictures/On the train.jpg", photograph(900, 600));
    press.done(&["build", "2023-W12"]);
    let now = beside(&press);
    assert_eq!(now.len(), SAMPLE);
    assert!(!now.contains_key(&photo), "{:?}", now.keys());
    let others = |files: &BTreeMap<String, Vec<u8>>| {
        let others = files.keys().filter(|name| !name.starts_with("on-the-train-")).cloned();
        others.collect::<Vec<_>>()
    };
    assert_eq!(others(&files), others(&now));
}

#[test]
fn a_picture_is_found_in_the_folder_of_its_source() {
    let press = press();
    press.change(STORY, "picture: pictures/On the train.jpg", "picture: night.jpg");
    press.write("static/images/night.jpg", photograph(300, 200));
    let source = "[[source]]\npath = \"articles\"\nfiles = \"static/images\"\n\n[pictures]";
    press.change("letterpress.toml", "[pictures]", source);
    press.done(&["build", "2023-W12"]);
    assert!(beside(&press).keys().any(|name| name.starts_with("night-")));
}

#[test]
fn what_is_no_picture_holds_the_issue_with_its_remedy() {
    let press = press();
    let path = "articles/pictures/On the train.jpg";
    let mut bomb = Cursor::new(Vec::new());
    DynamicImage::new_luma8(1, 1).write_to(&mut bomb, ImageFormat::Png).unwrap();
    let mut bomb = bomb.into_inner();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    // Its checksum, as RFC 2083 reckons it.
    bomb[29..33].copy_from_slice(&[0x49, 0xef, 0x6f, 0x3f]);
    for (bytes, note, hint) in [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "an SVG", "as JPEG or PNG"),
        (b"<!doctype html><title>404</title>".to_vec(), "a page of the web", "put the picture"),
        (photograph(60, 40)[..500].to_vec(), "it is broken", "from its source"),
        (photograph(60, 40)[..photograph(60, 40).len() - 9].to_vec(), "its end", "from its source"),
        (Vec::new(), "it is empty", "put a JPEG"),
        (bomb, "65536", "make it smaller"),
    ] {
        press.write(path, bytes);
        let ran = press.run(&["check", "2023-W12", "--json"]);
        assert_eq!(ran.code, 3, "{note}: {}", ran.stderr);
        let json = ran.json();
        let found: Vec<&Value> = json["findings"].as_array().unwrap().iter().collect();
        let finding = found.iter().find(|found| found["id"] == "picture-missing").unwrap();
        let told = finding.to_string();
        assert!(told.contains(note) && told.contains(hint), "{note}: {told}");
        let line = press.read(ISSUE).lines().position(|line| line.contains("kishida")).unwrap();
        assert_eq!(finding["place"]["line"], line + 1, "{told}");
        // The rest of the page is there to be looked at.
        press.done(&["build", "2023-W12"]);
        assert_eq!(beside(&press).len(), SAMPLE - 1, "{note}");
    }
    // A camera's largest is only scaled.
    press.write(path, {
        let mut png = Cursor::new(Vec::new());
        DynamicImage::new_luma8(8_700, 5_800).write_to(&mut png, ImageFormat::Png).unwrap();
        png.into_inner()
    });
    press.done(&["check", "2023-W12"]);
    press.done(&["build", "2023-W12"]);
    let files = beside(&press);
    let (_, bytes) = files.iter().find(|(name, _)| name.starts_with("on-the-train-")).unwrap();
    assert_eq!(image::load_from_memory(bytes).unwrap().width(), 1_200);
}

#[test]
fn what_was_made_and_is_damaged_is_made_again() {
    let press = press();
    press.done(&["build", "2023-W12"]);
    let good = beside(&press);
    let kept = |name: &str| format!(".letterpress/pictures/{name}");
    for (name, bytes) in &good {
        press.write(&kept(name), &bytes[..bytes.len() / 2]);
        press.write(&format!(".letterpress/build/2023-W12/pictures/{name}"), "");
    }
    press.done(&["build", "2023-W12"]);
    assert_eq!(beside(&press), good);
}

#[test]
fn a_disk_that_takes_no_picture_is_no_fault_of_the_issue() {
    let press = press();
    press.write(".letterpress/pictures", "no folder");
    let ran = press.run(&["check", "2023-W12"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("could not write `.letterpress/pictures/"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("picture-missing"), "{}", ran.stderr);
}

/// Python's web server over a folder.
struct Web {
    child: Option<Child>,
    port: u16,
    folder: tempfile::TempDir,
}

impl Web {
    fn start() -> Self {
        let mut web = Self { child: None, port: free_port(), folder: tempfile::tempdir().unwrap() };
        web.go_on();
        web
    }

    fn go_on(&mut self) {
        let child = Command::new("python3")
            .args(["-m", "http.server", "--bind", "127.0.0.1", "--directory"])
            .arg(self.folder.path())
            .arg(self.port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let port = self.port;
        until("the web server answers", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The sample week whose pictures are to stand on a server of this machine.
fn on_the_web(web: &Web, publish: &str) -> Press {
    let press = press();
    configure(&press, &format!("url = \"http://127.0.0.1:{}/p/\"\n{publish}\n", web.port));
    let allowed = format!(
        "[check]\noff = [\"local-url\"]\n[gather]\nprivate_feeds = [\"127.0.0.1:{}\"]",
        web.port
    );
    press.change("letterpress.toml", "[gather]", &allowed);
    press
}

#[test]
fn no_reader_gets_a_page_whose_pictures_are_not_on_the_web() {
    let web = Web::start();
    let sink = SmtpSink::start(&[]);
    let press = on_the_web(&web, "");
    relay(&press, sink.port);
    let ran = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("4 of 4 not at http://127.0.0.1"), "{}", ran.stdout);
    assert_eq!(ran.stderr.matches("[picture-unpublished]").count(), SAMPLE, "{}", ran.stderr);
    assert!(ran.stderr.contains("the server answered 404"), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("{BUILT}/pictures/")), "{}", ran.stderr);
    // By hand, as it says.
    fs::create_dir(web.folder.path().join("p")).unwrap();
    let files = beside(&press);
    for (name, bytes) in files.iter().skip(1) {
        fs::write(web.folder.path().join("p").join(name), bytes).unwrap();
    }
    let ran = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("[picture-unpublished]").count(), 1, "{}", ran.stderr);
    let (name, bytes) = files.iter().next().unwrap();
    fs::write(web.folder.path().join("p").join(name), bytes).unwrap();
    assert_eq!(crate::mail::read(sink.folder()).len(), 0);
    let ran = press.done(&["send", "2023-W12", "--yes"]);
    assert!(ran.stdout.contains("all 4 at http://127.0.0.1"), "{}", ran.stdout);
    let mails = crate::mail::read(sink.folder());
    assert_eq!(mails.len(), 24);
    assert!(files.keys().all(|name| mails[0].html.contains(name)));
}

#[test]
fn a_command_publishes_what_is_not_there_yet() {
    let mut web = Web::start();
    let sink = SmtpSink::start(&[]);
    let target = web.folder.path().join("p");
    let publish = |script: &str| {
        format!("publish = ['sh', '-c', '{script}', 'sh', '{{folder}}', '{}']", target.display())
    };
    let press = on_the_web(&web, &publish("echo no route to the host >&2; exit 12"));
    relay(&press, sink.port);
    let ran = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    for told in ["`sh` failed: exit status: 12", "no route to the host", "nothing was sent"] {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    assert!(
        !press.path(".letterpress/ledger.db").exists()
            || crate::mail::read(sink.folder()).is_empty()
    );
    let failing = publish("echo no route to the host >&2; exit 12");
    // It ends well, and puts nothing there.
    press.change("letterpress.toml", &failing, &publish("true"));
    let ran = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("is where `pictures.publish` puts them"), "{}", ran.stderr);
    // While the server is down nobody can say; cron tries again.
    let copies = publish(r#"mkdir -p "$2" && cp "$1"/* "$2" && echo once >> "$2/log""#);
    press.change("letterpress.toml", &publish("true"), &copies);
    web.stop();
    let ran = press.run(&["send", "2023-W12", "--yes"]);
    assert_eq!(ran.code, 75, "{}", ran.stderr);
    assert!(ran.stderr.contains("it cannot be seen whether"), "{}", ran.stderr);
    fs::remove_dir_all(&target).unwrap();
    web.go_on();
    let ran = press.done(&["proof", "2023-W12", "--to", "desk@example.com"]);
    assert!(ran.stdout.contains("4 published, all 4 at"), "{}", ran.stdout);
    let ran = press.done(&["send", "2023-W12", "--yes"]);
    assert!(ran.stdout.contains("all 4 at") && !ran.stdout.contains("published"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(target.join("log")).unwrap(), "once\n");
    for (name, bytes) in beside(&press) {
        assert_eq!(fs::read(target.join(name)).unwrap(), bytes);
    }
    assert_eq!(crate::mail::read(sink.folder()).len(), 25);
}

/// Reads a message with Python's `email`: its structure, and each picture by its Content-ID.
const PARTS: &str = r#"
import email, email.policy, hashlib, json, os, sys
policy = email.policy.default.clone(raise_on_defect=True)
for name in sorted(os.listdir(sys.argv[1])):
    m = email.message_from_bytes(open(os.path.join(sys.argv[1], name), 'rb').read(), policy=policy)
    html = m.get_body(('html',))
    pictures = {p['content-id']: [p.get_content_type(), hashlib.sha256(p.get_content()).hexdigest()]
                for p in m.walk() if p['content-id']}
    print(json.dumps({'to': m['to'].addresses[0].addr_spec, 'pictures': pictures,
        'types': [p.get_content_type() for p in m.walk()],
        'html': html and html.get_content()}))
"#;

fn parts(sink: &SmtpSink) -> Vec<Value> {
    let output = Command::new("python3").args(["-c", PARTS]).arg(sink.folder()).output().unwrap();
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{fault}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn copies_carry_their_pictures_whatever_becomes_of_the_files() {
    let sink = SmtpSink::start(&[]);
    let press = press();
    configure(&press, "mode = \"cid\"\n");
    relay(&press, sink.port);
    press.done(&["build", "2023-W12"]);
    let sums = |press: &Press| {
        let sums = beside(press).into_iter().map(|(name, bytes)| (name, sha256(&bytes)));
        sums.collect::<BTreeMap<_, _>>()
    };
    let known = sums(&press);
    assert_eq!(press.run(&["send", "2023-W12", "--yes", "--limit", "3"]).code, 0);
    // What was frozen goes out, though nothing of it is left in the workspace.
    press.remove("articles/pictures");
    press.remove(".letterpress/pictures");
    press.remove(".letterpress/build");
    press.done(&["send", "2023-W12", "--yes"]);
    let mails = parts(&sink);
    assert_eq!(mails.len(), 24);
    for mail in &mails {
        let types: Vec<&str> =
            mail["types"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
        let text = ["multipart/alternative", "text/plain", "multipart/related", "text/html"];
        assert_eq!(types[..4], text);
        assert!(types.len() == 4 + SAMPLE && types[4..].iter().all(|t| t.starts_with("image/")));
        let html = mail["html"].as_str().unwrap();
        let pictures = mail["pictures"].as_object().unwrap();
        assert_eq!(html.matches("\"cid:").count(), pictures.len());
        for (id, picture) in pictures {
            let id = id.trim_matches(['<', '>']);
            assert!(html.contains(&format!("src=\"cid:{id}\"")), "{id}");
            let (name, _) = id.split_once('@').unwrap();
            assert_eq!(picture[1], *known[name], "{name}");
        }
    }
    // The archive has them from what was frozen, too.
    press.done(&["build", "--archive"]);
    let archived = press.read(".letterpress/archive/2023-W12/index.html");
    assert!(!archived.contains("cid:"));
    for (name, sum) in &known {
        assert!(archived.contains(&format!("src=\"pictures/{name}\"")), "{name}");
        let kept = format!(".letterpress/archive/2023-W12/pictures/{name}");
        assert_eq!(sha256(&fs::read(press.path(&kept)).unwrap()), *sum);
    }
}

#[test]
fn what_is_corrected_keeps_its_pictures() {
    let web = Web::start();
    let target = web.folder.path().join("p");
    let script = r#"mkdir -p "$2" && cp "$1"/* "$2""#;
    let publish =
        format!("publish = ['sh', '-c', '{script}', 'sh', '{{folder}}', '{}']", target.display());
    for is_enclosed in [true, false] {
        let sink = SmtpSink::start(&[]);
        let press = if is_enclosed { press() } else { on_the_web(&web, &publish) };
        if is_enclosed {
            configure(&press, "mode = \"cid\"\n");
        }
        relay(&press, sink.port);
        press.done(&["send", "2023-W12", "--yes", "--limit", "3"]);
        press.done(&["stop", "2023-W12"]);
        press.write("articles/pictures/On the train.jpg", photograph(600, 400));
        if !is_enclosed {
            // What cannot be published corrects nothing, nor does what is published elsewhere.
            for (command, code) in [("false", 75), ("true", 3)] {
                let odd = format!("publish = ['{command}', '{{folder}}']");
                press.change("letterpress.toml", &publish, &odd);
                let ran = press.run(&["correct", "2023-W12", "--yes"]);
                assert_eq!(ran.code, code, "{}", ran.stderr);
                press.change("letterpress.toml", &odd, &publish);
            }
        }
        let corrected = press.done(&["correct", "2023-W12", "--yes"]).stdout;
        assert!(corrected.contains("Revision 2 is for 21 copies"), "{corrected}");
        press.done(&["send", "2023-W12", "--yes"]);
        let mails = parts(&sink);
        assert_eq!(mails.len(), 24);
        let photos: BTreeMap<String, usize> =
            mails.iter().fold(BTreeMap::new(), |mut all, mail| {
                let html = mail["html"].as_str().unwrap();
                let at = html.find("on-the-train-").unwrap();
                *all.entry(html[at..at + 33].to_owned()).or_default() += 1;
                let enclosed = mail["pictures"].as_object().unwrap().len();
                assert_eq!(enclosed, if is_enclosed { SAMPLE } else { 0 });
                all
            });
        let mut counts: Vec<usize> = photos.values().copied().collect();
        counts.sort_unstable();
        assert_eq!(counts, [3, 21]);
        let is_there = |name: &String| target.join(name).exists();
        assert!(is_enclosed || photos.keys().all(is_there), "{photos:?}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn preview_and_inbox_show_them_in_either_mode() {
    for mode in
        ["mode = \"url\"\nurl = \"https://img.meridian.example/?x/a&b/\"\n", "mode = \"cid\"\n"]
    {
        let press = press();
        configure(&press, mode);
        let count = "[...document.querySelector('iframe').contentDocument.images]\
                     .filter((one) => one.naturalWidth > 100).length";
        let (_folder, mut browser) = browser();
        {
            let served = Served::start(&press, &["preview", "2023-W12"]);
            browser.open(&served.url);
            browser.until(&format!("{count} === {SAMPLE}"));
        }
        press.done(&["send", "2023-W12", "--inbox", "--limit", "1"]);
        let args = ["inbox", "--smtp", "127.0.0.1:0", "--web", "127.0.0.1:0"];
        let served = Served::start(&press, &args);
        browser.open(&served.url);
        // The inbox's frame may not be looked into: it is opened by itself.
        let copy = browser.eval("document.querySelector('iframe').src");
        browser.open(copy.as_str().unwrap());
        browser.until(&format!(
            "[...document.images].filter((one) => one.naturalWidth > 100).length === {SAMPLE}"
        ));
    }
}

#[test]
fn a_reader_who_wants_plain_text_gets_nothing_else() {
    let sink = SmtpSink::start(&[]);
    let press = press();
    configure(&press, "mode = \"cid\"\n");
    relay(&press, sink.port);
    press.write(
        "subscribers/weekly.csv",
        "email,name,format\nann@example.com,Ann,html\nbob@example.com,Bob, Text\n\
         cy@example.com,Cy,\n",
    );
    press.done(&["send", "2023-W12", "--yes"]);
    let mails = parts(&sink);
    let types = |who: &str| {
        let mail = mails.iter().find(|mail| mail["to"] == who).unwrap();
        mail["types"].as_array().unwrap().len()
    };
    assert_eq!((types("ann@example.com"), types("cy@example.com")), (4 + SAMPLE, 4 + SAMPLE));
    let bob = mails.iter().find(|mail| mail["to"] == "bob@example.com").unwrap();
    assert_eq!(bob["types"], serde_json::json!(["text/plain"]));
    assert_eq!(bob["html"], Value::Null);
}
