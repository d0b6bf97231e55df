//! `preview` in a real browser: what is saved is shown, findings stand at their places, and a fault
//! is shown until it is mended.

use crate::chromium::Browser;
use crate::pages::Served;
use crate::press::{PIXEL, Press};
use crate::server::until;

const ISSUE: &str = "issues/2023-W12.md";
const FRAME: &str = "document.querySelector('iframe').contentDocument";
/// How many of its elements say how they look, and of how many that holds.
const STYLES: &str =
    "document.querySelector('iframe').contentDocument.querySelectorAll('[style]').length";
const STYLED: &str = "[...document.querySelector('iframe').contentDocument\
    .querySelectorAll('[style]')].filter((one) => one.style.length > 0).length";
/// The copy's words, from within the page around it.
const COPY: &str = "document.querySelector('iframe')?.contentDocument?.body?.innerText";

fn browser() -> (tempfile::TempDir, Browser) {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(folder.path());
    browser.view(1280, 860, false);
    (folder, browser)
}

#[test]
fn what_is_saved_is_shown_without_a_click() {
    let press = Press::new();
    let served = Served::start(&press, &["preview", "2023-W12"]);
    let (_folder, mut browser) = browser();
    browser.open(&served.url);
    browser.until(&format!("{COPY}?.includes('This was a week of journeys')"));
    browser.eval("document.querySelector('.stage').scrollTop = 600; window.stayed = true");
    // The issue, an article, the template, the configuration, a list, a picture.
    press.change(ISSUE, "This was a week", "That was a week");
    browser.until(&format!("{COPY}?.includes('That was a week')"));
    press.change(
        "articles/world/honduras-turns-to-beijing.md",
        "Eighty-two years",
        "Eighty-three years",
    );
    browser.until(&format!("{COPY}?.includes('Eighty-three years')"));
    press.change("templates/words/en.toml", "View in browser", "Look in a browser");
    browser.until(&format!("{COPY}?.includes('Look in a browser')"));
    press.change("letterpress.toml", "Nora Hale, editor", "Nora H., editor");
    browser.until(&format!("{COPY}?.includes('Nora H., editor')"));
    press.change("subscribers/weekly.csv", "ann@example.com", "ann.new@example.com");
    browser.until("document.querySelector('#saved').dataset.number > 4");
    assert!(
        browser.eval("document.querySelector('#saved').innerText").to_string().contains("shown")
    );
    assert_eq!(browser.eval("document.querySelector('.stage').scrollTop"), 600);
    assert_eq!(browser.eval("window.stayed"), true, "the page itself was not loaded anew");

    let width = "[...document.querySelector('iframe').contentDocument.images].some((one) => \
         one.naturalWidth === 1)";
    assert_eq!(browser.eval(width), false);
    press.write("articles/pictures/five-flagpoles.png", PIXEL);
    browser.until(width);
    // A folder that no article lies in, which was not there when the page was opened.
    let path = "articles/world/honduras-turns-to-beijing.md";
    press.change(path, "../pictures/five-flagpoles.png", "/pictures/own/flags.png");
    browser.until("document.body.innerText.includes('there is no picture')");
    let flags = std::fs::read(press.path("articles/pictures/night-train.png")).unwrap();
    press.write("pictures/own/flags.png", flags);
    browser.until("!document.body.innerText.includes('there is no picture')");
    assert_eq!(browser.eval(width), false);
    press.write("pictures/own/flags.png", PIXEL);
    browser.until(width);

    press.change(ISSUE, "subject ", "subjekt ");
    browser
        .until("document.querySelector('.fault')?.innerText.includes('did you mean `subject`?')");
    press.change(ISSUE, "subjekt ", "subject ");
    browser.until(&format!("{COPY}?.includes('That was a week')"));
    press.change("templates/weekly/newsletter.mjml", "</mj-body>", "");
    browser.until("document.querySelector('.fault')?.innerText.includes('newsletter.mjml')");
    press.change("templates/weekly/newsletter.mjml", "</mjml>", "</mj-body></mjml>");
    browser.until(&format!("{COPY}?.includes('That was a week')"));
    browser.until("document.querySelector('.stage').scrollTop === 600");
}

#[test]
fn switches_show_other_copies_and_pins_stand_beside_what_they_speak_of() {
    let press = Press::new();
    press.change(ISSUE, "This was a week", "TODO: This was a week");
    let served = Served::start(&press, &["preview", "2023-W12"]);
    let (_folder, mut browser) = browser();
    browser.open(&served.url);
    browser.until("document.querySelector('.pins .pin:not([hidden])')");
    let apart = "(() => { const pin = document.querySelector('.pins .pin:not([hidden])'); \
        const frame = document.querySelector('iframe'); \
        const words = [...frame.contentDocument.querySelectorAll('p, div')] \
            .findLast((one) => one.textContent.includes('TODO: This was')); \
        return Math.abs(pin.getBoundingClientRect().top - frame.getBoundingClientRect().top \
            - words.getBoundingClientRect().top); })()";
    let apart = browser.eval(apart).as_f64().unwrap();
    assert!(apart < 12.0, "the pin stands {apart} px from its words");
    assert!(browser.eval("document.querySelectorAll('.gauge b').length").as_u64() > Some(3));

    let click = |browser: &mut Browser, text: &str| {
        browser.eval(&format!(
            "[...document.querySelectorAll('.controls a, .tabs a')]\
             .find((one) => one.textContent === '{text}').click()"
        ));
    };
    click(&mut browser, "Dark");
    browser.until("document.querySelector('iframe').matches('.dark')");
    click(&mut browser, "375");
    let dark = format!(
        "{COPY} && (() => {{ const frame = document.querySelector('iframe'); \
         return frame.clientWidth === 375 && getComputedStyle(frame.contentDocument.body)\
         .backgroundColor === 'rgb(19, 24, 21)' }})()"
    );
    browser.until(&dark);
    // A copy that was put into the frame has its styles and its language as one that was loaded.
    browser.until(&format!("{STYLED} > 50"));
    assert_eq!(browser.eval(&format!("{STYLES} === {STYLED}")), true);
    assert_eq!(browser.eval(&format!("{FRAME}.documentElement.lang")), "en-US");
    // Whatever the window is: the copy follows its own switch.
    browser.view(1280, 860, true);
    browser.open(&served.url);
    browser.until(&format!(
        "{COPY} && getComputedStyle(document.querySelector('iframe').contentDocument.body)\
         .backgroundColor === 'rgb(255, 255, 255)'"
    ));
    browser.eval("document.querySelector('.readers').open = true");
    browser.eval(
        "(() => { const field = document.querySelector('.readers input[type=search]'); \
         field.value = 'ann@'; field.dispatchEvent(new Event('input', { bubbles: true })) })()",
    );
    browser.until("document.querySelectorAll('.readers ol a').length === 1");
    browser.eval("document.querySelector('.readers ol a').click()");
    browser.until(&format!("{COPY}?.includes('Dear Ann')"));
    browser.open(&format!("{}?part=message&as=ann@example.com", served.url));
    browser.until("document.querySelector('pre').innerText.includes('MIME-Version: 1.0')");
}

#[test]
fn a_copy_that_gmail_clips_has_its_line() {
    let press = Press::new();
    let long =
        "Many words that nobody needs and everybody has to read to their end. ".repeat(1_000);
    press.change(ISSUE, "If you have time", &format!("{long}\n\nIf you have time"));
    let served = Served::start(&press, &["preview", "2023-W12"]);
    let (_folder, mut browser) = browser();
    browser.open(&served.url);
    browser.until("document.querySelector('.clip')?.hidden === false");
    let flag = browser.eval("document.querySelector('.flag').innerText").to_string();
    assert!(flag.contains("Gmail clips here") && flag.contains("unsubscribe too"), "{flag}");
    let line =
        "document.querySelector('.clip').offsetTop / document.querySelector('iframe').offsetHeight";
    let part = browser.eval(line).as_f64().unwrap();
    assert!((0.5..0.99).contains(&part), "the line stands at {part} of the copy");
    let pin = "document.querySelector('.pins .error:not([hidden])').offsetTop - \
               document.querySelector('.clip').offsetTop";
    assert!(
        browser.eval(pin).as_f64().unwrap().abs() < 30.0,
        "the finding's pin stands at the line"
    );
}

#[test]
fn the_preview_answers_to_its_own_address_and_path_alone() {
    let press = Press::new();
    let served = Served::start(&press, &["preview", "2023-W12"]);
    let root = served.url.split_once(served.host()).unwrap().1.to_owned();
    assert!(served.ask("GET", &root, served.host()).starts_with("HTTP/1.1 200"));
    for host in ["evil.example", "evil.example:80", "127.0.0.1:1", "localhost", ""] {
        let answer = served.ask("GET", &root, host);
        assert!(
            answer.starts_with("HTTP/1.1 403") || answer.starts_with("HTTP/1.1 400"),
            "{answer}"
        );
    }
    for path in ["/", "/copy.html", "/changes", "/0123456789abcdef0123456789abcdef/"] {
        assert!(served.ask("GET", path, served.host()).starts_with("HTTP/1.1 404"), "{path}");
    }
    for path in [&root, &format!("{root}copy.html"), &format!("{root}readers")] {
        let answer = served.ask("POST", path, served.host());
        assert!(answer.starts_with("HTTP/1.1 405"), "{path}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    for path in
        ["..%2fletterpress.toml", "%2e%2e/letterpress.toml", "letterpress.toml", "/etc/passwd"]
    {
        let answer = served.ask("GET", &format!("{root}pictures/{path}"), served.host());
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    let ran = press.run(&["preview", "2023-W12", "--web", "0.0.0.0:0"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("can be reached from outside"), "{}", ran.stderr);
}

#[test]
fn an_issue_that_is_not_there_is_told_as_by_any_verb() {
    let press = Press::new();
    for name in ["nosuch", "2023-W13"] {
        let (checked, ran) = (press.run(&["check", name]), press.run(&["preview", name]));
        assert!(checked.stderr.contains(&format!("there is no issue `{name}`")));
        assert_eq!((ran.code, ran.stderr), (2, checked.stderr));
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn an_issue_that_goes_while_it_is_shown_is_a_fault_until_it_is_back() {
    let press = Press::new();
    let served = Served::start(&press, &["preview", "2023-W12"]);
    let root = served.url.split_once(served.host()).unwrap().1.to_owned();
    let page = || served.ask("GET", &root, served.host());
    let is_gone = || page().contains("there is no issue");
    let text = press.read(ISSUE);
    assert!(!is_gone());
    press.remove(ISSUE);
    until("the fault is shown", is_gone);
    press.write(ISSUE, text);
    until("the issue is shown again", || !is_gone());
}
