//! Chromium, driven over its debugging pipe: what a page shows, runs and asks of the network.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Flags without which Chromium asks the network for things of its own.
const QUIET: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The browser of this machine, without a window and asking the network for nothing of its own.
pub fn program() -> Command {
    let name = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok())
        .expect("no browser: install the package `chromium`");
    let mut command = Command::new(name);
    command.args(QUIET);
    command
}

/// Flags with which all frames of a page are in one process, so that nothing of them goes unseen.
const FLAGS: [&str; 5] = [
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateSandboxedIframes",
    "--remote-debugging-pipe",
];
/// No page of ours takes longer to show what is waited for.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A browser with one page, which ends with its owner.
pub struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: Option<String>,
    number: u64,
    events: Vec<Value>,
}

impl Browser {
    /// Starts a browser that keeps its files in a folder.
    pub fn start(folder: &Path) -> Self {
        let chromium = program();
        let (to, from) = (folder.join("to-chromium"), folder.join("from-chromium"));
        let made = Command::new("mkfifo").args([&to, &from]).status().expect("mkfifo runs");
        assert!(made.success(), "no pipes in {}", folder.display());
        // Chromium reads what it is to do at 3, and answers at 4.
        let child = Command::new("sh")
            .args(["-c", "exec 3<\"$1\" 4>\"$2\"; shift 2; exec \"$@\"", "sh"])
            .args([&to, &from])
            .arg(chromium.get_program())
            .args(chromium.get_args())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", folder.join("chromium").display()))
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell runs");
        let to = File::options().write(true).open(to).expect("the pipe opens");
        let from = BufReader::new(File::open(from).expect("the pipe opens"));
        let mut browser = Self { child, to, from, session: None, number: 0, events: Vec::new() };
        let page = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("Chromium listens");
        self.number
    }

    fn hear(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).expect("Chromium answers");
        assert_eq!(bytes.pop(), Some(0), "Chromium has ended");
        let message: Value = serde_json::from_slice(&bytes).expect("Chromium speaks JSON");
        if message["method"] == "Page.javascriptDialogOpening" {
            self.send("Page.handleJavaScriptDialog", json!({ "accept": true }));
        }
        message
    }

    /// Has Chromium do something, and returns its answer.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        let number = self.send(method, params);
        loop {
            let message = self.hear();
            if message["id"] == number {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            if message["id"].is_null() {
                self.events.push(message);
            }
        }
    }

    /// Returns what has happened since the last call of this.
    pub fn events(&mut self) -> Vec<Value> {
        self.eval("0");
        std::mem::take(&mut self.events)
    }

    /// Returns the value of a JavaScript expression in the page.
    pub fn eval(&mut self, script: &str) -> Value {
        let params = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", params);
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true in the page.
    pub fn until(&mut self, script: &str) {
        let started = Instant::now();
        while self.eval(&format!("Boolean({script})")) != true {
            assert!(started.elapsed() < WAIT_MAX, "waited in vain until {script}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Opens a page, and waits until all of it is there.
    pub fn open(&mut self, url: &str) {
        let answer = self.call("Page.navigate", json!({ "url": url }));
        assert!(answer["errorText"].is_null(), "{url}: {answer}");
        let is_loaded = |event: &Value| event["method"] == "Page.loadEventFired";
        if !self.events.iter().any(is_loaded) {
            while !self.events.last().is_some_and(is_loaded) {
                let message = self.hear();
                self.events.push(message);
            }
        }
        self.events.retain(|event| !is_loaded(event));
    }

    /// Says how large the window is, and whether its user wants it dark.
    pub fn view(&mut self, width: u32, height: u32, dark: bool) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
