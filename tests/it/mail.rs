//! Received mail, read by another library than ours: Python's `email`, which fails on a defect.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

const READER: &str = r#"
import email, email.policy, json, os, sys
policy = email.policy.default.clone(raise_on_defect=True)
for folder in sys.argv[1:]:
    for name in sorted(os.listdir(folder)):
        raw = open(os.path.join(folder, name), 'rb').read()
        m = email.message_from_bytes(raw, policy=policy)
        header = {k.lower(): str(v) for k, v in m.items()}
        counts = {}
        for k in m.keys():
            counts[k.lower()] = counts.get(k.lower(), 0) + 1
        body = lambda kind: m.get_body((kind,)).get_content()
        parts = [p.get_content_type() for p in m.walk()]
        to = m['to'].addresses
        print(json.dumps({
            'to': [a.addr_spec for a in to], 'to_names': [a.display_name for a in to],
            'from': str(m['from']), 'subject': str(m['subject']), 'headers': header,
            'counts': counts, 'parts': parts, 'text': body('plain'), 'html': body('html'),
            'raw': raw.decode('latin-1'),
        }))
"#;

#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    pub to: Vec<String>,
    pub to_names: Vec<String>,
    pub from: String,
    pub subject: String,
    pub headers: std::collections::BTreeMap<String, String>,
    pub counts: std::collections::BTreeMap<String, usize>,
    pub parts: Vec<String>,
    pub text: String,
    pub html: String,
    pub raw: String,
}

/// Reads every message of a folder.
pub fn read(folder: &Path) -> Vec<Mail> {
    let output = Command::new("python3").args(["-c", READER]).arg(folder).output().unwrap();
    let fault = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "a message has a defect: {fault}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
