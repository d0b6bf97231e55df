//! Large folders and large files: what is held of them is small, whatever they hold.

use std::fs::File;

use crate::mailing::full;
use crate::press::{Press, Ran, ran};

/// The most that a gather may hold of any folder, in MiB.
const PEAK_MIB_MAX: u64 = 300;

/// Runs the program, and tells the largest resident set of any of its moments.
const MEASURE: &str = "
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print('peak', peak, 'MiB', file=sys.stderr)
sys.exit(ended.returncode)
";

/// A workspace without articles or issues.
fn empty() -> Press {
    let press = Press::new();
    press.remove("articles");
    press.remove("issues");
    press
}

fn measured(press: &Press, args: &[&str]) -> (Ran, u64) {
    let plain = press.command(args);
    let mut command = std::process::Command::new("python3");
    command.args(["-c", MEASURE]).arg(plain.get_program()).args(plain.get_args());
    command.current_dir(press.path(""));
    let ran = ran(&mut command);
    let peak = ran.stderr.lines().rev().find_map(|line| line.strip_prefix("peak "));
    let peak = peak.and_then(|line| line.split(' ').next()?.parse().ok());
    let peak = peak.unwrap_or_else(|| panic!("{}", ran.stderr));
    (ran, peak)
}

fn article(number: usize, words: usize) -> String {
    let text = format!("Sentence {number} of a long story goes on. ").repeat(words / 8);
    let featured = number.is_multiple_of(1_000);
    format!("---\ntitle: Story {number}\ndate: 2023-03-22\nfeatured: {featured}\n---\n{text}\n")
}

#[test]
fn the_texts_of_a_folder_never_all_lie_in_memory() {
    let press = empty();
    let (count, words) = if full() { (100_000, 40) } else { (3_400, 20_000) };
    let mut bytes = 0;
    for number in 0..count {
        let text = article(number, words);
        bytes += text.len();
        press.write(&format!("articles/{}/{number}.md", number % 100), text);
    }
    assert!(full() || bytes as u64 > (PEAK_MIB_MAX << 20), "{bytes} bytes would fit");
    for again in [false, true] {
        let (ran, peak) = measured(&press, &["gather", "--week", "2023-W12"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains("articles read"), "{}", ran.stdout);
        assert!(peak < PEAK_MIB_MAX, "{peak} MiB for {count} articles, again: {again}");
    }
}

#[test]
fn a_file_of_a_gigabyte_is_named_and_not_read() {
    let press = empty();
    press.write("articles/rest.md", article(0, 40));
    let names = ["a.md", "b.txt", "c.html", "d.xml", "e.json"];
    for name in names {
        let file = File::create(press.path(&format!("articles/{name}"))).unwrap();
        file.set_len(1 << 30).unwrap();
    }
    let (ran, peak) = measured(&press, &["gather", "--week", "2023-W12"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for name in names {
        let told = format!("`articles/{name}`");
        assert!(ran.stderr.contains(&told), "{told} is not in {}", ran.stderr);
    }
    assert!(ran.stderr.contains("it is larger than"), "{}", ran.stderr);
    assert!(ran.stdout.contains("1 article read, 5 not"), "{}", ran.stdout);
    assert!(peak < 150, "{peak} MiB");
}
