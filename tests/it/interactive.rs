//! `gather --interactive` in a terminal of Python's making.

use std::process::Command;

use crate::press::{Press, ran};

/// Runs the program in a terminal of 100 by 24, sends keys once it sees what it waits for, and
/// prints all that it saw.
const TERMINAL: &str = r#"
import fcntl, os, pty, select, struct, sys, termios, time
program, folder, steps = sys.argv[1], sys.argv[2], sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.chdir(folder)
    os.environ.update(TERM="xterm", LANG="C.UTF-8")
    os.execv(program, [program, "gather", "--week", "2023-W12", "--interactive"])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
seen, since, end = b"", 0, time.monotonic() + 30
steps = [step.split("=>", 1) for step in steps]
while time.monotonic() < end:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    # What is awaited must come after the keys before it.
    if steps and steps[0][0].encode() in seen[since:]:
        since = len(seen)
        os.write(terminal, steps.pop(0)[1].encode())
_, status = os.waitpid(child, 0)
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(status) if not steps else 99)
"#;

fn in_terminal(press: &Press, steps: &[&str]) -> crate::press::Ran {
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_letterpress")]);
    ran(command.arg(press.path("")).args(steps))
}

#[test]
fn stories_are_chosen_looked_at_and_put_in_order() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    // The second story is looked at, left out, and the third put first.
    let steps = ["w write=>j\r", "q back=>q", "w write=> ", "w write=>jKK", "w write=>w"];
    let told = in_terminal(&press, &steps);
    assert_eq!(told.code, 0, "{}", told.stdout);
    assert!(told.stdout.contains("is new, with 10 stories"), "{}", told.stdout);
    let issue = press.read("issues/2023-W12.md");
    let stories: Vec<&str> = issue.lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(stories.len(), 11, "{issue}");
    let (sent, left) = issue.split_once("## Left out").unwrap();
    assert!(left.contains("- [") && !left.contains("[ ]"), "set aside, not out of room: {left}");
    assert!(!sent.starts_with("## Top"), "{sent}");
    // What was set aside is not offered again, and the issue builds.
    let again = press.done(&["gather", "2023-W12"]);
    assert!(again.stdout.contains("nothing to add"), "{}", again.stdout);
    press.done(&["build", "2023-W12"]);
}

#[test]
fn who_leaves_changes_nothing() {
    let press = Press::new();
    press.remove("issues/2023-W12.md");
    for key in ["q", "\u{1b}", "\u{3}"] {
        let told = in_terminal(&press, &[&format!("w write=>{key}")]);
        assert_eq!(told.code, 0, "{}", told.stdout);
        assert!(told.stdout.contains("Nothing was written."), "{}", told.stdout);
        assert!(told.stdout.contains("\u{1b}[?1049l"), "the terminal is as it was");
        assert!(!press.path("issues/2023-W12.md").exists());
    }
    let told = press.run(&["gather", "--week", "2023-W12", "--interactive"]);
    assert_eq!(told.code, 2);
    assert!(told.stderr.contains("`--interactive` needs a terminal"), "{}", told.stderr);
}
