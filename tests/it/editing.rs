//! `edit`: with editors that are small scripts.

use crate::press::{Press, Ran, ran};

const ISSUE: &str = "issues/2023-W12.md";
const DRAFT: &str = ".letterpress/2023-W12.md";

fn edit(press: &Press, editor: &str) -> Ran {
    let mut command = press.command(&["edit", "2023-W12"]);
    ran(command.env("EDITOR", editor).env_remove("VISUAL"))
}

#[test]
fn what_is_right_is_taken() {
    let press = Press::new();
    let before = press.read(ISSUE);
    let ran = edit(&press, "sed -i 's/^subject .*/subject = \"A new subject\"/'");
    assert!(ran.stdout.contains("issues/2023-W12.md is taken"), "{} {}", ran.stdout, ran.stderr);
    assert!(press.read(ISSUE).contains("subject = \"A new subject\""));
    assert!(!press.path(DRAFT).exists());
    press.write(ISSUE, &before);
    let ran = edit(&press, "true");
    assert!(ran.stdout.contains("stands as it did"), "{}", ran.stdout);
    assert_eq!(press.read(ISSUE), before);
}

#[test]
fn mistakes_are_shown_where_they_stand_and_nothing_is_taken() {
    let press = Press::new();
    let before = press.read(ISSUE);
    for (editor, told) in [
        ("sed -i 's/^## Top/# Top/'", "--> issues/2023-W12.md:"),
        ("sed -i 's/^subject .*/subject = \"Dear {{subscriber.nmae}}\"/'", "subscriber.name"),
        ("sed -i 's|](../articles/|](../articels/|'", "there is no article `articels/"),
    ] {
        let ran = edit(&press, editor);
        assert_eq!(ran.code, 3, "{editor}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{editor}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("`letterpress edit 2023-W12` goes on with it"),
            "{}",
            ran.stderr
        );
        assert_eq!(press.read(ISSUE), before);
        // It is mended where it was left, not done again.
        let ran = edit(&press, "cat >/dev/null");
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("was not taken: it is gone on with"), "{}", ran.stderr);
        let mend = format!("cp '{}'", press.path(ISSUE).display());
        assert_eq!(edit(&press, &mend).code, 0);
    }
}

#[test]
fn a_change_from_elsewhere_is_never_written_over() {
    let press = Press::new();
    let other = format!(
        "f() {{ echo '- [Late](../articles/world/honduras-turns-to-beijing.md)' >> '{}'; \
         sed -i 's/^subject .*/subject = \"Mine\"/' \"$1\"; }}; f",
        press.path(ISSUE).display()
    );
    let ran = edit(&press, &other);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("was changed while it was edited"), "{}", ran.stderr);
    assert!(press.read(ISSUE).contains("- [Late]") && !press.read(ISSUE).contains("Mine"));
    assert!(press.read(DRAFT).contains("Mine"), "and the edit is not lost");
    // Nor later.
    let ran = edit(&press, "true");
    assert_eq!(ran.code, 1);
    assert!(press.read(DRAFT).contains("Mine"));
}

#[test]
fn an_editor_that_fails_is_told_and_the_draft_kept() {
    let press = Press::new();
    let ran = edit(&press, "no-such-editor --wait");
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("`no-such-editor --wait` failed"), "{}", ran.stderr);
    assert!(ran.stderr.contains("set EDITOR"), "{}", ran.stderr);
    let mut command = press.command(&["edit", "2023-W99"]);
    let ran = crate::press::ran(command.env("EDITOR", "true"));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}
