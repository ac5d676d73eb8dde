//! What the program says about itself: every command has examples that can be typed, and a page of the manual.

use std::collections::BTreeSet;

use crate::support::scratch::tonsure;

fn printed(arguments: &[&str]) -> String {
    let output = tonsure().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Names of the commands, as the help of the whole lists them.
fn commands() -> Vec<String> {
    let help = printed(&["--help"]);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Wrapped descriptions stand further in.
    let names = listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    let names: Vec<String> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    assert!(names.len() >= 19, "{names:?}");
    names
}

/// Options that a text names.
fn options(text: &str) -> BTreeSet<&str> {
    let is_option = |word: &&str| word.starts_with("--") && word.len() > 2;
    text.split([' ', '\n', '=', ',', '[', ']', '<', '.', ':', ';', ')', '(', '`', '\'']).filter(is_option).collect()
}

#[test]
fn every_command_has_examples_with_options_that_it_knows() {
    for command in commands() {
        let help = printed(&[&command, "--help"]);
        let (above, examples) = help
            .split_once("\nExamples:\n")
            .or_else(|| help.split_once("\nExample:\n"))
            .unwrap_or_else(|| panic!("no examples for {command}"));
        let known = options(above);
        // Long ones are wrapped.
        let examples = examples.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(examples.starts_with(&format!("tonsure {command}")), "{examples}");
        for example in examples.split("tonsure ").skip(1) {
            assert!(example.starts_with(&command), "{example}");
            assert!(options(example).is_subset(&known), "{example}: {:?}", options(example).difference(&known));
        }
    }
}

#[test]
fn the_manual_has_a_page_for_the_whole_and_for_every_command() {
    let whole = printed(&["man"]);
    assert!(whole.contains(".TH tonsure 1") && whole.contains("no medical device"), "{whole}");
    for command in commands() {
        let page = printed(&["man", &command]);
        assert!(whole.contains(&command.replace('-', "\\-")), "{command} is not named");
        assert!(page.contains(".SH SYNOPSIS") && page.contains(&command.replace('-', "\\-")), "{page}");
        assert!(page.contains("Example"), "{command} without an example");
    }
    let output = tonsure().args(["man", "plam"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(2) && text.contains("found the command \"plam\"; expected one of plan,"),
        "{text}"
    );
}
