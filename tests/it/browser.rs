//! The newsletter in a real browser: nothing runs over the edge at any width.

use crate::chromium;
use crate::press::Press;

/// Shows the page in frames of several widths, and returns the width that each came to need.
fn widths(press: &Press, page: &str, frames: &[u32]) -> Vec<u32> {
    let escaped = page.replace('&', "&amp;").replace('"', "&quot;");
    let frames: String = frames
        .iter()
        .map(|width| format!("<iframe width=\"{width}\" height=\"800\" style=\"border:0\" srcdoc=\"{escaped}\"></iframe>"))
        .collect();
    let script = "addEventListener('load', () => { document.title = 'widths ' + \
                  [...document.querySelectorAll('iframe')]\
                  .map(f => f.contentDocument.documentElement.scrollWidth).join(' ') })";
    press.write("frames.html", format!("<!doctype html><body>{frames}<script>{script}</script>"));
    let profile = tempfile::tempdir().unwrap();
    let output = chromium::program()
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("file://{}", press.path("frames.html").display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let title = dom.split("<title>widths ").nth(1).unwrap_or_else(|| {
        panic!("no title in\n{dom}\n{}", String::from_utf8_lossy(&output.stderr))
    });
    let title = title.split('<').next().unwrap();
    title.split(' ').map(|width| width.parse().unwrap()).collect()
}

#[test]
fn the_newsletter_fits_every_screen() {
    let press = Press::new();
    press.done(&["build", "2023-W12", "--as", "ann@example.com"]);
    let page = press.read(".letterpress/build/2023-W12/index.html");
    let needed = widths(&press, &page, &[320, 375, 650]);
    for (width, needed) in [320, 375, 650].into_iter().zip(needed) {
        // A bar for scrolling down takes some pixels; one for sideways would come on top.
        assert!(needed <= width, "at {width} px the page needs {needed}");
    }
    let wide = page.replace("<body", "<body style=\"min-width:700px\"");
    assert!(widths(&press, &wide, &[650])[0] > 650, "the test sees a page that is too wide");
}
